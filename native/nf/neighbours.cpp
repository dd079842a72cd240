#include "neighbours.hpp"

#include <algorithm>
#include <array>

#include "../proto/arp.hpp"
#include "../proto/ethernet.hpp"

namespace ferry {
namespace {

constexpr std::size_t kMinFrame = 60;  // IEEE 802.3, without FCS

using ArpFrame = std::array<std::uint8_t, kMinFrame>;

struct ArpFields {
  MacAddress destination;
  std::uint16_t operation;
  MacAddress senderMac;
  std::uint32_t senderAddress;
  MacAddress targetMac;
  std::uint32_t targetAddress;
};

ArpFrame makeArp(const ArpFields& fields) {
  ArpFrame frame{};
  const auto ethernet = EthernetView::parse(frame);
  ethernet->setDestination(fields.destination);
  ethernet->setSource(fields.senderMac);
  ethernet->setType(ether_type::kArp);
  const ArpView arp =
      ArpView::make(ethernet->payload().first<ArpView::kLength>(), fields.operation);
  arp.setSender(fields.senderMac, fields.senderAddress);
  arp.setTarget(fields.targetMac, fields.targetAddress);
  return frame;
}

std::uint32_t hashOf(PortIndex port, std::uint32_t address) {
  return hashKey(std::uint64_t{port} << 32 | address);
}

std::uint32_t capacityFor(const RouterPorts& ports) {
  // Each a whole subnet, so that the sum stays below 2^25.
  const std::uint32_t hosts = ~ports.inside.mask() + ~ports.outside.mask();
  return std::min(hosts, Neighbours::kMaxCapacity);
}

}  // namespace

void Neighbour::encode(ByteWriter& out) const {
  out.fixed(address);
  out.fixed(port);
  out.bytes(mac);
  out.fixed(static_cast<std::uint8_t>(state));
  out.fixed(requests);
  out.varint(confirmed);
  out.varint(requested);
}

bool Neighbour::decode(ByteReader& in) {
  constexpr TimeMs kMaxTime = TimeMs{1} << 48;
  address = in.fixed<std::uint32_t>();
  port = in.fixed<std::uint8_t>();
  const ByteView view = in.bytes(mac.size());
  std::copy(view.begin(), view.end(), mac.begin());
  const auto stateByte = in.fixed<std::uint8_t>();
  state = static_cast<State>(stateByte);
  requests = in.fixed<std::uint8_t>();
  confirmed = in.varint();
  requested = in.varint();
  return !in.failed() && port <= 1 && stateByte <= 1 && confirmed < kMaxTime &&
         requested < kMaxTime && (state == State::incomplete || isStationMac(mac));
}

Neighbours::Neighbours(const RouterPorts& ports, const OwnAddresses& own,
                       std::span<const std::uint32_t> pool, WaitingFrames& waiting,
                       NeighbourCounters counters)
    : ports_(ports),
      own_(own),
      pool_(pool),
      waiting_(waiting),
      counters_(counters),
      table_(capacityFor(ports), 4096, 4096),
      index_(table_.capacity()) {}

bool Neighbours::isOurs(PortIndex port, std::uint32_t address) const {
  return port == RouterPorts::kInside ? address == ports_.inside.address : own_.contains(address);
}

std::uint32_t Neighbours::find(PortIndex port, std::uint32_t address) const {
  return index_.find(hashOf(port, address), [&](std::uint32_t slot) {
    const Neighbour& entry = table_.at(slot);
    return entry.address == address && entry.port == port;
  });
}

void Neighbours::ask(Neighbour& neighbour, const MacAddress& destination, TimeMs now,
                     Output& output) {
  ++neighbour.requests;
  neighbour.requested = now;
  const RouterPort& port = ports_.port(neighbour.port);
  output.transmit(neighbour.port, makeArp({destination, ArpView::kRequest, port.mac, port.address,
                                           MacAddress{}, neighbour.address}));
  ++counters_.arpRequests;
}

Neighbours::Result Neighbours::resolve(PortIndex port, std::uint32_t address, TimeMs now,
                                       Output& output, MacAddress& mac) {
  std::uint32_t slot = find(port, address);
  if (slot == Table::kNone) {
    slot = table_.allocate();
    if (slot == Table::kNone) return Result::full;
    Neighbour& entry = table_.touch(slot);
    entry.address = address;
    entry.port = port;
    index(slot);
    ask(entry, kBroadcastMac, now, output);
    return Result::waiting;
  }
  const Neighbour& entry = table_.at(slot);
  if (entry.state == Neighbour::State::incomplete) return Result::waiting;
  mac = entry.mac;
  // Unsigned on purpose: after a step back of the clock everything is due.
  if (now - entry.confirmed < kConfirmAfter || now - entry.requested < kRequestEvery) {
    return Result::resolved;
  }
  Neighbour& changing = table_.touch(slot);
  if (changing.requests < kMaxConfirms) {
    ask(changing, mac, now, output);
    return Result::resolved;
  }
  changing.state = Neighbour::State::incomplete;
  changing.requests = 0;
  ask(changing, kBroadcastMac, now, output);
  return Result::waiting;
}

void Neighbours::learn(PortIndex port, std::uint32_t address, const MacAddress& mac, bool mayAdd,
                       TimeMs now, Output& output) {
  std::uint32_t slot = find(port, address);
  if (slot == Table::kNone) {
    if (!mayAdd) return;
    slot = table_.allocate();
    if (slot == Table::kNone) return;
    Neighbour& entry = table_.touch(slot);
    entry.address = address;
    entry.port = port;
    index(slot);
  }
  Neighbour& entry = table_.touch(slot);
  entry.mac = mac;
  entry.confirmed = now;
  entry.requests = 0;
  if (entry.state == Neighbour::State::reachable) return;
  entry.state = Neighbour::State::reachable;
  counters_.waitingSent += waiting_.send(port, address, mac, output);
}

bool Neighbours::receive(PortIndex port, Bytes payload, TimeMs now, Output& output) {
  const auto arp = ArpView::parse(payload);
  if (!arp || (arp->operation() != ArpView::kRequest && arp->operation() != ArpView::kReply)) {
    return false;
  }
  const std::uint32_t sender = arp->senderAddress();
  const MacAddress senderMac = arp->senderMac();
  if (!isStationMac(senderMac)) return false;
  const bool forUs = isOurs(port, arp->targetAddress());
  if (isOurs(port, sender)) {
    if (senderMac != ports_.port(port).mac) ++counters_.arpConflicts;
  } else if (ports_.port(port).isHost(sender)) {
    learn(port, sender, senderMac, forUs, now, output);
  }
  if (forUs && arp->operation() == ArpView::kRequest) {
    output.transmit(port, makeArp({senderMac, ArpView::kReply, ports_.port(port).mac,
                                   arp->targetAddress(), senderMac, sender}));
    ++counters_.arpReplies;
  }
  return true;
}

void Neighbours::forget(std::uint32_t slot) {
  const Neighbour& entry = table_.at(slot);
  counters_.waitingDropped += waiting_.discard(entry.port, entry.address);
  unindex(slot);
  table_.release(slot);
}

void Neighbours::expire(TimeMs now, Output& output) {
  for (std::uint32_t left = table_.size() / 1000 + 1;
       left > 0 && !table_.collectDue() && !table_.snapshotUrgent(); --left) {
    const std::uint32_t slot = table_.nextLive(sweepAt_);
    if (slot == table_.capacity()) {
      sweepAt_ = 0;
      break;
    }
    sweepAt_ = slot + 1;
    const Neighbour& entry = table_.at(slot);
    if (entry.state == Neighbour::State::reachable) {
      if (now >= entry.confirmed + kForgetAfter) forget(slot);
    } else if (now - entry.requested >= kRequestEvery) {
      if (entry.requests < kMaxRequests) {
        ask(table_.touch(slot), kBroadcastMac, now, output);
      } else {
        forget(slot);
      }
    }
  }
  counters_.waitingDropped += waiting_.expire(now);
}

void Neighbours::announce(Output& output) {
  const auto say = [&](PortIndex port, std::uint32_t address) {
    output.transmit(port, makeArp({kBroadcastMac, ArpView::kRequest, ports_.port(port).mac, address,
                                   MacAddress{}, address}));
  };
  say(RouterPorts::kInside, ports_.inside.address);
  if (own_.find(ports_.outside.address) == OwnAddresses::kNotInPool) {
    say(RouterPorts::kOutside, ports_.outside.address);
  }
  for (const std::uint32_t address : pool_) say(RouterPorts::kOutside, address);
  sendKept(output);
}

void Neighbours::sendKept(Output& output) {
  const WaitingFrames::Table& waiting = waiting_.table();
  for (std::uint32_t at = waiting.nextLive(0); at < waiting.capacity();
       at = waiting.nextLive(at + 1)) {
    const WaitingFrame& frame = waiting.at(at);
    const std::uint32_t slot = find(frame.port, frame.nextHop);
    if (slot == Table::kNone || table_.at(slot).state != Neighbour::State::reachable) continue;
    counters_.waitingSent += waiting_.send(frame.port, frame.nextHop, table_.at(slot).mac, output);
  }
}

void Neighbours::reset() {
  table_.reset();
  index_.clear();
  sweepAt_ = 0;
}

bool Neighbours::acceptable(const Neighbour& neighbour) const {
  return ports_.port(neighbour.port).isHost(neighbour.address) &&
         !isOurs(neighbour.port, neighbour.address);
}

std::uint32_t Neighbours::conflicting(const Neighbour& neighbour) const {
  return find(neighbour.port, neighbour.address);
}

void Neighbours::index(std::uint32_t slot) {
  const Neighbour& entry = table_.at(slot);
  index_.insert(hashOf(entry.port, entry.address), slot);
}

void Neighbours::unindex(std::uint32_t slot) {
  const Neighbour& entry = table_.at(slot);
  index_.erase(hashOf(entry.port, entry.address), slot);
}

bool Neighbours::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    const Neighbour& entry = table_.at(slot);
    if (!acceptable(entry) || find(entry.port, entry.address) != slot) return false;
    ++count;
  }
  return count == table_.size();
}

}  // namespace ferry
