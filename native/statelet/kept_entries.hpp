// Entries as they were at a snapshot's point in time, kept because they changed before their turn.
#pragma once

#include <cstdint>

#include "../core/large_array.hpp"

namespace ferry {

/**
 * A bounded stack. A slot has one copy at most, so as many as the table has slots never run out;
 * fewer are to be written when they are `due`. What finds no room is `lost`, and told. Its memory
 * is touched only as it is used.
 */
template <typename Entry>
class KeptEntries {
 public:
  KeptEntries(std::uint32_t capacity, std::uint32_t most)
      : slots_(most < capacity ? most : capacity),
        entries_(slots_.size()),
        due_(most < capacity ? most / 4 * 3 : capacity + std::size_t{1}) {}

  bool empty() const { return count_ == 0; }
  bool due() const { return count_ >= due_; }
  bool lost() const { return lost_; }
  std::uint32_t newestSlot() const { return slots_[count_ - 1]; }
  const Entry& newest() const { return entries_[count_ - 1]; }

  void push(std::uint32_t slot, const Entry& entry) {
    if (count_ == slots_.size()) {
      lost_ = true;
      return;
    }
    slots_[count_] = slot;
    entries_[count_] = entry;
    ++count_;
  }
  void pop() { --count_; }
  void clear() {
    count_ = 0;
    lost_ = false;
  }

 private:
  // Apart, so that an entry with an alignment of its own takes no more than its size.
  LargeArray<std::uint32_t> slots_;
  LargeArray<Entry> entries_;
  std::size_t due_;
  std::size_t count_ = 0;
  bool lost_ = false;
};

}  // namespace ferry
