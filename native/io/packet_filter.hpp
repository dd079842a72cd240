// The kernel-side filter of a port: classic BPF over the Ethernet header.
#pragma once

#include <linux/filter.h>

#include <span>
#include <vector>

#include "port.hpp"

namespace ferry {

/** EtherType of Ferry's markers (IEEE 802 local experimental EtherType 1). */
inline constexpr std::uint16_t kMarkerEtherType = 0x88b5;

/**
 * Accepts frames to one of `macs`, ARP to group addresses, and markers to anybody; drops the rest
 * before it costs room in the ring. Every jump is short, so any number of addresses will do.
 */
std::vector<sock_filter> buildPacketFilter(std::span<const MacAddress> macs);

}  // namespace ferry
