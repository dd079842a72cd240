// Filling a NAT's table before a run: one packet for each entry, and the server's account of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "../io/port.hpp"
#include "options.hpp"
#include "probe.hpp"

namespace ferry::traffic {

/** Entries `first` to `last`, both included. */
struct EntryRange {
  std::uint32_t first;
  std::uint32_t last;
};

/** Client side: walks the given ranges, one small packet per entry. */
class PrefillSender {
 public:
  PrefillSender(const EndpointOptions& options, const MacAddress& ownMac, Port& port);

  void setNextHop(const MacAddress& mac) { writer_.setNextHop(mac); }
  void begin(std::vector<EntryRange> ranges);
  /** Sends at most `count` packets; true when every range has been walked. */
  bool send(std::uint64_t count);
  std::uint64_t sent() const { return sent_; }

 private:
  const EndpointOptions& options_;
  Port& port_;
  ProbeWriter writer_;
  std::vector<EntryRange> ranges_;
  std::size_t range_ = 0;
  std::uint32_t next_ = 0;
  std::uint64_t sent_ = 0;
};

/** Server side: which entries' packets have come. Marked by one thread, read by any. */
class PrefillRecord {
 public:
  PrefillRecord() : words_(kMaxPrefillEntries / kWordBits) {}

  void mark(std::uint32_t entry);
  /** Different entries that have come. */
  std::uint64_t received() const { return received_.load(std::memory_order_relaxed); }
  /** Of the entries below `entries`, those that have not come, as at most `maxRanges` ranges. */
  std::vector<EntryRange> missing(std::uint32_t entries, std::size_t maxRanges) const;

 private:
  static constexpr std::uint32_t kWordBits = 64;
  bool marked(std::uint32_t entry) const;

  std::vector<std::atomic<std::uint64_t>> words_;
  std::atomic<std::uint64_t> received_{0};
};

}  // namespace ferry::traffic
