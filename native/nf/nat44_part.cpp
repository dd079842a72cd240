#include "nat44_part.hpp"

#include "nat44.hpp"

namespace ferry {

static_assert(Nat44Config::kMaxPool <= 64);

std::optional<Error> Nat44Part::fault(const FlowFilter& filter, const Nat44Config& config) {
  if (auto fault = insideFault(filter)) return fault;
  const auto unsupported = [](const char* message) {
    return Error{"FLOWS_UNSUPPORTED", "flows.src", message};
  };
  if (config.pairedNets.empty()) {
    return unsupported("Hosts share the pool's addresses: give the NAT pairedNets.");
  }
  const InsidePart part(filter);
  bool any = false;
  for (const Subnet& net : config.pairedNets) {
    if (!part.holdsHost(net.address) && !net.contains(filter.source.address)) continue;
    if (net.length < filter.source.length) {
      return unsupported("The prefix cuts through one of pairedNets: give whole ones.");
    }
    any = true;
  }
  if (!any) return unsupported("None of pairedNets lies within the prefix.");
  return std::nullopt;
}

std::unique_ptr<NetworkFunction> Nat44Part::another(const Nat44Config& config) {
  return std::make_unique<Nat44>(config);
}

Nat44Part::Nat44Part(const FlowFilter& filter, const Nat44Config& config)
    : InsidePart(filter), config_(config) {
  for (std::size_t i = 0; i < config.pairedNets.size(); ++i) {
    if (holdsHost(config.pairedNets[i].address)) pools_ |= std::uint64_t{1} << i;
  }
}

bool Nat44Part::holdsPool(std::uint32_t address) const {
  for (std::size_t i = 0; i < config_.pool.size(); ++i) {
    if (config_.pool[i] == address) return (pools_ >> i & 1) != 0;
  }
  return false;
}

bool Nat44Part::holds(const Packet& packet) const {
  const auto ends = ipv4Ends({packet.data, packet.length});
  return ends && (packet.port == RouterPorts::kInside ? holdsHost(ends->source)
                                                      : holdsPool(ends->destination));
}

bool Nat44Part::operator()(const FragmentedPacket& packet) const {
  return packet.key.port == RouterPorts::kInside ? holdsHost(packet.key.source)
                                                 : holdsPool(packet.key.destination);
}

bool Nat44Part::operator()(const WaitingFrame& waiting) const {
  const auto ends = ipv4Ends({waiting.frame.data(), waiting.length});
  return ends && (waiting.port == RouterPorts::kInside ? holdsHost(ends->destination)
                                                       : holdsPool(ends->source));
}

}  // namespace ferry
