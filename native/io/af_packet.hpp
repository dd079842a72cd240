// AF_PACKET with TPACKET_V3 receive and transmit rings: works on every Linux interface, no driver
// support needed.
#pragma once

#include "registry.hpp"

namespace ferry {

/**
 * Opens `options.interface` in the calling thread's network namespace. Errors, each with its field:
 * INTERFACE_NOT_FOUND, INTERFACE_DOWN, IO_PERMISSION, IO_UNAVAILABLE (the kernel refused a ring or
 * an option; the message names it), IO_OPTIONS (no or too many MAC addresses).
 */
OpenedPort openAfPacket(const PortOptions& options);

/** Makes so many sockets with their rings, which the next ports are opened with. */
void prepareAfPacket(std::size_t count);
/** Gives back what no port was opened with. */
void dropPreparedAfPacket();

}  // namespace ferry
