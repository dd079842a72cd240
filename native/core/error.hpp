// An error that can cross every boundary: a code for programs, a field and a sentence for people.
#pragma once

#include <string>

namespace ferry {

/** `code` is UPPER_SNAKE and stable; `field` names the option at fault (may be empty). */
struct Error {
  std::string code;
  std::string field;
  std::string message;
};

}  // namespace ferry
