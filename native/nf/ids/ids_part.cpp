#include "ids_part.hpp"

#include "ids.hpp"

namespace ferry::ids {

std::optional<Error> IdsPart::fault(const FlowFilter& filter, const IdsConfig& config) {
  const bool bySource = filter.source.length != 0;
  if (filter.spi != 0 || (!bySource && !filter.hasPorts())) {
    return Error{"FLOWS_UNSUPPORTED", "flows", "An IDS is divided by src, sport and dport."};
  }
  // So that no host outside can have an address of the part.
  const bool within = prefixMask(filter.source.length) >= config.inside.mask() &&
                      config.inside.connected(filter.source.address);
  if (!bySource || within) return std::nullopt;
  return Error{"FLOWS_UNSUPPORTED", "flows.src", "The prefix is not within the inside subnet."};
}

std::unique_ptr<NetworkFunction> IdsPart::another(const IdsConfig& config) {
  IdsConfig silent = config;
  silent.alertFile.clear();
  std::string error;  // the same rules were compiled before
  return std::make_unique<Ids>(std::move(silent), error);
}

bool IdsPart::holdsFlow(const FlowKey& key) const {
  if (!holdsHost(key.source) && !holdsHost(key.destination)) return false;
  if (!filter_.hasPorts()) return true;
  if (key.protocol != ip_protocol::kTcp && key.protocol != ip_protocol::kUdp) return false;
  return inside_.connected(key.source) ? arePorts(key.sourcePort, key.destinationPort)
                                       : arePorts(key.destinationPort, key.sourcePort);
}

bool IdsPart::holdsPorts(ByteView frame, bool fromInside) const {
  if (!filter_.hasPorts()) return true;
  const auto ends = portEnds(frame);
  if (!ends) return false;
  return fromInside ? arePorts(ends->source, ends->destination)
                    : arePorts(ends->destination, ends->source);
}

}  // namespace ferry::ids
