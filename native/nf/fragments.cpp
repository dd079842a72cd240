#include "fragments.hpp"

namespace ferry {
namespace {

std::uint32_t hashOf(const FragmentKey& key) {
  const std::uint64_t addresses = std::uint64_t{key.source} << 32 | key.destination;
  const std::uint64_t rest =
      std::uint64_t{key.identification} << 16 | std::uint64_t{key.protocol} << 8 | key.port;
  return hashKey(addresses ^ (rest * 0x9e37'79b9'7f4a'7c15));
}

}  // namespace

void FragmentedPacket::encode(ByteWriter& out) const {
  out.fixed(key.source);
  out.fixed(key.destination);
  out.fixed(key.identification);
  out.fixed(key.protocol);
  out.fixed(key.port);
  out.fixed(sourcePort);
  out.fixed(destinationPort);
  out.varint(seen);
}

bool FragmentedPacket::decode(ByteReader& in) {
  key.source = in.fixed<std::uint32_t>();
  key.destination = in.fixed<std::uint32_t>();
  key.identification = in.fixed<std::uint16_t>();
  key.protocol = in.fixed<std::uint8_t>();
  key.port = in.fixed<std::uint8_t>();
  sourcePort = in.fixed<std::uint16_t>();
  destinationPort = in.fixed<std::uint16_t>();
  seen = in.varint();
  return !in.failed() && key.port <= 1 && seen < TimeMs{1} << 48;
}

std::uint32_t Fragments::slotOf(const FragmentKey& key) const {
  return index_.find(hashOf(key), [&](std::uint32_t slot) { return table_.at(slot).key == key; });
}

bool Fragments::remember(const FragmentKey& key, std::uint16_t sourcePort,
                         std::uint16_t destinationPort, TimeMs now) {
  std::uint32_t slot = slotOf(key);
  if (slot == Table::kNone) {
    slot = table_.allocate();
    if (slot == Table::kNone) return false;
    table_.touch(slot).key = key;
    index(slot);
  }
  FragmentedPacket& entry = table_.touch(slot);
  entry.sourcePort = sourcePort;
  entry.destinationPort = destinationPort;
  entry.seen = now;
  return true;
}

const FragmentedPacket* Fragments::find(const FragmentKey& key, TimeMs now) const {
  const std::uint32_t slot = slotOf(key);
  if (slot == Table::kNone || now >= table_.at(slot).seen + kLifetime) return nullptr;
  return &table_.at(slot);
}

void Fragments::expire(TimeMs now) {
  for (std::uint32_t left = table_.size() / 1000 + 1; left > 0; --left) {
    const std::uint32_t slot = table_.nextLive(sweepAt_);
    if (slot == kCapacity) {
      sweepAt_ = 0;
      break;
    }
    sweepAt_ = slot + 1;
    if (now < table_.at(slot).seen + kLifetime) continue;
    unindex(slot);
    table_.release(slot);
  }
}

void Fragments::reset() {
  table_.reset();
  index_.clear();
  sweepAt_ = 0;
}

void Fragments::index(std::uint32_t slot) { index_.insert(hashOf(table_.at(slot).key), slot); }

void Fragments::unindex(std::uint32_t slot) { index_.erase(hashOf(table_.at(slot).key), slot); }

bool Fragments::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < kCapacity;
       slot = table_.nextLive(slot + 1)) {
    if (slotOf(table_.at(slot).key) != slot) return false;
    ++count;
  }
  return count == table_.size();
}

}  // namespace ferry
