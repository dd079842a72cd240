// Bounded little-endian writer and reader, with LEB128 varints: the one way bytes of state are made
// and read.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../core/packet.hpp"

namespace ferry {

static_assert(std::endian::native == std::endian::little);

/**
 * Appends to a fixed buffer. Writing past the end sets `overflowed` and writes nothing more:
 * callers reserve the worst case first, so an overflow is a defect and is checked once at the end.
 */
class ByteWriter {
 public:
  ByteWriter(std::uint8_t* begin, std::size_t capacity)
      : begin_(begin), cursor_(begin), end_(begin + capacity) {}

  template <std::unsigned_integral T>
  void fixed(T value) {
    if (!reserve(sizeof(T))) return;
    std::memcpy(cursor_, &value, sizeof(T));
    cursor_ += sizeof(T);
  }

  void varint(std::uint64_t value) {
    if (overflowed_ || room() < kMaxVarintBytes) {
      std::array<std::uint8_t, kMaxVarintBytes> bytes;
      const std::uint8_t* end = putVarint(bytes.data(), value);
      return this->bytes({bytes.data(), static_cast<std::size_t>(end - bytes.data())});
    }
    cursor_ = putVarint(cursor_, value);
  }

  void bytes(ByteView view) {
    if (!reserve(view.size())) return;
    if (!view.empty()) std::memcpy(cursor_, view.data(), view.size());
    cursor_ += view.size();
  }

  std::size_t size() const { return static_cast<std::size_t>(cursor_ - begin_); }
  std::size_t room() const { return static_cast<std::size_t>(end_ - cursor_); }
  bool overflowed() const { return overflowed_; }
  ByteView view() const { return {begin_, size()}; }
  /** Where `room()` bytes may be written by other means; advance() says how many were. */
  std::uint8_t* next() { return cursor_; }
  void advance(std::size_t count) {
    if (reserve(count)) cursor_ += count;
  }
  /** Forgets what was written after `size` bytes. */
  void rewind(std::size_t size) { cursor_ = begin_ + size; }

 private:
  static constexpr std::size_t kMaxVarintBytes = 10;

  static std::uint8_t* putVarint(std::uint8_t* cursor, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *cursor++ = static_cast<std::uint8_t>(value | 0x80);
    *cursor++ = static_cast<std::uint8_t>(value);
    return cursor;
  }

  bool reserve(std::size_t count) {
    if (overflowed_ || room() < count) {
      overflowed_ = true;
      return false;
    }
    return true;
  }

  std::uint8_t* begin_;
  std::uint8_t* cursor_;
  std::uint8_t* end_;
  bool overflowed_ = false;
};

/** Reads a view. Reading past the end, or a varint over 64 bits, sets `failed` and yields zeros. */
class ByteReader {
 public:
  explicit ByteReader(ByteView view) : cursor_(view.data()), end_(view.data() + view.size()) {}

  template <std::unsigned_integral T>
  T fixed() {
    if (!take(sizeof(T))) return 0;
    T value;
    std::memcpy(&value, cursor_, sizeof(T));
    cursor_ += sizeof(T);
    return value;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (!take(1)) return 0;
      const std::uint8_t byte = *cursor_++;
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    failed_ = true;
    return 0;
  }

  ByteView bytes(std::size_t count) {
    if (!take(count)) return {};
    const ByteView view{cursor_, count};
    cursor_ += count;
    return view;
  }

  std::size_t remaining() const { return failed_ ? 0 : static_cast<std::size_t>(end_ - cursor_); }
  bool done() const { return remaining() == 0; }
  bool failed() const { return failed_; }
  void fail() { failed_ = true; }

 private:
  bool take(std::size_t count) {
    if (failed_ || static_cast<std::size_t>(end_ - cursor_) < count) {
      failed_ = true;
      return false;
    }
    return true;
  }

  const std::uint8_t* cursor_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

/** Maps small negative and positive differences to small varints. */
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace ferry
