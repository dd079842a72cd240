// IDS: looks for attacks in what it routes between an inside and an outside network, by rules in
// the language of Suricata and Snort; alerts, and drops what a drop rule says.
//
// Ports:    0 inside, 1 outside. It is a router with one virtual MAC address a port.
// Options:  ids_config.hpp.   Counters: ids_counters.hpp.
// State:    flows (stream positions, what was found in them, flowbits), segments that came out of
//           order or that a pcre has begun to read, thresholds, the number of the next alert,
//           neighbours, frames that wait for a neighbour.
//
// What it cannot look at it does not forward: fragments, bad checksums, segments out of order when
// there is no room to keep them.
#pragma once

#include "../../proto/tcp.hpp"
#include "../../statelet/stateful_function.hpp"
#include "../../statelet/table_partition.hpp"
#include "../registry.hpp"
#include "../router.hpp"
#include "flows.hpp"
#include "ids_config.hpp"
#include "ids_part.hpp"
#include "inspector.hpp"

namespace ferry {

CreateResult createIds(const ConfigNode& config);

namespace ids {

class Ids final : public StatefulFunction<Ids> {
 public:
  /** `error` is set when the rules cannot be compiled; the function then is not to be used. */
  Ids(IdsConfig config, std::string& error);
  Ids(const Ids&) = delete;
  Ids& operator=(const Ids&) = delete;

  std::string_view kind() const override { return "ids"; }
  std::uint64_t configDigest() const override { return config_.digest(); }

  Verdict process(Packet& packet, TimeMs now, Output& output) override;
  void expire(TimeMs now, Output& output) override;
  void recover(TimeMs now) override;
  void silence(bool silent) override { alerts_.silence(silent); }
  void takeOver(TimeMs now, Output& output) override;

  void collect(ByteWriter& out) override { partition_.collect(out); }
  bool writeSnapshot(ByteWriter& out) override { return partition_.writeSnapshot(out); }
  void reset() override;

  std::uint64_t entries() const override;
  std::span<const Counter> counters() override;
  std::span<const std::string> notices() const override { return notices_; }
  bool checkInvariants() const override;
  Partition* partition() override { return &partition_; }
  auto& tables() { return state_; }
  const auto& tables() const { return state_; }

 private:
  using State = TableSet<Flows, Segments, Trackers, AlertSequence, Neighbours, WaitingFrames>;

  /** A packet under way, and what was read of it. */
  struct Flight {
    const RoutedPacket& routed;
    PacketFacts facts{};

    TimeMs now() const { return routed.now; }
  };

  // inspection.cpp: from the transport header to the rules. The answer is why a packet is not to go
  // on, if so.
  using Refusal = std::optional<Count>;
  Refusal inspect(Flight& flight);
  Refusal inspectDatagram(Flight& flight, ByteView payload);
  Refusal inspectTcp(Flight& flight, const TcpView& tcp);
  Flows::Found flowOfTcp(const Flight& flight, const TcpView& tcp);
  bool follow(Flow& flow, unsigned side, const TcpView& tcp);
  bool followSyn(Flow& flow, unsigned side, const TcpView& tcp);
  void beginStream(Stream& stream, std::uint32_t next);
  Refusal readStream(Flight& flight, std::uint32_t slot, unsigned side, std::uint32_t sequence,
                     ByteView payload, Judgement& judgement);
  void readInOrder(const PacketFacts& facts, Flow& flow, unsigned side, std::uint32_t sequence,
                   ByteView payload, Judgement& judgement);

  const IdsConfig config_;
  std::vector<std::string> notices_;
  Counters counters_;
  Scanner scanner_;
  Alerts alerts_;
  Segments segments_;
  Flows flows_;
  Trackers trackers_;
  AlertSequence sequence_;
  Router router_;
  State state_;
  TablePartition<IdsPart, State> partition_{config_, state_};
  Inspector inspector_;
};

}  // namespace ids
}  // namespace ferry
