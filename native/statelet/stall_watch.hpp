// When the worker has stood still for too long, as the sync thread sees it.
#pragma once

#include <cstdint>
#include <optional>

#include "../core/clock.hpp"

namespace ferry {

/**
 * A serving worker makes a round at least every few milliseconds. Told from kFirstNs on, again
 * every kAgainNs. Time in which the observing thread itself did not run does not count.
 */
class StallWatch {
 public:
  static constexpr std::uint64_t kFirstNs = 300 * kMs;
  static constexpr std::uint64_t kAgainNs = 100 * kMs;
  /** Longer than the observer waits between two looks while it has a session. */
  static constexpr std::uint64_t kOwnStallNs = 50 * kMs;

  /** Time since the last round when it is to be told. */
  std::optional<std::uint64_t> look(std::uint64_t turns, bool serving, std::uint64_t now) {
    const bool late = lookedNs_ != 0 && now - lookedNs_ > kOwnStallNs;
    if (!serving || turns != turns_ || lookedNs_ == 0) {
      turns_ = turns;
      sinceNs_ = now;
      toldNs_ = 0;
    } else if (late) {
      sinceNs_ += now - lookedNs_;
    }
    lookedNs_ = now;
    if (now - sinceNs_ < kFirstNs || (toldNs_ != 0 && now - toldNs_ < kAgainNs)) return {};
    toldNs_ = now;
    return now - sinceNs_;
  }

 private:
  std::uint64_t turns_ = 0;
  std::uint64_t sinceNs_ = 0;
  std::uint64_t lookedNs_ = 0;
  std::uint64_t toldNs_ = 0;
};

}  // namespace ferry
