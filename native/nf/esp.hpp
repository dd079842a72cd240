// VPN concentrator: IPsec ESP in tunnel mode (RFC 4303) with AES-GCM (RFC 4106) and static SAs.
//
// Ports:    0 inside (the protected networks), 1 outside (the peers). It is a router hop on both.
// Options:  esp_config.hpp.   Counters: router_counters.hpp, and EspCount below.
// State:    SAs (sequence numbers, anti-replay windows, lifetime counters), neighbours, frames that
//           wait for a neighbour.
//
// What comes in inside and fits a tunnel's selectors goes out encrypted; what comes in outside
// must be ESP to our address. Nothing passes in the clear. Outer packets are not fragmented.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "../statelet/stateful_function.hpp"
#include "../statelet/table_partition.hpp"
#include "esp_cipher.hpp"
#include "esp_config.hpp"
#include "esp_part.hpp"
#include "esp_sa.hpp"
#include "registry.hpp"
#include "router.hpp"

namespace ferry {

CreateResult createEsp(const ConfigNode& config);

enum class EspCount : std::uint8_t {
  encrypted = RouterCounters::kOwn,
  decrypted,
  softLifetimes,     // an SA has reached its soft limit
  sequencesSkipped,  // left out by a recovery, because they may have been used
  dropNoPolicy,      // fits no tunnel's selectors
  dropNoSa,          // unknown SPI, or from another peer
  dropReplay,        // seen before, or older than the window
  dropAuthentication,
  dropSelector,    // of the packet inside
  dropInner,       // padding, next header or packet inside are malformed, or there is none
  dropLifetime,    // the SA has reached its hard limit
  dropSequence,    // the SA has no sequence number left
  dropTooBig,      // longer than the outside MTU once encrypted
  dropFragment,    // an outer fragment
  dropCongestion,  // RFC 6040: congestion was marked, and the packet inside cannot carry it
};

class Esp final : public StatefulFunction<Esp> {
 public:
  explicit Esp(const EspConfig& config);
  Esp(const Esp&) = delete;
  Esp& operator=(const Esp&) = delete;

  std::string_view kind() const override { return "esp"; }
  std::uint64_t configDigest() const override { return digest_; }

  Verdict process(Packet& packet, TimeMs now, Output& output) override;
  void expire(TimeMs now, Output& output) override { router_.expire(now, output); }
  void recover(TimeMs now) override;
  void takeOver(TimeMs now, Output& output) override;

  void collect(ByteWriter& out) override { partition_.collect(out); }
  bool writeSnapshot(ByteWriter& out) override { return partition_.writeSnapshot(out); }
  void reset() override;

  std::uint64_t entries() const override { return sas_.table().size() + router_.entries(); }
  std::span<const Counter> counters() override { return counters_.all(); }
  bool checkInvariants() const override {
    return sas_.checkInvariants() && router_.checkInvariants();
  }
  Partition* partition() override { return &partition_; }
  auto& tables() { return state_; }
  const auto& tables() const { return state_; }

 private:
  using State = TableSet<EspSas, Neighbours, WaitingFrames>;

  struct Ciphers {
    EspCipher out;
    EspCipher in;
  };

  Verdict outbound(const RoutedPacket& routed);
  Verdict inbound(const RoutedPacket& routed);
  /** Sends on the packet that was inside, in the place of the one that held it. */
  Verdict unwrap(const RoutedPacket& routed, const EspTunnel& tunnel, const Ipv4View& inner);
  const EspTunnel* tunnelOf(const Ipv4View& ip) const;
  /** Counts a packet against the SA's lifetime; false when the hard limit is reached. */
  bool withinLife(const EspTunnel& tunnel, const EspSa& sa, std::size_t bytes) const;
  void count(const EspTunnel& tunnel, EspSa& sa, std::size_t bytes);

  const EspConfig config_;
  const std::uint64_t digest_;
  RouterCounters counters_;
  std::vector<Ciphers> ciphers_;  // by tunnel
  SlotIndex bySpi_;               // inbound SPI to tunnel
  EspSas sas_;
  Router router_;
  State state_;
  TablePartition<EspPart, State> partition_{config_, state_};
  std::array<std::uint8_t, 2048> sealed_{};  // the frame being made
};

}  // namespace ferry
