// Packet gateway: counts, polices and limits what each subscriber sends and receives.
//
// Ports:    0 inside (the subscribers), 1 outside. It is a router hop on both.
// Options:  pg_config.hpp.   Counters: router_counters.hpp, and PgCount below.
// State:    subscribers (packets and bytes each way, token buckets), neighbours, frames that wait
//           for a neighbour. Every packet changes it: the worst case for statelets.
#pragma once

#include <cstdint>

#include "../statelet/stateful_function.hpp"
#include "../statelet/table_partition.hpp"
#include "pg_config.hpp"
#include "pg_part.hpp"
#include "pg_subscribers.hpp"
#include "registry.hpp"
#include "router.hpp"

namespace ferry {

CreateResult createPg(const ConfigNode& config);

enum class PgCount : std::uint8_t {
  up = RouterCounters::kOwn,  // passed
  down,
  quotasReached,
  dropNoSubscriber,  // the address is nobody's
  dropTableFull,     // no room for another subscriber
  dropRate,          // beyond rate and burst
  dropQuota,
};

class Pg final : public StatefulFunction<Pg> {
 public:
  explicit Pg(const PgConfig& config);
  Pg(const Pg&) = delete;
  Pg& operator=(const Pg&) = delete;

  std::string_view kind() const override { return "pg"; }
  std::uint64_t configDigest() const override { return config_.digest(); }

  Verdict process(Packet& packet, TimeMs now, Output& output) override;
  void expire(TimeMs now, Output& output) override { router_.expire(now, output); }
  void takeOver(TimeMs, Output& output) override { router_.announce(output); }

  void collect(ByteWriter& out) override { partition_.collect(out); }
  bool writeSnapshot(ByteWriter& out) override { return partition_.writeSnapshot(out); }
  void reset() override;

  std::uint64_t entries() const override { return subscribers_.table().size() + router_.entries(); }
  std::span<const Counter> counters() override { return counters_.all(); }
  bool checkInvariants() const override {
    return subscribers_.checkInvariants() && router_.checkInvariants();
  }
  Partition* partition() override { return &partition_; }
  auto& tables() { return state_; }
  const auto& tables() const { return state_; }

  /** What is known of the subscriber of an address; nullptr when it has used nothing. */
  const PgSubscriber* find(std::uint32_t address) const;

 private:
  using State = TableSet<PgSubscribers, Neighbours, WaitingFrames>;

  /** Charges the packet to its subscriber; false when it may not pass, and `verdict` says how. */
  bool charge(const RoutedPacket& routed, bool up, Verdict& verdict);

  const PgConfig config_;
  RouterCounters counters_;
  PgSubscribers subscribers_;
  Router router_;
  State state_;
  TablePartition<PgPart, State> partition_{config_, state_};
};

}  // namespace ferry
