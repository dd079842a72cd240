// What a VPN concentrator is told when it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../core/config.hpp"
#include "router.hpp"
#include "subnet.hpp"

namespace ferry {

/** One direction of a tunnel. */
struct EspSaConfig {
  std::uint32_t spi = 0;
  std::vector<std::uint8_t> key;  // AES key of 16 or 32 bytes, then 4 bytes of salt (RFC 4106 8.1)
};

struct EspTunnel {
  std::uint32_t remote = 0;  // the peer's address
  Subnet localNet;
  Subnet remoteNet;
  EspSaConfig out;
  EspSaConfig in;
  bool extendedSequence = true;
  // Of either direction; 0: no limit.
  std::uint64_t softPackets = 0;
  std::uint64_t hardPackets = 0;
  std::uint64_t softBytes = 0;
  std::uint64_t hardBytes = 0;
};

struct EspConfig : RouterConfig {
  static constexpr std::size_t kMaxTunnels = 64;
  static constexpr std::uint32_t kMinWindow = 64;
  static constexpr std::uint32_t kMaxWindow = 4096;

  std::vector<EspTunnel> tunnels;
  std::uint32_t window = 1024;               // anti-replay, packets; a multiple of 64
  std::uint64_t sequenceLease = 1ull << 20;  // sequence numbers that are announced ahead of use
  std::uint32_t mtu = 1500;                  // outside

  /** A number that two configurations share when (but for chance) they are the same. */
  std::uint64_t digest() const;
};

/**
 * Reads { inside: {mac, address, gateway?}, outside: {mac, address, gateway?}, antiReplayWindow?,
 * sequenceLease?, mtu?, tunnels: [{remote, localNet, remoteNet, extendedSequence, out: {spi, key},
 * in: {spi, key}, lifetime?: {softPackets, hardPackets, softBytes, hardBytes}}] }. Sets `error`
 * when something is wrong.
 */
EspConfig parseEspConfig(const ConfigNode& node, ConfigError& error);

}  // namespace ferry
