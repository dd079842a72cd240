#include "content_options.hpp"

#include <array>

#include "rule_parser.hpp"
#include "text.hpp"

namespace ferry::ids {
namespace {

using Value = std::string_view;

int hexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool parseHex(Value text, std::string& bytes) {
  int high = -1;
  for (const char each : text) {
    if (each == ' ' || each == '\t') {
      if (high >= 0) return false;
      continue;
    }
    const int digit = hexDigit(each);
    if (digit < 0) return false;
    if (high < 0) {
      high = digit;
    } else {
      bytes += static_cast<char>(high * 16 + digit);
      high = -1;
    }
  }
  return high < 0;
}

/** Takes the quotes of a value off, and a ! before them. */
bool unquote(Value& value, bool& negated) {
  if (value.starts_with('!')) {
    negated = true;
    value = trim(value.substr(1));
  }
  if (value.size() < 3 || value.front() != '"' || value.back() != '"') return false;
  value = value.substr(1, value.size() - 2);
  return true;
}

std::string addContent(Value value, Rule& rule) {
  Part part;
  if (!unquote(value, part.negated)) return "content: a text in quotes is needed";
  if (auto wrong = parseContent(value, part.bytes); !wrong.empty()) return "content: " + wrong;
  rule.parts.push_back(std::move(part));
  return {};
}

std::string addRegex(Value value, Rule& rule) {
  Part part;
  if (!unquote(value, part.negated)) return "pcre: a text in quotes is needed";
  const std::size_t end = value.rfind('/');
  if (!value.starts_with('/') || end == 0) return "pcre: /expression/flags is needed";
  std::string flags(value.substr(end + 1));
  if (const std::size_t at = flags.find('R'); at != std::string::npos) {
    part.relativeRegex = true;
    flags.erase(at, 1);
  }
  std::string expression;
  for (std::size_t i = 1; i < end; ++i) {
    // \; and \" are the rule language's escapes, the rest is the expression's own.
    if (value[i] == '\\' && i + 1 < end && (value[i + 1] == ';' || value[i + 1] == '"')) ++i;
    expression += value[i];
    if (value[i] == '\\' && i + 1 < end) expression += value[++i];
  }
  std::string wrong;
  part.regex = Regex::compile(expression, flags, wrong);
  if (part.regex != nullptr) rule.parts.push_back(std::move(part));
  return wrong;
}

std::string lower(std::string text) {
  for (char& each : text) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  }
  return text;
}

template <auto Member>
std::string position(Part& part, Value value) {
  constexpr bool kSigned = Member == &Part::distance || Member == &Part::within;
  const auto number =
      parseNumber<std::int32_t>(value, kSigned ? -Part::kMaxOffset : 0, Part::kMaxOffset);
  if (!number) return "a number from 0 to 65535 is needed";
  part.*Member = *number;
  return {};
}

template <auto Member>
std::string mark(Part& part, Value value) {
  if (!value.empty()) return "it takes no value";
  part.*Member = true;
  return {};
}

std::string nocase(Part& part, Value value) {
  part.bytes = lower(std::move(part.bytes));
  return mark<&Part::nocase>(part, value);
}

/** `only`, and a choice of bytes (`offset,length`), change how Suricata searches, not what it
 * finds. */
std::string fastPattern(Part& part, Value value) {
  part.fastPattern = true;
  if (value.empty() || value == "only") return {};
  const auto most = static_cast<std::uint32_t>(part.bytes.size());
  const auto offset = parseNumber<std::uint32_t>(takeUntil(value, ','), 0, most);
  const auto length = parseNumber<std::uint32_t>(value, 1, most);
  if (offset && length && *offset + *length <= most) return {};
  return "it takes only, or the offset and the length of some bytes of the content";
}

struct Modifier {
  Value name;
  std::string (*apply)(Part& part, Value value);
};

constexpr std::array kModifiers{
    Modifier{"nocase", nocase},
    Modifier{"offset", position<&Part::offset>},
    Modifier{"depth", position<&Part::depth>},
    Modifier{"distance", position<&Part::distance>},
    Modifier{"within", position<&Part::within>},
    Modifier{"startswith", mark<&Part::startsWith>},
    Modifier{"endswith", mark<&Part::endsWith>},
    Modifier{"fast_pattern", fastPattern},
};

std::string checkPart(const Part& part) {
  const auto length = static_cast<std::int32_t>(part.bytes.size());
  if ((part.offset || part.depth) && (part.distance || part.within)) {
    return "offset and depth do not go with distance and within";
  }
  if (part.startsWith && (part.offset || part.depth || part.relative())) {
    return "startswith does not go with offset, depth, distance or within";
  }
  if ((part.depth && *part.depth < length) || (part.within && *part.within < length)) {
    return "depth or within is less than the content is long";
  }
  if (part.negated && part.fastPattern) return "fast_pattern does not go with a negated content";
  return {};
}

}  // namespace

std::string parseContent(std::string_view text, std::string& bytes) {
  while (!text.empty()) {
    const char each = text.front();
    text.remove_prefix(1);
    if (each == '|') {
      const std::size_t end = text.find('|');
      if (end == Value::npos || !parseHex(text.substr(0, end), bytes)) {
        return "between | and | are pairs of hexadecimal digits";
      }
      text.remove_prefix(end + 1);
    } else if (each == '\\') {
      if (text.empty() || Value("\\\";:|").find(text.front()) == Value::npos) {
        return "\\ is followed by one of \\ \" ; : |";
      }
      bytes += text.front();
      text.remove_prefix(1);
    } else {
      bytes += each;
    }
  }
  if (bytes.empty() || bytes.size() > Part::kMaxContent) return "1 to 128 bytes are needed";
  return {};
}

bool parseContentOption(std::string_view name, std::string_view value, Rule& rule,
                        std::string& wrong) {
  if (name == "content" || name == "pcre") {
    if (rule.parts.size() == kMaxParts) {
      wrong = "more than 32 contents";
    } else {
      wrong = name == "content" ? addContent(value, rule) : addRegex(value, rule);
    }
    return true;
  }
  for (const Modifier& modifier : kModifiers) {
    if (modifier.name != name) continue;
    if (rule.parts.empty() || rule.parts.back().isRegex()) {
      wrong = std::string(name) + ": there is no content before it";
    } else if (wrong = modifier.apply(rule.parts.back(), value); !wrong.empty()) {
      wrong = std::string(name) + ": " + wrong;
    }
    return true;
  }
  return false;
}

std::string checkContents(Rule& rule) {
  int fastPatterns = 0;
  for (Part& part : rule.parts) {
    if (auto wrong = checkPart(part); !wrong.empty()) return wrong;
    if (part.fastPattern) ++fastPatterns;
    if (part.startsWith) {
      part.offset = 0;
      part.depth = static_cast<std::int32_t>(part.bytes.size());
    }
  }
  if (fastPatterns > 1) return "fast_pattern: one content of a rule can have it";
  if (rule.hasRegex() && !rule.hasPositiveContent()) {
    return "pcre: a content that is not negated is needed beside it, to know where to begin";
  }
  return {};
}

}  // namespace ferry::ids
