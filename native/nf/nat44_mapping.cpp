#include "nat44_mapping.hpp"

namespace ferry {
namespace {

// The first byte of a delta: which fields follow.
constexpr std::uint8_t kOut = 1;
constexpr std::uint8_t kIn = 2;
constexpr std::uint8_t kOutBytes = 4;  // not as predicted: the difference follows
constexpr std::uint8_t kInBytes = 8;
constexpr std::uint8_t kRefreshed = 16;
constexpr std::uint8_t kTcp = 32;
constexpr std::uint8_t kAllFields = 63;

void encodeTcp(ByteWriter& out, const TcpTrack& tcp) {
  out.fixed(tcp.remoteAddress);
  out.fixed(tcp.remotePort);
  out.fixed(tcp.bits);
}

bool decodeTcp(ByteReader& in, TcpTrack& tcp) {
  tcp.remoteAddress = in.fixed<std::uint32_t>();
  tcp.remotePort = in.fixed<std::uint16_t>();
  tcp.bits = in.fixed<std::uint8_t>();
  return (tcp.bits & ~TcpTrack::kAllBits) == 0;
}

std::int64_t difference(std::uint64_t after, std::uint64_t before) {
  return static_cast<std::int64_t>(after - before);
}

}  // namespace

// Both writers work on a copy of `to`: nothing that it points at can be the copy itself, so that
// the compiler keeps it in registers.

void Mapping::encode(ByteWriter& to) const {
  ByteWriter out = to;
  out.fixed(protocol);
  out.fixed(pool);
  out.fixed(insideAddress);
  out.fixed(insidePort);
  out.fixed(outsidePort);
  out.varint(life.refreshed);
  out.varint(life.out.packets);
  out.varint(life.out.bytes);
  out.varint(life.in.packets);
  out.varint(life.in.bytes);
  if (protocol == ip_protocol::kTcp) encodeTcp(out, life.tcp);
  to = out;
}

bool Mapping::decode(ByteReader& in) {
  protocol = in.fixed<std::uint8_t>();
  pool = in.fixed<std::uint8_t>();
  insideAddress = in.fixed<std::uint32_t>();
  insidePort = in.fixed<std::uint16_t>();
  outsidePort = in.fixed<std::uint16_t>();
  life.refreshed = in.varint();
  life.out.packets = in.varint();
  life.out.bytes = in.varint();
  life.in.packets = in.varint();
  life.in.bytes = in.varint();
  if (protocol == ip_protocol::kTcp && !decodeTcp(in, life.tcp)) return false;
  return !in.failed() && life.refreshed < kMaxTime &&
         (protocol == ip_protocol::kUdp || protocol == ip_protocol::kTcp ||
          protocol == ip_protocol::kIcmp);
}

void Mapping::encodeDelta(ByteWriter& to, const Base& base) const {
  const TrafficGrowth outbound = life.out.since(base.out);
  const TrafficGrowth inbound = life.in.since(base.in);
  unsigned fields = 0;
  if (outbound.any) fields |= kOut;
  if (inbound.any) fields |= kIn;
  if (outbound.surprise != 0) fields |= kOutBytes;
  if (inbound.surprise != 0) fields |= kInBytes;
  if (life.refreshed != base.refreshed) fields |= kRefreshed;
  if (life.tcp != base.tcp) fields |= kTcp;
  ByteWriter out = to;
  out.fixed(static_cast<std::uint8_t>(fields));
  outbound.encode(out);
  inbound.encode(out);
  if ((fields & kRefreshed) != 0) out.varint(zigzag(difference(life.refreshed, base.refreshed)));
  if ((fields & kTcp) != 0) encodeTcp(out, life.tcp);
  to = out;
}

bool Mapping::applyDelta(ByteReader& in) {
  const auto fields = in.fixed<std::uint8_t>();
  if ((fields & ~kAllFields) != 0 || ((fields & kOutBytes) != 0 && (fields & kOut) == 0) ||
      ((fields & kInBytes) != 0 && (fields & kIn) == 0)) {
    return false;
  }
  Base next = life;
  if ((fields & kOut) != 0) next.out.applyDelta(in, (fields & kOutBytes) != 0);
  if ((fields & kIn) != 0) next.in.applyDelta(in, (fields & kInBytes) != 0);
  if ((fields & kRefreshed) != 0) {
    next.refreshed += static_cast<std::uint64_t>(unzigzag(in.varint()));
  }
  if ((fields & kTcp) != 0 && (protocol != ip_protocol::kTcp || !decodeTcp(in, next.tcp))) {
    return false;
  }
  if (in.failed() || next.refreshed >= kMaxTime) return false;
  life = next;
  return true;
}

}  // namespace ferry
