// A frame on its way through the datapath: rx > NF > tx, one way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ferry {

/** Milliseconds of CLOCK_REALTIME; state carries it from host to host. */
using TimeMs = std::uint64_t;
using ByteView = std::span<const std::uint8_t>;

/** Index of a port of a network function, in the order of its descriptor (NAT: 0 inside, 1
 * outside). */
using PortIndex = std::uint8_t;

/** One Ethernet frame, without FCS. The NF may rewrite it in place, may change `length` up to
 * `capacity`, and may let `data` point elsewhere: into the frame, or at memory of its own that
 * stays as it is until the next call. */
struct Packet {
  std::uint8_t* data;
  std::uint32_t length;
  std::uint32_t capacity;
  PortIndex port;
  /** When the kernel got it, nanoseconds of CLOCK_REALTIME; 0 when the port does not know. */
  std::uint64_t arrivedNs = 0;
};

enum class Action : std::uint8_t {
  forward,   // transmit the packet on Verdict::port
  drop,      // the NF counted the reason
  consumed,  // the NF answered or kept what it needs (ARP, ICMP to the NF itself)
};

struct Verdict {
  Action action;
  PortIndex port;
};

}  // namespace ferry
