// Payloads of the frames that carry fields of their own. Every read() answers false unless the
// payload is exactly one record with possible values.
#pragma once

#include <cstdint>
#include <string>

#include "../core/packet.hpp"
#include "bytes.hpp"
#include "token.hpp"

namespace ferry {

inline constexpr std::uint16_t kStreamVersion = 1;
inline constexpr std::size_t kMaxPorts = 8;
inline constexpr std::size_t kMaxRecordBytes = 128;  // of every record here but Straggler
inline constexpr std::size_t kMaxStateletBytes = 64u << 10;
inline constexpr std::size_t kMaxStragglerBytes = 66u << 10;

struct Hello {
  std::uint16_t version;
  bool resume;
  std::uint8_t ports;
  std::uint64_t configDigest;
  SessionToken token;
  std::string kind;  // 1 to 32 characters

  void write(ByteWriter& out) const;
  bool read(ByteView payload);
};

struct SnapshotBegin {
  std::uint64_t entries;

  void write(ByteWriter& out) const;
  bool read(ByteView payload);
};

struct SnapshotEnd {
  std::uint64_t entries;
  std::uint64_t bytes;
  std::uint32_t crc;  // of all chunk payloads together

  void write(ByteWriter& out) const;
  bool read(ByteView payload);
};

struct End {
  std::uint8_t drainedPorts;  // bit p: drained after the destination had reported OPENED(p)
  std::uint8_t egressMarkers;

  void write(ByteWriter& out) const;
  bool read(ByteView payload);
};

/** One port number: OPENED and DRAINED. */
struct PortRecord {
  PortIndex port;

  void write(ByteWriter& out) const;
  bool read(ByteView payload);
};

struct Straggler {
  PortIndex port;
  ByteView frame;  // 14 bytes to 64 KiB

  void write(ByteWriter& out) const;
  bool read(ByteView payload);
};

/** Why a side ends the session: a code and a sentence. */
struct SessionError {
  std::string code;    // UPPER_SNAKE, up to 32 characters
  std::string reason;  // up to 80 characters

  void write(ByteWriter& out) const;
  bool read(ByteView payload);
};

}  // namespace ferry
