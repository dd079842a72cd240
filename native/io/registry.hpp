// Kinds of packet I/O by name. A new kind is its own file and one line in registry.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../core/error.hpp"
#include "port.hpp"

namespace ferry {

struct PortOptions {
  std::string interface;
  /** Frames to these addresses are accepted (1 to 64), beside ARP to groups and Ferry's markers. */
  std::vector<MacAddress> macs;
};

using OpenedPort = std::variant<std::unique_ptr<Port>, Error>;

/** Opens a port with the I/O of that name ("afPacket"). Errors: IO_UNKNOWN and those of the kind.
 */
OpenedPort openPort(std::string_view io, const PortOptions& options);

/**
 * Does, of whatever kind, what takes long about opening so many ports and needs no interface. For
 * each it keeps up to 40 MB of the kernel's memory, until the port is opened or
 * dropPreparedPorts().
 */
void preparePorts(std::size_t count);
void dropPreparedPorts();

}  // namespace ferry
