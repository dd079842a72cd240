// The options of an endpoint as they come from outside.
#pragma once

#include <variant>

#include "../core/config.hpp"
#include "options.hpp"

namespace ferry::traffic {

/**
 * Reads {role, interface, mac?, runId, serverAddress, serverPort, flows, ratePps, packetBytes,
 * durationMs, flatOut} and for a client {clientAddress, clientPort, clients, nextHop,
 * prefillAddress}. Errors: those of ConfigReader; TRAFFIC_OPTIONS for role, interface and flatOut.
 * Bounds are checked by checkOptions() when the endpoint opens.
 */
std::variant<EndpointOptions, Error> readOptions(const ConfigNode& node);

}  // namespace ferry::traffic
