// The mappings of a NAT44: found from inside and from outside, made, ended when idle.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../statelet/slot_index.hpp"
#include "../statelet/state_table.hpp"
#include "nat44_config.hpp"
#include "nat44_mapping.hpp"
#include "nat44_ports.hpp"
#include "nat44_subscribers.hpp"

namespace ferry {

/**
 * Mappings are endpoint independent (RFC 4787 REQ-1): one per inside endpoint. Its outside address
 * follows from the inside address (REQ-2, paired), unless that address has no port left. A mapping
 * whose time has run out is as good as gone, whether expire() has come by or not; only a quota
 * counts it until then.
 */
class Nat44Mappings {
 public:
  using Table = StateTable<Mapping>;
  static constexpr std::uint32_t kNone = Table::kNone;

  enum class Refusal : std::uint8_t { none, tableFull, noPort, portQuota, mappingQuota };

  explicit Nat44Mappings(const Nat44Config& config);

  std::uint32_t findInside(const Endpoint& inside, TimeMs now) const;
  std::uint32_t findOutside(std::uint8_t pool, std::uint8_t protocol, std::uint16_t port,
                            TimeMs now) const;
  /**
   * Makes a mapping for an inside endpoint that has none that is alive. kNone with the reason in
   * `refusal` when there is no room.
   */
  std::uint32_t create(const Endpoint& inside, TimeMs now, Refusal& refusal);
  /** Ends idle mappings; looks at a thousandth of what there is. Returns how many ended. */
  std::uint32_t expire(TimeMs now);

  const Mapping& at(std::uint32_t slot) const { return table_.at(slot); }
  Mapping& touch(std::uint32_t slot) { return table_.touch(slot); }
  const Nat44Subscribers& subscribers() const { return subscribers_; }
  std::uint32_t outsideAddress(const Mapping& mapping) const { return config_.pool[mapping.pool]; }
  void reset();
  bool checkInvariants() const;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const Mapping& mapping) const;
  std::uint32_t conflicting(const Mapping& mapping) const;
  void index(std::uint32_t slot);
  void unindex(std::uint32_t slot);

 private:
  bool expired(const Mapping& mapping, TimeMs now) const;
  TimeMs timeout(const Mapping& mapping) const;
  std::uint32_t holderInside(const Endpoint& inside) const;
  void end(std::uint32_t slot);
  Refusal choosePort(const Endpoint& inside, TimeMs now, Mapping& mapping);
  Refusal choosePortInBlocks(const Endpoint& inside, Mapping& mapping) const;
  std::uint32_t holderOfBlock(const Mapping& mapping) const;

  const Nat44Config& config_;
  Table table_;
  SlotIndex byInside_;
  OutsidePorts ports_;
  Nat44Subscribers subscribers_;
  std::uint32_t sweepAt_ = 0;
};

}  // namespace ferry
