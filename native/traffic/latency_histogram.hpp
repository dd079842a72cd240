// Latencies of millions of packets in a fixed table: log-linear buckets, as in HdrHistogram.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ferry::traffic {

/** Value v of bit width w > 8 keeps its 8 highest bits: octave w - 8, and 7 bits within it. */
namespace log_linear {

inline constexpr unsigned kPrecisionBits = 7;
inline constexpr std::uint64_t kPerOctave = 1U << kPrecisionBits;

/** `value` at least 128. */
constexpr std::size_t bucketOf(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width - (kPrecisionBits + 1);
  return static_cast<std::size_t>(shift * kPerOctave + (value >> shift) - kPerOctave);
}

constexpr std::uint64_t middleOf(std::size_t bucket) {
  const std::size_t shift = bucket / kPerOctave;
  const std::uint64_t low = (bucket % kPerOctave + kPerOctave) << shift;
  return low + ((std::uint64_t{1} << shift) >> 1);
}

}  // namespace log_linear

/**
 * Counts values in nanoseconds from 1 us to 60 s; what lies outside is counted at the border, and
 * `max` stays exact. Every octave has 128 buckets, so that a bucket's middle is within 0.4 % of
 * each value in it. Recording is a shift and an increment; nothing is allocated.
 */
class LatencyHistogram {
 public:
  static constexpr std::uint64_t kLowestNs = 1'000;
  static constexpr std::uint64_t kHighestNs = 60'000'000'000;
  static constexpr std::size_t kBuckets = log_linear::bucketOf(kHighestNs) + 1;

  void record(std::uint64_t valueNs) {
    ++counts_[log_linear::bucketOf(std::clamp(valueNs, kLowestNs, kHighestNs))];
    ++total_;
    maxNs_ = std::max(maxNs_, valueNs);
  }

  void merge(const LatencyHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    maxNs_ = std::max(maxNs_, other.maxNs_);
  }

  std::uint64_t total() const { return total_; }
  std::uint64_t maxNs() const { return maxNs_; }

  /** The value that `fraction` (0..1) of all values do not exceed (nearest rank); 0 when empty. */
  std::uint64_t percentileNs(double fraction) const {
    const double wanted = fraction * static_cast<double>(total_);
    auto rank = static_cast<std::uint64_t>(wanted);
    if (static_cast<double>(rank) < wanted) ++rank;
    rank = std::clamp<std::uint64_t>(rank, 1, std::max<std::uint64_t>(total_, 1));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= rank) return std::min(log_linear::middleOf(i), maxNs_);
    }
    return 0;
  }

  /** Calls visit(middleNs, count) for every bucket that holds something, in rising order. */
  template <typename Visit>
  void forEach(Visit visit) const {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      if (counts_[i] != 0) visit(log_linear::middleOf(i), counts_[i]);
    }
  }

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t maxNs_ = 0;
};

}  // namespace ferry::traffic
