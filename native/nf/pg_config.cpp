#include "pg_config.hpp"

#include <string>

#include "../core/config_reader.hpp"
#include "digest.hpp"

namespace ferry {
namespace {

constexpr std::uint64_t kMaxCount = 1ull << 53;  // what JSON carries exactly

PolicerConfig readPolicer(ConfigReader& parent, std::string_view name, ConfigError& error) {
  ConfigReader reader(parent.object(name, true), parent.path(name), {"rateBps", "burstBytes"},
                      error);
  PolicerConfig config;
  config.rateBps = reader.integer("rateBps", PolicerConfig::kMinRate, PolicerConfig::kMaxRate);
  config.burstBytes =
      reader.integer("burstBytes", PolicerConfig::kMinBurst, PolicerConfig::kMaxBurst);
  return config;
}

PgRule readRule(const ConfigNode& node, const std::string& path, ConfigError& error) {
  ConfigReader reader(node, path, {"net", "each", "up", "down", "quotaBytes", "throttleBps"},
                      error);
  PgRule rule;
  rule.net = readSubnet(reader, "net");
  rule.each = static_cast<std::uint8_t>(reader.integer("each", rule.net.length, 32, 32));
  rule.up = readPolicer(reader, "up", error);
  rule.down = readPolicer(reader, "down", error);
  rule.quotaBytes = reader.integer("quotaBytes", 0, kMaxCount, 0);
  rule.throttleBps = reader.integer("throttleBps", 0, PolicerConfig::kMaxRate, 0);
  if (rule.throttleBps != 0 && rule.throttleBps < PolicerConfig::kMinRate) {
    reader.refuse("throttleBps", "CONFIG_RANGE", "must be 0, for drop, or at least 8000.");
  }
  return rule;
}

}  // namespace

PgConfig parsePgConfig(const ConfigNode& node, ConfigError& error) {
  ConfigReader reader(node, "", {"inside", "outside", "capacity", "subscribers"}, error);
  PgConfig config{readRouterConfig(reader, error), {}};
  config.capacity =
      static_cast<std::uint32_t>(reader.integer("capacity", 1, PgConfig::kMaxCapacity));
  const ConfigNode& rules = reader.array("subscribers", 1, PgConfig::kMaxRules);
  for (std::size_t i = 0; i < rules.items.size() && error.ok(); ++i) {
    config.rules.push_back(
        readRule(rules.items[i], "subscribers[" + std::to_string(i) + "]", error));
  }
  return config;
}

std::uint64_t PgConfig::digest() const {
  constexpr std::uint64_t kStateFormat = 1;  // counts up when statelets or snapshots change
  Digest digest;
  digest.add(kStateFormat);
  digest.add(inside);
  digest.add(outside);
  for (const auto& gateway : {insideGateway, outsideGateway}) digest.add(gateway.value_or(0));
  digest.add(capacity);
  for (const PgRule& rule : rules) {
    for (const std::uint64_t value :
         {std::uint64_t{rule.net.address}, std::uint64_t{rule.net.length}, std::uint64_t{rule.each},
          rule.up.rateBps, rule.up.burstBytes, rule.down.rateBps, rule.down.burstBytes,
          rule.quotaBytes, rule.throttleBps}) {
      digest.add(value);
    }
  }
  return digest.value();
}

}  // namespace ferry
