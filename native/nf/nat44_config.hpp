// What a NAT44 is told when it is made.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "../core/config.hpp"
#include "../core/packet.hpp"
#include "router_port.hpp"
#include "subnet.hpp"

namespace ferry {

/** Each subscriber (an inside address) has outside ports of its own, by aligned blocks. */
struct PortBlocks {
  static constexpr std::uint32_t kMinSize = 16;
  static constexpr std::uint32_t kMaxSize = 16384;
  static constexpr std::uint32_t kMaxPerSubscriber = 64;

  std::uint32_t size = 0;  // ports of a block, for each protocol; a power of two; 0: no blocks
  std::uint32_t perSubscriber = 0;
};

struct Nat44Config : RouterPorts {
  static constexpr std::size_t kMaxPool = 64;
  static constexpr std::uint32_t kMaxCapacity = 4'194'304;

  std::optional<std::uint32_t> gateway;  // next hop of what is not connected, outside
  std::vector<std::uint32_t> pool;       // outside addresses that mappings use
  /** For each pool address the inside hosts that use it, and it alone; empty: any may use any. */
  std::vector<Subnet> pairedNets;
  std::uint16_t firstPort = 1024;
  std::uint16_t lastPort = 65535;
  std::uint32_t capacity = 0;  // mappings
  PortBlocks portBlocks;
  std::uint32_t mappingsPerSubscriber = 0;  // 0: no limit
  // Idle times after which a mapping ends.
  TimeMs udpTimeout = 300'000;               // RFC 4787 REQ-5: at least 120 s
  TimeMs tcpEstablishedTimeout = 7'440'000;  // RFC 5382 REQ-5: at least 2 h 4 min
  TimeMs tcpTransitoryTimeout = 240'000;     // RFC 5382 REQ-5: at least 4 min
  TimeMs icmpTimeout = 60'000;               // RFC 5508 REQ-2: at least 60 s

  static constexpr std::size_t kNoPool = kMaxPool;
  /**
   * The pool address (by its place) that a host's mappings shall have, `attempt` 0 first (RFC 4787
   * REQ-2); kNoPool when there is none (any more).
   */
  std::size_t poolOf(std::uint32_t host, std::size_t attempt) const;

  /** A number that two configurations share when (but for chance) they are the same. */
  std::uint64_t digest() const;
};

/**
 * Reads { inside: {mac, address}, outside: {mac, address, gateway?}, pool: [ip], portRange?:
 * {first, last}, pairedNets?: [net], capacity, portBlocks?: {size, perSubscriber}, limits?:
 * {mappingsPerSubscriber?}, timeoutsMs?: {udp, tcpEstablished, tcpTransitory, icmp} }. Sets `error`
 * when something is wrong.
 */
Nat44Config parseNat44Config(const ConfigNode& node, ConfigError& error);

}  // namespace ferry
