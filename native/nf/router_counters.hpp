// What every router NF counts, and room for what its kind counts beside that. Packets received =
// forwarded + consumed + the sum of all drop counters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../core/nf.hpp"

namespace ferry {

enum class RouterCount : std::uint8_t {
  receivedInside,
  receivedOutside,
  forwarded,
  consumed,  // ARP, echo to the router, packets that wait for a neighbour
  icmpErrorsSent,
  echoReplies,
  arpReplies,
  arpRequests,
  arpConflicts,    // somebody else says that it has our address
  waitingSent,     // waited for a neighbour that answered
  waitingDropped,  // waited for one that did not; was counted as consumed
  dropPort,        // the instance has no such port
  dropMalformed,
  dropEtherType,
  dropNotForUs,  // destination MAC
  dropIpChecksum,
  dropSource,  // an address that cannot be behind this port
  dropDestination,
  dropNoRoute,  // not connected, and no gateway
  dropTtl,
  dropIcmp,  // to the router, with a bad checksum
  dropNeighboursFull,
  dropWaitingFull,  // or too long to wait
  count_,
};

class RouterCounters {
 public:
  /** Value of the first of an NF's own counters, whose enum goes on from here. */
  static constexpr auto kOwn = static_cast<std::uint8_t>(RouterCount::count_);

  /** `own`: the names of the NF's own counters, in the order of its enum. */
  explicit RouterCounters(std::initializer_list<std::string_view> own);

  template <typename Which>
  requires std::is_enum_v<Which> std::uint64_t& value(Which which) {
    return counters_[static_cast<std::size_t>(which)].value;
  }
  template <typename Which>
  void add(Which which, std::uint64_t by = 1) {
    value(which) += by;
  }
  std::span<const Counter> all() const { return counters_; }

 private:
  std::vector<Counter> counters_;
};

}  // namespace ferry
