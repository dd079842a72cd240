// Everything an endpoint learns from what arrives: per flow, and over all flows.
#pragma once

#include <cstdint>
#include <vector>

#include "latency_histogram.hpp"
#include "sequence_tracker.hpp"

namespace ferry::traffic {

struct ReceiverTotals {
  std::uint64_t received = 0;    // different packets
  std::uint64_t missing = 0;     // numbers below the highest seen of a flow that have not arrived
  std::uint64_t duplicated = 0;  //
  std::uint64_t reordered = 0;   //
  std::uint64_t flowsTranslationChanged = 0;
  std::uint64_t overLateLimit = 0;  // took longer than kLateNs
  std::uint64_t longestGapNs = 0;   // between two arrivals one after the other
  std::uint64_t firstArrivalNs = 0;
  std::uint64_t lastArrivalNs = 0;
};

/** Counts one direction of one run. Memory is taken once, at construction. */
class Receiver {
 public:
  /** The limit of "seconds of RTT larger than 15 ms", after the statelet paper; here one way. */
  static constexpr std::uint64_t kLateNs = 15'000'000;

  explicit Receiver(std::uint32_t flows) : flows_(flows) {}

  /** `flow` below the number of flows; times of CLOCK_MONOTONIC; `translationHolds`: it came from
   * and to where it should. */
  void arrive(std::uint32_t flow, std::uint32_t sequence, std::uint64_t sentNs,
              std::uint64_t arrivedNs, bool translationHolds);

  const ReceiverTotals& totals() const { return totals_; }
  const LatencyHistogram& latency() const { return latency_; }
  const SequenceTracker& flow(std::uint32_t index) const { return flows_[index].sequence; }

 private:
  struct Flow {
    SequenceTracker sequence;
    bool translationChanged = false;
  };

  std::vector<Flow> flows_;
  ReceiverTotals totals_;
  LatencyHistogram latency_;
};

}  // namespace ferry::traffic
