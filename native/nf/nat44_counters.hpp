// What a NAT44 counts. Packets received = forwarded + consumed + the sum of all drop counters.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../core/nf.hpp"

namespace ferry {

enum class Nat44Count : std::uint8_t {
  receivedInside,
  receivedOutside,
  forwarded,
  consumed,
  translatedOut,
  translatedIn,
  hairpinned,
  icmpErrorsTranslated,
  icmpErrorsSent,
  echoReplies,
  arpReplies,
  arpRequests,
  arpConflicts,
  mappingsCreated,
  mappingsExpired,
  waitingSent,
  waitingDropped,
  dropPort,
  dropMalformed,
  dropEtherType,
  dropNotForUs,
  dropIpChecksum,
  dropSource,
  dropDestination,
  dropNoRoute,
  dropTtl,
  dropProtocol,
  dropIcmp,
  dropNoMapping,
  dropTableFull,
  dropNoPort,
  dropPortQuota,
  dropMappingQuota,
  dropFragment,
  dropFragmentsFull,
  dropNeighboursFull,
  dropWaitingFull,
  count_,
};

class Nat44Counters {
 public:
  void add(Nat44Count which, std::uint64_t by = 1) { value(which) += by; }
  std::uint64_t& value(Nat44Count which) {
    return counters_[static_cast<std::size_t>(which)].value;
  }
  std::span<const Counter> all() const { return counters_; }

 private:
  static constexpr std::size_t kSize = static_cast<std::size_t>(Nat44Count::count_);

  std::array<Counter, kSize> counters_{{
      {"receivedInside", 0},
      {"receivedOutside", 0},
      {"forwarded", 0},
      {"consumed", 0},  // ARP, echo to the NAT, packets that wait for a neighbour
      {"translatedOut", 0},
      {"translatedIn", 0},
      {"hairpinned", 0},
      {"icmpErrorsTranslated", 0},
      {"icmpErrorsSent", 0},
      {"echoReplies", 0},
      {"arpReplies", 0},
      {"arpRequests", 0},
      {"arpConflicts", 0},  // somebody else says that it has our address
      {"mappingsCreated", 0},
      {"mappingsExpired", 0},  // found by the sweep
      {"waitingSent", 0},      // waited for a neighbour that answered
      {"waitingDropped", 0},   // waited for one that did not; was counted as consumed
      {"dropPort", 0},         // the instance has no such port
      {"dropMalformed", 0},
      {"dropEtherType", 0},
      {"dropNotForUs", 0},  // destination MAC
      {"dropIpChecksum", 0},
      {"dropSource", 0},  // an address that cannot be behind this port
      {"dropDestination", 0},
      {"dropNoRoute", 0},  // not connected, and no gateway
      {"dropTtl", 0},
      {"dropProtocol", 0},  // neither UDP nor TCP nor ICMP
      {"dropIcmp", 0},      // a type that is not translated, or a bad checksum
      {"dropNoMapping", 0},
      {"dropTableFull", 0},
      {"dropNoPort", 0},
      {"dropPortQuota", 0},     // the subscriber's blocks of ports are used up
      {"dropMappingQuota", 0},  // the subscriber has as many mappings as it may
      {"dropFragment", 0},      // its first fragment was not seen
      {"dropFragmentsFull", 0},
      {"dropNeighboursFull", 0},
      {"dropWaitingFull", 0},  // or too long to wait
  }};
};

}  // namespace ferry
