#include "records.hpp"

#include <algorithm>

namespace ferry {
namespace {

constexpr std::size_t kMaxKind = 32;
constexpr std::size_t kMaxCode = 32;
constexpr std::size_t kMaxReason = 80;

void writeText(ByteWriter& out, const std::string& text, std::size_t max) {
  const std::size_t size = std::min(text.size(), max);
  out.fixed(static_cast<std::uint8_t>(size));
  out.bytes({reinterpret_cast<const std::uint8_t*>(text.data()), size});
}

/** Printable ASCII only: it ends up in logs and on screens. */
std::string readText(ByteReader& in, std::size_t max) {
  const auto size = in.fixed<std::uint8_t>();
  if (size > max) in.fail();
  const ByteView view = in.bytes(in.failed() ? 0 : size);
  const bool printable =
      std::all_of(view.begin(), view.end(), [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; });
  if (!printable) in.fail();
  return in.failed() ? std::string() : std::string(view.begin(), view.end());
}

bool whole(const ByteReader& in) { return !in.failed() && in.done(); }

}  // namespace

void Hello::write(ByteWriter& out) const {
  out.fixed(version);
  out.fixed(static_cast<std::uint8_t>(resume ? 1 : 0));
  out.fixed(ports);
  out.fixed(configDigest);
  out.bytes(token);
  writeText(out, kind, kMaxKind);
}

bool Hello::read(ByteView payload) {
  ByteReader in(payload);
  version = in.fixed<std::uint16_t>();
  const auto flag = in.fixed<std::uint8_t>();
  resume = flag == 1;
  ports = in.fixed<std::uint8_t>();
  configDigest = in.fixed<std::uint64_t>();
  const ByteView bytes = in.bytes(token.size());
  if (!in.failed()) std::copy(bytes.begin(), bytes.end(), token.begin());
  kind = readText(in, kMaxKind);
  return whole(in) && flag <= 1 && ports >= 1 && ports <= kMaxPorts && !kind.empty();
}

void SnapshotBegin::write(ByteWriter& out) const { out.fixed(entries); }

bool SnapshotBegin::read(ByteView payload) {
  ByteReader in(payload);
  entries = in.fixed<std::uint64_t>();
  return whole(in);
}

void SnapshotEnd::write(ByteWriter& out) const {
  out.fixed(entries);
  out.fixed(bytes);
  out.fixed(crc);
}

bool SnapshotEnd::read(ByteView payload) {
  ByteReader in(payload);
  entries = in.fixed<std::uint64_t>();
  bytes = in.fixed<std::uint64_t>();
  crc = in.fixed<std::uint32_t>();
  return whole(in);
}

void End::write(ByteWriter& out) const {
  out.fixed(drainedPorts);
  out.fixed(egressMarkers);
}

bool End::read(ByteView payload) {
  ByteReader in(payload);
  drainedPorts = in.fixed<std::uint8_t>();
  egressMarkers = in.fixed<std::uint8_t>();
  return whole(in) && egressMarkers <= kMaxPorts;
}

void PortRecord::write(ByteWriter& out) const { out.fixed(port); }

bool PortRecord::read(ByteView payload) {
  ByteReader in(payload);
  port = in.fixed<std::uint8_t>();
  return whole(in) && port < kMaxPorts;
}

void Straggler::write(ByteWriter& out) const {
  out.fixed(port);
  out.bytes(frame);
}

bool Straggler::read(ByteView payload) {
  ByteReader in(payload);
  port = in.fixed<std::uint8_t>();
  frame = in.bytes(in.remaining());
  return whole(in) && port < kMaxPorts && frame.size() >= 14 && frame.size() <= 65'536;
}

void SessionError::write(ByteWriter& out) const {
  writeText(out, code, kMaxCode);
  writeText(out, reason, kMaxReason);
}

bool SessionError::read(ByteView payload) {
  ByteReader in(payload);
  code = readText(in, kMaxCode);
  reason = readText(in, kMaxReason);
  return whole(in) && !code.empty();
}

}  // namespace ferry
