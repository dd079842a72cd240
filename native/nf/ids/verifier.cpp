#include "verifier.hpp"

#include <algorithm>

namespace ferry::ids {
namespace {

struct Bounds {
  std::int32_t start;
  std::int32_t end;
};

Bounds boundsOf(const Part& part, std::int32_t previous, const PayloadView& payload) {
  Bounds bounds{Verifier::kAnywhere, payload.end};
  if (part.relative()) {
    bounds.start = previous + part.distance.value_or(0);
    // `within` counts from where the search begins: after the distance.
    if (part.within) {
      bounds.end = std::min(bounds.end, previous + part.distance.value_or(0) + *part.within);
    }
  } else {
    if (part.offset || part.depth) bounds.start = part.offset.value_or(0);
    if (part.depth) bounds.end = std::min(bounds.end, bounds.start + *part.depth);
  }
  return bounds;
}

}  // namespace

Verifier::Outcome Verifier::verify(const Rule& rule, const PayloadView& payload,
                                   std::int32_t after) {
  Verifier verifier(rule, payload, after);
  // With negated contents alone there is nothing to be new but the payload itself.
  const bool holds = verifier.from(0, 0, !rule.hasPositiveContent());
  if (holds) return Outcome::holds;
  return verifier.tooCostly_ ? Outcome::tooCostly : Outcome::fails;
}

bool Verifier::from(std::size_t index, std::int32_t previous, bool fresh) {
  if (index == parts_.size()) return fresh;
  if (tooCostly_ || ++steps_ > kMaxSteps) {
    tooCostly_ = true;
    return false;
  }
  return parts_[index].isRegex() ? regex(index, previous, fresh) : content(index, previous, fresh);
}

bool Verifier::content(std::size_t index, std::int32_t previous, bool fresh) {
  const Part& part = parts_[index];
  const Bounds bounds = boundsOf(part, previous, payload_);
  const auto all = payload_.occurrences;
  auto at = std::lower_bound(
      all.begin(), all.end(), part.pattern,
      [](const Occurrence& each, std::uint16_t pattern) { return each.pattern < pattern; });
  for (; at != all.end() && at->pattern == part.pattern; ++at) {
    if (at->start < bounds.start || at->end > bounds.end) continue;
    if (part.endsWith && at->end != payload_.end) continue;
    if (part.negated) return false;
    if (at->start < after_) continue;
    if (from(index + 1, at->end, fresh || at->fresh)) return true;
    if (tooCostly_) return false;
  }
  return part.negated && from(index + 1, previous, fresh);
}

bool Verifier::regex(std::size_t index, std::int32_t previous, bool fresh) {
  const Part& part = parts_[index];
  std::int32_t start = std::max(payload_.bytesAt, part.relativeRegex ? previous : 0);
  if (!part.negated) start = std::max(start, std::min(after_, payload_.end));
  if (++regexRuns_ > kMaxRegexRuns || start > payload_.end) {
    tooCostly_ = tooCostly_ || regexRuns_ > kMaxRegexRuns;
    return false;
  }
  // To a relative pcre the bytes begin where the part before it ends: so ^ is that place.
  const auto skipped = static_cast<std::size_t>(start - payload_.bytesAt);
  const std::size_t before = part.relativeRegex ? skipped : 0;
  const bool whole = part.relativeRegex || payload_.bytesAt == 0;
  Regex::Match match{};
  switch (part.regex->find(payload_.bytes.subspan(before), skipped - before, whole, match)) {
    case Regex::Outcome::tooCostly:
      tooCostly_ = true;
      return false;
    case Regex::Outcome::notFound:
      return part.negated && from(index + 1, previous, fresh);
    case Regex::Outcome::found:
      break;
  }
  if (part.negated) return false;
  const std::int32_t end = payload_.bytesAt + static_cast<std::int32_t>(before + match.end);
  return from(index + 1, end, fresh || end > payload_.begin);
}

}  // namespace ferry::ids
