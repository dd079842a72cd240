// The test packet: a UDP datagram that says which flow it is of, its number, and when it was sent.
#pragma once

#include <array>
#include <cstdint>

#include "../core/packet.hpp"
#include "../proto/byte_order.hpp"
#include "options.hpp"

namespace ferry::traffic {

enum class ProbeKind : std::uint8_t { prefill = 0, toServer = 1, toClient = 2 };

/**
 * UDP payload, big-endian, 22 bytes, so that the smallest frame of 64 bytes holds it:
 * magic u16, kind u8, flow u24, run u32, sequence u32, send time u64 (ns, CLOCK_MONOTONIC).
 * Filler follows up to the frame's size.
 */
struct Probe {
  MacAddress sourceMac{};
  Socket4 source;
  Socket4 destination;
  ProbeKind kind = ProbeKind::prefill;
  std::uint32_t flow = 0;
  std::uint32_t run = 0;
  std::uint32_t sequence = 0;
  std::uint64_t sentNs = 0;
};

enum class ProbeStatus : std::uint8_t {
  foreign,    // not whole IPv4 UDP, or another program's
  corrupted,  // a length or a checksum is wrong; source and destination are as they stood there
  intact,
};

/** Reads a frame of any content; never beyond its end. */
ProbeStatus readProbe(Bytes frame, Probe& probe);

/** Writes probes of one size into one buffer; a probe costs its headers, whatever the size. */
class ProbeWriter {
 public:
  /** `frameBytes` from kMinPacketBytes to kMaxPacketBytes. */
  ProbeWriter(std::uint32_t frameBytes, const MacAddress& ownMac);

  void setNextHop(const MacAddress& mac);
  /** The frame with both checksums correct, valid until the next call; sourceMac is not used. */
  ByteView write(const Probe& probe);

 private:
  std::array<std::uint8_t, kMaxPacketBytes> frame_{};
  std::uint32_t frameBytes_;
  std::uint64_t fillerSum_;
};

}  // namespace ferry::traffic
