// ICMP of a NAT (RFC 5508): errors and the headers they quote, echo to itself, errors of its own.
#include <array>
#include <optional>

#include "../proto/transport.hpp"
#include "icmp_answers.hpp"
#include "nat44.hpp"

namespace ferry {
namespace {

constexpr std::size_t kQuotedTransport = 8;  // what every error quotes of it (RFC 792)

/** What an error quotes: the header, and the ports of the transport header behind it. */
struct Quoted {
  Ipv4View ip;
  std::uint16_t sourcePort;
  std::uint16_t destinationPort;

  Endpoint source() const { return {ip.source(), sourcePort, ip.protocol()}; }
  Endpoint destination() const { return {ip.destination(), destinationPort, ip.protocol()}; }

  void setSource(std::uint32_t address, std::uint16_t port) const {
    ChecksumDelta delta;
    delta.replace32(ip.source(), address);
    ip.setSource(address);
    rewriteTransport(ip.payload(), ip.protocol(), sourcePortOffset(ip.protocol()), port, delta);
  }
  void setDestination(std::uint32_t address, std::uint16_t port) const {
    ChecksumDelta delta;
    delta.replace32(ip.destination(), address);
    ip.setDestination(address);
    rewriteTransport(ip.payload(), ip.protocol(), destinationPortOffset(ip.protocol()), port,
                     delta);
  }
};

/** nullopt when no mapping can be named by it: RFC 5508 REQ-3 has such errors dropped in silence.
 */
std::optional<Quoted> readQuoted(const IcmpView& icmp, std::uint8_t echoType) {
  if (!icmp.checksumOk()) return std::nullopt;
  const auto ip = Ipv4View::parseQuoted(icmp.quoted());
  if (!ip || !ip->checksumOk() || ip->fragmentOffset() != 0) return std::nullopt;
  const Bytes transport = ip->payload();
  if (transport.size() < kQuotedTransport) return std::nullopt;
  switch (ip->protocol()) {
    case ip_protocol::kUdp:
    case ip_protocol::kTcp:
      return Quoted{*ip, load16(transport.data()), load16(transport.data() + 2)};
    case ip_protocol::kIcmp: {
      if (transport[0] != echoType) return std::nullopt;
      const std::uint16_t identifier = load16(transport.data() + 4);
      return Quoted{*ip, identifier, identifier};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

/** From outside, about a packet that a mapping sent: the quoted source is that mapping's. */
Verdict Nat44::inboundError(Flight& flight, const IcmpView& icmp, std::uint8_t pool) {
  const auto quoted = readQuoted(icmp, icmp_type::kEchoRequest);
  if (!quoted || quoted->ip.source() != flight.ip.destination()) return drop(Count::dropIcmp);
  const std::uint32_t slot =
      mappings_.findOutside(pool, quoted->ip.protocol(), quoted->sourcePort, flight.now);
  if (slot == Nat44Mappings::kNone) return drop(Count::dropNoMapping);
  if (flight.ip.ttl() <= 1) return drop(Count::dropTtl);
  const Mapping& mapping = countInbound(slot, flight);
  quoted->setSource(mapping.insideAddress, mapping.insidePort);
  icmp.renewChecksum();
  flight.ip.setDestination(mapping.insideAddress);
  counters_.add(Count::icmpErrorsTranslated);
  return send(flight, Nat44Config::kInside, mapping.insideAddress);
}

/** From inside, about a packet that a mapping received: the quoted destination is that mapping's.
 */
Verdict Nat44::outboundError(Flight& flight, const IcmpView& icmp, std::uint32_t nextHop) {
  const auto quoted = readQuoted(icmp, icmp_type::kEchoReply);
  if (!quoted || quoted->ip.source() != flight.ip.destination()) return drop(Count::dropIcmp);
  const std::uint32_t slot = mappings_.findInside(quoted->destination(), flight.now);
  if (slot == Nat44Mappings::kNone) return drop(Count::dropNoMapping);
  if (flight.ip.ttl() <= 1) return drop(Count::dropTtl);
  Mapping& mapping = mappings_.touch(slot);
  mapping.life.out.add(flight.ip.totalLength());  // an error keeps no mapping alive
  const std::uint32_t outside = mappings_.outsideAddress(mapping);
  quoted->setDestination(outside, mapping.outsidePort);
  icmp.renewChecksum();
  flight.ip.setSource(outside);
  counters_.add(Count::icmpErrorsTranslated);
  return send(flight, Nat44Config::kOutside, nextHop);
}

/** Between two inside hosts that speak through their mappings: both quoted endpoints change. */
Verdict Nat44::hairpinError(Flight& flight, const IcmpView& icmp, std::uint8_t pool) {
  const auto quoted = readQuoted(icmp, icmp_type::kEchoReply);
  if (!quoted || quoted->ip.protocol() == ip_protocol::kIcmp ||
      quoted->ip.source() != flight.ip.destination()) {
    return drop(Count::dropIcmp);
  }
  const std::uint32_t target =
      mappings_.findOutside(pool, quoted->ip.protocol(), quoted->sourcePort, flight.now);
  const std::uint32_t origin = mappings_.findInside(quoted->destination(), flight.now);
  if (target == Nat44Mappings::kNone || origin == Nat44Mappings::kNone) {
    return drop(Count::dropNoMapping);
  }
  if (flight.ip.ttl() <= 1) return drop(Count::dropTtl);
  Mapping& from = mappings_.touch(origin);
  from.life.out.add(flight.ip.totalLength());
  const Mapping& to = countInbound(target, flight);
  const std::uint32_t outside = mappings_.outsideAddress(from);
  quoted->setSource(to.insideAddress, to.insidePort);
  quoted->setDestination(outside, from.outsidePort);
  icmp.renewChecksum();
  flight.ip.setSource(outside);
  flight.ip.setDestination(to.insideAddress);
  counters_.add(Count::icmpErrorsTranslated);
  return send(flight, Nat44Config::kInside, to.insideAddress);
}

/** Echo to one of the NAT's own addresses. */
Verdict Nat44::answerEcho(Flight& flight, const IcmpView& icmp) {
  if (!icmp.checksumOk()) return drop(Count::dropIcmp);
  makeEchoReply(flight.ethernet, flight.ip, icmp, config_.port(flight.packet.port));
  flight.output.transmit(flight.packet.port, {flight.packet.data, flight.packet.length});
  counters_.add(Count::echoReplies);
  return consumed();
}

/** Drops a packet and tells its sender why. */
Verdict Nat44::sendError(Flight& flight, std::uint8_t type, std::uint8_t code, Count reason) {
  std::array<std::uint8_t, kMaxIcmpErrorFrame> frame{};
  const std::size_t length = makeIcmpError(frame, flight.ethernet, flight.ip,
                                           config_.port(flight.packet.port), type, code);
  if (length == 0) return drop(reason);
  flight.output.transmit(flight.packet.port, {frame.data(), length});
  counters_.add(Count::icmpErrorsSent);
  return drop(reason);
}

}  // namespace ferry
