// All rules of an instance, in the order in which they are looked at, and the contents they share.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../digest.hpp"
#include "rule.hpp"

namespace ferry::ids {

/** A rule that was not taken, and why. */
struct RuleIssue {
  std::string source;  // the file, or "rules"
  std::uint32_t line = 0;
  std::string reason;
};

/** A content that one or more rules look for. */
struct Pattern {
  std::string bytes;
  bool nocase = false;
  /** Directions in which some rule looks for it: 1 to the server, 2 to the client. */
  std::uint8_t sides = 0;
  /** How many bytes after its end a rule may still ask where it was. */
  std::uint32_t horizon = 0;
  std::vector<std::uint16_t> rules;  // that need it, in their order
  /** Rules with other parts beside it: for them it is remembered where it was found. */
  std::vector<std::uint16_t> users;
  /** Rules with a pcre, which is given the bytes from here on. */
  std::vector<std::uint16_t> regexRules;
};

class RuleSet {
 public:
  static constexpr std::size_t kMaxRules = 50'000;
  static constexpr std::size_t kMaxPatterns = 65'536;  // their numbers have 16 bits
  static constexpr std::size_t kMaxIssues = 1'000;

  explicit RuleSet(Variables variables) : variables_(std::move(variables)) {}

  /** Adds the rules of a text; a line that ends in \ goes on. `source` names it in issues. */
  void add(std::string_view source, std::string_view text);
  /** Adds one rule, of this line. */
  void addRule(std::string_view source, std::uint32_t line, std::string_view text);
  /** Puts the rules in order and finds their contents. Nothing can be added after it. */
  void finish();

  const std::vector<Rule>& rules() const { return rules_; }
  const std::vector<Pattern>& patterns() const { return patterns_; }
  /** Rules without parts: about each packet. Those with negated contents alone: each payload. */
  const std::vector<std::uint16_t>& packetRules() const { return packetRules_; }
  const std::vector<std::uint16_t>& payloadRules() const { return payloadRules_; }
  /** The content without which a rule need not be looked at. */
  std::uint16_t prefilter(std::uint16_t rule) const { return prefilters_[rule]; }
  const std::vector<RuleIssue>& issues() const { return issues_; }
  std::uint64_t refused() const { return refused_; }
  /** Equal for equal rules and variables, whatever files they came from. */
  std::uint64_t digest() const { return digest_.value(); }

 private:
  using FlowbitIndex = std::map<std::string, unsigned, std::less<>>;

  static std::uint64_t flowbit(FlowbitIndex& names, std::string_view name);
  void refuse(std::string_view source, std::uint32_t line, std::string reason);
  void findPatterns(std::uint16_t index);
  std::uint16_t patternOf(const Part& part);

  Variables variables_;
  std::vector<Rule> rules_;
  std::vector<Pattern> patterns_;
  std::map<std::pair<bool, std::string>, std::uint16_t> patternIndex_;
  std::vector<std::uint16_t> prefilters_;
  std::vector<std::uint16_t> packetRules_;
  std::vector<std::uint16_t> payloadRules_;
  FlowbitIndex flowbits_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> ids_;
  std::vector<RuleIssue> issues_;
  std::uint64_t refused_ = 0;
  Digest digest_;
};

}  // namespace ferry::ids
