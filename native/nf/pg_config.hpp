// What a packet gateway is told when it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../core/config.hpp"
#include "policer.hpp"
#include "router.hpp"
#include "subnet.hpp"

namespace ferry {

/** Subscribers of one network, all of one plan. */
struct PgRule {
  Subnet net;
  std::uint8_t each = 32;  // prefix length of one subscriber: 32 for every address its own
  PolicerConfig up;
  PolicerConfig down;
  std::uint64_t quotaBytes = 0;   // of both directions; 0: none
  std::uint64_t throttleBps = 0;  // beyond the quota, each direction; 0: what is beyond is dropped

  std::uint32_t subscriber(std::uint32_t address) const { return address & prefixMask(each); }
};

struct PgConfig : RouterConfig {
  static constexpr std::size_t kMaxRules = 256;
  static constexpr std::uint32_t kMaxCapacity = 4'194'304;

  std::vector<PgRule> rules;   // the first that contains an address counts
  std::uint32_t capacity = 0;  // subscribers that have sent or received something

  /** A number that two configurations share when (but for chance) they are the same. */
  std::uint64_t digest() const;
};

/**
 * Reads { inside: {mac, address, gateway?}, outside: {mac, address, gateway?}, capacity,
 * subscribers: [{net, each?, up: {rateBps, burstBytes}, down: {rateBps, burstBytes}, quotaBytes?,
 * throttleBps?}] }. Sets `error` when something is wrong.
 */
PgConfig parsePgConfig(const ConfigNode& node, ConfigError& error);

}  // namespace ferry
