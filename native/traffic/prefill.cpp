#include "prefill.hpp"

#include <utility>

#include "../core/clock.hpp"
#include "flow_sender.hpp"

namespace ferry::traffic {

PrefillSender::PrefillSender(const EndpointOptions& options, const MacAddress& ownMac, Port& port)
    : options_(options), port_(port), writer_(kMinPacketBytes, ownMac) {}

void PrefillSender::begin(std::vector<EntryRange> ranges) {
  ranges_ = std::move(ranges);
  range_ = 0;
  next_ = ranges_.empty() ? 0 : ranges_.front().first;
}

bool PrefillSender::send(std::uint64_t count) {
  for (; count > 0 && range_ < ranges_.size(); --count) {
    Probe probe;
    probe.source = clientOfPrefill(options_, next_);
    probe.destination = options_.server;
    probe.kind = ProbeKind::prefill;
    probe.flow = next_;
    probe.run = options_.runId;
    probe.sentNs = monotonicNs();
    if (!transmitOrFlush(port_, writer_.write(probe))) return false;
    ++sent_;
    if (next_ != ranges_[range_].last) {
      ++next_;
    } else if (++range_ < ranges_.size()) {
      next_ = ranges_[range_].first;
    }
  }
  return range_ == ranges_.size();
}

void PrefillRecord::mark(std::uint32_t entry) {
  if (entry >= kMaxPrefillEntries || marked(entry)) return;
  std::atomic<std::uint64_t>& word = words_[entry / kWordBits];
  word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << (entry % kWordBits),
             std::memory_order_relaxed);
  received_.store(received() + 1, std::memory_order_relaxed);
}

bool PrefillRecord::marked(std::uint32_t entry) const {
  const std::uint64_t word = words_[entry / kWordBits].load(std::memory_order_relaxed);
  return (word >> (entry % kWordBits) & 1) != 0;
}

std::vector<EntryRange> PrefillRecord::missing(std::uint32_t entries, std::size_t maxRanges) const {
  std::vector<EntryRange> ranges;
  for (std::uint32_t entry = 0; entry < entries && entry < kMaxPrefillEntries; ++entry) {
    if (marked(entry)) continue;
    if (!ranges.empty() && ranges.back().last + 1 == entry) {
      ranges.back().last = entry;
    } else if (ranges.size() == maxRanges) {
      break;
    } else {
      ranges.push_back({entry, entry});
    }
  }
  return ranges;
}

}  // namespace ferry::traffic
