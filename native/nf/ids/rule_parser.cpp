#include "rule_parser.hpp"

#include "rule_options.hpp"
#include "text.hpp"

namespace ferry::ids {
namespace {

std::string parseAction(std::string_view word, Rule& rule) {
  if (word == "alert") {
    rule.action = Action::alert;
  } else if (word == "drop" || word == "reject") {
    rule.action = Action::drop;
  } else if (word == "pass") {
    rule.action = Action::pass;
  } else {
    return "action '" + std::string(word) + "' is not supported: use alert, drop, reject or pass";
  }
  return {};
}

std::string parseProtocol(std::string_view word, Rule& rule) {
  if (word == "ip") {
    rule.protocol = RuleProtocol::any;
  } else if (word == "tcp") {
    rule.protocol = RuleProtocol::tcp;
  } else if (word == "udp") {
    rule.protocol = RuleProtocol::udp;
  } else if (word == "icmp") {
    rule.protocol = RuleProtocol::icmp;
  } else {
    return "protocol '" + std::string(word) + "' is not supported: use ip, tcp, udp or icmp";
  }
  return {};
}

/** A word of the header; a list may hold blanks. */
std::string_view takeField(std::string_view& text) {
  text = trim(text);
  int open = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (text[end] == '[') ++open;
    if (text[end] == ']') --open;
    if (open == 0 && (text[end] == ' ' || text[end] == '\t')) break;
  }
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end);
  return field;
}

std::string parseHeader(std::string_view text, const Variables& variables, Rule& rule) {
  if (auto wrong = parseAction(takeWord(text), rule); !wrong.empty()) return wrong;
  if (auto wrong = parseProtocol(takeWord(text), rule); !wrong.empty()) return wrong;
  if (auto wrong = parseAddresses(takeField(text), variables, rule.sources); !wrong.empty()) {
    return "source address: " + wrong;
  }
  if (auto wrong = parsePorts(takeField(text), variables, rule.sourcePorts); !wrong.empty()) {
    return "source port: " + wrong;
  }
  const std::string_view direction = takeWord(text);
  if (direction != "->" && direction != "<>") return "the direction is neither -> nor <>";
  rule.bothWays = direction == "<>";
  if (auto wrong = parseAddresses(takeField(text), variables, rule.destinations); !wrong.empty()) {
    return "destination address: " + wrong;
  }
  if (auto wrong = parsePorts(takeField(text), variables, rule.destinationPorts); !wrong.empty()) {
    return "destination port: " + wrong;
  }
  return trim(text).empty() ? "" : "the header has more fields than seven";
}

/** Takes the text up to the `;` that ends an option: not one that is quoted or escaped. */
bool takeOption(std::string_view& text, std::string_view& option) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ';' && !quoted) {
      option = trim(text.substr(0, i));
      text = trim(text.substr(i + 1));
      return true;
    }
  }
  return false;
}

}  // namespace

std::string parseRule(std::string_view text, const Variables& variables,
                      const FlowbitNames& flowbits, Rule& rule) {
  text = trim(text);
  if (text.size() > kMaxRuleText) return "a rule of more than 8192 bytes";
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) {
    return "the options are not within ( and )";
  }
  if (auto wrong = parseHeader(text.substr(0, open), variables, rule); !wrong.empty()) return wrong;
  std::string_view options = trim(text.substr(open + 1, text.size() - open - 2));
  while (!options.empty()) {
    std::string_view option;
    if (!takeOption(options, option)) return "the last option does not end in ;";
    if (auto wrong = parseOption(option, flowbits, rule); !wrong.empty()) return wrong;
  }
  return checkRule(rule);
}

}  // namespace ferry::ids
