// The outside ports of a NAT44: which mapping holds each, and which comes next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../core/large_array.hpp"

namespace ferry {

/** The ports first .. first + size - 1; both are multiples of a power of two that is at least 16.
 */
struct PortRange {
  std::uint32_t first = 0;
  std::uint32_t size = 65536;

  bool contains(std::uint32_t port) const { return port >= first && port < first + size; }
};

/** How near a port must be to the one that is wanted. */
enum class PortFit : std::uint8_t { same, sameParity, any };

/**
 * For every pool address and protocol a port -> slot array and a bitmap of free ports. find() is a
 * pure function of which ports are taken and of its arguments.
 */
class OutsidePorts {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  OutsidePorts(std::size_t poolSize, std::uint16_t first, std::uint16_t last);

  bool inRange(std::uint16_t port) const { return port >= first_ && port <= last_; }
  /** The slot that holds this port, or kNone. Any port may be asked for. */
  std::uint32_t holder(std::uint8_t pool, std::uint8_t protocol, std::uint16_t port) const {
    if (!inRange(port)) return kNone;
    return space(pool, protocol).slotsPlusOne[static_cast<std::size_t>(port - first_)] - 1;
  }

  /**
   * A free port, or 0: `wanted` itself, else the next of the same parity at or after a place that
   * `seed` chooses (RFC 4787 REQ-4), else the next of any parity.
   */
  std::uint16_t find(std::uint8_t pool, std::uint8_t protocol, std::uint16_t wanted,
                     std::uint32_t seed) const;

  /** A free port in an aligned range that fits, or 0; the place to begin at follows from `seed`. */
  std::uint16_t findIn(const PortRange& range, PortFit fit, std::uint8_t pool,
                       std::uint8_t protocol, std::uint16_t wanted, std::uint32_t seed) const;
  /** The slot that holds some port of an aligned range, under any protocol; kNone: none does. */
  std::uint32_t anyHolder(const PortRange& range, std::uint8_t pool) const;

  void take(std::uint8_t pool, std::uint8_t protocol, std::uint16_t port, std::uint32_t slot);
  void give(std::uint8_t pool, std::uint8_t protocol, std::uint16_t port);
  void clear();
  /** Ports taken in all. */
  std::size_t taken() const;

 private:
  struct Space {
    LargeArray<std::uint32_t> slotsPlusOne;  // by port - first; zero: free
    std::vector<std::uint64_t> free;         // a bit by port; bits outside of the range are 0
    std::uint32_t freeCount = 0;
  };

  static constexpr std::size_t kWords = 65536 / 64;
  static constexpr PortRange kAll{};

  const Space& space(std::uint8_t pool, std::uint8_t protocol) const;
  Space& space(std::uint8_t pool, std::uint8_t protocol);
  static std::uint16_t scan(const Space& space, const PortRange& range, std::uint32_t start,
                            std::uint64_t parity);

  std::uint16_t first_;
  std::uint16_t last_;
  std::vector<Space> spaces_;  // by pool address, three protocols each
};

}  // namespace ferry
