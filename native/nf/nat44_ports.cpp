#include "nat44_ports.hpp"

#include <bit>

#include "../proto/ipv4.hpp"

namespace ferry {
namespace {

constexpr std::size_t kProtocols = 3;
constexpr std::uint64_t kEvenPorts = 0x5555'5555'5555'5555;

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
  const auto start = static_cast<std::uint16_t>(first_ + seed % in.slotsPlusOne.size());
  const std::uint64_t parity = wanted % 2 == 0 ? kEvenPorts : ~kEvenPorts;
  const std::uint16_t sameParity = scan(in, start, parity);
  return sameParity != 0 ? sameParity : scan(in, start, ~std::uint64_t{0});
}

/** The first free port among those of `parity`, from `start` on and around; 0 when there is none.
 */
std::uint16_t OutsidePorts::scan(const Space& in, std::uint16_t start, std::uint64_t parity) {
  // The word of `start` comes first without the ports before it, and last with them.
  std::uint64_t mask = ~std::uint64_t{0} << (start % 64);
  for (std::size_t i = 0; i <= kWords; ++i) {
    const std::size_t word = (start / 64 + i) % kWords;
    const std::uint64_t found = in.free[word] & parity & mask;
    if (found != 0) {
      return static_cast<std::uint16_t>(word * 64 +
                                        static_cast<std::size_t>(std::countr_zero(found)));
    }
    mask = ~std::uint64_t{0};
  }
  return 0;
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
