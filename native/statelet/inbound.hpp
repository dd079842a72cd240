// What a destination makes of the frames of its source: order checked, bounds checked, queued once.
#pragma once

#include <cstdint>

#include "channel.hpp"
#include "records.hpp"

namespace ferry {

/** Outcome of one frame. */
struct Taken {
  enum class Status : std::uint8_t {
    taken,
    full,      // the worker's ring has no room now: offer the frame again
    violated,  // the session is over: `code` and `reason` say why
  };
  Status status;
  const char* code = nullptr;
  const char* reason = nullptr;
};

/** No sockets and no clock: the fuzzer drives it as the session does. */
class Inbound {
 public:
  explicit Inbound(Channel& channel) : channel_(channel) {}

  /** `installed`: the worker has installed the snapshot, so that reliable records drain. */
  Taken take(const Frame& frame, std::uint64_t now, bool installed);

  /** The reliable record expected next; all before it are queued. */
  std::uint64_t nextSeq() const { return nextSeq_; }
  bool snapshotComplete() const { return snapshotComplete_; }
  /** Frames that came again after a reconnection and were left out. */
  std::uint64_t repeated() const { return repeated_; }

 private:
  Taken takeSnapshot(const Frame& frame, std::uint64_t now);
  Taken takeReliable(const Frame& frame, std::uint64_t now, bool installed);

  Channel& channel_;
  std::uint64_t nextSeq_ = 1;
  std::uint64_t nextChunk_ = 0;
  bool snapshotComplete_ = false;
  std::uint64_t repeated_ = 0;
};

}  // namespace ferry
