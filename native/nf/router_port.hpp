// The two ports of an NF that is a router hop.
#pragma once

#include <cstdint>

#include "../core/config_reader.hpp"
#include "../core/packet.hpp"
#include "../proto/byte_order.hpp"
#include "../proto/ipv4.hpp"

namespace ferry {

/** One port of a router: its virtual MAC, its address, the subnet it is connected to. */
struct RouterPort {
  MacAddress mac{};
  std::uint32_t address = 0;
  std::uint8_t prefix = 0;

  std::uint32_t mask() const { return prefixMask(prefix); }
  bool connected(std::uint32_t other) const { return ((other ^ address) & mask()) == 0; }
  bool isBroadcast(std::uint32_t other) const {
    return connected(other) && (other | mask()) == ~0u;
  }
  /** An address that a host of this subnet can have, the port itself included. */
  bool isHost(std::uint32_t other) const {
    return connected(other) && (other & ~mask()) != 0 && (other | mask()) != ~0u;
  }
};

struct RouterPorts {
  static constexpr PortIndex kInside = 0;
  static constexpr PortIndex kOutside = 1;

  RouterPort inside;
  RouterPort outside;

  const RouterPort& port(PortIndex index) const { return index == kInside ? inside : outside; }
};

/** Reads the keys mac and address of a port. */
void readRouterPort(ConfigReader& reader, RouterPort& port);
/** Refuses an outside port whose subnet overlaps that of the inside. */
void refuseOverlap(ConfigReader& outside, const RouterPorts& ports);

}  // namespace ferry
