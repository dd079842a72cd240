// Frames of the stream between srcInst and destInst: a fixed header, a checksum, a bounded payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "../core/packet.hpp"

namespace ferry {

enum class FrameType : std::uint8_t {
  // source to destination
  hello = 1,
  snapshotBegin = 2,
  snapshot = 3,
  snapshotEnd = 4,
  statelets = 5,  // this and the next three are reliable: one sequence, kept until acknowledged
  end = 6,
  straggler = 7,
  drained = 8,
  packets = 10,  // reliable too: in place of statelets
  // both
  heartbeat = 9,
  // destination to source
  welcome = 16,
  ack = 17,
  opened = 18,
  done = 19,
  error = 20,
};

constexpr std::uint8_t typeOf(FrameType type) { return static_cast<std::uint8_t>(type); }

/**
 * Header, little-endian: magic 0xFE (1 byte), type (1), zero (2), payload length (4), sequence (8),
 * CRC-32C of the 16 bytes before it and of the payload (4).
 *
 * The sequence is the record's number for reliable frames, the chunk's for snapshot frames, the
 * newest number the sender knows for welcome (next expected), ack and heartbeat, and 0 otherwise.
 */
inline constexpr std::size_t kFrameHeaderBytes = 20;
inline constexpr std::size_t kMaxFramePayload = 1u << 20;

struct Frame {
  FrameType type;
  std::uint64_t seq;
  ByteView payload;
};

using FrameHeader = std::array<std::uint8_t, kFrameHeaderBytes>;
FrameHeader encodeFrameHeader(FrameType type, std::uint64_t seq, ByteView payload);

struct DecodedFrame {
  enum class Status : std::uint8_t { whole, needMore, malformed };
  Status status;
  Frame frame;           // when whole; the payload lies in the bytes given
  std::size_t consumed;  // when whole
  const char* fault;     // when malformed: what is wrong
};

/** Looks at the first frame in `bytes`. Pure: no state, reads nothing beyond them. */
DecodedFrame decodeFrame(ByteView bytes);

constexpr bool isReliable(FrameType type) {
  return (type >= FrameType::statelets && type <= FrameType::drained) || type == FrameType::packets;
}

}  // namespace ferry
