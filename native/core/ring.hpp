// A byte ring of records between two threads: one produces, one consumes, nobody waits for a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "packet.hpp"

namespace ferry {

/** When a ring begins again at its start, rather than touch all its memory. */
struct RingLap {
  std::size_t bytes = ~std::size_t{0};  // once it has come so far
  /** And no more is in it. Until the consumer has come to the start too, only what lies before
   * these bytes is free. */
  std::size_t mostHeld = 0;
};

/**
 * Records lie contiguously, so both sides work on them in place. The consumer reads at positions of
 * its own and releases later, which makes the ring a store of what is sent and not yet acknowledged
 * as well as a queue. Memory is reserved at construction and touched only as it is used.
 */
class RecordRing {
 public:
  struct Record {
    std::uint8_t type;
    std::uint64_t stamp;
    std::span<std::uint8_t> payload;
    std::uint64_t next;  // position of the record after this one
  };

  /** `capacity` is rounded up to a power of two, at least 4096. */
  explicit RecordRing(std::size_t capacity, const RingLap& lap = {});
  ~RecordRing();
  RecordRing(const RecordRing&) = delete;
  RecordRing& operator=(const RecordRing&) = delete;

  /** Producer: room for a record of up to `bytes`; empty when there is none now. */
  std::span<std::uint8_t> reserve(std::size_t bytes);
  /** Producer: publishes what was reserved, of which `bytes` were used. */
  void commit(std::uint8_t type, std::uint64_t stamp, std::size_t bytes);
  /** Producer: copies a record in; false when there is no room. */
  bool push(std::uint8_t type, std::uint64_t stamp, ByteView payload);

  /** Consumer: the oldest record not released. */
  std::uint64_t head() const { return head_.load(std::memory_order_relaxed); }
  /** Consumer: the record at `position`, unless the producer has not come so far. */
  std::optional<Record> read(std::uint64_t position) const;
  /** Consumer: gives back everything before `position`. */
  void release(std::uint64_t position) { head_.store(position, std::memory_order_release); }
  /** Consumer: gives back everything that is published. */
  void clear() { release(tail_.load(std::memory_order_acquire)); }

  /** Any thread: bytes held, headers included. Exact for either side's own end. */
  std::size_t used() const {
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    const std::uint64_t tail = tail_.load(std::memory_order_acquire);
    if (tail <= head) return 0;
    const bool sameLap = ((tail ^ head) & ~std::uint64_t{mask_}) == 0;
    const std::uint64_t skipped = sameLap ? 0 : skipped_.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(tail - head > skipped ? tail - head - skipped : 0);
  }
  bool empty() const { return used() == 0; }
  std::size_t capacity() const { return mask_ + 1; }
  /** Consumer, while the ring is empty and no producer is active: returns the memory to the system,
   * and begins again at the start. */
  void trim();

 private:
  struct Header {
    std::uint32_t length;
    std::uint8_t type;
    std::uint8_t padding;  // 1: nothing here, the next record is at the start of the ring
    std::uint16_t zero;
    std::uint64_t stamp;
  };
  static_assert(sizeof(Header) == 16);

  static constexpr std::size_t recordBytes(std::size_t payload) {
    return (sizeof(Header) + payload + 15) & ~std::size_t{15};
  }
  Header& header(std::uint64_t position) const {
    return *reinterpret_cast<Header*>(memory_ + (position & mask_));
  }

  // What the producer writes lies apart from what the consumer writes.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint64_t> skipped_{0};  // bytes left out at the end of the last lap
  std::uint8_t* memory_;
  std::size_t mask_;
  RingLap lap_;
  std::uint64_t reserved_ = 0;    // producer: where the reserved record starts
  std::uint64_t cachedHead_ = 0;  // producer: head as last seen
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace ferry
