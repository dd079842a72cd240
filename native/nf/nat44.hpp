// NAT44: translates UDP, TCP and ICMP between an inside and an outside network.
//
// Ports:    0 inside, 1 outside. It is a router with one virtual MAC address a port.
// Options:  nat44_config.hpp.   Counters: nat44_counters.hpp.
// State:    mappings, neighbours, fragments, frames that wait for a neighbour.
//
// Behaviour: endpoint-independent mapping and filtering, paired addresses, port and parity
// preservation, hairpinning (RFC 4787, 5382), ICMP errors with their inner headers (RFC 5508), port
// blocks and limits for each subscriber (RFC 6888).
#pragma once

#include <array>
#include <cstdint>

#include "../core/nf.hpp"
#include "../proto/ethernet.hpp"
#include "../proto/icmp.hpp"
#include "../proto/ipv4.hpp"
#include "../statelet/stateful_function.hpp"
#include "../statelet/table_partition.hpp"
#include "fragments.hpp"
#include "nat44_config.hpp"
#include "nat44_counters.hpp"
#include "nat44_mappings.hpp"
#include "nat44_part.hpp"
#include "neighbours.hpp"
#include "own_addresses.hpp"
#include "registry.hpp"
#include "waiting_frames.hpp"

namespace ferry {

CreateResult createNat44(const ConfigNode& config);

class Nat44 final : public StatefulFunction<Nat44> {
 public:
  explicit Nat44(const Nat44Config& config);
  Nat44(const Nat44&) = delete;
  Nat44& operator=(const Nat44&) = delete;

  std::string_view kind() const override { return "nat44"; }
  std::uint64_t configDigest() const override { return config_.digest(); }

  Verdict process(Packet& packet, TimeMs now, Output& output) override;
  void expire(TimeMs now, Output& output) override;
  void takeOver(TimeMs now, Output& output) override;

  void collect(ByteWriter& out) override { partition_.collect(out); }
  bool writeSnapshot(ByteWriter& out) override { return partition_.writeSnapshot(out); }
  void reset() override;

  std::uint64_t entries() const override;
  std::span<const Counter> counters() override { return counters_.all(); }

  bool checkInvariants() const override;
  Partition* partition() override { return &partition_; }
  auto& tables() { return state_; }
  const auto& tables() const { return state_; }

 private:
  using State = TableSet<Nat44Mappings, Neighbours, Fragments, WaitingFrames>;
  using Count = Nat44Count;

  /** A packet under way, and what was read of it. */
  struct Flight {
    Packet& packet;
    EthernetView ethernet;
    Ipv4View ip;
    TimeMs now;
    Output& output;
    // Of the transport header, or for a later fragment of that of the first.
    std::uint16_t sourcePort = 0;
    std::uint16_t destinationPort = 0;
    bool hasTransport = false;
    TcpFlags tcp{};

    Endpoint source() const { return {ip.source(), sourcePort, ip.protocol()}; }
  };

  // nat44.cpp: what a router does
  Verdict drop(Count reason);
  Verdict consumed();
  Verdict receiveIpv4(Packet& packet, const EthernetView& ethernet, TimeMs now, Output& output);
  Verdict fromInside(Flight& flight);
  Verdict fromOutside(Flight& flight);
  Verdict send(Flight& flight, PortIndex port, std::uint32_t nextHop);

  // nat44_translate.cpp
  Count readTransport(Flight& flight);
  bool rememberFragment(const Flight& flight);
  std::uint32_t mappingOfSource(const Flight& flight, Count& reason);
  Verdict refuse(Flight& flight, Count reason);
  Verdict outbound(Flight& flight, std::uint32_t nextHop);
  Verdict inbound(Flight& flight, std::uint8_t pool);
  Verdict hairpin(Flight& flight, std::uint8_t pool);
  Mapping& countOutbound(std::uint32_t slot, const Flight& flight);
  Mapping& countInbound(std::uint32_t slot, const Flight& flight);

  // nat44_icmp.cpp
  Verdict answerEcho(Flight& flight, const IcmpView& icmp);
  Verdict sendError(Flight& flight, std::uint8_t type, std::uint8_t code, Count reason);
  Verdict outboundError(Flight& flight, const IcmpView& icmp, std::uint32_t nextHop);
  Verdict inboundError(Flight& flight, const IcmpView& icmp, std::uint8_t pool);
  Verdict hairpinError(Flight& flight, const IcmpView& icmp, std::uint8_t pool);

  const Nat44Config config_;
  const OwnAddresses own_;
  Nat44Counters counters_;
  Nat44Mappings mappings_;
  WaitingFrames waiting_;
  Neighbours neighbours_;
  Fragments fragments_;
  State state_;
  TablePartition<Nat44Part, State> partition_{config_, state_};
};

}  // namespace ferry
