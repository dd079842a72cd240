// An AF_PACKET socket with its two rings mapped: the set-up part, with every system call checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "registry.hpp"

namespace ferry {

/** Geometry of one ring: `count` units of `unitBytes` (receive: blocks; transmit: frame slots). */
struct PacketRing {
  std::uint8_t* base = nullptr;
  std::uint32_t unitBytes = 0;
  std::uint32_t count = 0;

  std::uint8_t* unit(std::uint32_t index) const {
    return base + static_cast<std::size_t>(index) * unitBytes;
  }
};

/** Owns the descriptor and the mapping. */
class PacketSocket {
 public:
  using Opened = std::variant<PacketSocket, Error>;
  static Opened open(const PortOptions& options);

  PacketSocket(PacketSocket&& other) noexcept;
  PacketSocket& operator=(PacketSocket&&) = delete;
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;
  ~PacketSocket();

  int fd = -1;
  std::uint32_t maxFrameBytes = 0;  // MTU + Ethernet header + one VLAN tag
  PacketRing rx;
  PacketRing tx;

 private:
  explicit PacketSocket(int descriptor) : fd(descriptor) {}

  bool mapRings(std::uint32_t mtu);
  std::uint8_t* mapping_ = nullptr;
  std::size_t mappedBytes_ = 0;
};

}  // namespace ferry
