// The neighbour cache of a router NF (RFC 826): state like any other, so that after a switchover no
// packet waits for ARP.
#pragma once

#include <cstdint>
#include <span>

#include "../statelet/slot_index.hpp"
#include "../statelet/state_table.hpp"
#include "own_addresses.hpp"
#include "router_port.hpp"
#include "waiting_frames.hpp"

namespace ferry {

struct Neighbour {
  enum class State : std::uint8_t { incomplete, reachable };
  static constexpr std::size_t kMaxBytes = 4 + 1 + 6 + 1 + 1 + 7 + 7;

  TimeMs confirmed = 0;  // last ARP heard from it
  TimeMs requested = 0;  // last ARP request sent to it
  std::uint32_t address = 0;
  PortIndex port = 0;
  MacAddress mac{};
  State state = State::incomplete;
  std::uint8_t requests = 0;  // sent since it was last heard

  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
};

/** Where it counts: places among its NF's counters. */
struct NeighbourCounters {
  std::uint64_t& arpReplies;
  std::uint64_t& arpRequests;
  std::uint64_t& arpConflicts;    // somebody else says that it has our address
  std::uint64_t& waitingSent;     // waited for a neighbour that answered
  std::uint64_t& waitingDropped;  // waited for one that did not
};

/**
 * There is room for every host of both subnets, up to kMaxCapacity. An entry that was not confirmed
 * for a minute is asked again, by unicast, while it goes on being used; only when several requests
 * in a row stay unanswered do packets wait.
 */
class Neighbours {
 public:
  using Table = StateTable<Neighbour>;
  static constexpr std::uint32_t kMaxCapacity = 65536;
  static constexpr TimeMs kRequestEvery = 1'000;
  static constexpr TimeMs kConfirmAfter = 60'000;
  static constexpr TimeMs kForgetAfter = 1'200'000;
  static constexpr std::uint8_t kMaxRequests = 3;  // to an unknown neighbour
  static constexpr std::uint8_t kMaxConfirms = 5;  // to a known one

  enum class Result : std::uint8_t { resolved, waiting, full };

  /** `own` are the outside addresses, of which `pool` are those beside the port's. */
  Neighbours(const RouterPorts& ports, const OwnAddresses& own, std::span<const std::uint32_t> pool,
             WaitingFrames& waiting, NeighbourCounters counters);

  /** The MAC address of a neighbour; asks for it when it is not known. */
  Result resolve(PortIndex port, std::uint32_t address, TimeMs now, Output& output,
                 MacAddress& mac);
  /** Learns from an ARP message and answers it. False when it is malformed. */
  bool receive(PortIndex port, Bytes payload, TimeMs now, Output& output);
  /** Asks again, forgets; looks at a thousandth of what there is. */
  void expire(TimeMs now, Output& output);
  /**
   * Tells everybody on both ports that our addresses are here (RFC 5227 section 3), and sends what
   * another instance kept waiting for a neighbour that is known here.
   */
  void announce(Output& output);
  void reset();
  bool checkInvariants() const;

  // Each part of a router's work needs to know the hosts around.
  static constexpr bool kShared = true;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const Neighbour& neighbour) const;
  std::uint32_t conflicting(const Neighbour& neighbour) const;
  void index(std::uint32_t slot);
  void unindex(std::uint32_t slot);

 private:
  bool isOurs(PortIndex port, std::uint32_t address) const;
  std::uint32_t find(PortIndex port, std::uint32_t address) const;
  void learn(PortIndex port, std::uint32_t address, const MacAddress& mac, bool mayAdd, TimeMs now,
             Output& output);
  void ask(Neighbour& neighbour, const MacAddress& destination, TimeMs now, Output& output);
  void forget(std::uint32_t slot);
  void sendKept(Output& output);

  const RouterPorts& ports_;
  const OwnAddresses& own_;
  const std::span<const std::uint32_t> pool_;
  WaitingFrames& waiting_;
  NeighbourCounters counters_;
  Table table_;
  SlotIndex index_;
  std::uint32_t sweepAt_ = 0;
};

}  // namespace ferry
