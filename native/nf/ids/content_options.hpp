// The options of a rule that look at the payload: content, pcre and their modifiers.
#pragma once

#include <string>
#include <string_view>

#include "rule.hpp"

namespace ferry::ids {

/** False when `name` is none of them. Otherwise `wrong` is empty or says what is wrong. */
bool parseContentOption(std::string_view name, std::string_view value, Rule& rule,
                        std::string& wrong);

/** Whether the modifiers of each part fit each other. */
std::string checkContents(Rule& rule);

}  // namespace ferry::ids
