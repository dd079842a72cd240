#include "trackers.hpp"

namespace ferry::ids {
namespace {

constexpr std::uint32_t kMaxSeconds = 1'000'000;

std::uint32_t hashOf(const Tracker& key) {
  return hashKey(std::uint64_t{key.address} << 20 | std::uint64_t{key.rule} << 1 |
                 (key.filter ? 1 : 0));
}

/** What the match that was counted last means. */
bool counts(const RateTest& test, std::uint32_t count) {
  switch (test.kind) {
    case RateTest::Kind::limit:
      return count <= test.count;
    case RateTest::Kind::threshold:
      return count % test.count == 0;
    case RateTest::Kind::both:
      return count == test.count;
    case RateTest::Kind::detectionFilter:
      return count > test.count;
  }
  return true;
}

}  // namespace

void Tracker::encode(ByteWriter& out) const {
  out.fixed(rule);
  out.fixed(static_cast<std::uint8_t>(filter ? 1 : 0));
  out.fixed(address);
  out.varint(count);
  out.varint(since);
  out.varint(seconds);
}

bool Tracker::decode(ByteReader& in) {
  rule = in.fixed<std::uint16_t>();
  const auto filterByte = in.fixed<std::uint8_t>();
  filter = filterByte == 1;
  address = in.fixed<std::uint32_t>();
  const std::uint64_t wideCount = in.varint();
  since = in.varint();
  const std::uint64_t wideSeconds = in.varint();
  if (in.failed() || filterByte > 1 || wideCount > ~0u || since >= kMaxTime ||
      wideSeconds > kMaxSeconds) {
    return false;
  }
  count = static_cast<std::uint32_t>(wideCount);
  seconds = static_cast<std::uint32_t>(wideSeconds);
  return true;
}

std::uint32_t Trackers::slotOf(const Tracker& key) const {
  return index_.find(hashOf(key), [&](std::uint32_t slot) {
    const Tracker& other = table_.at(slot);
    return other.rule == key.rule && other.filter == key.filter && other.address == key.address;
  });
}

bool Trackers::count(std::uint16_t rule, const RateTest& test, std::uint32_t address, TimeMs now,
                     bool& full) {
  Tracker key;
  key.rule = rule;
  key.filter = test.kind == RateTest::Kind::detectionFilter;
  key.address = address;
  key.since = now;
  key.seconds = test.seconds;
  std::uint32_t slot = slotOf(key);
  if (slot == Table::kNone) {
    slot = table_.allocate();
    if (slot == Table::kNone) {
      full = true;
      return true;
    }
    table_.touch(slot) = key;
    index(slot);
  }
  Tracker& tracker = table_.touch(slot);
  if (now >= tracker.end()) {
    tracker.since = now;
    tracker.count = 0;
  }
  if (tracker.count < ~0u) ++tracker.count;
  return counts(test, tracker.count);
}

void Trackers::expire(TimeMs now) {
  for (std::uint32_t left = table_.size() / 1000 + 1;
       left > 0 && !table_.collectDue() && !table_.snapshotUrgent(); --left) {
    const std::uint32_t slot = table_.nextLive(sweepAt_);
    if (slot == table_.capacity()) {
      sweepAt_ = 0;
      break;
    }
    sweepAt_ = slot + 1;
    if (now < table_.at(slot).end()) continue;
    unindex(slot);
    table_.release(slot);
  }
}

void Trackers::reset() {
  table_.reset();
  index_.clear();
  sweepAt_ = 0;
}

void Trackers::index(std::uint32_t slot) { index_.insert(hashOf(table_.at(slot)), slot); }

void Trackers::unindex(std::uint32_t slot) { index_.erase(hashOf(table_.at(slot)), slot); }

bool Trackers::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    if (slotOf(table_.at(slot)) != slot) return false;
    ++count;
  }
  return count == table_.size();
}

}  // namespace ferry::ids
