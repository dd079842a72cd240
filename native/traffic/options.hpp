// What one traffic endpoint is told to do, and the bounds of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "../core/error.hpp"
#include "../io/port.hpp"

namespace ferry::traffic {

/** An IPv4 address in host byte order. */
using Ipv4 = std::uint32_t;

enum class Role : std::uint8_t { client, server };

struct Socket4 {
  Ipv4 address = 0;
  std::uint16_t port = 0;
  friend bool operator==(const Socket4&, const Socket4&) = default;
};

inline constexpr std::uint32_t kMinPacketBytes = 64;
inline constexpr std::uint32_t kMaxPacketBytes = 1514;
inline constexpr std::uint32_t kMaxFlows = 65'536;
inline constexpr std::uint32_t kMaxClients = 1'024;
inline constexpr std::uint64_t kMaxRatePps = 10'000'000;
inline constexpr std::uint32_t kMaxDurationMs = 600'000;
/** Prefilled entries use at most 60,000 ports of each address, from this one on. */
inline constexpr std::uint32_t kMaxPrefillPorts = 60'000;
inline constexpr std::uint16_t kPrefillFirstPort = 1'024;
inline constexpr std::uint32_t kMaxPrefillEntries = 4'194'304;

struct EndpointOptions {
  Role role = Role::client;
  std::string interface;
  /** Empty: 02:fa followed by the last four bytes of the interface's own address. */
  std::optional<MacAddress> mac;
  /** Tells this run's packets from another's; equal at both ends. */
  std::uint32_t runId = 0;
  Socket4 server;
  std::uint32_t flows = 0;
  /** Packets per second and direction, over all flows together. */
  std::uint64_t ratePps = 0;
  /** Whole Ethernet frame without FCS. */
  std::uint32_t packetBytes = 0;
  std::uint32_t durationMs = 0;
  /** Client sends as fast as the ring takes it, and the server sends nothing: for rate
   * measurements. */
  bool flatOut = false;

  // Client only.
  Socket4 firstClient;
  std::uint32_t clients = 0;
  Ipv4 nextHop = 0;
  Ipv4 prefillAddress = 0;
  /** Entries of one address; 1: each is a host of its own. */
  std::uint32_t prefillPorts = kMaxPrefillPorts;
};

/** Checks every bound that guards memory or arithmetic; the error has code TRAFFIC_OPTIONS. */
std::optional<Error> checkOptions(const EndpointOptions& options);

/** Client address and port of a flow: flows go round the clients first, then up the ports. */
inline Socket4 clientOfFlow(const EndpointOptions& options, std::uint32_t flow) {
  return {options.firstClient.address + flow % options.clients,
          static_cast<std::uint16_t>(options.firstClient.port + flow / options.clients)};
}

inline Socket4 clientOfPrefill(const EndpointOptions& options, std::uint32_t entry) {
  return {options.prefillAddress + entry / options.prefillPorts,
          static_cast<std::uint16_t>(kPrefillFirstPort + entry % options.prefillPorts)};
}

}  // namespace ferry::traffic
