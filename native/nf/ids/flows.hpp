// The flows of an IDS: found from either side, made, forgotten when idle.
#pragma once

#include <cstdint>

#include "../../statelet/slot_index.hpp"
#include "../../statelet/state_table.hpp"
#include "flow.hpp"
#include "ids_config.hpp"

namespace ferry::ids {

class Segments;

class Flows {
 public:
  using Table = StateTable<Flow>;
  static constexpr std::uint32_t kNone = Table::kNone;

  Flows(const IdsConfig& config, Segments& segments);

  struct Found {
    std::uint32_t slot = kNone;
    unsigned side = 0;  // who sent the packet: 0 the client, 1 the server
  };
  /** The flow of a packet, unless its time has run out. */
  Found find(const FlowKey& packet, TimeMs now) const;
  /** A new flow whose client sent this packet; one of the same key that there is ends. kNone: full.
   */
  std::uint32_t create(const FlowKey& packet, TimeMs now);
  /** Ends idle flows; looks at a thousandth of what there is. Returns how many ended. */
  std::uint32_t expire(TimeMs now);

  const Flow& at(std::uint32_t slot) const { return table_.at(slot); }
  Flow& touch(std::uint32_t slot) { return table_.touch(slot); }
  void reset();
  bool checkInvariants() const;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const Flow&) const { return true; }
  std::uint32_t conflicting(const Flow& flow) const { return slotOf(flow.key); }
  void index(std::uint32_t slot) { index_.insert(table_.at(slot).key.hash(), slot); }
  void unindex(std::uint32_t slot) { index_.erase(table_.at(slot).key.hash(), slot); }

 private:
  std::uint32_t slotOf(const FlowKey& key) const;
  bool expired(const Flow& flow, TimeMs now) const;
  void end(std::uint32_t slot);

  const IdsConfig& config_;
  Segments& segments_;
  Table table_;
  SlotIndex index_;
  std::uint32_t sweepAt_ = 0;
};

}  // namespace ferry::ids
