#include "nat44_mappings.hpp"

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
      ports_(config.pool.size(), config.firstPort, config.lastPort) {}

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
bool Nat44Mappings::choosePort(const Endpoint& inside, TimeMs now, Mapping& mapping) {
  const std::size_t size = config_.pool.size();
  for (std::size_t i = 0; i < size; ++i) {
    mapping.pool = static_cast<std::uint8_t>((inside.address + i) % size);
    const std::uint32_t holder = ports_.holder(mapping.pool, inside.protocol, inside.port);
    if (holder != kNone && expired(table_.at(holder), now)) end(holder);
    mapping.outsidePort = ports_.find(mapping.pool, inside.protocol, inside.port, hashOf(inside));
    if (mapping.outsidePort != 0) return true;
  }
  return false;
}

std::uint32_t Nat44Mappings::create(const Endpoint& inside, TimeMs now, Refusal& refusal) {
  if (const std::uint32_t old = holderInside(inside); old != kNone) end(old);
  Mapping mapping;
  if (!choosePort(inside, now, mapping)) {
    refusal = Refusal::noPort;
    return kNone;
  }
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
  sweepAt_ = 0;
}

bool Nat44Mappings::acceptable(const Mapping& mapping) const {
  return mapping.pool < config_.pool.size() && ports_.inRange(mapping.outsidePort) &&
         config_.inside.isHost(mapping.insideAddress) &&
         mapping.insideAddress != config_.inside.address;
}

std::uint32_t Nat44Mappings::conflicting(const Mapping& mapping) const {
  const std::uint32_t slot = holderInside(mapping.inside());
  return slot != kNone ? slot : ports_.holder(mapping.pool, mapping.protocol, mapping.outsidePort);
}

void Nat44Mappings::index(std::uint32_t slot) {
  const Mapping& mapping = table_.at(slot);
  byInside_.insert(hashOf(mapping.inside()), slot);
  ports_.take(mapping.pool, mapping.protocol, mapping.outsidePort, slot);
}

void Nat44Mappings::unindex(std::uint32_t slot) {
  const Mapping& mapping = table_.at(slot);
  byInside_.erase(hashOf(mapping.inside()), slot);
  ports_.give(mapping.pool, mapping.protocol, mapping.outsidePort);
}

bool Nat44Mappings::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    const Mapping& mapping = table_.at(slot);
    if (!table_.live(slot) || !acceptable(mapping) || holderInside(mapping.inside()) != slot ||
        ports_.holder(mapping.pool, mapping.protocol, mapping.outsidePort) != slot) {
      return false;
    }
    ++count;
  }
  return count == table_.size() && count == ports_.taken();
}

}  // namespace ferry
