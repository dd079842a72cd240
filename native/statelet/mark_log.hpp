// Which slots changed since statelets were last collected, and what a delta is relative to.
#pragma once

#include <cstdint>
#include <vector>

namespace ferry {

template <typename Entry>
concept HasDelta = requires {
  typename Entry::Base;
};

namespace detail {

/** Where a mark was made, and for entries with deltas what was there. */
template <typename Entry>
struct Mark {
  std::uint32_t slot = 0;
  void keep(const Entry&) {}
};
template <HasDelta Entry>
struct Mark<Entry> {
  std::uint32_t slot = 0;
  typename Entry::Base base{};
  void keep(const Entry& entry) { base = entry.base(); }
};

}  // namespace detail

/**
 * A ring of marks, oldest first. A slot has one mark at most, so a log as long as the table never
 * fills; a shorter one is to be emptied when it is `due`. What finds no room is `lost`, and told.
 */
template <typename Entry>
class MarkLog {
 public:
  using Mark = detail::Mark<Entry>;

  MarkLog(std::uint32_t capacity, std::uint32_t most)
      : marks_(most < capacity ? most : capacity),
        due_(most < capacity ? most / 4 * 3 : capacity + std::size_t{1}) {}

  bool empty() const { return count_ == 0; }
  bool due() const { return count_ >= due_; }
  bool lost() const { return lost_; }
  const Mark& oldest() const { return marks_[head_]; }
  /** The slot of the mark that comes so many after the oldest, which there is; of the newest when
   * there are fewer. */
  std::uint32_t slotAfter(std::size_t ahead) const {
    std::size_t at = head_ + (ahead < count_ ? ahead : count_ - 1);
    if (at >= marks_.size()) at -= marks_.size();
    return marks_[at].slot;
  }

  /** False when there is no room: then the mark is lost. */
  bool push(std::uint32_t slot, const Entry& entry) {
    if (count_ == marks_.size()) {
      lost_ = true;
      return false;
    }
    std::size_t tail = head_ + count_;
    if (tail >= marks_.size()) tail -= marks_.size();
    marks_[tail].slot = slot;
    marks_[tail].keep(entry);
    ++count_;
    return true;
  }
  void pop() {
    if (++head_ == marks_.size()) head_ = 0;
    --count_;
  }
  void forgive() { lost_ = false; }

 private:
  std::vector<Mark> marks_;
  std::size_t due_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
  bool lost_ = false;
};

}  // namespace ferry
