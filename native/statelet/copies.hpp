// Packets as the source has processed them, in its order and with its time: what strategy
// `duplicate` sends in place of statelets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bytes.hpp"

namespace ferry {

/** What follows the snapshot in the stream. */
enum class StreamContent : std::uint8_t {
  statelets,  // what changed
  packets,    // what changes it: every packet, for the destination to process again
};

inline constexpr std::size_t kMaxCopiesBytes = 66u << 10;

/** One packet that the source processed: law 1 needs no more to make the same of the same state. */
struct PacketCopy {
  TimeMs now;
  PortIndex port;
  std::span<std::uint8_t> frame;  // 14 bytes to 64 KiB
};

/**
 * Gathers copies for one record: the time of the first in milliseconds (8 bytes), then of each
 * packet its port (1), the milliseconds since the one before it and its length (varints), and its
 * bytes.
 */
class CopyBatch {
 public:
  CopyBatch() : bytes_(kMaxCopiesBytes), out_(bytes_.data(), bytes_.size()) {}
  CopyBatch(const CopyBatch&) = delete;
  CopyBatch& operator=(const CopyBatch&) = delete;

  bool fits(std::size_t frameBytes) const { return out_.room() >= kMaxHeader + frameBytes; }
  /** The packet must fit; time never goes back. */
  void add(const Packet& packet, TimeMs now);
  bool empty() const { return out_.size() == 0; }
  ByteView view() const { return out_.view(); }
  void clear() { out_.rewind(0); }

 private:
  static constexpr std::size_t kMaxHeader = 8 + 1 + 10 + 3;

  std::vector<std::uint8_t> bytes_;
  ByteWriter out_;
  TimeMs last_ = 0;
};

/** Reads one record, packet by packet; the frames lie in the record's own bytes. */
class CopyReader {
 public:
  explicit CopyReader(std::span<std::uint8_t> record);

  /** False at the end of the record, and when what comes next is no packet: then failed(). */
  bool next(PacketCopy& copy);
  bool failed() const { return in_.failed(); }

 private:
  std::span<std::uint8_t> record_;
  ByteReader in_;
  TimeMs now_;
};

}  // namespace ferry
