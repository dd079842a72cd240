// ARP for addresses that only the traffic endpoint has: answers for its own, asks for its next hop.
#pragma once

#include <array>
#include <cstdint>

#include "../proto/arp.hpp"
#include "../proto/ethernet.hpp"
#include "options.hpp"

namespace ferry::traffic {

/** A frame without FCS of the least size that Ethernet allows. */
using ArpFrame = std::array<std::uint8_t, 60>;

ArpFrame arpRequest(const MacAddress& ownMac, Ipv4 own, Ipv4 wanted);
/** The answer to `request`: its target is at `ownMac`. */
ArpFrame arpReply(const MacAddress& ownMac, const ArpView& request);

/** True for an address that this endpoint stands for: server, clients or prefill clients. */
bool ownsAddress(const EndpointOptions& options, Ipv4 address);

}  // namespace ferry::traffic
