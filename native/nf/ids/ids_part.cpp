#include "ids_part.hpp"

#include "ids.hpp"

namespace ferry::ids {

std::optional<Error> IdsPart::fault(const FlowFilter& filter, const IdsConfig& config) {
  if (auto fault = insideFault(filter)) return fault;
  // So that no host outside can have an address of the part.
  if (prefixMask(filter.source.length) >= config.inside.mask() &&
      config.inside.connected(filter.source.address)) {
    return std::nullopt;
  }
  return Error{"FLOWS_UNSUPPORTED", "flows.src", "The prefix is not within the inside subnet."};
}

std::unique_ptr<NetworkFunction> IdsPart::another(const IdsConfig& config) {
  IdsConfig silent = config;
  silent.alertFile.clear();
  std::string error;  // the same rules were compiled before
  return std::make_unique<Ids>(std::move(silent), error);
}

}  // namespace ferry::ids
