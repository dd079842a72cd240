// The outside addresses of a router NF, found in one step.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../statelet/slot_index.hpp"

namespace ferry {

class OwnAddresses {
 public:
  static constexpr std::uint8_t kNotOurs = 0xff;
  static constexpr std::uint8_t kNotInPool = 0xfe;  // ours, but no mapping uses it
  static constexpr std::size_t kMaxPool = 64;

  /** At most kMaxPool pool addresses, none twice; `address` may be one of them. */
  OwnAddresses(std::uint32_t address, std::span<const std::uint32_t> pool) {
    for (std::size_t i = 0; i < pool.size(); ++i) add(pool[i], static_cast<std::uint8_t>(i));
    if (find(address) == kNotOurs) add(address, kNotInPool);
  }

  /** The place in the pool, kNotInPool or kNotOurs. */
  std::uint8_t find(std::uint32_t address) const {
    std::size_t at = hashKey(address) % kCells;
    while (cells_[at].pool != kNotOurs && cells_[at].address != address) at = (at + 1) % kCells;
    return cells_[at].pool;
  }
  bool contains(std::uint32_t address) const { return find(address) != kNotOurs; }

 private:
  static constexpr std::size_t kCells = 256;

  struct Cell {
    std::uint32_t address = 0;
    std::uint8_t pool = kNotOurs;
  };

  void add(std::uint32_t address, std::uint8_t pool) {
    std::size_t at = hashKey(address) % kCells;
    while (cells_[at].pool != kNotOurs) at = (at + 1) % kCells;
    cells_[at] = {address, pool};
  }

  std::array<Cell, kCells> cells_{};
};

}  // namespace ferry
