#include "nat44.hpp"

#include <memory>

namespace ferry {

CreateResult createNat44(const ConfigNode& node) {
  CreateResult result;
  const Nat44Config config = parseNat44Config(node, result.error);
  if (result.error.ok()) result.function = std::make_unique<Nat44>(config);
  return result;
}

Nat44::Nat44(const Nat44Config& config)
    : config_(config),
      own_(config_.outside.address, config_.pool),
      mappings_(config_),
      neighbours_(config_, own_, config_.pool, waiting_,
                  {counters_.value(Count::arpReplies), counters_.value(Count::arpRequests),
                   counters_.value(Count::arpConflicts), counters_.value(Count::waitingSent),
                   counters_.value(Count::waitingDropped)}),
      state_(mappings_, neighbours_, fragments_, waiting_) {}

Verdict Nat44::drop(Count reason) {
  counters_.add(reason);
  return {Action::drop, 0};
}

Verdict Nat44::consumed() {
  counters_.add(Count::consumed);
  return {Action::consumed, 0};
}

Verdict Nat44::process(Packet& packet, TimeMs now, Output& output) {
  counters_.add(packet.port == Nat44Config::kInside ? Count::receivedInside
                                                    : Count::receivedOutside);
  if (packet.port > Nat44Config::kOutside) return drop(Count::dropPort);
  const auto ethernet = EthernetView::parse({packet.data, packet.length});
  if (!ethernet) return drop(Count::dropMalformed);
  const MacAddress destination = ethernet->destination();
  const bool toOurMac = destination == config_.port(packet.port).mac;
  switch (ethernet->type()) {
    case ether_type::kIpv4:
      if (!toOurMac) return drop(Count::dropNotForUs);
      return receiveIpv4(packet, *ethernet, now, output);
    case ether_type::kArp:
      if (!toOurMac && destination != kBroadcastMac) return drop(Count::dropNotForUs);
      if (!neighbours_.receive(packet.port, ethernet->payload(), now, output)) {
        return drop(Count::dropMalformed);
      }
      return consumed();
    default:
      return drop(Count::dropEtherType);
  }
}

Verdict Nat44::receiveIpv4(Packet& packet, const EthernetView& ethernet, TimeMs now,
                           Output& output) {
  const auto ip = Ipv4View::parse(ethernet.payload());
  if (!ip) return drop(Count::dropMalformed);
  if (!ip->checksumOk()) return drop(Count::dropIpChecksum);
  if (!isUnicastIpv4(ip->source()) || own_.contains(ip->source())) {
    return drop(Count::dropSource);
  }
  Flight flight{packet, ethernet, *ip, now, output};
  return packet.port == Nat44Config::kInside ? fromInside(flight) : fromOutside(flight);
}

Verdict Nat44::fromInside(Flight& flight) {
  const std::uint32_t destination = flight.ip.destination();
  const RouterPort& inside = config_.inside;
  if (!inside.isHost(flight.ip.source()) || flight.ip.source() == inside.address) {
    return drop(Count::dropSource);
  }
  const std::uint8_t pool = own_.find(destination);
  const bool toUs = destination == inside.address || pool != OwnAddresses::kNotOurs;
  std::uint32_t nextHop = destination;
  if (!toUs) {
    if (!isUnicastIpv4(destination) || inside.connected(destination)) {
      return drop(Count::dropDestination);
    }
    if (config_.outside.connected(destination)) {
      if (!config_.outside.isHost(destination)) return drop(Count::dropDestination);
    } else if (config_.gateway) {
      nextHop = *config_.gateway;
    } else {
      return sendError(flight, icmp_type::kUnreachable, 0, Count::dropNoRoute);
    }
  }
  if (flight.ip.protocol() == ip_protocol::kIcmp && !flight.ip.isFragment()) {
    const auto icmp = IcmpView::parse(flight.ip.payload());
    if (!icmp) return drop(Count::dropMalformed);
    if (toUs && icmp->type() == icmp_type::kEchoRequest) return answerEcho(flight, *icmp);
    if (icmp->isError() && !toUs) return outboundError(flight, *icmp, nextHop);
    if (icmp->isError() && pool < OwnAddresses::kNotInPool) {
      return hairpinError(flight, *icmp, pool);
    }
  }
  if (!toUs) return outbound(flight, nextHop);
  if (pool < OwnAddresses::kNotInPool) return hairpin(flight, pool);
  return drop(Count::dropDestination);
}

Verdict Nat44::fromOutside(Flight& flight) {
  if (config_.inside.connected(flight.ip.source())) return drop(Count::dropSource);
  const std::uint8_t pool = own_.find(flight.ip.destination());
  if (pool == OwnAddresses::kNotOurs) return drop(Count::dropDestination);
  if (flight.ip.protocol() == ip_protocol::kIcmp && !flight.ip.isFragment()) {
    const auto icmp = IcmpView::parse(flight.ip.payload());
    if (!icmp) return drop(Count::dropMalformed);
    if (icmp->type() == icmp_type::kEchoRequest) return answerEcho(flight, *icmp);
    if (icmp->isError() && pool != OwnAddresses::kNotInPool) {
      return inboundError(flight, *icmp, pool);
    }
  }
  if (pool == OwnAddresses::kNotInPool) return drop(Count::dropNoMapping);
  return inbound(flight, pool);
}

/** The last step of every packet that goes on: towards a neighbour of this port. */
Verdict Nat44::send(Flight& flight, PortIndex port, std::uint32_t nextHop) {
  flight.ip.decrementTtl();
  flight.ethernet.setSource(config_.port(port).mac);
  MacAddress mac;
  switch (neighbours_.resolve(port, nextHop, flight.now, flight.output, mac)) {
    case Neighbours::Result::resolved:
      flight.ethernet.setDestination(mac);
      counters_.add(Count::forwarded);
      return {Action::forward, port};
    case Neighbours::Result::waiting:
      if (waiting_.hold(port, nextHop, {flight.packet.data, flight.packet.length}, flight.now)) {
        return consumed();
      }
      return drop(Count::dropWaitingFull);
    case Neighbours::Result::full:
      break;
  }
  return drop(Count::dropNeighboursFull);
}

void Nat44::expire(TimeMs now, Output& output) {
  counters_.add(Count::mappingsExpired, mappings_.expire(now));
  neighbours_.expire(now, output);
  fragments_.expire(now);
}

void Nat44::takeOver(TimeMs /*now*/, Output& output) { neighbours_.announce(output); }

void Nat44::reset() {
  mappings_.reset();
  neighbours_.reset();
  fragments_.reset();
  waiting_.reset();
}

std::uint64_t Nat44::entries() const {
  return std::uint64_t{mappings_.table().size()} + neighbours_.table().size() +
         fragments_.table().size() + waiting_.table().size();
}

bool Nat44::checkInvariants() const {
  return mappings_.checkInvariants() && neighbours_.checkInvariants() &&
         fragments_.checkInvariants();
}

}  // namespace ferry
