// Completes transport checksums that a local sender left to its (absent) hardware.
#pragma once

#include <span>

#include "../core/packet.hpp"

namespace ferry {

/**
 * Writes the whole TCP or UDP checksum (RFC 9293 3.1, RFC 768) of an Ethernet/IPv4 frame, tagged or
 * not. Returns false, changing nothing, for fragments, other protocols and frames too short for
 * what their headers say.
 */
bool completeChecksum(std::span<std::uint8_t> frame);

}  // namespace ferry
