// UDP, TCP and ICMP echo: which mapping a packet belongs to, and the packet rewritten by it.
#include "../proto/tcp.hpp"
#include "../proto/transport.hpp"
#include "../proto/udp.hpp"
#include "nat44.hpp"

namespace ferry {
namespace {

FragmentKey fragmentKey(const Ipv4View& ip, PortIndex port) {
  return {ip.source(), ip.destination(), ip.identification(), ip.protocol(), port};
}

Nat44Count countOf(Nat44Mappings::Refusal refusal) {
  switch (refusal) {
    case Nat44Mappings::Refusal::noPort:
      return Nat44Count::dropNoPort;
    case Nat44Mappings::Refusal::portQuota:
      return Nat44Count::dropPortQuota;
    case Nat44Mappings::Refusal::mappingQuota:
      return Nat44Count::dropMappingQuota;
    default:
      return Nat44Count::dropTableFull;
  }
}

void rewriteSource(const Ipv4View& ip, bool hasTransport, std::uint32_t address,
                   std::uint16_t port) {
  ChecksumDelta delta;
  delta.replace32(ip.source(), address);
  ip.setSource(address);
  if (!hasTransport) return;
  rewriteTransport(ip.payload(), ip.protocol(), sourcePortOffset(ip.protocol()), port, delta);
}

void rewriteDestination(const Ipv4View& ip, bool hasTransport, std::uint32_t address,
                        std::uint16_t port) {
  ChecksumDelta delta;
  delta.replace32(ip.destination(), address);
  ip.setDestination(address);
  if (!hasTransport) return;
  rewriteTransport(ip.payload(), ip.protocol(), destinationPortOffset(ip.protocol()), port, delta);
}

}  // namespace

/** Fills the ports of a flight. Count::forwarded when there are some, else why it is dropped. */
Nat44Count Nat44::readTransport(Flight& flight) {
  const Ipv4View& ip = flight.ip;
  if (ip.fragmentOffset() != 0) {
    const auto* first = fragments_.find(fragmentKey(ip, flight.packet.port), flight.now);
    if (first == nullptr) return Count::dropFragment;
    flight.sourcePort = first->sourcePort;
    flight.destinationPort = first->destinationPort;
    return Count::forwarded;
  }
  flight.hasTransport = true;
  switch (ip.protocol()) {
    case ip_protocol::kUdp: {
      const auto udp = UdpView::parse(ip.payload(), ip.moreFragments());
      if (!udp) return Count::dropMalformed;
      flight.sourcePort = udp->sourcePort();
      flight.destinationPort = udp->destinationPort();
      return Count::forwarded;
    }
    case ip_protocol::kTcp: {
      const auto tcp = TcpView::parse(ip.payload());
      if (!tcp) return Count::dropMalformed;
      flight.sourcePort = tcp->sourcePort();
      flight.destinationPort = tcp->destinationPort();
      flight.tcp = {tcp->fin(), tcp->syn(), tcp->rst(), tcp->ack()};
      return Count::forwarded;
    }
    case ip_protocol::kIcmp: {
      const auto icmp = IcmpView::parse(ip.payload());
      if (!icmp) return Count::dropMalformed;
      const bool inside = flight.packet.port == Nat44Config::kInside;
      if (icmp->type() != (inside ? icmp_type::kEchoRequest : icmp_type::kEchoReply)) {
        return Count::dropIcmp;
      }
      flight.sourcePort = flight.destinationPort = icmp->identifier();
      return Count::forwarded;
    }
    default:
      return Count::dropProtocol;
  }
}

/** Called before the flight is rewritten. False when its later fragments could not follow. */
bool Nat44::rememberFragment(const Flight& flight) {
  if (!flight.hasTransport || !flight.ip.moreFragments()) return true;
  return fragments_.remember(fragmentKey(flight.ip, flight.packet.port), flight.sourcePort,
                             flight.destinationPort, flight.now);
}

/** The mapping of a packet from inside, made if need be; kNone with the reason to drop it. */
std::uint32_t Nat44::mappingOfSource(const Flight& flight, Count& reason) {
  const Endpoint source = flight.source();
  const std::uint32_t known = mappings_.findInside(source, flight.now);
  if (known != Nat44Mappings::kNone) return known;
  // A connection begins with a SYN; what else has no mapping would get a port its peer never saw.
  const bool opens = source.protocol != ip_protocol::kTcp ||
                     (flight.tcp.syn && !flight.tcp.ack && !flight.tcp.rst);
  if (!flight.hasTransport || !opens) {
    reason = Count::dropNoMapping;
    return Nat44Mappings::kNone;
  }
  auto refusal = Nat44Mappings::Refusal::none;
  const std::uint32_t made = mappings_.create(source, flight.now, refusal);
  if (made == Nat44Mappings::kNone) {
    reason = countOf(refusal);
  } else {
    counters_.add(Count::mappingsCreated);
  }
  return made;
}

/** Drops a packet that gets no mapping; where subscribers have quotas its sender is told so
 * (RFC 6888 REQ-11). */
Verdict Nat44::refuse(Flight& flight, Count reason) {
  constexpr std::uint8_t kHostUnreachable = 1;
  const bool quota = reason == Count::dropPortQuota || reason == Count::dropMappingQuota ||
                     (reason == Count::dropNoPort && config_.portBlocks.size != 0);
  if (!quota) return drop(reason);
  return sendError(flight, icmp_type::kUnreachable, kHostUnreachable, reason);
}

Mapping& Nat44::countOutbound(std::uint32_t slot, const Flight& flight) {
  Mapping& mapping = mappings_.touch(slot);
  mapping.life.out.add(flight.ip.totalLength());
  mapping.life.refreshed = flight.now;
  return mapping;
}

Mapping& Nat44::countInbound(std::uint32_t slot, const Flight& flight) {
  Mapping& mapping = mappings_.touch(slot);
  mapping.life.in.add(flight.ip.totalLength());
  return mapping;
}

Verdict Nat44::outbound(Flight& flight, std::uint32_t nextHop) {
  if (const Count reason = readTransport(flight); reason != Count::forwarded) return drop(reason);
  if (flight.ip.ttl() <= 1) {
    return sendError(flight, icmp_type::kTimeExceeded, 0, Count::dropTtl);
  }
  Count reason = Count::dropNoMapping;
  const std::uint32_t slot = mappingOfSource(flight, reason);
  if (slot == Nat44Mappings::kNone) return refuse(flight, reason);
  if (!rememberFragment(flight)) return drop(Count::dropFragmentsFull);
  Mapping& mapping = countOutbound(slot, flight);
  if (mapping.protocol == ip_protocol::kTcp && flight.hasTransport) {
    mapping.life.tcp.outbound(flight.tcp, flight.ip.destination(), flight.destinationPort);
  }
  rewriteSource(flight.ip, flight.hasTransport, mappings_.outsideAddress(mapping),
                mapping.outsidePort);
  counters_.add(Count::translatedOut);
  return send(flight, Nat44Config::kOutside, nextHop);
}

Verdict Nat44::inbound(Flight& flight, std::uint8_t pool) {
  if (const Count reason = readTransport(flight); reason != Count::forwarded) return drop(reason);
  const std::uint32_t slot =
      mappings_.findOutside(pool, flight.ip.protocol(), flight.destinationPort, flight.now);
  if (slot == Nat44Mappings::kNone) return drop(Count::dropNoMapping);
  if (flight.ip.ttl() <= 1) {
    return sendError(flight, icmp_type::kTimeExceeded, 0, Count::dropTtl);
  }
  if (!rememberFragment(flight)) return drop(Count::dropFragmentsFull);
  Mapping& mapping = countInbound(slot, flight);
  if (mapping.protocol == ip_protocol::kTcp && flight.hasTransport) {
    mapping.life.tcp.inbound(flight.tcp, flight.ip.source(), flight.sourcePort);
  }
  rewriteDestination(flight.ip, flight.hasTransport, mapping.insideAddress, mapping.insidePort);
  counters_.add(Count::translatedIn);
  return send(flight, Nat44Config::kInside, mapping.insideAddress);
}

/** From an inside host to the outside endpoint of another: RFC 4787 REQ-9, source translated too.
 */
Verdict Nat44::hairpin(Flight& flight, std::uint8_t pool) {
  if (flight.ip.protocol() == ip_protocol::kIcmp) return drop(Count::dropIcmp);
  if (const Count reason = readTransport(flight); reason != Count::forwarded) return drop(reason);
  const std::uint32_t target =
      mappings_.findOutside(pool, flight.ip.protocol(), flight.destinationPort, flight.now);
  if (target == Nat44Mappings::kNone) return drop(Count::dropNoMapping);
  if (flight.ip.ttl() <= 1) {
    return sendError(flight, icmp_type::kTimeExceeded, 0, Count::dropTtl);
  }
  Count reason = Count::dropNoMapping;
  const std::uint32_t slot = mappingOfSource(flight, reason);
  if (slot == Nat44Mappings::kNone) return refuse(flight, reason);
  if (!rememberFragment(flight)) return drop(Count::dropFragmentsFull);
  Mapping& source = countOutbound(slot, flight);
  Mapping& destination = countInbound(target, flight);
  const std::uint32_t sourceAddress = mappings_.outsideAddress(source);
  if (source.protocol == ip_protocol::kTcp && flight.hasTransport) {
    source.life.tcp.outbound(flight.tcp, flight.ip.destination(), flight.destinationPort);
    destination.life.tcp.inbound(flight.tcp, sourceAddress, source.outsidePort);
  }
  rewriteSource(flight.ip, flight.hasTransport, sourceAddress, source.outsidePort);
  rewriteDestination(flight.ip, flight.hasTransport, destination.insideAddress,
                     destination.insidePort);
  counters_.add(Count::hairpinned);
  return send(flight, Nat44Config::kInside, destination.insideAddress);
}

}  // namespace ferry
