#include "receiver.hpp"

#include <algorithm>

namespace ferry::traffic {

void Receiver::arrive(std::uint32_t flow, std::uint32_t sequence, std::uint64_t sentNs,
                      std::uint64_t arrivedNs, bool translationHolds) {
  Flow& record = flows_[flow];
  if (!translationHolds && !record.translationChanged) {
    record.translationChanged = true;
    ++totals_.flowsTranslationChanged;
  }
  const std::uint64_t missingBefore = record.sequence.missing();
  switch (record.sequence.arrive(sequence)) {
    case Arrival::duplicate:
      ++totals_.duplicated;
      return;
    case Arrival::reordered:
      ++totals_.reordered;
      break;
    case Arrival::inOrder:
      break;
  }
  ++totals_.received;
  totals_.missing += record.sequence.missing() - missingBefore;

  const std::uint64_t latencyNs = arrivedNs > sentNs ? arrivedNs - sentNs : 0;
  latency_.record(latencyNs);
  if (latencyNs > kLateNs) ++totals_.overLateLimit;
  if (totals_.firstArrivalNs == 0) {
    totals_.firstArrivalNs = arrivedNs;
  } else if (arrivedNs > totals_.lastArrivalNs) {
    totals_.longestGapNs = std::max(totals_.longestGapNs, arrivedNs - totals_.lastArrivalNs);
  }
  // The clock that arrivals are read from is slewed, and may stand still for a moment.
  totals_.lastArrivalNs = std::max(totals_.lastArrivalNs, arrivedNs);
}

}  // namespace ferry::traffic
