// Bytes of TCP streams that must wait: what came out of order, and what a pcre has begun to read.
#pragma once

#include <array>
#include <cstdint>

#include "../../statelet/slot_index.hpp"
#include "../../statelet/state_table.hpp"
#include "flow.hpp"

namespace ferry::ids {

/** Bytes of one direction of a flow. */
struct Segment {
  static constexpr std::size_t kMaxLength = 1'536;
  static constexpr std::size_t kMaxBytes = FlowKey::kBytes + 2 + 4 + 4 + 2 + kMaxLength;

  enum class Kind : std::uint8_t { ahead, window };

  FlowKey flow;  // from the client
  std::uint8_t side = 0;
  Kind kind = Kind::ahead;
  std::uint32_t begin = 0;  // sequence number of the first byte
  std::uint32_t until = 0;  // of a window: where it ends unless something begins anew
  std::uint16_t length = 0;
  std::array<std::uint8_t, kMaxLength> bytes;

  ByteView view() const { return {bytes.data(), length}; }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
};

/** A fixed pool for all flows; what does not fit is refused. */
class Segments {
 public:
  using Table = StateTable<Segment>;
  static constexpr std::uint32_t kNone = Table::kNone;
  static constexpr std::uint32_t kMaxAhead = 64;  // of one direction of a flow

  explicit Segments(std::uint32_t capacity);

  /** Keeps bytes that came before those they follow, but none that are there already. False when
   * there is no room for all of them. */
  bool addAhead(const FlowKey& flow, unsigned side, std::uint32_t begin, ByteView bytes);
  /** Of those ahead of `next` the one that begins first. */
  std::uint32_t firstAhead(const FlowKey& flow, unsigned side, std::uint32_t next) const;
  /** The bytes kept for a pcre. */
  std::uint32_t window(const FlowKey& flow, unsigned side) const;
  /** kNone when there is no room. */
  std::uint32_t add(const FlowKey& flow, unsigned side, Segment::Kind kind, std::uint32_t begin,
                    ByteView bytes);
  void release(std::uint32_t slot);
  /** Forgets all of a flow. */
  void discard(const FlowKey& flow);

  const Segment& at(std::uint32_t slot) const { return table_.at(slot); }
  Segment& touch(std::uint32_t slot) { return table_.touch(slot); }
  void reset();
  bool checkInvariants() const;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const Segment&) const { return true; }
  std::uint32_t conflicting(const Segment& segment) const;
  void index(std::uint32_t slot) { index_.insert(table_.at(slot).flow.hash(), slot); }
  void unindex(std::uint32_t slot) { index_.erase(table_.at(slot).flow.hash(), slot); }

 private:
  template <typename Visit>
  void each(const FlowKey& flow, unsigned side, Segment::Kind kind, Visit&& visit) const;

  Table table_;
  SlotIndex index_;
};

}  // namespace ferry::ids
