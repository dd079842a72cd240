// A table of entries that knows what changed: statelets, point-in-time snapshots, copy on write.
#pragma once

#include <cstdint>
#include <vector>

#include "../core/nf.hpp"
#include "bytes.hpp"

namespace ferry {

/**
 * State of an NF as a fixed array of slots. The NF owns its indexes (hash tables, port maps) and
 * calls touch() before it changes a live entry, allocate()/release() around an entry's life.
 *
 * Entry provides:
 *   struct Base;                                   what a delta is relative to (a few counters)
 *   Base base() const;
 *   void encode(ByteWriter&) const;                the whole entry
 *   bool decode(ByteReader&);                      false when the values are not possible
 *   void encodeDelta(ByteWriter&, const Base&) const;
 *   bool applyDelta(ByteReader&);
 *   static constexpr std::size_t kMaxBytes;        bound of encode() and encodeDelta()
 *
 * Owner provides, for installed and applied records:
 *   bool onInstalled(slot); void onFreeing(slot);  keep the indexes in step; false: entry conflicts
 *
 * Record on the wire: varint(zigzag(slot - previous slot) << 2 | op), then the entry's bytes.
 * A slot that was freed and taken again within one collect() is one `set` record, which replaces.
 */
template <typename Entry>
class StateTable {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;
  enum class Op : std::uint8_t { delta = 0, set = 1, free = 2 };

  explicit StateTable(std::uint32_t capacity, std::uint32_t maxMarks = 16384,
                      std::uint32_t maxCopies = 16384);

  std::uint32_t capacity() const;
  std::uint32_t size() const;
  bool live(std::uint32_t slot) const;
  const Entry& at(std::uint32_t slot) const;

  /** Takes a free slot (most recently freed first), marked; kNone when full. */
  std::uint32_t allocate();
  /** Returns the entry for writing, after marking it and saving its old value if a snapshot needs it. */
  Entry& touch(std::uint32_t slot);
  void release(std::uint32_t slot);

  // The NetworkFunction methods of the same names forward here.
  bool dirty() const;
  bool collectDue() const;
  void collect(ByteWriter& out);
  void discardMarks();
  template <typename Owner>
  ApplyStatus apply(ByteReader& in, Owner& owner);
  void beginSnapshot();
  bool writeSnapshot(ByteWriter& out);
  void endSnapshot();
  bool snapshotUrgent() const;
  void reset();
};

}  // namespace ferry
