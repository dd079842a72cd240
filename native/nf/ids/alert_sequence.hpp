// The number of the next alert. It is state: alerts are numbered without a gap over a migration.
#pragma once

#include <cstdint>

#include "../../statelet/state_table.hpp"

namespace ferry::ids {

class AlertSequence {
 public:
  struct Entry {
    static constexpr std::size_t kMaxBytes = 10;
    std::uint64_t next = 0;
    void encode(ByteWriter& out) const { out.varint(next); }
    bool decode(ByteReader& in) {
      next = in.varint();
      return !in.failed();
    }
  };
  using Table = StateTable<Entry>;

  /** From 1. */
  std::uint64_t take() {
    if (table_.size() == 0) table_.allocate();
    return ++table_.touch(0).next;
  }
  /** Leaves out numbers that may have been used by an instance whose last statelets are missing. */
  void skip() {
    if (table_.size() == 0) table_.allocate();
    table_.touch(0).next += kSkipped;
  }
  void reset() { table_.reset(); }

  // Each part numbers its own alerts, and goes on from here.
  static constexpr bool kShared = true;

  // What StateTable asks of its owner. There is one entry and nothing to index.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const Entry&) const { return true; }
  std::uint32_t conflicting(const Entry&) const { return Table::kNone; }
  void index(std::uint32_t) {}
  void unindex(std::uint32_t) {}

 private:
  static constexpr std::uint64_t kSkipped = 1'000'000;

  Table table_{1};
};

}  // namespace ferry::ids
