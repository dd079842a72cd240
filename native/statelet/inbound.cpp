#include "inbound.hpp"

#include <algorithm>
#include <limits>

#include "copies.hpp"

namespace ferry {
namespace {

constexpr Taken kTaken{Taken::Status::taken};
constexpr Taken kFull{Taken::Status::full};

constexpr Taken violation(const char* reason) {
  return {Taken::Status::violated, "STREAM_PROTOCOL", reason};
}

std::size_t maxPayload(FrameType type) {
  switch (type) {
    case FrameType::statelets:
      return kMaxStateletBytes;
    case FrameType::straggler:
      return kMaxStragglerBytes;
    case FrameType::packets:
      return kMaxCopiesBytes;
    default:
      return kMaxRecordBytes;
  }
}

}  // namespace

Taken Inbound::take(const Frame& frame, std::uint64_t now, bool installed) {
  switch (frame.type) {
    case FrameType::snapshotBegin:
    case FrameType::snapshot:
    case FrameType::snapshotEnd:
      return takeSnapshot(frame, now);
    case FrameType::statelets:
    case FrameType::end:
    case FrameType::straggler:
    case FrameType::drained:
    case FrameType::packets:
      return takeReliable(frame, now, installed);
    case FrameType::heartbeat:
      if (snapshotComplete_) {
        constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
        channel_.newestHeard.store(static_cast<std::int64_t>(std::min(frame.seq, kMax)),
                                   std::memory_order_release);
      }
      return kTaken;
    default:
      return violation("The source sent a frame that has no place here.");
  }
}

/** BEGIN is chunk 0, END the last; nothing comes after it. */
Taken Inbound::takeSnapshot(const Frame& frame, std::uint64_t now) {
  const bool first = nextChunk_ == 0;
  if (snapshotComplete_ || frame.seq != nextChunk_ ||
      first != (frame.type == FrameType::snapshotBegin)) {
    return violation("The source sent snapshot frames out of order.");
  }
  if (!channel_.snapshotIn.push(static_cast<std::uint8_t>(frame.type), now, frame.payload)) {
    return kFull;
  }
  nextChunk_++;
  snapshotComplete_ = frame.type == FrameType::snapshotEnd;
  return kTaken;
}

Taken Inbound::takeReliable(const Frame& frame, std::uint64_t now, bool installed) {
  if (frame.seq < nextSeq_) {
    repeated_++;
    return kTaken;
  }
  if (frame.seq > nextSeq_) return violation("The source left out a record.");
  if (frame.payload.size() > maxPayload(frame.type)) return violation("A record is too long.");
  if (!channel_.reliableIn.push(static_cast<std::uint8_t>(frame.type), now, frame.payload)) {
    // Behind this record lies the rest of the snapshot, without which nothing here can be applied.
    if (!installed) {
      return {Taken::Status::violated, "STATELET_OVERFLOW",
              "More came during the snapshot than can be queued."};
    }
    return kFull;
  }
  nextSeq_++;
  return kTaken;
}

}  // namespace ferry
