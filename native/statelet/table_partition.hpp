// The Partition of a network function whose state is a TableSet.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "../core/nf.hpp"
#include "../core/partition.hpp"
#include "table_set.hpp"

namespace ferry {

/**
 * Part, one of each function, says what belongs to a part:
 *   using Config;
 *   static std::optional<Error> fault(const FlowFilter&, const Config&);
 *   static std::unique_ptr<NetworkFunction> another(const Config&);
 *   Part(const FlowFilter&, const Config&);
 *   bool holds(const Packet&) const;
 *   bool operator()(const Entry&) const;      for the entries of each table that is not shared
 */
template <typename Part, typename State>
class TablePartition final : public Partition {
 public:
  TablePartition(const typename Part::Config& config, State& state)
      : config_(config), state_(state) {}

  std::optional<Error> fault(const FlowFilter& filter) const override {
    return Part::fault(filter, config_);
  }
  std::unique_ptr<NetworkFunction> another() const override { return Part::another(config_); }
  std::unique_ptr<FlowMatcher> matcher(const FlowFilter& filter) const override {
    return std::make_unique<Matcher>(Part(filter, config_));
  }

  void choose(const std::optional<FlowFilter>& filter) override {
    part_.reset();
    if (filter) part_.emplace(*filter, config_);
    dropping_ = {};
    beginMerge();
  }
  bool holds(const Packet& packet) const override { return !part_ || part_->holds(packet); }

  // What the function's own methods of these names do.
  void collect(ByteWriter& out) {
    if (part_) {
      state_.collect(out, *part_);
    } else {
      state_.collect(out);
    }
  }
  bool writeSnapshot(ByteWriter& out) {
    return part_ ? state_.writeSnapshot(out, *part_) : state_.writeSnapshot(out);
  }

  bool drop(std::uint32_t most) override {
    if (!part_) return true;
    std::uint8_t last = 0;
    state_.each([&](std::uint8_t id, auto& owner) {
      last = id;
      if (id != dropping_.table) return;
      if constexpr (!isShared<decltype(owner)>) {
        const bool done = dropping_.through(owner.table(), most, [&](std::uint32_t slot) {
          if (!(*part_)(owner.table().at(slot))) return;
          owner.unindex(slot);
          owner.table().release(slot);
        });
        if (!done) return;
      }
      dropping_ = {dropping_.table + 1, 0};
    });
    return dropping_.table > last;
  }

  void beginMerge() override { absorbing_ = checking_ = {}; }

  MergeCheck checkMerge(NetworkFunction& other, std::uint32_t most) override {
    MergeCheck check{std::nullopt, false};
    std::size_t id = 0;
    state_.eachPair(stateOf(other), [&](auto& own, auto& theirs) {
      if (id++ != checking_.table || check.fault) return;
      if constexpr (!isShared<decltype(own)>) {
        const auto& from = theirs.table();
        if (from.size() > own.table().capacity() - own.table().size()) {
          check.fault = {"MERGE_NO_ROOM", "The instance has no room for the part."};
          return;
        }
        const bool end = checking_.through(from, most, [&](std::uint32_t slot) {
          if (yields<decltype(own)> || own.conflicting(from.at(slot)) == FreeSlots::kNone) return;
          check.fault = {"MERGE_CONFLICT", "Both instances have an entry with the same key."};
        });
        if (!end) return;
      }
      checking_ = {checking_.table + 1, 0};
    });
    check.done = checking_.table == id;
    if (check.done) checking_ = {};
    return check;
  }

  bool absorb(NetworkFunction& other, std::uint32_t most) override {
    std::size_t id = 0;
    state_.eachPair(stateOf(other), [&](auto& own, auto& theirs) {
      if (id++ != absorbing_.table) return;
      const bool done = absorbing_.through(theirs.table(), most, [&](std::uint32_t slot) {
        const auto& entry = theirs.table().at(slot);
        if (own.conflicting(entry) != FreeSlots::kNone) return;
        const std::uint32_t taken = own.table().adopt(slot, entry);
        if (taken != FreeSlots::kNone) own.index(taken);
      });
      if (done) absorbing_ = {absorbing_.table + 1, 0};
    });
    return absorbing_.table == id;
  }

 private:
  class Matcher final : public FlowMatcher {
   public:
    explicit Matcher(Part part) : part_(std::move(part)) {}
    bool holds(const Packet& packet) const override { return part_.holds(packet); }

   private:
    const Part part_;
  };

  /** A walk through tables that pauses. */
  struct Walk {
    std::size_t table = 0;
    std::uint32_t slot = 0;

    /** Visits `most` live slots at most, and takes them off it; true at the end of the table. */
    template <typename Table, typename Visit>
    bool through(const Table& entries, std::uint32_t& most, Visit&& visit) {
      for (; most > 0; --most) {
        const std::uint32_t next = entries.nextLive(slot);
        if (next == entries.capacity()) return true;
        slot = next + 1;
        visit(next);
      }
      return false;
    }
  };

  static State& stateOf(NetworkFunction& other) {
    return static_cast<TablePartition&>(*other.partition()).state_;
  }

  const typename Part::Config& config_;
  State& state_;
  std::optional<Part> part_;
  Walk dropping_;
  Walk absorbing_;
  Walk checking_;
};

}  // namespace ferry
