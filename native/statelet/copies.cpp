#include "copies.hpp"

namespace ferry {
namespace {

constexpr TimeMs kMaxTime = TimeMs{1} << 48;
constexpr std::size_t kMinFrame = 14;
constexpr std::size_t kMaxFrame = 64u << 10;

}  // namespace

void CopyBatch::add(const Packet& packet, TimeMs now) {
  if (empty()) out_.fixed(last_ = now);
  out_.fixed(packet.port);
  out_.varint(now - last_);
  out_.varint(packet.length);
  out_.bytes({packet.data, packet.length});
  last_ = now;
}

CopyReader::CopyReader(std::span<std::uint8_t> record)
    : record_(record), in_(record), now_(in_.fixed<TimeMs>()) {
  if (now_ >= kMaxTime || in_.done()) in_.fail();
}

bool CopyReader::next(PacketCopy& copy) {
  if (in_.done()) return false;
  copy.port = in_.fixed<std::uint8_t>();
  const std::uint64_t elapsed = in_.varint();
  const std::uint64_t length = in_.varint();
  if (elapsed >= kMaxTime - now_ || length < kMinFrame || length > in_.remaining() ||
      length > kMaxFrame) {
    in_.fail();
    return false;
  }
  now_ += elapsed;
  copy.now = now_;
  copy.frame = record_.subspan(record_.size() - in_.remaining(), length);
  in_.bytes(length);
  return true;
}

}  // namespace ferry
