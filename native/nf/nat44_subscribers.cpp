#include "nat44_subscribers.hpp"

#include <algorithm>

namespace ferry {
namespace {

std::uint32_t wholeBlocks(const Nat44Config& config) {
  const std::uint32_t size = config.portBlocks.size;
  if (size == 0) return 0;
  return (config.lastPort + 1u) / size - (config.firstPort + size - 1u) / size;
}

/** Subscribers there can be: each has a mapping, and where there are blocks a block. */
std::uint32_t mostSubscribers(const Nat44Config& config) {
  if (config.portBlocks.size == 0) return config.mappingsPerSubscriber == 0 ? 1 : config.capacity;
  const std::size_t blocks = wholeBlocks(config) * config.pool.size();
  return static_cast<std::uint32_t>(std::min<std::size_t>(config.capacity, blocks));
}

}  // namespace

Nat44Subscribers::Nat44Subscribers(const Nat44Config& config)
    : config_(config),
      blocksOfAddress_(wholeBlocks(config)),
      free_(mostSubscribers(config)),
      byAddress_(mostSubscribers(config)),
      subscribers_(mostSubscribers(config)),
      blocks_(blocksOfAddress_ * config.pool.size()) {
  if (blocksOfAddress_ == 0) return;
  const std::uint32_t size = config.portBlocks.size;
  firstBlock_ = (config.firstPort + size - 1) / size;
  freeBlocks_.assign(config.pool.size(), FreeSlots(blocksOfAddress_));
}

std::uint32_t Nat44Subscribers::find(std::uint32_t address) const {
  return byAddress_.find(hashKey(address),
                         [&](std::uint32_t slot) { return subscribers_[slot].address == address; });
}

void Nat44Subscribers::add(const Mapping& mapping) {
  if (!counting()) return;
  std::uint32_t slot = find(mapping.insideAddress);
  if (slot == kNone) {
    slot = free_.takeLowest();
    subscribers_[slot] = {mapping.insideAddress, 0, 0, 0};
    byAddress_.insert(hashKey(mapping.insideAddress), slot);
  }
  ++subscribers_[slot].mappings;
  const std::uint32_t block = blockOf(mapping.pool, mapping.outsidePort);
  if (block != kNone && ++blocks_[block].mappings == 1) link(block, slot);
}

void Nat44Subscribers::remove(const Mapping& mapping) {
  if (!counting()) return;
  const std::uint32_t block = blockOf(mapping.pool, mapping.outsidePort);
  if (block != kNone && --blocks_[block].mappings == 0) unlink(block);
  const std::uint32_t slot = find(mapping.insideAddress);
  if (--subscribers_[slot].mappings != 0) return;
  byAddress_.erase(hashKey(mapping.insideAddress), slot);
  free_.give(slot);
}

void Nat44Subscribers::link(std::uint32_t block, std::uint32_t slot) {
  Subscriber& subscriber = subscribers_[slot];
  std::uint32_t* after = &subscriber.firstPlusOne;
  while (*after != 0 && *after - 1 < block) after = &blocks_[*after - 1].nextPlusOne;
  blocks_[block].subscriber = slot;
  blocks_[block].nextPlusOne = *after;
  *after = block + 1;
  ++subscriber.blocks;
  freeBlocks_[block / blocksOfAddress_].take(block % blocksOfAddress_);
}

void Nat44Subscribers::unlink(std::uint32_t block) {
  Subscriber& subscriber = subscribers_[blocks_[block].subscriber];
  std::uint32_t* after = &subscriber.firstPlusOne;
  while (*after - 1 != block) after = &blocks_[*after - 1].nextPlusOne;
  *after = blocks_[block].nextPlusOne;
  --subscriber.blocks;
  freeBlocks_[block / blocksOfAddress_].give(block % blocksOfAddress_);
}

void Nat44Subscribers::clear() {
  free_.giveAll();
  byAddress_.clear();
  subscribers_.clear();
  blocks_.clear();
  for (FreeSlots& each : freeBlocks_) each.giveAll();
}

bool Nat44Subscribers::mayMap(std::uint32_t address) const {
  if (config_.mappingsPerSubscriber == 0) return true;
  const std::uint32_t slot = find(address);
  return slot == kNone || subscribers_[slot].mappings < config_.mappingsPerSubscriber;
}

bool Nat44Subscribers::assignable(std::uint16_t port) const {
  if (blocksOfAddress_ == 0) return true;
  const std::uint32_t number = port / config_.portBlocks.size;
  return number >= firstBlock_ && number - firstBlock_ < blocksOfAddress_;
}

std::uint32_t Nat44Subscribers::blockOf(std::uint8_t pool, std::uint16_t port) const {
  if (blocksOfAddress_ == 0) return kNone;
  return pool * blocksOfAddress_ + port / config_.portBlocks.size - firstBlock_;
}

Nat44Subscribers::BlockPlace Nat44Subscribers::place(std::uint32_t block) const {
  const std::uint32_t size = config_.portBlocks.size;
  return {static_cast<std::uint8_t>(block / blocksOfAddress_),
          {(firstBlock_ + block % blocksOfAddress_) * size, size}};
}

std::optional<std::uint32_t> Nat44Subscribers::owner(std::uint8_t pool, std::uint16_t port) const {
  const std::uint32_t block = blockOf(pool, port);
  if (block == kNone || blocks_[block].mappings == 0) return std::nullopt;
  return subscribers_[blocks_[block].subscriber].address;
}

std::uint32_t Nat44Subscribers::firstBlock(std::uint32_t address) const {
  const std::uint32_t slot = find(address);
  return slot == kNone ? kNone : subscribers_[slot].firstPlusOne - 1;
}

bool Nat44Subscribers::mayHaveBlock(std::uint32_t address) const {
  const std::uint32_t slot = find(address);
  return slot == kNone || subscribers_[slot].blocks < config_.portBlocks.perSubscriber;
}

std::uint32_t Nat44Subscribers::freeBlock(std::uint32_t address) const {
  const auto lowestOf = [this](std::size_t pool) {
    const std::uint32_t lowest = freeBlocks_[pool].lowest();
    return lowest == FreeSlots::kNone
               ? kNone
               : static_cast<std::uint32_t>(pool) * blocksOfAddress_ + lowest;
  };
  const std::uint32_t first = firstBlock(address);
  if (first != kNone) return lowestOf(first / blocksOfAddress_);
  for (std::size_t i = 0;; ++i) {
    const std::size_t pool = config_.poolOf(address, i);
    if (pool == Nat44Config::kNoPool) return kNone;
    if (const std::uint32_t block = lowestOf(pool); block != kNone) return block;
  }
}

void Nat44Subscribers::addTo(Holdings& holdings, const Mapping& mapping) const {
  if (!counting()) return;
  ++holdings.mappings[mapping.insideAddress];
  const std::uint32_t block = blockOf(mapping.pool, mapping.outsidePort);
  if (block != kNone) holdings.inBlock[block].push_back(mapping.insideAddress);
}

bool Nat44Subscribers::holdExactly(const Holdings& holdings) const {
  std::size_t subscribers = 0;
  std::size_t blocks = 0;
  for (std::uint32_t slot = free_.nextTaken(0); slot < subscribers_.size();
       slot = free_.nextTaken(slot + 1)) {
    const Subscriber& subscriber = subscribers_[slot];
    const auto found = holdings.mappings.find(subscriber.address);
    if (found == holdings.mappings.end() || found->second != subscriber.mappings ||
        find(subscriber.address) != slot || !chainHolds(slot, holdings)) {
      return false;
    }
    ++subscribers;
    blocks += subscriber.blocks;
  }
  std::size_t taken = 0;
  for (const FreeSlots& free : freeBlocks_) {
    for (std::uint32_t at = free.nextTaken(0); at < blocksOfAddress_; at = free.nextTaken(at + 1)) {
      ++taken;
    }
  }
  return subscribers == holdings.mappings.size() && blocks == holdings.inBlock.size() &&
         taken == blocks;
}

bool Nat44Subscribers::chainHolds(std::uint32_t slot, const Holdings& holdings) const {
  std::uint32_t count = 0;
  std::uint32_t previous = 0;
  for (std::uint32_t plusOne = subscribers_[slot].firstPlusOne; plusOne != 0;
       plusOne = blocks_[plusOne - 1].nextPlusOne) {
    const Block& block = blocks_[plusOne - 1];
    const auto found = holdings.inBlock.find(plusOne - 1);
    if (plusOne <= previous || block.subscriber != slot || found == holdings.inBlock.end()) {
      return false;
    }
    const auto& owners = found->second;
    const auto own = std::count(owners.begin(), owners.end(), subscribers_[slot].address);
    if (owners.size() != block.mappings || static_cast<std::size_t>(own) != owners.size()) {
      return false;
    }
    previous = plusOne;
    ++count;
  }
  return count == subscribers_[slot].blocks;
}

}  // namespace ferry
