// A hash index from keys to the slots of a StateTable.
#pragma once

#include <bit>
#include <cstdint>

#include "../core/large_array.hpp"

namespace ferry {

/** Spreads a 64-bit key over 32 bits, the same on every host. */
constexpr std::uint32_t hashKey(std::uint64_t key) {
  key ^= key >> 32;
  key *= 0xd6e8feb86659fd93;
  key ^= key >> 32;
  key *= 0xd6e8feb86659fd93;
  return static_cast<std::uint32_t>(key >> 32);
}

/**
 * Open addressing with linear probing, at most half full, and deletion by shifting back, so that
 * there are no tombstones. The caller compares keys: the index holds slots and hashes alone.
 */
class SlotIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  /** Room for `capacity` slots, at most 2^30. */
  explicit SlotIndex(std::uint32_t capacity)
      : cells_(std::bit_ceil(std::size_t{capacity} * 2)),
        mask_(static_cast<std::uint32_t>(cells_.size() - 1)) {}

  /** The slot of this hash for which `same(slot)` holds, or kNone. */
  template <typename Same>
  std::uint32_t find(std::uint32_t hash, Same&& same) const {
    for (std::uint32_t at = hash & mask_; cells_[at].taken(); at = (at + 1) & mask_) {
      if (cells_[at].hash == hash && same(cells_[at].slot())) return cells_[at].slot();
    }
    return kNone;
  }

  void insert(std::uint32_t hash, std::uint32_t slot) {
    std::uint32_t at = hash & mask_;
    while (cells_[at].taken()) at = (at + 1) & mask_;
    cells_[at] = {slot + 1, hash};
  }

  /** Removes a slot that is in the index under this hash. */
  void erase(std::uint32_t hash, std::uint32_t slot) {
    std::uint32_t hole = hash & mask_;
    while (cells_[hole].slotPlusOne != slot + 1) hole = (hole + 1) & mask_;
    for (std::uint32_t at = (hole + 1) & mask_; cells_[at].taken(); at = (at + 1) & mask_) {
      // A cell may move back to the hole unless its home lies between the two.
      const std::uint32_t home = cells_[at].hash & mask_;
      if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = Cell{};
  }

  void clear() { cells_.clear(); }

 private:
  struct Cell {
    std::uint32_t slotPlusOne = 0;  // so that zero bytes are an empty cell
    std::uint32_t hash = 0;

    bool taken() const { return slotPlusOne != 0; }
    std::uint32_t slot() const { return slotPlusOne - 1; }
  };

  LargeArray<Cell> cells_;
  std::uint32_t mask_;
};

}  // namespace ferry
