#include "flows.hpp"

#include "segments.hpp"

namespace ferry::ids {

Flows::Flows(const IdsConfig& config, Segments& segments)
    : config_(config), segments_(segments), table_(config.capacity), index_(config.capacity) {}

std::uint32_t Flows::slotOf(const FlowKey& key) const {
  return index_.find(key.hash(), [&](std::uint32_t slot) {
    const FlowKey& other = table_.at(slot).key;
    return other == key || other == key.reversed();
  });
}

bool Flows::expired(const Flow& flow, TimeMs now) const {
  TimeMs timeout = config_.otherTimeout;
  if (flow.key.protocol == ip_protocol::kTcp) {
    const bool over = flow.closed() || flow.has(Flow::kBlocked);
    // A handshake that is not completed costs no more than a datagram.
    if (over) timeout = config_.closedTimeout;
    if (!over && flow.has(Flow::kEstablished)) timeout = config_.tcpTimeout;
  }
  return now >= flow.life.seen + timeout;
}

Flows::Found Flows::find(const FlowKey& packet, TimeMs now) const {
  const std::uint32_t slot = slotOf(packet);
  if (slot == kNone || expired(table_.at(slot), now)) return {};
  return {slot, table_.at(slot).key == packet ? 0u : 1u};
}

std::uint32_t Flows::create(const FlowKey& packet, TimeMs now) {
  if (const std::uint32_t old = slotOf(packet); old != kNone) end(old);
  const std::uint32_t slot = table_.allocate();
  if (slot == kNone) return kNone;
  Flow& flow = table_.touch(slot);
  flow.key = packet;
  flow.started = now;
  flow.life.seen = now;
  index(slot);
  return slot;
}

void Flows::end(std::uint32_t slot) {
  segments_.discard(table_.at(slot).key);
  unindex(slot);
  table_.release(slot);
}

std::uint32_t Flows::expire(TimeMs now) {
  std::uint32_t ended = 0;
  // What ends is marked, and copied while a snapshot lasts: leave room for the packets' own.
  for (std::uint32_t left = table_.size() / 1000 + 1;
       left > 0 && !table_.collectDue() && !table_.snapshotUrgent() &&
       !segments_.table().snapshotUrgent();
       --left) {
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

void Flows::reset() {
  table_.reset();
  index_.clear();
  sweepAt_ = 0;
}

bool Flows::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    if (slotOf(table_.at(slot).key) != slot) return false;
    ++count;
  }
  return count == table_.size();
}

}  // namespace ferry::ids
