// Sets of addresses and ports as rules write them: lists, ranges, negation, variables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::ids {

/** $NAME in a rule is replaced by its text. */
using Variables = std::map<std::string, std::string, std::less<>>;

/** Numbers as inclusive ranges: what is allowed, less what is excluded. Empty `allowed`: all. */
class NumberSet {
 public:
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };

  bool contains(std::uint32_t number) const {
    return (allowed_.empty() || within(allowed_, number)) && !within(excluded_, number);
  }
  void add(Range range, bool excluded) { (excluded ? excluded_ : allowed_).push_back(range); }
  std::size_t size() const { return allowed_.size() + excluded_.size(); }

 private:
  static bool within(const std::vector<Range>& ranges, std::uint32_t number) {
    for (const Range& range : ranges) {
      if (number >= range.first && number <= range.last) return true;
    }
    return false;
  }

  std::vector<Range> allowed_;
  std::vector<Range> excluded_;
};

inline constexpr std::size_t kMaxSetSize = 1024;

/**
 * Reads `any`, 10.0.0.0/8, 10.0.0.1-10.0.0.9, [a,b,!c], $NAME and !x into `set`. The answer is
 * empty, or says what is wrong.
 */
std::string parseAddresses(std::string_view text, const Variables& variables, NumberSet& set);
/** Reads `any`, 80, 1024:, :1023, 80:90, lists, variables and negation as above. */
std::string parsePorts(std::string_view text, const Variables& variables, NumberSet& set);

}  // namespace ferry::ids
