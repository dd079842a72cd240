// When a peer that beats all the time has been silent for too long.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../core/clock.hpp"

namespace ferry {

/**
 * The threshold is the least that was asked for, or twice the longest gap of late: a gap counts
 * half as much after kHalfLifeNs. Time in which the observing thread itself did not run is nobody's
 * silence.
 */
class SilenceWatch {
 public:
  static constexpr std::uint64_t kHalfLifeNs = 30'000 * kMs;

  /** 0: never silent. */
  explicit SilenceWatch(std::uint64_t leastNs) : leastNs_(leastNs) {}

  bool active() const { return leastNs_ != 0; }
  bool silent() const { return silent_; }
  std::uint64_t silentNs(std::uint64_t now) const { return since_ == 0 ? 0 : now - since_; }

  /** At every step of the observer, before it reads. */
  void step(std::uint64_t now) {
    const bool late = stepNs_ != 0 && now - stepNs_ > leastNs_ / 3;
    if (late && since_ != 0) since_ += now - stepNs_;
    stepNs_ = now;
  }

  /** A sign of life; true when it ends a silence. */
  bool heard(std::uint64_t now) {
    if (since_ != 0) raise(now - since_, now);
    since_ = now;
    const bool ends = silent_;
    silent_ = false;
    return ends;
  }

  /** After the observer has read; true when the peer falls silent by this look. */
  bool look(std::uint64_t now) {
    if (!active() || silent_ || since_ == 0 || now - since_ < limitNs(now)) return false;
    silent_ = true;
    return true;
  }

  std::uint64_t limitNs(std::uint64_t now) const { return std::max(leastNs_, 2 * peak(now)); }

 private:
  void raise(std::uint64_t gap, std::uint64_t now) {
    if (gap < peak(now)) return;
    peakNs_ = gap;
    peakAt_ = now;
  }

  std::uint64_t peak(std::uint64_t now) const {
    const std::uint64_t halvings = (now - peakAt_) / kHalfLifeNs;
    return halvings < 64 ? peakNs_ >> halvings : 0;
  }

  const std::uint64_t leastNs_;
  std::uint64_t stepNs_ = 0;
  std::uint64_t since_ = 0;  // last sign of life; 0: none yet
  bool silent_ = false;
  std::uint64_t peakNs_ = 0;
  std::uint64_t peakAt_ = 0;
};

}  // namespace ferry
