// An AF_PACKET socket with its two rings mapped: the set-up part, with every system call checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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

/**
 * Owns the descriptor and the mapping. The kernel takes tens of milliseconds for the rings of a
 * socket, and next to none to attach one that has them to an interface: they can be made before
 * the interface is known.
 */
class PacketSocket {
 public:
  using Opened = std::variant<PacketSocket, Error>;
  /** Of a socket with its rings, which every port has that is not for jumbo frames. */
  static constexpr std::size_t kRingBytes = (32u << 20) + (8u << 20);

  /** `ready`, one that is unattached, spares the time if the interface is for usual frames. */
  static Opened open(const PortOptions& options, std::optional<PacketSocket> ready = std::nullopt);
  /**
   * With rings and no interface: receives nothing, and holds none. nullopt when the kernel refuses
   * it; open() would tell why.
   */
  static std::optional<PacketSocket> unattached();

  PacketSocket(PacketSocket&& other) noexcept;
  PacketSocket& operator=(PacketSocket&& other) noexcept;
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;
  ~PacketSocket();

  int fd = -1;
  std::uint32_t maxFrameBytes = 0;  // MTU + Ethernet header + one VLAN tag
  PacketRing rx;
  PacketRing tx;

 private:
  explicit PacketSocket(int descriptor) : fd(descriptor) {}

  static PacketSocket bare();
  const char* makeRings(std::uint32_t mtu);
  bool mapRings(std::uint32_t mtu);
  std::uint8_t* mapping_ = nullptr;
  std::size_t mappedBytes_ = 0;
};

}  // namespace ferry
