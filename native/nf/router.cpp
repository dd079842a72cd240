#include "router.hpp"

#include <array>

#include "../proto/icmp.hpp"
#include "icmp_answers.hpp"

namespace ferry {
namespace {

void readPort(ConfigReader& parent, std::string_view name, RouterPort& port,
              std::optional<std::uint32_t>& gateway, ConfigError& error, RouterConfig& config) {
  ConfigReader reader(parent.object(name, true), std::string(name), {"mac", "address", "gateway"},
                      error);
  readRouterPort(reader, port);
  if (&port == &config.outside) refuseOverlap(reader, config);
  if (!reader.has("gateway")) return;
  gateway = reader.ipv4("gateway");
  if (!port.isHost(*gateway) || *gateway == port.address) {
    reader.refuse("gateway", "CONFIG_ADDRESS",
                  "is not another host of this port's subnet; give a router next to the NF.");
  }
}

}  // namespace

RouterConfig readRouterConfig(ConfigReader& reader, ConfigError& error) {
  RouterConfig config;
  readPort(reader, "inside", config.inside, config.insideGateway, error, config);
  readPort(reader, "outside", config.outside, config.outsideGateway, error, config);
  return config;
}

Router::Router(const RouterConfig& config, RouterCounters& counters)
    : config_(config),
      counters_(counters),
      own_(config.outside.address, {}),
      neighbours_(
          config, own_, {}, waiting_,
          {counters.value(RouterCount::arpReplies), counters.value(RouterCount::arpRequests),
           counters.value(RouterCount::arpConflicts), counters.value(RouterCount::waitingSent),
           counters.value(RouterCount::waitingDropped)}) {}

Verdict Router::consumed() {
  counters_.add(RouterCount::consumed);
  return {Action::consumed, 0};
}

std::optional<RoutedPacket> Router::receive(Packet& packet, TimeMs now, Output& output,
                                            Verdict& verdict) {
  counters_.add(packet.port == RouterPorts::kInside ? RouterCount::receivedInside
                                                    : RouterCount::receivedOutside);
  const auto refused = [&](RouterCount reason) {
    verdict = drop(reason);
    return std::nullopt;
  };
  if (packet.port > RouterPorts::kOutside) return refused(RouterCount::dropPort);
  const auto ethernet = EthernetView::parse({packet.data, packet.length});
  if (!ethernet) return refused(RouterCount::dropMalformed);
  const MacAddress destination = ethernet->destination();
  const bool toOurMac = destination == config_.port(packet.port).mac;
  switch (ethernet->type()) {
    case ether_type::kIpv4:
      if (!toOurMac) return refused(RouterCount::dropNotForUs);
      return receiveIpv4(packet, *ethernet, now, output, verdict);
    case ether_type::kArp:
      if (!toOurMac && destination != kBroadcastMac) return refused(RouterCount::dropNotForUs);
      if (!neighbours_.receive(packet.port, ethernet->payload(), now, output)) {
        return refused(RouterCount::dropMalformed);
      }
      verdict = consumed();
      return std::nullopt;
    default:
      return refused(RouterCount::dropEtherType);
  }
}

bool Router::possibleSource(std::uint32_t source, PortIndex port) const {
  const RouterPort& other = port == RouterPorts::kInside ? config_.outside : config_.inside;
  return isUnicastIpv4(source) && source != config_.port(port).address && !other.connected(source);
}

std::optional<RoutedPacket> Router::receiveIpv4(Packet& packet, const EthernetView& ethernet,
                                                TimeMs now, Output& output, Verdict& verdict) {
  const auto refused = [&](RouterCount reason) {
    verdict = drop(reason);
    return std::nullopt;
  };
  const auto ip = Ipv4View::parse(ethernet.payload());
  if (!ip) return refused(RouterCount::dropMalformed);
  if (!ip->checksumOk()) return refused(RouterCount::dropIpChecksum);
  if (!possibleSource(ip->source(), packet.port)) return refused(RouterCount::dropSource);
  const std::uint32_t destination = ip->destination();
  const bool toUs = destination == config_.inside.address || destination == config_.outside.address;
  if (!isUnicastIpv4(destination)) return refused(RouterCount::dropDestination);
  const RoutedPacket routed{packet, ethernet, *ip, now, output, toUs};
  if (toUs && ip->protocol() == ip_protocol::kIcmp && !ip->isFragment() && !ip->payload().empty() &&
      ip->payload()[0] == icmp_type::kEchoRequest) {
    verdict = answerEcho(routed);
    return std::nullopt;
  }
  return routed;
}

PortIndex Router::portOf(std::uint32_t destination, PortIndex from) const {
  for (const PortIndex port : {RouterPorts::kInside, RouterPorts::kOutside}) {
    if (config_.port(port).connected(destination)) return port;
  }
  return from == RouterPorts::kInside ? RouterPorts::kOutside : RouterPorts::kInside;
}

Verdict Router::send(const RoutedPacket& routed, PortIndex port) {
  std::uint32_t nextHop = routed.ip.destination();
  if (!config_.port(port).connected(nextHop)) {
    const auto& gateway = config_.gateway(port);
    if (!gateway) {
      return refuse(routed, icmp_type::kUnreachable, 0, RouterCount::dropNoRoute);
    }
    nextHop = *gateway;
  } else if (!config_.port(port).isHost(nextHop)) {
    return drop(RouterCount::dropDestination);
  }
  routed.ethernet.setSource(config_.port(port).mac);
  MacAddress mac;
  switch (neighbours_.resolve(port, nextHop, routed.now, routed.output, mac)) {
    case Neighbours::Result::resolved:
      routed.ethernet.setDestination(mac);
      counters_.add(RouterCount::forwarded);
      return {Action::forward, port};
    case Neighbours::Result::waiting:
      if (waiting_.hold(port, nextHop, {routed.packet.data, routed.packet.length}, routed.now)) {
        return consumed();
      }
      return drop(RouterCount::dropWaitingFull);
    case Neighbours::Result::full:
      break;
  }
  return drop(RouterCount::dropNeighboursFull);
}

Verdict Router::answerEcho(const RoutedPacket& routed) {
  const auto icmp = IcmpView::parse(routed.ip.payload());
  if (!icmp || !icmp->checksumOk()) return drop(RouterCount::dropIcmp);
  const Packet& packet = routed.packet;
  makeEchoReply(routed.ethernet, routed.ip, *icmp, config_.port(packet.port));
  routed.output.transmit(packet.port, {packet.data, packet.length});
  counters_.add(RouterCount::echoReplies);
  return consumed();
}

void Router::tellTooBig(const RoutedPacket& routed, std::uint16_t mtu) {
  constexpr std::uint8_t kFragmentationNeeded = 4;
  sendError(routed, icmp_type::kUnreachable, kFragmentationNeeded, mtu);
}

void Router::sendError(const RoutedPacket& routed, std::uint8_t type, std::uint8_t code,
                       std::uint16_t mtu) {
  std::array<std::uint8_t, kMaxIcmpErrorFrame> frame{};
  const PortIndex port = routed.packet.port;
  const std::size_t length =
      makeIcmpError(frame, routed.ethernet, routed.ip, config_.port(port), type, code, mtu);
  if (length == 0) return;
  routed.output.transmit(port, {frame.data(), length});
  counters_.add(RouterCount::icmpErrorsSent);
}

void Router::reset() {
  neighbours_.reset();
  waiting_.reset();
}

}  // namespace ferry
