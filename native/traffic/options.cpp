#include "options.hpp"

#include "arp_endpoint.hpp"

namespace ferry::traffic {

namespace {

std::optional<Error> outOfRange(const char* field, std::uint64_t value, std::uint64_t lowest,
                                std::uint64_t highest) {
  if (value >= lowest && value <= highest) return std::nullopt;
  return Error{"TRAFFIC_OPTIONS", field,
               std::string(field) + " is " + std::to_string(value) + ": give " +
                   std::to_string(lowest) + " to " + std::to_string(highest) + "."};
}

}  // namespace

std::optional<Error> checkOptions(const EndpointOptions& options) {
  if (auto bad = outOfRange("flows", options.flows, 1, kMaxFlows)) return bad;
  if (auto bad = outOfRange("ratePps", options.ratePps, 1, kMaxRatePps)) return bad;
  if (auto bad = outOfRange("packetBytes", options.packetBytes, kMinPacketBytes, kMaxPacketBytes)) {
    return bad;
  }
  if (auto bad = outOfRange("durationMs", options.durationMs, 1, kMaxDurationMs)) return bad;
  if (auto bad = outOfRange("serverPort", options.server.port, 1, 65'535)) return bad;
  if (options.role == Role::server) return std::nullopt;

  if (auto bad = outOfRange("clients", options.clients, 1, kMaxClients)) return bad;
  if (auto bad = outOfRange("prefillPorts", options.prefillPorts, 1, kMaxPrefillPorts)) return bad;
  const std::uint32_t portsPerClient = (options.flows + options.clients - 1) / options.clients;
  if (portsPerClient > 65'535)
    return outOfRange("flows", options.flows, 1, std::uint64_t{options.clients} * 65'535);
  if (auto bad = outOfRange("clientPort", options.firstClient.port, 1, 65'536 - portsPerClient)) {
    return bad;
  }
  if (ownsAddress(options, options.nextHop)) {
    return Error{"TRAFFIC_OPTIONS", "nextHop",
                 "nextHop is one of the emulated clients: give the address of the gateway."};
  }
  return std::nullopt;
}

}  // namespace ferry::traffic
