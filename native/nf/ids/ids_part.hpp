// What belongs to a part of an IDS's work: what some hosts inside, or some ports, send and receive.
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

/**
 * Counts by the address of a host outside, or of a rule as a whole, stay with the rest; all counts
 * do where ports divide it.
 */
class IdsPart : public InsidePart {
 public:
  using Config = IdsConfig;

  static std::optional<Error> fault(const FlowFilter& filter, const IdsConfig& config);
  static std::unique_ptr<NetworkFunction> another(const IdsConfig& config);

  IdsPart(const FlowFilter& filter, const IdsConfig& config)
      : InsidePart(filter), filter_(filter), inside_(config.inside) {}

  bool holds(const Packet& packet) const {
    return InsidePart::holds(packet) &&
           holdsPorts({packet.data, packet.length}, packet.port == RouterPorts::kInside);
  }
  bool operator()(const WaitingFrame& waiting) const {
    return InsidePart::operator()(waiting) &&
           holdsPorts({waiting.frame.data(), waiting.length}, waiting.port != RouterPorts::kInside);
  }
  bool operator()(const Flow& flow) const { return holdsFlow(flow.key); }
  bool operator()(const Segment& segment) const { return holdsFlow(segment.flow); }
  bool operator()(const Tracker& tracker) const {
    return !filter_.hasPorts() && holdsHost(tracker.address);
  }

 private:
  bool holdsFlow(const FlowKey& key) const;
  bool holdsPorts(ByteView frame, bool fromInside) const;
  bool arePorts(std::uint16_t inside, std::uint16_t outside) const {
    return (filter_.insidePort == 0 || filter_.insidePort == inside) &&
           (filter_.outsidePort == 0 || filter_.outsidePort == outside);
  }

  FlowFilter filter_;
  RouterPort inside_;
};

}  // namespace ferry::ids
