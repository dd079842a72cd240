// What each subscriber of a NAT44, an inside address, holds: mappings, and blocks of outside ports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "../core/large_array.hpp"
#include "../statelet/free_slots.hpp"
#include "../statelet/slot_index.hpp"
#include "nat44_config.hpp"
#include "nat44_mapping.hpp"
#include "nat44_ports.hpp"

namespace ferry {

/**
 * An index over the mappings, not state of its own: a block belongs to the subscriber whose
 * mappings have ports in it, from the first of them to the last, under all protocols. So blocks
 * move with mappings, and which one is free is the same wherever the mappings are the same. Counts
 * nothing when the configuration has neither blocks nor limits.
 */
class Nat44Subscribers {
 public:
  static constexpr std::uint32_t kNone = SlotIndex::kNone;

  struct BlockPlace {
    std::uint8_t pool;  // index of the outside address
    PortRange ports;
  };

  explicit Nat44Subscribers(const Nat44Config& config);

  void add(const Mapping& mapping);
  void remove(const Mapping& mapping);
  void clear();

  /** False when a limit keeps this subscriber from one more mapping. */
  bool mayMap(std::uint32_t address) const;

  // Blocks go by numbers, those of one pool address one after the other.

  /** False for a port that is in no whole block. */
  bool assignable(std::uint16_t port) const;
  /** The block of an assignable port, found by arithmetic; kNone without blocks. */
  std::uint32_t blockOf(std::uint8_t pool, std::uint16_t port) const;
  BlockPlace place(std::uint32_t block) const;
  /** The subscriber whose block this port is in; nullopt when it is nobody's. */
  std::optional<std::uint32_t> owner(std::uint8_t pool, std::uint16_t port) const;
  /** Blocks of a subscriber in rising order; kNone after the last. */
  std::uint32_t firstBlock(std::uint32_t address) const;
  std::uint32_t nextBlock(std::uint32_t block) const { return blocks_[block].nextPlusOne - 1; }
  /** False when this subscriber has as many blocks as it may. */
  bool mayHaveBlock(std::uint32_t address) const;
  /**
   * The block that this subscriber would get: the lowest of its pool address, or when it has none
   * yet that of the address that follows from its own, else the next (RFC 4787 REQ-2). kNone: none.
   */
  std::uint32_t freeBlock(std::uint32_t address) const;

  /** What checkInvariants() counts for itself. */
  struct Holdings {
    std::map<std::uint32_t, std::uint32_t> mappings;              // by inside address
    std::map<std::uint32_t, std::vector<std::uint32_t>> inBlock;  // by block, of each who has it
  };
  void addTo(Holdings& holdings, const Mapping& mapping) const;
  bool holdExactly(const Holdings& holdings) const;

 private:
  // All are zero bytes at first.
  struct Subscriber {
    std::uint32_t address;
    std::uint32_t mappings;
    std::uint32_t blocks;
    std::uint32_t firstPlusOne;
  };
  struct Block {
    std::uint32_t subscriber;  // its slot, while there are mappings
    std::uint32_t mappings;
    std::uint32_t nextPlusOne;
  };

  bool counting() const {
    return config_.portBlocks.size != 0 || config_.mappingsPerSubscriber != 0;
  }
  std::uint32_t find(std::uint32_t address) const;
  void link(std::uint32_t block, std::uint32_t slot);
  void unlink(std::uint32_t block);
  bool chainHolds(std::uint32_t slot, const Holdings& holdings) const;

  const Nat44Config& config_;
  std::uint32_t firstBlock_ = 0;       // of the port range, in blocks from port 0
  std::uint32_t blocksOfAddress_ = 0;  // blocks of each pool address
  FreeSlots free_;
  SlotIndex byAddress_;
  LargeArray<Subscriber> subscribers_;
  LargeArray<Block> blocks_;
  std::vector<FreeSlots> freeBlocks_;  // by pool address
};

}  // namespace ferry
