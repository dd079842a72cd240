// One line of Suricata's or Snort's rule language to a Rule.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "rule.hpp"

namespace ferry::ids {

/** The bit of a flowbit's name; 0 when there is no bit left for a new name. */
using FlowbitNames = std::function<std::uint64_t(std::string_view name)>;

inline constexpr std::size_t kMaxRuleText = 8192;
inline constexpr std::size_t kMaxParts = 32;

/**
 * Reads `text`, a rule without line breaks. The answer is empty, or says why the rule is refused;
 * `rule` then is not to be used. Every keyword that is not understood refuses the rule: a condition
 * left out would make it match what it should not.
 */
std::string parseRule(std::string_view text, const Variables& variables,
                      const FlowbitNames& flowbits, Rule& rule);

/** Reads `abc|0d 0a|\;` into bytes. The answer is empty, or says what is wrong. */
std::string parseContent(std::string_view text, std::string& bytes);

}  // namespace ferry::ids
