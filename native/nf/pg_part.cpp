#include "pg_part.hpp"

#include "pg.hpp"

namespace ferry {

std::optional<Error> PgPart::fault(const FlowFilter& filter, const PgConfig& config) {
  if (auto fault = insideFault(filter)) return fault;
  const Subnet net{filter.source.address & prefixMask(filter.source.length), filter.source.length};
  for (const PgRule& rule : config.rules) {
    if (rule.each >= net.length || !rule.net.contains(net.address)) continue;
    return Error{"FLOWS_UNSUPPORTED", "flows.src",
                 "The prefix cuts through a subscriber: give one of length " +
                     std::to_string(rule.each) + " or less."};
  }
  return std::nullopt;
}

std::unique_ptr<NetworkFunction> PgPart::another(const PgConfig& config) {
  return std::make_unique<Pg>(config);
}

}  // namespace ferry
