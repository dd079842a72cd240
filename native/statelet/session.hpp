// What the sync thread drives: one side of one stream, as a state machine that never blocks.
#pragma once

#include <poll.h>

#include <cstdint>
#include <vector>

#include "../core/clock.hpp"
#include "channel.hpp"

namespace ferry {

class Session {
 public:
  static constexpr std::uint64_t kHeartbeatNs = 100 * kMs;
  /** A standing session beats so often, and tells its progress every second. */
  static constexpr std::uint64_t kBeatNs = 2 * kMs;
  static constexpr int kBeatMs = 2;
  static constexpr std::uint64_t kStandingProgressNs = 1000 * kMs;
  /** Nothing heard for so long is a cut; machines stall for up to a second. */
  static constexpr std::uint64_t kSilenceNs = 2000 * kMs;

  virtual ~Session() = default;

  /** Does everything that can be done now. */
  virtual void step(std::uint64_t now) = 0;
  virtual void onNote(const SyncNote& note) = 0;
  /** Descriptors to wait for before the next step, and for how long at most. */
  virtual void waitFor(std::vector<pollfd>& descriptors) const = 0;
  virtual int timeoutMs() const = 0;
  /** Destination: serve with what has been received; unless `atOnce`, with what is on its way too.
   */
  virtual void takeover(std::uint64_t now, bool atOnce) = 0;
  /** It lasts, and what it hears or says is urgent. */
  virtual bool standing() const = 0;
  /** The session is over and the rings are free for another. */
  virtual bool finished() const = 0;
  /** True when another session may begin in its place. */
  virtual bool replaceable() const = 0;
};

}  // namespace ferry
