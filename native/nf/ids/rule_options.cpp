#include "rule_options.hpp"

#include <array>

#include "classification.hpp"
#include "content_options.hpp"
#include "text.hpp"

namespace ferry::ids {
namespace {

using Value = std::string_view;

std::string badValue() { return "a value that it does not take"; }

std::string unquote(Value value, std::string& text) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return "a text in quotes";
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    text += value[i];
  }
  return {};
}

template <auto Member>
std::string number(Value value, const FlowbitNames&, Rule& rule) {
  const auto read = parseNumber<std::uint32_t>(value, 0, ~0u);
  if (!read) return badValue();
  rule.*Member = *read;
  return {};
}

std::string message(Value value, const FlowbitNames&, Rule& rule) {
  rule.message.clear();
  return unquote(value, rule.message);
}

std::string classType(Value value, const FlowbitNames&, Rule& rule) {
  if (value.empty() || value.size() > 64) return badValue();
  rule.classType = value;
  if (!rule.ownPriority) rule.priority = severityOf(value);
  return {};
}

std::string priority(Value value, const FlowbitNames&, Rule& rule) {
  const auto read = parseNumber<std::uint32_t>(value, 1, 255);
  if (!read) return badValue();
  rule.priority = static_cast<std::uint8_t>(*read);
  rule.ownPriority = true;
  return {};
}

std::string nothing(Value, const FlowbitNames&, Rule&) { return {}; }

std::string noAlert(Value, const FlowbitNames&, Rule& rule) {
  rule.noAlert = true;
  return {};
}

std::string flow(Value value, const FlowbitNames&, Rule& rule) {
  while (!value.empty()) {
    const Value word = takeUntil(value, ',');
    if (word == "to_server" || word == "from_client") {
      rule.flow.toServer = true;
    } else if (word == "to_client" || word == "from_server") {
      rule.flow.toServer = false;
    } else if (word == "established" || word == "not_established") {
      rule.flow.established = word == "established";
    } else if (word != "stateless") {
      return "'" + std::string(word) + "'";
    }
  }
  return {};
}

std::string flowbits(Value value, const FlowbitNames& names, Rule& rule) {
  const Value word = takeUntil(value, ',');
  if (word == "noalert" && value.empty()) return noAlert({}, names, rule);
  FlowbitOp op{};
  if (word == "set") {
    op.kind = FlowbitOp::Kind::set;
  } else if (word == "unset") {
    op.kind = FlowbitOp::Kind::unset;
  } else if (word == "toggle") {
    op.kind = FlowbitOp::Kind::toggle;
  } else if (word == "isset") {
    op.kind = FlowbitOp::Kind::isSet;
  } else if (word == "isnotset") {
    op.kind = FlowbitOp::Kind::isNotSet;
  } else {
    return badValue();
  }
  const bool reads = op.kind == FlowbitOp::Kind::isSet || op.kind == FlowbitOp::Kind::isNotSet;
  do {
    const Value name = takeUntil(value, '|');
    // Snort's groups (`set,a,group`) and its a&b would be something else.
    if (name.empty() || name.find_first_of(",& \t") != Value::npos) return "a name";
    const std::uint64_t bit = names(name);
    if (bit == 0) return "more than 64 names in all";
    op.bits |= bit;
  } while (reads && !value.empty());
  if (!value.empty()) return badValue();
  rule.flowbits.push_back(op);
  return {};
}

std::string parseTest(Value value, std::uint32_t max, NumberTest& test) {
  value = trim(value);
  if (value.starts_with('!')) {
    test.negated = true;
    value.remove_prefix(1);
  }
  const auto read = [max](Value text) { return parseNumber<std::uint32_t>(text, 0, max); };
  if (value.starts_with('<') || value.starts_with('>')) {
    const auto bound = read(value.substr(1));
    // Below 0 and above the greatest there is nothing.
    if (!bound || (value[0] == '<' ? *bound == 0 : *bound == max)) return badValue();
    if (value[0] == '<') test.high = *bound - 1;
    if (value[0] == '>') test.low = *bound + 1;
    return {};
  }
  if (const std::size_t at = value.find("<>"); at != Value::npos) {
    const auto low = read(value.substr(0, at));
    const auto high = read(value.substr(at + 2));
    if (!low || !high || *high < *low + 2) return badValue();
    test.low = *low + 1;
    test.high = *high - 1;
    return {};
  }
  if (value.starts_with('=')) value.remove_prefix(1);
  const std::size_t dash = value.find('-');
  const auto low = read(value.substr(0, dash));
  const auto high = dash == Value::npos ? low : read(value.substr(dash + 1));
  if (!low || !high || *low > *high) return badValue();
  test.low = *low;
  test.high = *high;
  return {};
}

template <auto Member, std::uint32_t Max>
std::string test(Value value, const FlowbitNames&, Rule& rule) {
  return parseTest(value, Max, (rule.*Member).emplace());
}

/** The bits of F S R P A U E C (1 and 2 are their older names). */
bool readFlags(Value letters, std::uint8_t& bits) {
  constexpr Value kLetters = "FSRPAUEC";
  for (const char letter : letters) {
    const char name = letter == '2' ? 'E' : letter == '1' ? 'C' : letter;
    const std::size_t bit = kLetters.find(name);
    if (name == '0') continue;
    if (bit == Value::npos) return false;
    bits = static_cast<std::uint8_t>(bits | 1u << bit);
  }
  return true;
}

std::string tcpFlags(Value value, const FlowbitNames&, Rule& rule) {
  TcpFlagsTest& test = rule.tcpFlags.emplace();
  Value letters = takeUntil(value, ',');
  // Before or after the letters, as in A+.
  const std::size_t sign = letters.find_first_of("!*+");
  if (sign != Value::npos) {
    if (sign != 0 && sign + 1 != letters.size()) return badValue();
    test.mode = letters[sign] == '!'   ? TcpFlagsTest::Mode::none
                : letters[sign] == '*' ? TcpFlagsTest::Mode::any
                                       : TcpFlagsTest::Mode::all;
    letters = sign == 0 ? letters.substr(1) : letters.substr(0, sign);
  }
  if (letters.empty() || !readFlags(letters, test.bits) || !readFlags(trim(value), test.ignored)) {
    return badValue();
  }
  return {};
}

std::string rate(Value value, RateTest& test) {
  bool track = false;
  bool count = false;
  bool seconds = false;
  while (!value.empty()) {
    Value setting = takeUntil(value, ',');
    const Value key = takeWord(setting);
    if (key == "track") {
      track = true;
      if (setting == "by_src") {
        test.track = RateTest::Track::bySource;
      } else if (setting == "by_dst") {
        test.track = RateTest::Track::byDestination;
      } else if (setting == "by_rule") {
        test.track = RateTest::Track::byRule;
      } else {
        return "track '" + std::string(setting) + "'";
      }
    } else if (key == "count" || key == "seconds") {
      const auto number = parseNumber<std::uint32_t>(setting, 1, 1'000'000);
      if (!number) return badValue();
      (key == "count" ? test.count : test.seconds) = *number;
      (key == "count" ? count : seconds) = true;
    } else if (key == "type" && test.kind != RateTest::Kind::detectionFilter) {
      if (setting == "limit") {
        test.kind = RateTest::Kind::limit;
      } else if (setting == "threshold") {
        test.kind = RateTest::Kind::threshold;
      } else if (setting == "both") {
        test.kind = RateTest::Kind::both;
      } else {
        return "type '" + std::string(setting) + "'";
      }
    } else {
      return "'" + std::string(key) + "'";
    }
  }
  return track && count && seconds ? "" : "track, count and seconds";
}

std::string threshold(Value value, const FlowbitNames&, Rule& rule) {
  return rate(value, rule.threshold.emplace());
}

std::string detectionFilter(Value value, const FlowbitNames&, Rule& rule) {
  RateTest& test = rule.detectionFilter.emplace();
  test.kind = RateTest::Kind::detectionFilter;
  return rate(value, test);
}

struct Keyword {
  Value name;
  std::string (*parse)(Value value, const FlowbitNames& flowbits, Rule& rule);
};

constexpr std::array kKeywords{
    Keyword{"msg", message},
    Keyword{"sid", number<&Rule::sid>},
    Keyword{"gid", number<&Rule::gid>},
    Keyword{"rev", number<&Rule::rev>},
    Keyword{"priority", priority},
    Keyword{"classtype", classType},
    Keyword{"reference", nothing},
    Keyword{"metadata", nothing},
    Keyword{"noalert", noAlert},
    Keyword{"flow", flow},
    Keyword{"flowbits", flowbits},
    Keyword{"dsize", test<&Rule::dataSize, 65535>},
    Keyword{"ttl", test<&Rule::ttl, 255>},
    Keyword{"itype", test<&Rule::icmpType, 255>},
    Keyword{"icode", test<&Rule::icmpCode, 255>},
    Keyword{"flags", tcpFlags},
    Keyword{"threshold", threshold},
    Keyword{"detection_filter", detectionFilter},
};

}  // namespace

std::string parseOption(std::string_view option, const FlowbitNames& flowbits, Rule& rule) {
  const std::size_t colon = option.find(':');
  const Value name = trim(option.substr(0, colon));
  const Value value = colon == Value::npos ? Value{} : trim(option.substr(colon + 1));
  std::string wrong;
  if (parseContentOption(name, value, rule, wrong)) return wrong;
  for (const Keyword& keyword : kKeywords) {
    if (keyword.name != name) continue;
    wrong = keyword.parse(value, flowbits, rule);
    return wrong.empty() ? "" : std::string(name) + ": not supported or missing: " + wrong;
  }
  return "keyword '" + std::string(name) + "' is not supported";
}

std::string checkRule(Rule& rule) {
  if (rule.sid == 0) return "sid: a number above 0 is needed";
  if ((rule.icmpType || rule.icmpCode) && rule.protocol != RuleProtocol::icmp) {
    return "itype and icode need protocol icmp";
  }
  if (rule.tcpFlags && rule.protocol != RuleProtocol::tcp) return "flags needs protocol tcp";
  return checkContents(rule);
}

}  // namespace ferry::ids
