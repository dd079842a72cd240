// What belongs to a part of a NAT's work: hosts inside, and the pool addresses that are theirs
// alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "../core/nf.hpp"
#include "fragments.hpp"
#include "inside_part.hpp"
#include "nat44_config.hpp"
#include "nat44_mapping.hpp"

namespace ferry {

/**
 * Only with pairedNets, and only whole ones of them: outside, a pool address then tells the part of
 * whatever comes, ICMP included, and no two instances allocate from the same address.
 */
class Nat44Part : public InsidePart {
 public:
  using Config = Nat44Config;

  static std::optional<Error> fault(const FlowFilter& filter, const Nat44Config& config);
  static std::unique_ptr<NetworkFunction> another(const Nat44Config& config);

  Nat44Part(const FlowFilter& filter, const Nat44Config& config);

  bool holds(const Packet& packet) const;
  bool operator()(const Mapping& mapping) const { return holdsHost(mapping.insideAddress); }
  bool operator()(const FragmentedPacket& packet) const;
  bool operator()(const WaitingFrame& waiting) const;

 private:
  bool holdsPool(std::uint32_t address) const;

  const Nat44Config& config_;
  std::uint64_t pools_ = 0;  // a bit each
};

}  // namespace ferry
