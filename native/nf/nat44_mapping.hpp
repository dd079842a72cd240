// One mapping of a NAT44: an inside endpoint, its outside endpoint, and what was seen of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/packet.hpp"
#include "../proto/ipv4.hpp"
#include "../statelet/bytes.hpp"
#include "nat44_tcp.hpp"
#include "traffic_count.hpp"

namespace ferry {

/** An address and a port, or the identifier of ICMP echo, under a transport protocol. */
struct Endpoint {
  std::uint32_t address = 0;
  std::uint16_t port = 0;
  std::uint8_t protocol = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct alignas(64) Mapping {
  /** What changes in a mapping's life. */
  struct Base {
    Traffic out;
    Traffic in;
    TimeMs refreshed = 0;  // last packet from inside (RFC 4787 REQ-6)
    TcpTrack tcp;
  };

  static constexpr TimeMs kMaxTime = TimeMs{1} << 48;
  static constexpr std::size_t kMaxBytes = 4 * 10 + 7 + 10 + 7;

  Base life;
  std::uint32_t insideAddress = 0;
  std::uint16_t insidePort = 0;
  std::uint16_t outsidePort = 0;
  std::uint8_t pool = 0;  // index of the outside address
  std::uint8_t protocol = 0;

  Endpoint inside() const { return {insideAddress, insidePort, protocol}; }

  const Base& base() const { return life; }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  void encodeDelta(ByteWriter& out, const Base& base) const;
  bool applyDelta(ByteReader& in);
};

}  // namespace ferry
