#include "nat44_mappings.hpp"

#include <array>

namespace ferry {
namespace {

std::uint32_t hashOf(const Endpoint& inside) {
  return hashKey(std::uint64_t{inside.address} << 24 | std::uint64_t{inside.port} << 8 |
                 inside.protocol);
}

}  // namespace

Nat44Mappings::Nat44Mappings(const Nat44Config& config)
    : config_(config),
      table_(config.capacity),
      byInside_(config.capacity),
      ports_(config.pool.size(), config.firstPort, config.lastPort),
      subscribers_(config) {}

TimeMs Nat44Mappings::timeout(const Mapping& mapping) const {
  switch (mapping.protocol) {
    case ip_protocol::kUdp:
      return config_.udpTimeout;
    case ip_protocol::kTcp:
      return mapping.life.tcp.established() ? config_.tcpEstablishedTimeout
                                            : config_.tcpTransitoryTimeout;
    default:
      return config_.icmpTimeout;
  }
}

bool Nat44Mappings::expired(const Mapping& mapping, TimeMs now) const {
  return now >= mapping.life.refreshed + timeout(mapping);
}

std::uint32_t Nat44Mappings::holderInside(const Endpoint& inside) const {
  return byInside_.find(hashOf(inside),
                        [&](std::uint32_t slot) { return table_.at(slot).inside() == inside; });
}

std::uint32_t Nat44Mappings::findInside(const Endpoint& inside, TimeMs now) const {
  const std::uint32_t slot = holderInside(inside);
  return slot == kNone || expired(table_.at(slot), now) ? kNone : slot;
}

std::uint32_t Nat44Mappings::findOutside(std::uint8_t pool, std::uint8_t protocol,
                                         std::uint16_t port, TimeMs now) const {
  const std::uint32_t slot = ports_.holder(pool, protocol, port);
  return slot == kNone || expired(table_.at(slot), now) ? kNone : slot;
}

void Nat44Mappings::end(std::uint32_t slot) {
  unindex(slot);
  table_.release(slot);
}

/** Sets the mapping's outside address and port: paired address first, then the others in turn. */
Nat44Mappings::Refusal Nat44Mappings::choosePort(const Endpoint& inside, TimeMs now,
                                                 Mapping& mapping) {
  if (config_.portBlocks.size != 0) return choosePortInBlocks(inside, mapping);
  for (std::size_t i = 0;; ++i) {
    const std::size_t pool = config_.poolOf(inside.address, i);
    if (pool == Nat44Config::kNoPool) return Refusal::noPort;
    mapping.pool = static_cast<std::uint8_t>(pool);
    const std::uint32_t holder = ports_.holder(mapping.pool, inside.protocol, inside.port);
    if (holder != kNone && expired(table_.at(holder), now)) end(holder);
    mapping.outsidePort = ports_.find(mapping.pool, inside.protocol, inside.port, hashOf(inside));
    if (mapping.outsidePort != 0) return Refusal::none;
  }
}

/** The same from the subscriber's blocks; from one more when they have no port, and it may. */
Nat44Mappings::Refusal Nat44Mappings::choosePortInBlocks(const Endpoint& inside,
                                                         Mapping& mapping) const {
  const std::uint32_t seed = hashOf(inside);
  const auto take = [&](std::uint32_t block, PortFit fit) {
    const Nat44Subscribers::BlockPlace place = subscribers_.place(block);
    mapping.pool = place.pool;
    mapping.outsidePort =
        ports_.findIn(place.ports, fit, place.pool, inside.protocol, inside.port, seed);
    return mapping.outsidePort != 0;
  };
  constexpr std::array kFits{PortFit::same, PortFit::sameParity, PortFit::any};
  for (const PortFit fit : kFits) {
    for (std::uint32_t block = subscribers_.firstBlock(inside.address); block != kNone;
         block = subscribers_.nextBlock(block)) {
      if (take(block, fit)) return Refusal::none;
    }
  }
  if (!subscribers_.mayHaveBlock(inside.address)) return Refusal::portQuota;
  const std::uint32_t block = subscribers_.freeBlock(inside.address);
  if (block == kNone) return Refusal::noPort;
  for (const PortFit fit : kFits) {
    if (take(block, fit)) return Refusal::none;
  }
  return Refusal::noPort;
}

std::uint32_t Nat44Mappings::create(const Endpoint& inside, TimeMs now, Refusal& refusal) {
  if (const std::uint32_t old = holderInside(inside); old != kNone) end(old);
  if (!subscribers_.mayMap(inside.address)) {
    refusal = Refusal::mappingQuota;
    return kNone;
  }
  Mapping mapping;
  refusal = choosePort(inside, now, mapping);
  if (refusal != Refusal::none) return kNone;
  const std::uint32_t slot = table_.allocate();
  if (slot == kNone) {
    refusal = Refusal::tableFull;
    return kNone;
  }
  mapping.insideAddress = inside.address;
  mapping.insidePort = inside.port;
  mapping.protocol = inside.protocol;
  mapping.life.refreshed = now;
  table_.touch(slot) = mapping;
  index(slot);
  return slot;
}

std::uint32_t Nat44Mappings::expire(TimeMs now) {
  std::uint32_t ended = 0;
  // What ends is marked, and copied while a snapshot lasts: leave room for the packets' own.
  for (std::uint32_t left = table_.size() / 1000 + 1;
       left > 0 && !table_.collectDue() && !table_.snapshotUrgent(); --left) {
    const std::uint32_t slot = table_.nextLive(sweepAt_);
    if (slot == table_.capacity()) {
      sweepAt_ = 0;
      break;
    }
    sweepAt_ = slot + 1;
    if (!expired(table_.at(slot), now)) continue;
    end(slot);
    ++ended;
  }
  return ended;
}

void Nat44Mappings::reset() {
  table_.reset();
  byInside_.clear();
  ports_.clear();
  subscribers_.clear();
  sweepAt_ = 0;
}

bool Nat44Mappings::acceptable(const Mapping& mapping) const {
  return mapping.pool < config_.pool.size() && ports_.inRange(mapping.outsidePort) &&
         subscribers_.assignable(mapping.outsidePort) &&
         (config_.pairedNets.empty() || config_.poolOf(mapping.insideAddress, 0) == mapping.pool) &&
         config_.inside.isHost(mapping.insideAddress) &&
         mapping.insideAddress != config_.inside.address;
}

std::uint32_t Nat44Mappings::conflicting(const Mapping& mapping) const {
  std::uint32_t slot = holderInside(mapping.inside());
  if (slot == kNone) slot = ports_.holder(mapping.pool, mapping.protocol, mapping.outsidePort);
  return slot != kNone ? slot : holderOfBlock(mapping);
}

/** A mapping of another subscriber in the block of this one's port, or kNone. */
std::uint32_t Nat44Mappings::holderOfBlock(const Mapping& mapping) const {
  const auto owner = subscribers_.owner(mapping.pool, mapping.outsidePort);
  if (!owner || *owner == mapping.insideAddress) return kNone;
  const std::uint32_t block = subscribers_.blockOf(mapping.pool, mapping.outsidePort);
  return ports_.anyHolder(subscribers_.place(block).ports, mapping.pool);
}

void Nat44Mappings::index(std::uint32_t slot) {
  const Mapping& mapping = table_.at(slot);
  byInside_.insert(hashOf(mapping.inside()), slot);
  ports_.take(mapping.pool, mapping.protocol, mapping.outsidePort, slot);
  subscribers_.add(mapping);
}

void Nat44Mappings::unindex(std::uint32_t slot) {
  const Mapping& mapping = table_.at(slot);
  byInside_.erase(hashOf(mapping.inside()), slot);
  ports_.give(mapping.pool, mapping.protocol, mapping.outsidePort);
  subscribers_.remove(mapping);
}

bool Nat44Mappings::checkInvariants() const {
  std::uint32_t count = 0;
  Nat44Subscribers::Holdings holdings;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    const Mapping& mapping = table_.at(slot);
    if (!table_.live(slot) || !acceptable(mapping) || holderInside(mapping.inside()) != slot ||
        ports_.holder(mapping.pool, mapping.protocol, mapping.outsidePort) != slot) {
      return false;
    }
    subscribers_.addTo(holdings, mapping);
    ++count;
  }
  return count == table_.size() && count == ports_.taken() && subscribers_.holdExactly(holdings);
}

}  // namespace ferry
