#include "rule_set.hpp"

#include <algorithm>
#include <tuple>

#include "flow.hpp"
#include "rule_parser.hpp"
#include "text.hpp"

namespace ferry::ids {
namespace {

/** Rules that set flowbits come before those that ask for them. */
int flowbitOrder(const Rule& rule) {
  bool sets = false;
  bool asks = false;
  for (const FlowbitOp& op : rule.flowbits) {
    const bool ask = op.kind == FlowbitOp::Kind::isSet || op.kind == FlowbitOp::Kind::isNotSet;
    (ask ? asks : sets) = true;
  }
  return sets && !asks ? 0 : sets ? 1 : 2;
}

/** Rules come in their order, so one that is there already is the last. */
void addOnce(std::vector<std::uint16_t>& rules, std::uint16_t rule) {
  if (rules.empty() || rules.back() != rule) rules.push_back(rule);
}

std::uint8_t sidesOf(const Rule& rule) {
  return !rule.flow.toServer ? 3 : *rule.flow.toServer ? 1 : 2;
}

/** Bounded when each part has to follow on the one before, and what is to come lies near. */
std::uint32_t horizonOf(const Rule& rule, const Part& part) {
  std::uint32_t horizon = 0;
  for (const Part& other : rule.parts) {
    if (&other == &rule.parts.front()) continue;
    if (other.isRegex() || !other.relative() || other.distance.value_or(0) < 0) {
      return Stream::kSpan;
    }
    if (&other <= &part) continue;
    if (!other.within) return Stream::kSpan;
    horizon += static_cast<std::uint32_t>(other.distance.value_or(0) + *other.within);
  }
  return rule.parts.front().isRegex() ? Stream::kSpan : std::min(horizon, Stream::kSpan);
}

void addText(Digest& digest, std::string_view text) {
  digest.add(ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace

std::uint64_t RuleSet::flowbit(FlowbitIndex& names, std::string_view name) {
  const auto found = names.find(name);
  if (found != names.end()) return std::uint64_t{1} << found->second;
  if (names.size() == 64) return 0;
  const auto bit = static_cast<unsigned>(names.size());
  names.emplace(name, bit);
  return std::uint64_t{1} << bit;
}

void RuleSet::refuse(std::string_view source, std::uint32_t line, std::string reason) {
  ++refused_;
  if (issues_.size() < kMaxIssues)
    issues_.push_back({std::string(source), line, std::move(reason)});
}

void RuleSet::addRule(std::string_view source, std::uint32_t line, std::string_view text) {
  if (rules_.size() == kMaxRules) return refuse(source, line, "more than 50000 rules");
  Rule rule;
  // A rule that is refused takes no name from those that are not.
  FlowbitIndex known = flowbits_;
  const FlowbitNames names = [&known](std::string_view name) { return flowbit(known, name); };
  if (auto wrong = parseRule(text, variables_, names, rule); !wrong.empty()) {
    return refuse(source, line, std::move(wrong));
  }
  if (patterns_.size() + rule.parts.size() > kMaxPatterns) {
    return refuse(source, line, "more than 65536 contents in all");
  }
  if (!ids_.emplace(rule.gid, rule.sid).second) {
    return refuse(source, line, "sid " + std::to_string(rule.sid) + " is another rule's already");
  }
  for (Part& part : rule.parts) {
    if (!part.isRegex()) part.pattern = patternOf(part);
  }
  flowbits_ = std::move(known);
  addText(digest_, trim(text));
  rules_.push_back(std::move(rule));
}

void RuleSet::add(std::string_view source, std::string_view text) {
  std::uint32_t line = 0;
  std::string joined;
  std::uint32_t joinedAt = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view part = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++line;
    if (joined.empty()) {
      joinedAt = line;
      if (part.empty() || part.starts_with('#')) continue;
    }
    if (part.ends_with('\\') && !text.empty()) {
      joined += part.substr(0, part.size() - 1);
      continue;
    }
    addRule(source, joinedAt, joined.empty() ? part : joined += part);
    joined.clear();
  }
}

std::uint16_t RuleSet::patternOf(const Part& part) {
  const auto [at, added] = patternIndex_.try_emplace(std::pair(part.nocase, part.bytes),
                                                     static_cast<std::uint16_t>(patterns_.size()));
  if (added) patterns_.push_back({part.bytes, part.nocase, 0, 0, {}, {}, {}});
  return at->second;
}

void RuleSet::findPatterns(std::uint16_t index) {
  const Rule& rule = rules_[index];
  const Part* first = nullptr;
  const Part* longest = nullptr;
  const Part* chosen = nullptr;
  for (const Part& part : rule.parts) {
    if (part.isRegex()) continue;
    Pattern& pattern = patterns_[part.pattern];
    pattern.sides = static_cast<std::uint8_t>(pattern.sides | sidesOf(rule));
    pattern.horizon = std::max(pattern.horizon, horizonOf(rule, part));
    if (rule.parts.size() > 1) addOnce(pattern.users, index);
    if (part.negated) continue;
    addOnce(pattern.rules, index);
    if (first == nullptr) first = &part;
    if (longest == nullptr || part.bytes.size() > longest->bytes.size()) longest = &part;
    if (part.fastPattern) chosen = &part;
  }
  if (first == nullptr) {
    (rule.parts.empty() ? packetRules_ : payloadRules_).push_back(index);
    return;
  }
  prefilters_[index] = (chosen != nullptr ? chosen : longest)->pattern;
  if (!rule.hasRegex()) return;
  patterns_[(chosen != nullptr ? chosen : first)->pattern].regexRules.push_back(index);
}

void RuleSet::finish() {
  for (const auto& [name, value] : variables_) {
    addText(digest_, name);
    addText(digest_, value);
  }
  std::stable_sort(rules_.begin(), rules_.end(), [](const Rule& one, const Rule& other) {
    return std::tuple(one.action, flowbitOrder(one), one.priority) <
           std::tuple(other.action, flowbitOrder(other), other.priority);
  });
  prefilters_.assign(rules_.size(), 0);
  for (std::size_t i = 0; i < rules_.size(); ++i) findPatterns(static_cast<std::uint16_t>(i));
}

}  // namespace ferry::ids
