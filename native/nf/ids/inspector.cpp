#include "inspector.hpp"

#include <algorithm>

namespace ferry::ids {
namespace {

void keepLast(Segment& window, ByteView bytes) {
  const std::size_t fromNew = std::min(bytes.size(), Segment::kMaxLength);
  const std::size_t fromOld = std::min<std::size_t>(window.length, Segment::kMaxLength - fromNew);
  const std::size_t gone = window.length - fromOld + (bytes.size() - fromNew);
  std::copy_n(window.bytes.data() + (window.length - fromOld), fromOld, window.bytes.data());
  std::copy_n(bytes.data() + (bytes.size() - fromNew), fromNew, window.bytes.data() + fromOld);
  window.length = static_cast<std::uint16_t>(fromOld + fromNew);
  window.begin += static_cast<std::uint32_t>(gone);
}

}  // namespace

Inspector::Inspector(const RuleSet& rules, const Parts& parts)
    : rules_(rules),
      with_(parts),
      patternSeen_(rules.patterns().size()),
      ruleSeen_(rules.rules().size()),
      joined_(Segment::kMaxLength + kMaxPayload) {
  hits_.reserve(Scanner::kMaxHits);
  occurrences_.reserve(Scanner::kMaxHits + Stream::kMaxMatches);
  candidates_.reserve(rules.rules().size());
}

void Inspector::begin() {
  ++epoch_;
  hits_.clear();
  occurrences_.clear();
  candidates_.clear();
}

void Inspector::takeRemembered(const Stream& stream) {
  for (std::size_t i = 0; i < stream.matchCount; ++i) {
    const Stream::Match& match = stream.matches[i];
    if (match.pattern >= rules_.patterns().size()) continue;  // as a statelet may have said
    const auto end = static_cast<std::int32_t>(stream.turnBytes - (stream.next - match.end));
    const auto length = static_cast<std::int32_t>(rules_.patterns()[match.pattern].bytes.size());
    occurrences_.push_back({match.pattern, false, end - length, end});
    patternSeen_[match.pattern] = epoch_;
  }
}

void Inspector::takeHits(ByteView tail, ByteView bytes, std::int32_t position) {
  with_.counters.add(Count::payloadBytes, bytes.size());
  with_.counters.add(Count::hitsLeftOut, with_.scanner.scan(tail, bytes, hits_));
  for (const Scanner::Hit& hit : hits_) {
    const auto length = static_cast<std::int32_t>(rules_.patterns()[hit.pattern].bytes.size());
    const std::int32_t end = position + hit.end;
    occurrences_.push_back({hit.pattern, true, end - length, end});
    patternSeen_[hit.pattern] = epoch_;
  }
  std::sort(occurrences_.begin(), occurrences_.end());
}

void Inspector::addCandidate(std::uint16_t rule) {
  if (ruleSeen_[rule] == epoch_) return;
  ruleSeen_[rule] = epoch_;
  candidates_.push_back(rule);
}

void Inspector::chooseCandidates(const Judgement& judgement, bool payload) {
  if (!judgement.headerSeen) {
    for (const std::uint16_t rule : rules_.packetRules()) addCandidate(rule);
  }
  if (!payload) return;
  for (const std::uint16_t rule : rules_.payloadRules()) addCandidate(rule);
  std::uint32_t last = ~0u;
  for (const Scanner::Hit& hit : hits_) {
    if (hit.pattern == last) continue;
    last = hit.pattern;
    for (const std::uint16_t rule : rules_.patterns()[hit.pattern].rules) {
      if (patternSeen_[rules_.prefilter(rule)] == epoch_) addCandidate(rule);
    }
  }
}

/** A pcre may match in the bytes that have come after all contents were found. */
void Inspector::addRegexRules(const Stream& stream) {
  for (std::size_t i = 0; i < stream.matchCount; ++i) {
    if (stream.matches[i].pattern >= rules_.patterns().size()) continue;
    for (const std::uint16_t rule : rules_.patterns()[stream.matches[i].pattern].regexRules) {
      addCandidate(rule);
    }
  }
}

bool Inspector::asksForBytes() const {
  return std::any_of(candidates_.begin(), candidates_.end(),
                     [&](std::uint16_t rule) { return rules_.rules()[rule].hasRegex(); });
}

bool Inspector::partsMatch(std::uint16_t index, const Rule& rule, Context& context) {
  if (rule.parts.empty()) return true;
  std::int32_t after = Verifier::kAnywhere;
  if (context.stream != nullptr) {
    const Stream& stream = *context.stream;
    for (std::size_t i = 0; i < stream.reportedCount; ++i) {
      if (stream.reported[i].rule != index) continue;
      after = static_cast<std::int32_t>(stream.turnBytes - (stream.next - stream.reported[i].end));
    }
  }
  const Verifier::Outcome outcome = Verifier::verify(rule, context.view, after);
  if (outcome == Verifier::Outcome::tooCostly) with_.counters.add(Count::verifyTooCostly);
  return outcome == Verifier::Outcome::holds;
}

bool Inspector::rateAllows(std::uint16_t index, const RateTest& test, const PacketFacts& facts) {
  const std::uint32_t address = test.track == RateTest::Track::bySource ? facts.key.source
                                : test.track == RateTest::Track::byDestination
                                    ? facts.key.destination
                                    : 0;
  bool full = false;
  const bool allows = with_.trackers.count(index, test, address, facts.now, full);
  if (full) with_.counters.add(Count::trackersFull);
  return allows;
}

void Inspector::apply(std::uint16_t index, const Rule& rule, Context& context,
                      Judgement& judgement) {
  const PacketFacts& facts = context.facts;
  if (context.stream != nullptr && rule.parts.size() > 1) {
    const auto ahead = static_cast<std::uint32_t>(context.view.end - context.view.begin);
    context.stream->report(index, context.stream->next + ahead);
  }
  if (rule.detectionFilter && !rateAllows(index, *rule.detectionFilter, facts)) return;
  context.flowbits = flowbitsAfter(rule, context.flowbits);
  if (rule.action == Action::pass) {
    judgement.passed = true;
    return;
  }
  if (rule.action == Action::drop) judgement.dropped = true;
  if (rule.noAlert) return;
  if (rule.threshold && !rateAllows(index, *rule.threshold, facts)) {
    with_.counters.add(Count::alertsSuppressed);
    return;
  }
  with_.counters.add(Count::alerts);
  with_.alerts.raise({facts.now, facts.flowId, with_.sequence.take(), facts.key, index,
                      rule.action == Action::drop, facts.toServer, facts.icmpType, facts.icmpCode});
}

void Inspector::judge(Context& context, Judgement& judgement) {
  judgement.headerSeen = true;
  std::sort(candidates_.begin(), candidates_.end());
  for (const std::uint16_t index : candidates_) {
    const Rule& rule = rules_.rules()[index];
    if (!headerMatches(rule, context.facts) || !packetMatches(rule, context.facts) ||
        !flowbitsMatch(rule, context.flowbits) || !partsMatch(index, rule, context)) {
      continue;
    }
    apply(index, rule, context, judgement);
    if (judgement.passed) return;
  }
}

void Inspector::inspectDatagram(const PacketFacts& facts, ByteView payload, std::uint64_t& flowbits,
                                Judgement& judgement) {
  begin();
  takeHits({}, payload, 0);
  chooseCandidates(judgement, !payload.empty());
  const auto length = static_cast<std::int32_t>(payload.size());
  Context context{facts, flowbits, nullptr, {occurrences_, payload, 0, 0, length}};
  judge(context, judgement);
}

void Inspector::inspectStream(const PacketFacts& facts, ByteView bytes, Flow& flow, unsigned side,
                              Judgement& judgement) {
  Stream& stream = flow.streams[side];
  std::uint32_t window = with_.segments.window(flow.key, side);
  if (const auto turn = side == 0 ? Flow::Turn::client : Flow::Turn::server;
      flow.life.turn != turn) {
    flow.life.turn = turn;
    stream.beginTurn();
    if (window != Segments::kNone) with_.segments.release(window);
    window = Segments::kNone;
  }
  const auto position = static_cast<std::int32_t>(stream.turnBytes);
  begin();
  if (!judgement.passed) {
    takeRemembered(stream);
    takeHits(stream.tail.view(), bytes, position);
    chooseCandidates(judgement, true);
    if (window != Segments::kNone) addRegexRules(stream);
    ByteView seen = bytes;
    if (asksForBytes()) {
      // A pcre reads no more than this turn.
      const ByteView kept =
          window != Segments::kNone ? with_.segments.at(window).view() : stream.tail.view();
      const ByteView before = kept.last(std::min<std::size_t>(kept.size(), stream.turnBytes));
      std::copy(before.begin(), before.end(), joined_.begin());
      std::copy(bytes.begin(), bytes.end(), joined_.begin() + std::ssize(before));
      seen = ByteView(joined_).first(before.size() + bytes.size());
    }
    const auto end = position + static_cast<std::int32_t>(bytes.size());
    Context context{
        facts,
        flow.life.flowbits,
        &stream,
        {occurrences_, seen, end - static_cast<std::int32_t>(seen.size()), position, end}};
    judge(context, judgement);
    if (!hits_.empty()) remember(facts, stream, bytes.size());
  }
  keepWindow(facts, flow, side, bytes, window);
  with_.scanner.advance(stream.tail, bytes, side);
  stream.advance(static_cast<std::uint32_t>(bytes.size()));
}

/** Notes where contents were found that some rule may need together with what is to come. */
void Inspector::remember(const PacketFacts& facts, Stream& stream, std::size_t length) {
  std::sort(hits_.begin(), hits_.end(), [](const Scanner::Hit& one, const Scanner::Hit& other) {
    return one.end != other.end ? one.end < other.end : one.pattern < other.pattern;
  });
  for (const Scanner::Hit& hit : hits_) {
    const Pattern& pattern = rules_.patterns()[hit.pattern];
    const auto concerns = [&](std::uint16_t rule) {
      return headerMatches(rules_.rules()[rule], facts);
    };
    if (length - static_cast<std::size_t>(hit.end) >= pattern.horizon ||
        std::none_of(pattern.users.begin(), pattern.users.end(), concerns)) {
      continue;
    }
    if (!stream.remember(hit.pattern, stream.next + static_cast<std::uint32_t>(hit.end))) {
      with_.counters.add(Count::matchesForgotten);
    }
  }
}

/** Keeps the bytes from a pcre's content on, for as many as a window holds. */
void Inspector::keepWindow(const PacketFacts& facts, const Flow& flow, unsigned side,
                           ByteView bytes, std::uint32_t window) {
  const Stream& stream = flow.streams[side];
  const std::uint32_t end = stream.next + static_cast<std::uint32_t>(bytes.size());
  bool begins = false;
  std::int32_t first = 0;
  std::uint32_t until = window != Segments::kNone ? with_.segments.at(window).until : 0;
  for (const Scanner::Hit& hit : hits_) {
    const Pattern& pattern = rules_.patterns()[hit.pattern];
    if (std::none_of(pattern.regexRules.begin(), pattern.regexRules.end(),
                     [&](auto rule) { return headerMatches(rules_.rules()[rule], facts); })) {
      continue;
    }
    const std::int32_t start = hit.end - static_cast<std::int32_t>(pattern.bytes.size());
    if (!begins || start < first) first = start;
    const std::uint32_t wanted = stream.next + static_cast<std::uint32_t>(start) +
                                 static_cast<std::uint32_t>(Segment::kMaxLength);
    if ((!begins && window == Segments::kNone) || static_cast<std::int32_t>(wanted - until) > 0) {
      until = wanted;
    }
    begins = true;
  }
  if (window == Segments::kNone && !begins) return;
  if (static_cast<std::int32_t>(until - end) <= 0) {
    if (window != Segments::kNone) with_.segments.release(window);
    return;
  }
  if (window == Segments::kNone) {
    const ByteView tail = stream.tail.view();
    const std::size_t fromTail =
        first < 0 ? std::min(static_cast<std::uint32_t>(-first), stream.turnBytes) : 0;
    const ByteView before = tail.last(std::min(fromTail, tail.size()));
    window = with_.segments.add(flow.key, side, Segment::Kind::window,
                                stream.next - static_cast<std::uint32_t>(before.size()), before);
    if (window == Segments::kNone) {
      with_.counters.add(Count::windowsRefused);
      return;
    }
    if (first > 0) {
      with_.segments.touch(window).begin += static_cast<std::uint32_t>(first);
      bytes = bytes.subspan(static_cast<std::size_t>(first));
    }
  }
  Segment& kept = with_.segments.touch(window);
  keepLast(kept, bytes);
  kept.until = until;
}

}  // namespace ferry::ids
