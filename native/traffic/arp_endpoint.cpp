#include "arp_endpoint.hpp"

namespace ferry::traffic {

namespace {

struct ArpStation {
  MacAddress mac;
  Ipv4 address;
};

ArpFrame arpFrame(std::uint16_t operation, const MacAddress& to, const ArpStation& sender,
                  const ArpStation& target) {
  ArpFrame frame{};
  const auto ethernet = EthernetView::parse(frame);
  ethernet->setDestination(to);
  ethernet->setSource(sender.mac);
  ethernet->setType(ether_type::kArp);
  const ArpView arp = ArpView::make(ethernet->payload().first<ArpView::kLength>(), operation);
  arp.setSender(sender.mac, sender.address);
  arp.setTarget(target.mac, target.address);
  return frame;
}

}  // namespace

ArpFrame arpRequest(const MacAddress& ownMac, Ipv4 own, Ipv4 wanted) {
  return arpFrame(ArpView::kRequest, kBroadcastMac, {ownMac, own}, {MacAddress{}, wanted});
}

ArpFrame arpReply(const MacAddress& ownMac, const ArpView& request) {
  return arpFrame(ArpView::kReply, request.senderMac(), {ownMac, request.targetAddress()},
                  {request.senderMac(), request.senderAddress()});
}

bool ownsAddress(const EndpointOptions& options, Ipv4 address) {
  if (options.role == Role::server) return address == options.server.address;
  const std::uint32_t ports = options.prefillPorts;
  const std::uint32_t prefillClients = (kMaxPrefillEntries + ports - 1) / ports;
  return address - options.firstClient.address < options.clients ||
         address - options.prefillAddress < prefillClients;
}

}  // namespace ferry::traffic
