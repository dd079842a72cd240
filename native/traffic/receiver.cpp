#include "receiver.hpp"

#include <algorithm>

namespace ferry::traffic {

void Receiver::arrive(std::uint32_t flow, std::uint32_t sequence, std::uint64_t sentNs,
                      std::uint64_t nowNs, bool translationHolds) {
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

  const std::uint64_t latencyNs = nowNs > sentNs ? nowNs - sentNs : 0;
  latency_.record(latencyNs);
  if (latencyNs > kLateNs) ++totals_.overLateLimit;
  if (totals_.firstArrivalNs == 0) {
    totals_.firstArrivalNs = nowNs;
  } else {
    totals_.longestGapNs = std::max(totals_.longestGapNs, nowNs - totals_.lastArrivalNs);
  }
  totals_.lastArrivalNs = nowNs;
}

}  // namespace ferry::traffic
