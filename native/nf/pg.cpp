#include "pg.hpp"

#include <memory>

#include "../proto/icmp.hpp"

namespace ferry {

CreateResult createPg(const ConfigNode& node) {
  CreateResult result;
  const PgConfig config = parsePgConfig(node, result.error);
  if (result.error.ok()) result.function = std::make_unique<Pg>(config);
  return result;
}

Pg::Pg(const PgConfig& config)
    : config_(config),
      counters_({"up", "down", "quotasReached", "dropNoSubscriber", "dropTableFull", "dropRate",
                 "dropQuota"}),
      subscribers_(config_),
      router_(config_, counters_),
      state_(subscribers_, router_.neighbours(), router_.waiting()) {}

Verdict Pg::process(Packet& packet, TimeMs now, Output& output) {
  Verdict verdict{};
  const auto routed = router_.receive(packet, now, output, verdict);
  if (!routed) return verdict;
  const PortIndex to = router_.portOf(routed->ip.destination(), packet.port);
  if (routed->toUs || to == packet.port) return router_.drop(RouterCount::dropDestination);
  if (routed->ip.ttl() <= 1) {
    return router_.refuse(*routed, icmp_type::kTimeExceeded, 0, RouterCount::dropTtl);
  }
  const bool up = packet.port == RouterPorts::kInside;
  if (!charge(*routed, up, verdict)) return verdict;
  routed->ip.decrementTtl();
  return router_.send(*routed, to);
}

bool Pg::charge(const RoutedPacket& routed, bool up, Verdict& verdict) {
  const std::uint32_t address = up ? routed.ip.source() : routed.ip.destination();
  const auto refused = [&](PgCount reason) {
    verdict = router_.drop(reason);
    return false;
  };
  const std::uint32_t number = subscribers_.ruleOf(address);
  if (number == PgSubscribers::kNone) return refused(PgCount::dropNoSubscriber);
  const std::uint32_t slot = subscribers_.open(number, address);
  if (slot == PgSubscribers::kNone) return refused(PgCount::dropTableFull);

  const PgRule& rule = config_.rules[number];
  PgSubscriber& subscriber = subscribers_.touch(slot);
  PgUse& use = up ? subscriber.life.up : subscriber.life.down;
  PolicerConfig policer = up ? rule.up : rule.down;
  const std::size_t length = routed.ip.totalLength();
  const bool used = rule.quotaBytes != 0 && subscriber.bytes() >= rule.quotaBytes;
  if (used) policer.rateBps = rule.throttleBps;
  if ((used && rule.throttleBps == 0) || !use.policer.take(policer, length, routed.now)) {
    ++use.dropped;
    return refused(used && rule.throttleBps == 0 ? PgCount::dropQuota : PgCount::dropRate);
  }
  use.passed.add(length);
  counters_.add(up ? PgCount::up : PgCount::down);
  if (!used && rule.quotaBytes != 0 && subscriber.bytes() >= rule.quotaBytes) {
    counters_.add(PgCount::quotasReached);
  }
  return true;
}

const PgSubscriber* Pg::find(std::uint32_t address) const {
  const std::uint32_t rule = subscribers_.ruleOf(address);
  if (rule == PgSubscribers::kNone) return nullptr;
  const std::uint32_t slot = subscribers_.find(rule, config_.rules[rule].subscriber(address));
  return slot == PgSubscribers::kNone ? nullptr : &subscribers_.at(slot);
}

void Pg::reset() {
  subscribers_.reset();
  router_.reset();
}

}  // namespace ferry
