// Applies the rules to packets and streams.
#pragma once

#include <cstdint>
#include <vector>

#include "alert_sequence.hpp"
#include "alerts.hpp"
#include "ids_counters.hpp"
#include "rule_match.hpp"
#include "rule_set.hpp"
#include "scanner.hpp"
#include "segments.hpp"
#include "trackers.hpp"
#include "verifier.hpp"

namespace ferry::ids {

/** The rules' word on one packet, over all of its payload. */
struct Judgement {
  bool passed = false;  // by a pass rule: no other rule is asked
  bool dropped = false;
  bool headerSeen = false;  // rules about the header were asked
};

class Inspector {
 public:
  /** What the rules keep and tell, and where they count. */
  struct Parts {
    Scanner& scanner;
    Segments& segments;
    Trackers& trackers;
    AlertSequence& sequence;
    Alerts& alerts;
    Counters& counters;
  };

  Inspector(const RuleSet& rules, const Parts& parts);

  /** A packet whose payload stands for itself, or that brings no new bytes to its stream. */
  void inspectDatagram(const PacketFacts& facts, ByteView payload, std::uint64_t& flowbits,
                       Judgement& judgement);
  /** The next bytes of a stream, which it then has read. */
  void inspectStream(const PacketFacts& facts, ByteView bytes, Flow& flow, unsigned side,
                     Judgement& judgement);

 private:
  static constexpr std::size_t kMaxPayload = 65'536;

  /** What the rules look at, and a stream's memory where there is one. */
  struct Context {
    const PacketFacts& facts;
    std::uint64_t& flowbits;
    Stream* stream = nullptr;
    PayloadView view{};
  };

  void begin();
  void takeRemembered(const Stream& stream);
  void takeHits(ByteView tail, ByteView bytes, std::int32_t position);
  void chooseCandidates(const Judgement& judgement, bool payload);
  void addRegexRules(const Stream& stream);
  void addCandidate(std::uint16_t rule);
  bool asksForBytes() const;
  void judge(Context& context, Judgement& judgement);
  bool partsMatch(std::uint16_t index, const Rule& rule, Context& context);
  void apply(std::uint16_t index, const Rule& rule, Context& context, Judgement& judgement);
  bool rateAllows(std::uint16_t index, const RateTest& test, const PacketFacts& facts);
  void remember(const PacketFacts& facts, Stream& stream, std::size_t length);
  void keepWindow(const PacketFacts& facts, const Flow& flow, unsigned side, ByteView bytes,
                  std::uint32_t window);

  const RuleSet& rules_;
  const Parts with_;

  // Work space, made once. Entries of the `seen` arrays hold when they equal epoch_.
  std::vector<Scanner::Hit> hits_;
  std::vector<Occurrence> occurrences_;
  std::vector<std::uint16_t> candidates_;
  std::vector<std::uint32_t> patternSeen_;
  std::vector<std::uint32_t> ruleSeen_;
  std::vector<std::uint8_t> joined_;
  std::uint32_t epoch_ = 0;
};

}  // namespace ferry::ids
