// What one rule says, as the parser leaves it and the engine reads it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../../proto/ipv4.hpp"
#include "address_set.hpp"
#include "regex.hpp"

namespace ferry::ids {

/** In the order in which rules are looked at; reject is taken for drop. */
enum class Action : std::uint8_t { pass, drop, alert };

enum class RuleProtocol : std::uint8_t {
  any = 0,
  icmp = ip_protocol::kIcmp,
  tcp = ip_protocol::kTcp,
  udp = ip_protocol::kUdp,
};

/** One `content` or `pcre`, with its modifiers. Positions count from the payload's first byte. */
struct Part {
  static constexpr std::size_t kMaxContent = 128;
  static constexpr std::int32_t kMaxOffset = 65535;

  std::string bytes;  // of a content; of a nocase one in lower case
  std::unique_ptr<Regex> regex;
  bool negated = false;
  bool nocase = false;
  bool fastPattern = false;
  bool startsWith = false;
  bool endsWith = false;
  // Of a content: offset and depth count from the payload's start, distance and within from the
  // end of the part before it.
  std::optional<std::int32_t> offset;
  std::optional<std::int32_t> depth;
  std::optional<std::int32_t> distance;
  std::optional<std::int32_t> within;
  bool relativeRegex = false;  // pcre with R

  std::uint16_t pattern = 0;  // place in RuleSet::patterns()

  bool isRegex() const { return regex != nullptr; }
  bool relative() const { return distance || within || relativeRegex; }
};

/** low < value < high for a range; low <= value <= high otherwise; or not so. */
struct NumberTest {
  std::uint32_t low = 0;
  std::uint32_t high = ~0u;
  bool negated = false;

  bool holds(std::uint32_t value) const { return (value >= low && value <= high) != negated; }
};

/** The `flags` keyword: of the bits that are not ignored. */
struct TcpFlagsTest {
  enum class Mode : std::uint8_t { exactly, all, any, none };
  Mode mode = Mode::exactly;
  std::uint8_t bits = 0;
  std::uint8_t ignored = 0;

  bool holds(std::uint8_t flags) const {
    flags = static_cast<std::uint8_t>(flags & ~ignored);
    switch (mode) {
      case Mode::exactly:
        return flags == bits;
      case Mode::all:
        return (flags & bits) == bits;
      case Mode::any:
        return (flags & bits) != 0;
      case Mode::none:
        return (flags & bits) == 0;
    }
    return false;
  }
};

struct FlowTest {
  std::optional<bool> toServer;
  std::optional<bool> established;
};

struct FlowbitOp {
  enum class Kind : std::uint8_t { set, unset, toggle, isSet, isNotSet };
  Kind kind;
  std::uint64_t bits;  // isSet and isNotSet take a|b: one of them is enough
};

/** threshold and detection_filter (which alerts on what comes after `count` within `seconds`). */
struct RateTest {
  enum class Kind : std::uint8_t { limit, threshold, both, detectionFilter };
  enum class Track : std::uint8_t { bySource, byDestination, byRule };
  Kind kind = Kind::limit;
  Track track = Track::bySource;
  std::uint32_t count = 1;
  std::uint32_t seconds = 1;
};

struct Rule {
  // The header.
  Action action = Action::alert;
  RuleProtocol protocol = RuleProtocol::any;
  bool bothWays = false;
  NumberSet sources;
  NumberSet sourcePorts;
  NumberSet destinations;
  NumberSet destinationPorts;

  // What an alert says.
  std::uint32_t gid = 1;
  std::uint32_t sid = 0;
  std::uint32_t rev = 0;
  std::uint8_t priority = 3;
  bool ownPriority = false;  // `priority` counts before `classtype`
  std::string message;
  std::string classType;
  bool noAlert = false;

  // What must hold.
  FlowTest flow;
  std::vector<FlowbitOp> flowbits;
  std::vector<Part> parts;
  std::optional<NumberTest> dataSize;
  std::optional<NumberTest> ttl;
  std::optional<NumberTest> icmpType;
  std::optional<NumberTest> icmpCode;
  std::optional<TcpFlagsTest> tcpFlags;
  std::optional<RateTest> threshold;
  std::optional<RateTest> detectionFilter;

  bool hasRegex() const {
    for (const Part& part : parts) {
      if (part.isRegex()) return true;
    }
    return false;
  }
  bool hasPositiveContent() const {
    for (const Part& part : parts) {
      if (!part.isRegex() && !part.negated) return true;
    }
    return false;
  }
};

}  // namespace ferry::ids
