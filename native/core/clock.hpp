// The clocks of the datapath. State carries wall time; everything that is waited for uses the
// monotonic clock.
#pragma once

#include <ctime>

#include "packet.hpp"

namespace ferry {

inline std::uint64_t clockNs(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

/** Nanoseconds of CLOCK_MONOTONIC. */
inline std::uint64_t monotonicNs() { return clockNs(CLOCK_MONOTONIC); }

/** Milliseconds of CLOCK_REALTIME, as state carries them. */
inline TimeMs wallMs() { return clockNs(CLOCK_REALTIME) / 1'000'000u; }

inline constexpr std::uint64_t kMs = 1'000'000;  // in nanoseconds

}  // namespace ferry
