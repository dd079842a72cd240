// How often rules with threshold or detection_filter have matched, by address.
#pragma once

#include <cstdint>

#include "../../statelet/slot_index.hpp"
#include "../../statelet/state_table.hpp"
#include "flow.hpp"

namespace ferry::ids {

struct Tracker {
  static constexpr std::size_t kMaxBytes = 2 + 1 + 4 + 5 + 7 + 4;

  std::uint16_t rule = 0;
  bool filter = false;        // of detection_filter; else of threshold
  std::uint32_t address = 0;  // 0 when the rule counts as a whole
  std::uint32_t count = 0;
  TimeMs since = 0;
  std::uint32_t seconds = 0;

  TimeMs end() const { return since + TimeMs{seconds} * 1'000; }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
};

class Trackers {
 public:
  using Table = StateTable<Tracker>;

  explicit Trackers(std::uint32_t capacity) : table_(capacity), index_(capacity) {}

  /**
   * Counts a match of this rule for this address. The answer is whether it counts for the rule:
   * whether it is to be alerted (threshold), or is a match at all (detection_filter).
   * `full`: there was no room to count, and the answer is true.
   */
  bool count(std::uint16_t rule, const RateTest& test, std::uint32_t address, TimeMs now,
             bool& full);
  void expire(TimeMs now);
  void reset();
  bool checkInvariants() const;

  // Two parts may count for the same host outside: when they join, one count stays.
  static constexpr bool kYields = true;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const Tracker&) const { return true; }
  std::uint32_t conflicting(const Tracker& tracker) const { return slotOf(tracker); }
  void index(std::uint32_t slot);
  void unindex(std::uint32_t slot);

 private:
  std::uint32_t slotOf(const Tracker& key) const;

  Table table_;
  SlotIndex index_;
  std::uint32_t sweepAt_ = 0;
};

}  // namespace ferry::ids
