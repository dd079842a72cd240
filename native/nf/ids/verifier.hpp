// Whether the contents of a rule lie to each other as it says.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "rule.hpp"

namespace ferry::ids {

/** Where a content was found; positions as in Part, below 0 where it began in an earlier turn. */
struct Occurrence {
  std::uint16_t pattern = 0;
  bool fresh = false;  // in the bytes that have just come
  std::int32_t start = 0;
  std::int32_t end = 0;

  friend bool operator<(const Occurrence& one, const Occurrence& other) {
    return one.pattern != other.pattern ? one.pattern < other.pattern : one.end < other.end;
  }
};

/** A payload, or the part of a stream that can be looked at. */
struct PayloadView {
  std::span<const Occurrence> occurrences;  // in order
  ByteView bytes;                           // what a pcre sees; its last byte is the last that came
  std::int32_t bytesAt = 0;                 // position of bytes[0]
  std::int32_t begin = 0;                   // position of the first byte that has just come
  std::int32_t end = 0;                     // after the last
};

class Verifier {
 public:
  static constexpr int kMaxSteps = 4'000;
  static constexpr int kMaxRegexRuns = 32;
  /** Before all that there is. */
  static constexpr std::int32_t kAnywhere = std::numeric_limits<std::int32_t>::min();

  enum class Outcome : std::uint8_t { holds, fails, tooCostly };

  /**
   * Whether contents can be chosen so that all conditions hold, at least one of them new, and none
   * that begins before `after` (where this rule was reported already).
   */
  static Outcome verify(const Rule& rule, const PayloadView& payload, std::int32_t after);

 private:
  Verifier(const Rule& rule, const PayloadView& payload, std::int32_t after)
      : parts_(rule.parts), payload_(payload), after_(after) {}

  bool from(std::size_t index, std::int32_t previous, bool fresh);
  bool content(std::size_t index, std::int32_t previous, bool fresh);
  bool regex(std::size_t index, std::int32_t previous, bool fresh);

  std::span<const Part> parts_;
  const PayloadView& payload_;
  std::int32_t after_;
  int steps_ = 0;
  int regexRuns_ = 0;
  bool tooCostly_ = false;
};

}  // namespace ferry::ids
