// What an endpoint says about itself: while it runs, and at the end.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "../io/port.hpp"
#include "receiver.hpp"

namespace ferry::traffic {

enum class Phase : std::uint8_t {
  idle,
  resolving,
  prefilling,
  sending,
  draining,
  finished,
  failed,
};

/** Totals so far, refreshed about every 50 ms. Times in microseconds. */
struct EndpointStats {
  Phase phase = Phase::idle;
  std::uint64_t sent = 0;
  std::uint64_t skipped = 0;    // owed by the rate, but longer ago than a stall may be made good
  std::uint64_t refused = 0;    // the transmit ring had no room: not sent, not offered
  std::uint64_t corrupted = 0;  // to this endpoint, with a wrong length or checksum
  std::uint64_t foreign = 0;    // a probe of another run, or of a flow that is not
  std::uint64_t prefillSent = 0;
  std::uint64_t prefillReceived = 0;
  ReceiverTotals received;
  std::uint64_t p50Ns = 0;
  std::uint64_t p99Ns = 0;
  std::uint64_t maxNs = 0;
  std::uint64_t maxSchedulingStallNs = 0;  // how late the pacing loop woke, at worst
};

struct EndpointReport {
  EndpointStats totals;
  std::uint64_t firstSentNs = 0;
  std::uint64_t lastSentNs = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> latency;  // {ns, packets}, rising
  std::vector<std::uint32_t> sentOfFlow;
  std::vector<std::uint64_t> receivedOfFlow;
  PortStats port;
};

}  // namespace ferry::traffic
