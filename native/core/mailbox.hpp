// A small queue of fixed-size notes from one thread to one other.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <type_traits>

namespace ferry {

/** Bounded: push() answers false when the reader has not kept up. `Slots` is a power of two. */
template <typename Note, std::size_t Slots = 256>
class Mailbox {
  static_assert(std::is_trivially_copyable_v<Note>);
  static_assert((Slots & (Slots - 1)) == 0);

 public:
  bool push(const Note& note) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == Slots) return false;
    notes_[tail % Slots] = note;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  std::optional<Note> pop() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    const Note note = notes_[head % Slots];
    head_.store(head + 1, std::memory_order_release);
    return note;
  }

 private:
  std::array<Note, Slots> notes_{};
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::atomic<std::size_t> head_{0};
};

}  // namespace ferry
