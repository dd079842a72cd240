#include "pg_subscribers.hpp"

namespace ferry {
namespace {

std::uint32_t hashOf(std::uint32_t rule, std::uint32_t address) {
  return hashKey(std::uint64_t{rule} << 32 | address);
}

}  // namespace

PgSubscribers::PgSubscribers(const PgConfig& config)
    : config_(config), table_(config.capacity), byAddress_(config.capacity) {}

std::uint32_t PgSubscribers::ruleOf(std::uint32_t address) const {
  for (std::size_t i = 0; i < config_.rules.size(); ++i) {
    if (config_.rules[i].net.contains(address)) return static_cast<std::uint32_t>(i);
  }
  return kNone;
}

std::uint32_t PgSubscribers::find(std::uint32_t rule, std::uint32_t address) const {
  return byAddress_.find(hashOf(rule, address), [&](std::uint32_t slot) {
    return table_.at(slot).address == address && table_.at(slot).rule == rule;
  });
}

std::uint32_t PgSubscribers::open(std::uint32_t rule, std::uint32_t address) {
  const std::uint32_t own = config_.rules[rule].subscriber(address);
  if (const std::uint32_t known = find(rule, own); known != kNone) return known;
  const std::uint32_t slot = table_.allocate();
  if (slot == kNone) return kNone;
  PgSubscriber& subscriber = table_.touch(slot);
  subscriber.address = own;
  subscriber.rule = static_cast<std::uint16_t>(rule);
  index(slot);
  return slot;
}

void PgSubscribers::reset() {
  table_.reset();
  byAddress_.clear();
}

bool PgSubscribers::acceptable(const PgSubscriber& subscriber) const {
  return subscriber.rule < config_.rules.size() && ruleOf(subscriber.address) == subscriber.rule &&
         config_.rules[subscriber.rule].subscriber(subscriber.address) == subscriber.address;
}

void PgSubscribers::index(std::uint32_t slot) {
  const PgSubscriber& subscriber = table_.at(slot);
  byAddress_.insert(hashOf(subscriber.rule, subscriber.address), slot);
}

void PgSubscribers::unindex(std::uint32_t slot) {
  const PgSubscriber& subscriber = table_.at(slot);
  byAddress_.erase(hashOf(subscriber.rule, subscriber.address), slot);
}

bool PgSubscribers::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    const PgSubscriber& subscriber = table_.at(slot);
    if (!acceptable(subscriber) || find(subscriber.rule, subscriber.address) != slot) return false;
    ++count;
  }
  return count == table_.size();
}

}  // namespace ferry
