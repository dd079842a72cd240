// Sections: how a table's records stand in a statelet or a snapshot chunk.
#pragma once

#include <cstdint>

#include "../core/nf.hpp"
#include "bytes.hpp"

namespace ferry::section {

/**
 * Records, then the end mark. A record is varint(zigzag(slot - previous slot) << 2 | op) and the
 * entry's bytes. The void mark in their place says that something before it was lost.
 */
enum class Op : std::uint8_t { delta = 0, set = 1, free = 2, control = 3 };

inline constexpr std::uint64_t kEndMark = static_cast<std::uint64_t>(Op::control);
inline constexpr std::uint64_t kVoidMark = 1 << 2 | static_cast<std::uint64_t>(Op::control);
/** Room that a header or a mark takes at most. */
inline constexpr std::size_t kMaxHeaderBytes = 5;
inline constexpr std::size_t kMarkBytes = 1;

/** Writes one section; whoever writes sees to the room. */
class Writer {
 public:
  explicit Writer(ByteWriter& out) : out_(out) {}
  void header(std::uint32_t slot, Op op) {
    out_.varint(zigzag(slot - previous_) << 2 | static_cast<std::uint64_t>(op));
    previous_ = slot;
  }
  void markVoid() { out_.varint(kVoidMark); }
  void end() { out_.varint(kEndMark); }

 private:
  ByteWriter& out_;
  std::int64_t previous_ = 0;
};

/** Reads headers up to the end mark; `record(slot, op)` takes the bytes, false: they cannot be. */
template <typename Record>
ApplyStatus read(ByteReader& in, std::uint32_t capacity, Record&& record) {
  std::int64_t previous = 0;
  for (;;) {
    const std::uint64_t header = in.varint();
    if (in.failed()) return ApplyStatus::malformed;
    const auto op = static_cast<Op>(header & 3);
    if (op == Op::control) {
      return header == kEndMark ? ApplyStatus::ok : ApplyStatus::malformed;
    }
    const std::int64_t slot = previous + unzigzag(header >> 2);
    if (slot < 0) return ApplyStatus::malformed;
    if (slot >= static_cast<std::int64_t>(capacity)) return ApplyStatus::noSpace;
    previous = slot;
    if (!record(static_cast<std::uint32_t>(slot), op) || in.failed()) {
      return ApplyStatus::malformed;
    }
  }
}

}  // namespace ferry::section
