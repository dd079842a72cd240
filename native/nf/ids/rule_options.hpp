// The options of a rule: one line of a table for each keyword.
#pragma once

#include <string>
#include <string_view>

#include "rule_parser.hpp"

namespace ferry::ids {

/** Reads `keyword` or `keyword:value`. The answer is empty, or says what is wrong. */
std::string parseOption(std::string_view option, const FlowbitNames& flowbits, Rule& rule);

/** What can be said only when all options are known. */
std::string checkRule(Rule& rule);

}  // namespace ferry::ids
