// The OpenFlow 1.3.5 frames that an emulated switch sends and must understand, and no more of the
// protocol than that: a generator that shared Ferry's codec could not find its faults.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ferry::swarm {

using Bytes = std::span<const std::uint8_t>;

/** Type bytes of the header (section 7.1). */
enum class Type : std::uint8_t {
  hello = 0,
  error = 1,
  echoRequest = 2,
  echoReply = 3,
  featuresRequest = 5,
  featuresReply = 6,
  getConfigRequest = 7,
  getConfigReply = 8,
  packetIn = 10,
  packetOut = 13,
  flowMod = 14,
  multipartRequest = 18,
  multipartReply = 19,
  barrierRequest = 20,
  barrierReply = 21,
  roleRequest = 24,
  roleReply = 25,
};

inline constexpr std::uint8_t kVersion = 4;
inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::uint32_t kNoBuffer = 0xffffffff;

inline std::uint16_t readU16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline std::uint32_t readU32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(readU16(bytes, at)) << 16 | readU16(bytes, at + 2);
}

/** Appends big-endian fields to a string of bytes. */
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& u8(std::uint64_t value) { return number(value, 1); }
  Writer& u16(std::uint64_t value) { return number(value, 2); }
  Writer& u32(std::uint64_t value) { return number(value, 4); }
  Writer& u64(std::uint64_t value) { return number(value, 8); }
  Writer& mac(std::uint64_t value) { return number(value, 6); }

  Writer& zeros(std::size_t count) {
    out_.append(count, '\0');
    return *this;
  }

  /** Cut or filled up with zeros to `size` bytes. */
  Writer& text(std::string_view value, std::size_t size) {
    out_.append(value.substr(0, size));
    return zeros(size - std::min(size, value.size()));
  }

  Writer& header(Type type, std::size_t length, std::uint32_t xid) {
    return u8(kVersion).u8(static_cast<std::uint8_t>(type)).u16(length).u32(xid);
  }

 private:
  Writer& number(std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out_.push_back(static_cast<char>(value >> shift & 0xff));
    }
    return *this;
  }

  std::string& out_;
};

/** The Ethernet frame within a packet-in: IPv4 and UDP, with room to know the answer by. */
struct Probe {
  static constexpr std::size_t kBytes = 60;
  static constexpr std::uint64_t kMagic = 0x6665727279737721;
  static constexpr std::size_t kMagicAt = 42;

  std::uint64_t source = 0;
  std::uint64_t destination = 0;
  /** Which of the switch's outstanding packet-ins, and which use of that place. */
  std::uint32_t slot = 0;
  std::uint32_t turn = 0;

  void write(Writer& out) const {
    out.mac(destination).mac(source).u16(0x0800);
    // IPv4 from 10.0.0.1 to 10.0.0.2, 46 bytes, UDP; the checksum is that of these values.
    out.u16(0x4500).u16(46).u16(0).u16(0x4000).u8(64).u8(17).u16(kIpChecksum);
    out.u32(0x0a000001).u32(0x0a000002);
    out.u16(9).u16(9).u16(26).u16(0);
    out.u64(kMagic).u32(slot).u32(turn).zeros(kBytes - kMagicAt - 16);
  }

  /** Slot and turn, when the bytes are those of a probe. */
  static std::optional<Probe> read(Bytes frame) {
    if (frame.size() < kMagicAt + 16) return std::nullopt;
    const std::uint64_t high = readU32(frame, kMagicAt);
    if ((high << 32 | readU32(frame, kMagicAt + 4)) != kMagic) return std::nullopt;
    Probe probe;
    probe.slot = readU32(frame, kMagicAt + 8);
    probe.turn = readU32(frame, kMagicAt + 12);
    return probe;
  }

 private:
  static constexpr std::uint16_t kIpChecksum = [] {
    std::uint32_t sum = 0x4500 + 46 + 0x4000 + (64 << 8 | 17) + 0x0a00 + 1 + 0x0a00 + 2;
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum & 0xffff);
  }();
};

/** Section 7.4.1; the match is the ingress port alone, the packet is whole and not buffered. */
inline void writePacketIn(std::string& out, std::uint32_t xid, std::uint32_t port,
                          const Probe& probe) {
  constexpr std::size_t kMatchBytes = 16;  // 4 header, 8 OXM, 4 padding
  Writer writer(out);
  writer.header(Type::packetIn, kHeaderBytes + 16 + kMatchBytes + 2 + Probe::kBytes, xid);
  writer.u32(kNoBuffer).u16(Probe::kBytes).u8(0).u8(0).u64(0);
  writer.u16(1).u16(12).u16(0x8000).u8(0).u8(4).u32(port).zeros(4);
  writer.zeros(2);
  probe.write(writer);
}

/** The probe within a packet-out (section 7.3.7), when there is one. */
inline std::optional<Probe> probeOf(Bytes packetOut) {
  constexpr std::size_t kFixedBytes = 24;
  if (packetOut.size() < kFixedBytes) return std::nullopt;
  const std::size_t data = kFixedBytes + readU16(packetOut, 16);
  if (data > packetOut.size()) return std::nullopt;
  return Probe::read(packetOut.subspan(data));
}

}  // namespace ferry::swarm
