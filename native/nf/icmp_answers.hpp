// ICMP that a router sends by itself: echo replies and errors.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../proto/ethernet.hpp"
#include "../proto/icmp.hpp"
#include "../proto/ipv4.hpp"
#include "router_port.hpp"

namespace ferry {

/** Room that a frame with an ICMP error takes at most. */
inline constexpr std::size_t kMaxIcmpErrorFrame = EthernetView::kHeader + 576;

/** Turns an echo request to us into its reply, in place. */
void makeEchoReply(const EthernetView& ethernet, const Ipv4View& ip, const IcmpView& icmp,
                   const RouterPort& port);

/**
 * Writes the frame that tells the sender of `about` why it goes no further, from our address on
 * that port, with as much of the packet as fits in 576 bytes (RFC 1812 section 4.3.2). Returns its
 * length; 0 when there must be none: no error is about an error, or about anything but the first
 * fragment. `mtu` is for "fragmentation needed" (RFC 1191 section 4).
 */
std::size_t makeIcmpError(Bytes frame, const EthernetView& received, const Ipv4View& about,
                          const RouterPort& port, std::uint8_t type, std::uint8_t code,
                          std::uint16_t mtu = 0);

}  // namespace ferry
