// The free slots of a table as a tree of bitmaps: the lowest free slot in a few steps.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ferry {

/**
 * Slots 0 .. capacity-1, all free at first. takeLowest() depends only on which slots are free, not
 * on the order in which they became so: two copies of a table allocate alike.
 */
class FreeSlots {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  explicit FreeSlots(std::uint32_t capacity) : capacity_(capacity) {
    std::size_t bits = capacity;
    do {
      bits = (bits + 63) / 64;
      levels_.emplace_back(bits, 0);
    } while (bits > 1);
    giveAll();
  }

  /** The lowest free slot; kNone when there is none. */
  std::uint32_t lowest() const {
    if (levels_.back()[0] == 0) return kNone;
    std::size_t word = 0;
    for (std::size_t level = levels_.size(); level-- > 0;) {
      word = word * 64 + static_cast<std::size_t>(std::countr_zero(levels_[level][word]));
    }
    return static_cast<std::uint32_t>(word);
  }

  /** Takes the lowest free slot; kNone when there is none. */
  std::uint32_t takeLowest() {
    const std::uint32_t slot = lowest();
    if (slot != kNone) take(slot);
    return slot;
  }

  /** Takes this slot, which must be free. */
  void take(std::uint32_t slot) {
    std::size_t bit = slot;
    for (auto& level : levels_) {
      level[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
      if (level[bit / 64] != 0) return;
      bit /= 64;
    }
  }

  void give(std::uint32_t slot) {
    std::size_t bit = slot;
    for (auto& level : levels_) {
      const bool wasEmpty = level[bit / 64] == 0;
      level[bit / 64] |= std::uint64_t{1} << (bit % 64);
      if (!wasEmpty) return;
      bit /= 64;
    }
  }

  void giveAll() {
    std::size_t bits = capacity_;
    for (auto& level : levels_) {
      for (std::size_t word = 0; word < level.size(); ++word) {
        const std::size_t left = bits - word * 64;
        level[word] = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
      }
      bits = level.size();
    }
  }

  /** The first slot at or after `from` that is taken; capacity when there is none. */
  std::uint32_t nextTaken(std::uint32_t from) const {
    const auto& words = levels_[0];
    for (std::size_t word = from / 64; word < words.size(); ++word) {
      std::uint64_t taken = ~words[word];
      if (word == from / 64) taken &= ~std::uint64_t{0} << (from % 64);
      if (taken == 0) continue;
      const auto slot =
          static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(taken)));
      return slot < capacity_ ? slot : capacity_;
    }
    return capacity_;
  }

 private:
  std::uint32_t capacity_;
  std::vector<std::vector<std::uint64_t>> levels_;  // a set bit: free, or something free below
};

}  // namespace ferry
