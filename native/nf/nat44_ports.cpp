#include "nat44_ports.hpp"

#include <algorithm>
#include <bit>

#include "../proto/ipv4.hpp"

namespace ferry {
namespace {

constexpr std::size_t kProtocols = 3;
constexpr std::uint64_t kEvenPorts = 0x5555'5555'5555'5555;
constexpr std::uint64_t kAllPorts = ~std::uint64_t{0};

std::uint64_t likeParity(std::uint16_t port) { return port % 2 == 0 ? kEvenPorts : ~kEvenPorts; }

std::size_t protocolIndex(std::uint8_t protocol) {
  return protocol == ip_protocol::kUdp ? 0 : protocol == ip_protocol::kTcp ? 1 : 2;
}

}  // namespace

OutsidePorts::OutsidePorts(std::size_t poolSize, std::uint16_t first, std::uint16_t last)
    : first_(first), last_(last), spaces_(poolSize * kProtocols) {
  const std::size_t ports = static_cast<std::size_t>(last - first) + 1;
  for (Space& space : spaces_) space.slotsPlusOne = LargeArray<std::uint32_t>(ports);
  clear();
}

const OutsidePorts::Space& OutsidePorts::space(std::uint8_t pool, std::uint8_t protocol) const {
  return spaces_[pool * kProtocols + protocolIndex(protocol)];
}

OutsidePorts::Space& OutsidePorts::space(std::uint8_t pool, std::uint8_t protocol) {
  return spaces_[pool * kProtocols + protocolIndex(protocol)];
}

std::uint16_t OutsidePorts::find(std::uint8_t pool, std::uint8_t protocol, std::uint16_t wanted,
                                 std::uint32_t seed) const {
  const Space& in = space(pool, protocol);
  if (in.freeCount == 0) return 0;
  if ((in.free[wanted / 64] >> (wanted % 64) & 1) != 0) return wanted;
  const auto start = static_cast<std::uint32_t>(first_ + seed % in.slotsPlusOne.size());
  const std::uint16_t sameParity = scan(in, kAll, start, likeParity(wanted));
  return sameParity != 0 ? sameParity : scan(in, kAll, start, kAllPorts);
}

std::uint16_t OutsidePorts::findIn(const PortRange& range, PortFit fit, std::uint8_t pool,
                                   std::uint8_t protocol, std::uint16_t wanted,
                                   std::uint32_t seed) const {
  const Space& in = space(pool, protocol);
  if (fit == PortFit::same) {
    const bool free = range.contains(wanted) && (in.free[wanted / 64] >> (wanted % 64) & 1) != 0;
    return free ? wanted : std::uint16_t{0};
  }
  return scan(in, range, range.first + seed % range.size,
              fit == PortFit::any ? kAllPorts : likeParity(wanted));
}

/** The first free port of the range among those of `parity`, from `start` on and around; 0 when
 * there is none. */
std::uint16_t OutsidePorts::scan(const Space& in, const PortRange& range, std::uint32_t start,
                                 std::uint64_t parity) {
  // An aligned range is whole words, or a part of one.
  const std::size_t first = range.first / 64;
  const std::size_t words = range.size < 64 ? 1 : range.size / 64;
  if (range.size < 64) parity &= ((std::uint64_t{1} << range.size) - 1) << (range.first % 64);
  // The word of `start` comes first without the ports before it, and last with them.
  std::uint64_t mask = kAllPorts << (start % 64);
  for (std::size_t i = 0; i <= words; ++i) {
    const std::size_t word = first + (start / 64 - first + i) % words;
    const std::uint64_t found = in.free[word] & parity & mask;
    if (found != 0) {
      return static_cast<std::uint16_t>(word * 64 +
                                        static_cast<std::size_t>(std::countr_zero(found)));
    }
    mask = kAllPorts;
  }
  return 0;
}

std::uint32_t OutsidePorts::anyHolder(const PortRange& range, std::uint8_t pool) const {
  for (std::size_t protocol = 0; protocol < kProtocols; ++protocol) {
    const Space& in = spaces_[pool * kProtocols + protocol];
    for (std::uint32_t at = range.first; at < range.first + range.size;) {
      const std::uint32_t end = std::min(at + 64 - at % 64, range.first + range.size);
      const std::uint64_t taken = ~in.free[at / 64] >> (at % 64);
      const std::uint32_t port = at + static_cast<std::uint32_t>(std::countr_zero(taken));
      if (port < end) return in.slotsPlusOne[port - first_] - 1;
      at = end;
    }
  }
  return kNone;
}

void OutsidePorts::take(std::uint8_t pool, std::uint8_t protocol, std::uint16_t port,
                        std::uint32_t slot) {
  Space& in = space(pool, protocol);
  in.slotsPlusOne[static_cast<std::size_t>(port - first_)] = slot + 1;
  in.free[port / 64] &= ~(std::uint64_t{1} << (port % 64));
  --in.freeCount;
}

void OutsidePorts::give(std::uint8_t pool, std::uint8_t protocol, std::uint16_t port) {
  Space& in = space(pool, protocol);
  in.slotsPlusOne[static_cast<std::size_t>(port - first_)] = 0;
  in.free[port / 64] |= std::uint64_t{1} << (port % 64);
  ++in.freeCount;
}

std::size_t OutsidePorts::taken() const {
  std::size_t count = 0;
  for (const Space& space : spaces_) count += space.slotsPlusOne.size() - space.freeCount;
  return count;
}

void OutsidePorts::clear() {
  std::vector<std::uint64_t> free(kWords, 0);
  for (std::size_t port = first_; port <= last_; ++port) {
    free[port / 64] |= std::uint64_t{1} << (port % 64);
  }
  for (Space& space : spaces_) {
    space.slotsPlusOne.clear();
    space.free = free;
    space.freeCount = static_cast<std::uint32_t>(space.slotsPlusOne.size());
  }
}

}  // namespace ferry
