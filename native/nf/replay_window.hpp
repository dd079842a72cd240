// The anti-replay window of ESP (RFC 4303 section 3.4.3) as a ring of words (RFC 6479).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ferry {

/** A value; the window's size is its owner's to keep, the same at every call. */
class ReplayWindow {
 public:
  static constexpr std::uint32_t kMaxSize = 4096;
  static constexpr std::size_t kWords = kMaxSize / 64 + 1;

  /** True for a number that was not seen, and is not too old to tell. `size`: a multiple of 64. */
  bool fresh(std::uint64_t sequence, std::uint32_t size) const {
    if (sequence == 0) return false;
    if (sequence > top_) return true;
    if (top_ - sequence >= size) return false;
    return (words_[place(sequence, size)] >> (sequence & 63) & 1) == 0;
  }

  void mark(std::uint64_t sequence, std::uint32_t size) {
    moveTo(sequence, size);
    words_[place(sequence, size)] |= std::uint64_t{1} << (sequence & 63);
  }

  /** As if all numbers up to this one had come in order: what a delta is relative to. */
  void fillTo(std::uint64_t sequence, std::uint32_t size) {
    if (sequence <= top_) return;
    // What falls out of the window again need not be set.
    const std::uint64_t first = sequence - top_ > size ? sequence - size + 1 : top_ + 1;
    moveTo(sequence, size);
    for (std::uint64_t word = first >> 6; word <= sequence >> 6; ++word) {
      std::uint64_t bits = ~std::uint64_t{0};
      if (word == first >> 6) bits &= ~std::uint64_t{0} << (first & 63);
      if (word == sequence >> 6) bits &= ~std::uint64_t{0} >> (63 - (sequence & 63));
      words_[word % wordsOf(size)] |= bits;
    }
  }

  /** Highest number seen. */
  std::uint64_t top() const { return top_; }
  void setTop(std::uint64_t top) { top_ = top; }
  static constexpr std::size_t wordsOf(std::uint32_t size) { return size / 64 + 1; }
  std::uint64_t word(std::size_t index) const { return words_[index]; }
  void setWord(std::size_t index, std::uint64_t value) { words_[index] = value; }

  friend bool operator==(const ReplayWindow&, const ReplayWindow&) = default;

 private:
  static std::size_t place(std::uint64_t sequence, std::uint32_t size) {
    return (sequence >> 6) % wordsOf(size);
  }

  void moveTo(std::uint64_t sequence, std::uint32_t size) {
    if (sequence <= top_) return;
    const std::uint64_t from = top_ >> 6;
    const std::uint64_t to = sequence >> 6;
    const std::uint64_t words = wordsOf(size);
    const std::uint64_t passed = to - from < words ? to - from : words;
    for (std::uint64_t i = 1; i <= passed; ++i) words_[(from + i) % words] = 0;
    top_ = sequence;
  }

  std::uint64_t top_ = 0;
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace ferry
