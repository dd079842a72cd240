// The subscribers of a packet gateway that have used it: found by address, made at first use.
#pragma once

#include <cstdint>

#include "../statelet/slot_index.hpp"
#include "../statelet/state_table.hpp"
#include "pg_config.hpp"
#include "pg_subscriber.hpp"

namespace ferry {

class PgSubscribers {
 public:
  using Table = StateTable<PgSubscriber>;
  static constexpr std::uint32_t kNone = Table::kNone;

  explicit PgSubscribers(const PgConfig& config);

  /** Number of the rule that an address falls under; kNone when it is nobody's. */
  std::uint32_t ruleOf(std::uint32_t address) const;
  /** The slot of the subscriber whose first address this is; kNone when it has used nothing. */
  std::uint32_t find(std::uint32_t rule, std::uint32_t address) const;
  /** The subscriber's slot, made if need be; kNone when the table is full. */
  std::uint32_t open(std::uint32_t rule, std::uint32_t address);
  const PgSubscriber& at(std::uint32_t slot) const { return table_.at(slot); }
  PgSubscriber& touch(std::uint32_t slot) { return table_.touch(slot); }
  void reset();
  bool checkInvariants() const;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const PgSubscriber& subscriber) const;
  std::uint32_t conflicting(const PgSubscriber& subscriber) const {
    return find(subscriber.rule, subscriber.address);
  }
  void index(std::uint32_t slot);
  void unindex(std::uint32_t slot);

 private:
  const PgConfig& config_;
  Table table_;
  SlotIndex byAddress_;
};

}  // namespace ferry
