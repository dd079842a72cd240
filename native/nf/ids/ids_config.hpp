// What an IDS is told when it is made.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../../core/config.hpp"
#include "../router.hpp"
#include "rule_set.hpp"

namespace ferry::ids {

struct IdsConfig : RouterConfig {
  static constexpr std::uint32_t kMaxCapacity = 1'048'576;
  static constexpr std::size_t kMaxRuleFiles = 32;
  static constexpr std::size_t kMaxInlineRules = 1'000;
  static constexpr std::size_t kMaxVariables = 64;
  static constexpr std::size_t kMaxRuleFileBytes = 64u << 20;

  std::uint32_t capacity = 0;       // flows
  std::uint32_t segments = 4'096;   // out of order or kept for a pcre, of all flows together
  std::uint32_t trackers = 16'384;  // of threshold and detection_filter
  // Idle times after which a flow is forgotten.
  TimeMs tcpTimeout = 3'600'000;
  TimeMs closedTimeout = 10'000;  // of a TCP connection that was closed or reset
  TimeMs otherTimeout = 60'000;
  std::string alertFile;  // empty: alerts are counted, not written
  std::uint64_t maxAlertFileBytes = 1u << 30;
  std::shared_ptr<const RuleSet> rules;

  std::uint64_t digest() const;
};

/**
 * Reads { inside, outside, capacity, segments?, trackers?, timeoutsMs?: {tcp,
 * closed, other}, rules?: [text], ruleFiles?: [path], variables?: {NAME: text}, alerts?: {file,
 * maxBytes?} }, and the rule files. Sets `error` when something is wrong; a rule that is refused is
 * not an error, but one of rules->issues().
 */
IdsConfig parseIdsConfig(const ConfigNode& node, ConfigError& error);

}  // namespace ferry::ids
