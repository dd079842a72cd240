// What happened to one flow's packets on the way: fresh, reordered, duplicated, missing.
#pragma once

#include <array>
#include <cstdint>

namespace ferry::traffic {

enum class Arrival : std::uint8_t { inOrder, reordered, duplicate };

/**
 * Follows the sequence numbers of one flow, which its sender counts up from 0.
 *
 * Reordered in the sense of RFC 4737 section 3: not a duplicate, and below a number already seen.
 * The last 1024 numbers are remembered exactly. A number older than that cannot be told from a
 * duplicate and counts as reordered, so that it shows up and is never taken for a clean arrival.
 */
class SequenceTracker {
 public:
  static constexpr std::uint32_t kWindow = 1024;

  Arrival arrive(std::uint32_t sequence) {
    if (sequence >= next_) {
      forgetUpTo(sequence);
      next_ = std::uint64_t{sequence} + 1;
      mark(sequence);
      ++received_;
      return Arrival::inOrder;
    }
    if (sequence + std::uint64_t{kWindow} >= next_) {
      if (marked(sequence)) {
        ++duplicated_;
        return Arrival::duplicate;
      }
      mark(sequence);
    }
    ++received_;
    ++reordered_;
    return Arrival::reordered;
  }

  /** Different packets that arrived. */
  std::uint64_t received() const { return received_; }
  std::uint64_t duplicated() const { return duplicated_; }
  std::uint64_t reordered() const { return reordered_; }
  /** Numbers below the highest seen that have not arrived: lost or still on their way. */
  std::uint64_t missing() const { return next_ > received_ ? next_ - received_ : 0; }

 private:
  static constexpr std::uint32_t kWordBits = 64;

  // Clears the bits of the numbers from the old highest up to `sequence`: they have not arrived.
  void forgetUpTo(std::uint32_t sequence) {
    if (sequence - next_ >= kWindow) {
      seen_.fill(0);
      return;
    }
    for (std::uint64_t i = next_; i < sequence; ++i) {
      seen_[i % kWindow / kWordBits] &= ~(std::uint64_t{1} << (i % kWordBits));
    }
  }
  void mark(std::uint32_t sequence) {
    seen_[sequence % kWindow / kWordBits] |= std::uint64_t{1} << (sequence % kWordBits);
  }
  bool marked(std::uint32_t sequence) const {
    return (seen_[sequence % kWindow / kWordBits] >> (sequence % kWordBits) & 1) != 0;
  }

  std::array<std::uint64_t, kWindow / kWordBits> seen_{};
  std::uint64_t next_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t duplicated_ = 0;
  std::uint64_t reordered_ = 0;
};

}  // namespace ferry::traffic
