// Reads the ports of a network function that routes.
#pragma once

#include <optional>

#include "../core/config_reader.hpp"
#include "../core/digest.hpp"
#include "router_ports.hpp"

namespace ferry {

/**
 * Reads inside: {mac, address} and outside: {mac, address, gateway?} into `ports`; the answer is
 * the gateway, the next hop of what is not connected. Sets `error` when something is wrong.
 */
std::optional<std::uint32_t> readRouterPorts(ConfigReader& reader, RouterPorts& ports,
                                             ConfigError& error);

void addToDigest(Digest& digest, const RouterPorts& ports);

}  // namespace ferry
