// What belongs to a part of an IDS's work: what the hosts of a prefix inside send and receive.
#pragma once

#include <memory>
#include <optional>

#include "../../core/nf.hpp"
#include "../inside_part.hpp"
#include "flow.hpp"
#include "ids_config.hpp"
#include "segments.hpp"
#include "trackers.hpp"

namespace ferry::ids {

/** Counts by the address of a host outside, or of a rule as a whole, stay with the rest. */
class IdsPart : public InsidePart {
 public:
  using Config = IdsConfig;

  static std::optional<Error> fault(const FlowFilter& filter, const IdsConfig& config);
  static std::unique_ptr<NetworkFunction> another(const IdsConfig& config);

  IdsPart(const FlowFilter& filter, const IdsConfig&) : InsidePart(filter) {}

  using InsidePart::operator();
  bool operator()(const Flow& flow) const { return holdsFlow(flow.key); }
  bool operator()(const Segment& segment) const { return holdsFlow(segment.flow); }
  bool operator()(const Tracker& tracker) const { return holdsHost(tracker.address); }

 private:
  bool holdsFlow(const FlowKey& key) const {
    return holdsHost(key.source) || holdsHost(key.destination);
  }
};

}  // namespace ferry::ids
