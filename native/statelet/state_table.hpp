// A table of entries that knows what changed: statelets, and snapshots while it goes on changing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../core/large_array.hpp"
#include "../core/nf.hpp"
#include "bytes.hpp"
#include "free_slots.hpp"
#include "kept_entries.hpp"
#include "mark_log.hpp"
#include "section.hpp"

namespace ferry {

/** Every entry: what a table speaks of unless a part was chosen. */
struct Everything {
  template <typename Entry>
  constexpr bool operator()(const Entry&) const {
    return true;
  }
};

/**
 * State of an NF as a fixed array of slots. The NF owns its indexes (hash tables, port maps) and
 * calls touch() before it changes a live entry, allocate()/release() around an entry's life.
 *
 * Entry provides:
 *   void encode(ByteWriter&) const;                the whole entry
 *   bool decode(ByteReader&);                      false when the values are not possible
 *   static constexpr std::size_t kMaxBytes;        bound of encode() and encodeDelta()
 * and, unless a changed entry shall be sent whole:
 *   struct Base;                                   what a delta is relative to (a few counters)
 *   Base base() const;
 *   void encodeDelta(ByteWriter&, const Base&) const;
 *   bool applyDelta(ByteReader&);                  on an entry equal to Base; never changes a key
 * and, when encodeDelta() looks at little of a large entry:
 *   void prefetchDelta() const;                    fetches that
 *
 * Owner provides, for installed and applied records:
 *   bool acceptable(const Entry&) const;           false: impossible under this configuration
 *   std::uint32_t conflicting(const Entry&) const; a live slot that holds one of its keys, or kNone
 *   void index(slot); void unindex(slot);          keep the indexes in step
 *
 * One collect() or writeSnapshot() call writes one section, which one apply() or install() call
 * reads. A slot that was freed and taken again since the last collect() is one `set` record, which
 * replaces.
 *
 * A snapshot goes through the slots in order. Of an entry that changes before its turn it holds
 * what was there at beginSnapshot(): a copy, made before the change. After rollSnapshot() it holds
 * what is there when its turn comes, and until then neither copy nor mark is made. An entry that
 * came or went in the meantime is left to its statelets alone: the keys in a snapshot are all of
 * one moment, and what a statelet says is never older than what the snapshot says.
 *
 * Marks are kept in a bounded log, and so are the copies. Their owner collects, or writes the
 * snapshot on, when collectDue() or snapshotUrgent() says so. Should it not, nothing is lost
 * silently: the next section holds the void mark, which apply() and install() refuse.
 *
 * Order of records does not matter: when a key moved from slot A to slot B, B's `set` may come
 * first. It evicts A, and A's own record, a `free` or `set` and never a delta, is still to come.
 */
template <typename Entry>
class StateTable {
 public:
  static constexpr std::uint32_t kNone = FreeSlots::kNone;
  using Op = section::Op;
  /** Entries that one writeSnapshot() looks at, so that a small part of a large table stalls
   * nobody. */
  static constexpr std::uint32_t kMaxScan = 4096;
  /** Room that a section with one record takes at most. */
  static constexpr std::size_t kMaxSectionBytes =
      section::kMaxHeaderBytes + Entry::kMaxBytes + section::kMarkBytes;

  /**
   * Marks, and the entries that they are of, are best still in the processor's cache when they are
   * collected: at millions of packets a second a log of four times as many costs up to a third more
   * for each statelet. Slower traffic does not fill it in a window.
   */
  explicit StateTable(std::uint32_t capacity, std::uint32_t maxMarks = 4096,
                      std::uint32_t maxCopies = 16384)
      : entries_(capacity),
        flags_(capacity),
        free_(capacity),
        marks_(capacity, maxMarks),
        kept_(capacity, maxCopies) {}

  std::uint32_t capacity() const { return static_cast<std::uint32_t>(entries_.size()); }
  std::uint32_t size() const { return size_; }
  bool live(std::uint32_t slot) const { return slot < capacity() && (flags_[slot] & kLive) != 0; }
  const Entry& at(std::uint32_t slot) const { return entries_[slot]; }
  /** The first live slot at or after `from`; capacity() when there is none. */
  std::uint32_t nextLive(std::uint32_t from) const { return free_.nextTaken(from); }

  /** Takes the lowest free slot with an empty entry, marked; kNone when full. */
  std::uint32_t allocate() {
    const std::uint32_t slot = free_.takeLowest();
    if (slot == kNone) return kNone;
    place(slot, Entry{}, kLive | kFresh);
    mark(slot);
    return slot;
  }

  /** Returns the entry for writing, after marking it and saving its old value if a snapshot needs
   * it. */
  Entry& touch(std::uint32_t slot) {
    const std::uint8_t flags = flags_[slot];
    const bool unwritten = slot >= snapshotCursor_ && (flags & kSettled) == 0;
    if (unwritten && rolling_) return entries_[slot];
    if ((flags & kMarked) == 0) mark(slot);
    if (unwritten) settle(slot);
    return entries_[slot];
  }

  void release(std::uint32_t slot) {
    mark(slot);
    vacate(slot);
  }

  /**
   * Takes an entry over from another table: into the same slot if that is free, else the lowest
   * one; kNone when there is none. The caller indexes it.
   */
  std::uint32_t adopt(std::uint32_t wanted, const Entry& entry) {
    if (wanted < capacity() && !live(wanted)) {
      free_.take(wanted);
    } else {
      wanted = free_.takeLowest();
      if (wanted == kNone) return kNone;
    }
    place(wanted, entry, kLive | kFresh);
    mark(wanted);
    return wanted;
  }

  // The NetworkFunction methods of the same names forward here. `chosen` says of an entry whether
  // it belongs to the part that is spoken of.

  bool dirty() const { return !marks_.empty() || marks_.lost(); }
  bool collectDue() const { return marks_.due(); }

  /**
   * Writes one section; `out` must have kMaxSectionBytes of room. A slot that was taken for an
   * entry which was not chosen is a `free` record: one of the part may have been there before.
   */
  template <typename Chosen = Everything>
  void collect(ByteWriter& out, const Chosen& chosen = {}) {
    section::Writer section(out);
    if (marks_.lost()) {
      section.markVoid();
      discardMarks();
    }
    while (!marks_.empty() && out.room() >= kMaxSectionBytes) {
      prefetch(marks_.slotAfter(kPrefetchMarks));
      const auto& mark = marks_.oldest();
      const std::uint8_t flags = flags_[mark.slot];
      const bool isChosen = (flags & kLive) != 0 && chosen(entries_[mark.slot]);
      if (!isChosen && (flags & (kLive | kFresh)) == kLive) {
        popMark();
        continue;
      }
      const bool whole = !HasDelta<Entry> || (flags & kFresh) != 0;
      const Op op = !isChosen ? Op::free : whole ? Op::set : Op::delta;
      section.header(mark.slot, op);
      if (op == Op::set) entries_[mark.slot].encode(out);
      if constexpr (HasDelta<Entry>) {
        if (op == Op::delta) entries_[mark.slot].encodeDelta(out, mark.base);
      }
      popMark();
    }
    section.end();
  }

  void discardMarks() {
    while (!marks_.empty()) popMark();
    marks_.forgive();
  }

  /** Applies one section written by collect(). After any status but ok the table holds a part of
   * it. */
  template <typename Owner>
  ApplyStatus apply(ByteReader& in, Owner& owner) {
    return section::read(in, capacity(), [&](std::uint32_t slot, Op op) {
      return applyRecord(in, owner, slot, op);
    });
  }

  /** Installs one section written by writeSnapshot(). */
  template <typename Owner>
  ApplyStatus install(ByteReader& in, Owner& owner) {
    return section::read(in, capacity(), [&](std::uint32_t slot, Op op) {
      Entry entry{};
      if (op != Op::set || live(slot) || !entry.decode(in) || !owner.acceptable(entry) ||
          owner.conflicting(entry) != kNone) {
        return false;
      }
      occupy(slot, entry, owner);
      return true;
    });
  }

  void beginSnapshot() {
    discardMarks();
    if (anySettled_) {
      for (std::uint8_t& flags : flags_) flags = static_cast<std::uint8_t>(flags & ~kSettled);
    }
    anySettled_ = rolling_ = false;
    kept_.clear();
    snapshotCursor_ = 0;
  }

  /** Between beginSnapshot() and the next change: all that changes from here on is collected. Not
   * of a table that applies. */
  void rollSnapshot() { rolling_ = true; }

  /** True when writeSnapshot() has nothing (more) to write. */
  bool snapshotComplete() const {
    return snapshotCursor_ == kNone && kept_.empty() && !kept_.lost();
  }

  /** Writes one section; `out` must have kMaxSectionBytes of room. Looks at kMaxScan slots at most.
   */
  template <typename Chosen = Everything>
  void writeSnapshot(ByteWriter& out, const Chosen& chosen = {}) {
    section::Writer section(out);
    if (kept_.lost()) {
      section.markVoid();
      endSnapshot();
    }
    // Copies first, so that their room can be used again.
    for (; !kept_.empty() && out.room() >= kMaxSectionBytes; kept_.pop()) {
      if (!chosen(kept_.newest())) continue;
      section.header(kept_.newestSlot(), Op::set);
      kept_.newest().encode(out);
    }
    for (std::uint32_t scanned = 0; snapshotCursor_ != kNone && scanned < kMaxScan; ++scanned) {
      const std::uint32_t slot = nextLive(snapshotCursor_);
      if (slot == capacity()) {
        snapshotCursor_ = kNone;
        break;
      }
      if ((flags_[slot] & kSettled) == 0 && chosen(entries_[slot])) {
        if (out.room() < kMaxSectionBytes) break;
        section.header(slot, Op::set);
        entries_[slot].encode(out);
      }
      snapshotCursor_ = slot + 1;
    }
    section.end();
  }

  void endSnapshot() {
    snapshotCursor_ = kNone;
    kept_.clear();
  }

  bool snapshotUrgent() const { return kept_.due(); }

  void reset() {
    discardMarks();
    endSnapshot();
    flags_.clear();
    free_.giveAll();
    size_ = 0;
  }

 private:
  static constexpr std::uint8_t kLive = 1;
  static constexpr std::uint8_t kMarked = 2;  // has a place in the log of marks
  static constexpr std::uint8_t kFresh = 4;   // allocated since the last collect(): no base known
  // What the snapshot shall say of it is kept already, or left to the statelets.
  static constexpr std::uint8_t kSettled = 8;
  // Marked slots lie anywhere: what is soon to be written is fetched, so many marks ahead.
  static constexpr std::size_t kPrefetchMarks = 8;
  static constexpr std::size_t kPrefetchBytes = 512;  // of an entry, at most
  static constexpr std::size_t kCacheLine = 64;

  void prefetch(std::uint32_t slot) const {
    __builtin_prefetch(&flags_[slot]);
    if constexpr (requires(const Entry& entry) { entry.prefetchDelta(); }) {
      entries_[slot].prefetchDelta();
    } else {
      const auto* entry = reinterpret_cast<const char*>(&entries_[slot]);
      for (std::size_t at = 0; at < std::min(sizeof(Entry), kPrefetchBytes); at += kCacheLine) {
        __builtin_prefetch(entry + at);
      }
    }
  }

  void mark(std::uint32_t slot) {
    if ((flags_[slot] & kMarked) == 0 && marks_.push(slot, entries_[slot])) flags_[slot] |= kMarked;
  }

  void popMark() {
    std::uint8_t& flags = flags_[marks_.oldest().slot];
    flags = static_cast<std::uint8_t>(flags & ~(kMarked | kFresh));
    marks_.pop();
  }

  void keepForSnapshot(std::uint32_t slot) {
    if (slot >= snapshotCursor_ && (flags_[slot] & kSettled) == 0) settle(slot);
  }

  /** Before a slot changes: what it holds, or that it holds nothing, is what the snapshot shall
   * say.
   */
  void settle(std::uint32_t slot) {
    flags_[slot] |= kSettled;
    anySettled_ = true;
    if (!rolling_ && (flags_[slot] & kLive) != 0) kept_.push(slot, entries_[slot]);
  }

  void vacate(std::uint32_t slot) {
    keepForSnapshot(slot);
    flags_[slot] = static_cast<std::uint8_t>(flags_[slot] & ~(kLive | kFresh));
    free_.give(slot);
    --size_;
  }

  /** Fills a slot that is taken. */
  void place(std::uint32_t slot, const Entry& entry, std::uint8_t flags) {
    keepForSnapshot(slot);
    entries_[slot] = entry;
    flags_[slot] |= flags;
    ++size_;
  }

  template <typename Owner>
  void occupy(std::uint32_t slot, const Entry& entry, Owner& owner) {
    free_.take(slot);
    place(slot, entry, kLive);
    owner.index(slot);
  }

  template <typename Owner>
  bool applyRecord(ByteReader& in, Owner& owner, std::uint32_t slot, Op op) {
    if (op == Op::delta) {
      if constexpr (HasDelta<Entry>) {
        if (!live(slot)) return false;
        keepForSnapshot(slot);
        return entries_[slot].applyDelta(in);
      }
      return false;
    }
    Entry entry{};
    if (op == Op::set && !(entry.decode(in) && owner.acceptable(entry))) return false;
    std::uint32_t evicted = live(slot) ? slot : kNone;
    do {
      if (evicted != kNone) {
        owner.unindex(evicted);
        vacate(evicted);
      }
      evicted = op == Op::set ? owner.conflicting(entry) : kNone;
    } while (evicted != kNone);
    if (op == Op::set) occupy(slot, entry, owner);
    return true;
  }

  LargeArray<Entry> entries_;
  LargeArray<std::uint8_t> flags_;
  FreeSlots free_;
  std::uint32_t size_ = 0;

  MarkLog<Entry> marks_;

  KeptEntries<Entry> kept_;
  std::uint32_t snapshotCursor_ = kNone;  // slots below it are written; kNone: no snapshot
  bool rolling_ = false;
  bool anySettled_ = false;
};

}  // namespace ferry
