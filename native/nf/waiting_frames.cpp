#include "waiting_frames.hpp"

#include <algorithm>
#include <cstring>

#include "../proto/ethernet.hpp"

namespace ferry {
namespace {

constexpr std::uint64_t kMaxOrder = std::uint64_t{1} << 48;
constexpr TimeMs kMaxTime = TimeMs{1} << 48;

}  // namespace

void WaitingFrame::encode(ByteWriter& out) const {
  out.fixed(nextHop);
  out.fixed(port);
  out.varint(order);
  out.varint(since);
  out.varint(length);
  out.bytes({frame.data(), length});
}

bool WaitingFrame::decode(ByteReader& in) {
  nextHop = in.fixed<std::uint32_t>();
  port = in.fixed<std::uint8_t>();
  order = in.varint();
  since = in.varint();
  const std::uint64_t bytes = in.varint();
  if (port > 1 || order >= kMaxOrder || since >= kMaxTime || bytes < EthernetView::kHeader ||
      bytes > kMaxFrame) {
    return false;
  }
  const ByteView view = in.bytes(bytes);
  if (in.failed()) return false;
  std::copy(view.begin(), view.end(), frame.begin());
  length = static_cast<std::uint16_t>(bytes);
  return true;
}

bool WaitingFrames::hold(PortIndex port, std::uint32_t nextHop, ByteView frame, TimeMs now) {
  if (frame.size() > WaitingFrame::kMaxFrame) return false;
  std::uint32_t waiting = 0;
  std::uint64_t order = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < kCapacity;
       slot = table_.nextLive(slot + 1)) {
    const WaitingFrame& entry = table_.at(slot);
    if (!entry.waitsFor(port, nextHop)) continue;
    ++waiting;
    order = std::max(order, entry.order + 1);
  }
  if (waiting >= kPerNeighbour || order >= kMaxOrder) return false;
  const std::uint32_t slot = table_.allocate();
  if (slot == Table::kNone) return false;
  WaitingFrame& entry = table_.touch(slot);
  entry.order = order;
  entry.since = now;
  entry.nextHop = nextHop;
  entry.port = port;
  entry.length = static_cast<std::uint16_t>(frame.size());
  std::copy(frame.begin(), frame.end(), entry.frame.begin());
  return true;
}

std::uint32_t WaitingFrames::send(PortIndex port, std::uint32_t nextHop, const MacAddress& mac,
                                  Output& output) {
  std::uint32_t sent = 0;
  for (;;) {
    std::uint32_t first = Table::kNone;
    for (std::uint32_t slot = table_.nextLive(0); slot < kCapacity;
         slot = table_.nextLive(slot + 1)) {
      const WaitingFrame& entry = table_.at(slot);
      if (!entry.waitsFor(port, nextHop)) continue;
      if (first == Table::kNone || entry.order < table_.at(first).order) first = slot;
    }
    if (first == Table::kNone) return sent;
    WaitingFrame& entry = table_.touch(first);
    std::memcpy(entry.frame.data(), mac.data(), mac.size());
    output.transmit(port, {entry.frame.data(), entry.length});
    table_.release(first);
    ++sent;
  }
}

template <typename Test>
std::uint32_t WaitingFrames::releaseIf(Test&& test) {
  std::uint32_t released = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < kCapacity;
       slot = table_.nextLive(slot + 1)) {
    if (!test(table_.at(slot))) continue;
    table_.release(slot);
    ++released;
  }
  return released;
}

std::uint32_t WaitingFrames::discard(PortIndex port, std::uint32_t nextHop) {
  return releaseIf([&](const WaitingFrame& entry) { return entry.waitsFor(port, nextHop); });
}

std::uint32_t WaitingFrames::expire(TimeMs now) {
  return releaseIf([&](const WaitingFrame& entry) { return now >= entry.since + kMaxWait; });
}

}  // namespace ferry
