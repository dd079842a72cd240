// Output commit: frames wait until a standby has what they tell of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "packet.hpp"
#include "ring.hpp"

namespace ferry {

/**
 * Frames in their order, each with the record of the statelet stream that must be acknowledged
 * before it may leave. Belongs to the worker; never allocates.
 *
 * A turn of the worker: its frames are held; then its statelets are collected, and seal() says
 * which record has the last of them; release() sends what an acknowledgement has set free.
 */
class OutputGate {
 public:
  static constexpr std::size_t kBytes = 16u << 20;

  bool empty() const { return frames_.empty(); }
  /** True when packets have to wait, so that there is room for what they lead to. */
  bool tight() const { return frames_.used() > kBytes / 4 * 3; }
  /** Copies a frame; false when there is no room. */
  bool hold(PortIndex port, ByteView frame) {
    if (!frames_.push(port, 0, frame)) return false;
    return unsealed_ = true;
  }

  /** True while there are frames that seal() has not been told of. */
  bool unsealed() const { return unsealed_; }
  /** All frames held so far may leave when record `seq` is acknowledged. */
  void seal(std::uint64_t seq) {
    // When there are too many turns on the way, the last ones wait together.
    if (count_ == turns_.size()) --count_;
    turns_[(first_ + count_++) % turns_.size()] = {frames_.head() + frames_.used(), seq};
    unsealed_ = false;
  }

  /** Calls send(port, frame) for each frame whose record is at most `acked`. */
  template <typename Send>
  void release(std::uint64_t acked, Send&& send) {
    while (count_ > 0 && turns_[first_].seq <= acked) {
      sendUpTo(turns_[first_].end, send);
      first_ = (first_ + 1) % turns_.size();
      --count_;
    }
  }
  /** The same for all: nobody will acknowledge any more. */
  template <typename Send>
  void open(Send&& send) {
    sendUpTo(frames_.head() + frames_.used(), send);
    count_ = 0;
    unsealed_ = false;
  }

 private:
  struct Turn {
    std::uint64_t end;  // position in frames_
    std::uint64_t seq;
  };

  template <typename Send>
  void sendUpTo(std::uint64_t end, Send& send) {
    while (frames_.head() < end) {
      const auto record = frames_.read(frames_.head());
      if (!record) return;
      send(static_cast<PortIndex>(record->type), ByteView(record->payload));
      frames_.release(record->next);
    }
  }

  RecordRing frames_{kBytes};
  std::array<Turn, 4096> turns_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  bool unsealed_ = false;
};

}  // namespace ferry
