#include "address_set.hpp"

#include <optional>

#include "../../core/config_reader.hpp"
#include "../../proto/ipv4.hpp"
#include "text.hpp"

namespace ferry::ids {
namespace {

constexpr int kMaxDepth = 8;

using Range = NumberSet::Range;

std::optional<Range> readAddresses(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const auto address = parseIpv4(text.substr(0, slash));
    const auto length = parseNumber<unsigned>(text.substr(slash + 1), 0, 32);
    if (!address || !length) return std::nullopt;
    const std::uint32_t mask = prefixMask(*length);
    return Range{*address & mask, *address | ~mask};
  }
  const std::size_t dash = text.find('-');
  const auto first = parseIpv4(trim(text.substr(0, dash)));
  const auto last = dash == std::string_view::npos ? first : parseIpv4(trim(text.substr(dash + 1)));
  if (!first || !last || *first > *last) return std::nullopt;
  return Range{*first, *last};
}

std::optional<Range> readPorts(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view low = trim(text.substr(0, colon));
  const std::string_view high =
      colon == std::string_view::npos ? low : trim(text.substr(colon + 1));
  if (low.empty() && high.empty()) return std::nullopt;
  const auto first = low.empty() ? 0 : parseNumber<std::uint32_t>(low, 0, 65535);
  const auto last = high.empty() ? 65535 : parseNumber<std::uint32_t>(high, 0, 65535);
  if (!first || !last || *first > *last) return std::nullopt;
  return Range{*first, *last};
}

class SetParser {
 public:
  using ReadOne = std::optional<Range> (*)(std::string_view);

  SetParser(const Variables& variables, NumberSet& set, ReadOne readOne)
      : variables_(variables), set_(set), readOne_(readOne) {}

  std::string parse(std::string_view text, bool excluded = false, int depth = 0) {
    text = trim(text);
    if (depth > kMaxDepth) return "lists and variables are nested too deeply";
    if (text.starts_with('!')) {
      if (excluded) return "a negation within a negation";
      return parse(text.substr(1), true, depth + 1);
    }
    if (text.starts_with('[')) return parseList(text, excluded, depth);
    if (text.starts_with('$')) {
      const auto found = variables_.find(text.substr(1));
      if (found == variables_.end()) return "no variable " + std::string(text);
      return parse(found->second, excluded, depth + 1);
    }
    if (text == "any") {
      if (excluded) return "!any matches nothing";
      // Beside others in a list it is all that they are not.
      if (depth > 0) set_.add({0, ~0u}, false);
      return {};
    }
    const auto range = readOne_(text);
    if (!range)
      return "'" + std::string(text) + "' is neither an address nor a port as is due here";
    if (set_.size() == kMaxSetSize) return "a list of more than 1024 elements";
    set_.add(*range, excluded);
    return {};
  }

 private:
  std::string parseList(std::string_view text, bool excluded, int depth) {
    if (!text.ends_with(']')) return "a list without its ]";
    text = text.substr(1, text.size() - 2);
    if (trim(text).empty()) return "an empty list";
    int open = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const char mark = i < text.size() ? text[i] : ',';
      if (mark == '[') ++open;
      if (mark == ']' && --open < 0) return "a ] too many";
      if (mark != ',' || (open > 0 && i < text.size())) continue;
      if (auto wrong = parse(text.substr(begin, i - begin), excluded, depth + 1); !wrong.empty()) {
        return wrong;
      }
      begin = i + 1;
    }
    return {};
  }

  const Variables& variables_;
  NumberSet& set_;
  ReadOne readOne_;
};

}  // namespace

std::string parseAddresses(std::string_view text, const Variables& variables, NumberSet& set) {
  return SetParser(variables, set, readAddresses).parse(text);
}

std::string parsePorts(std::string_view text, const Variables& variables, NumberSet& set) {
  return SetParser(variables, set, readPorts).parse(text);
}

}  // namespace ferry::ids
