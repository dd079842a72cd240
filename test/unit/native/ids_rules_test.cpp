// The rule language: what is read, what is refused and where, and the configuration around it.
#include <fstream>

#include "config_nodes.hpp"
#include "ids_fixture.hpp"
#include "nf/ids/rule_parser.hpp"

namespace ferry::test {
namespace {

using ids::Rule;

std::uint64_t bitOf(std::string_view name) { return name == "full" ? 0 : 1; }

std::string reasonFor(const std::string& text) {
  Rule rule;
  return ids::parseRule(text, {{"NET", "10.0.0.0/8"}, {"LOOP", "[$LOOP]"}}, bitOf, rule);
}

std::string optionsReason(const std::string& options) {
  return reasonFor("alert tcp any any -> any any (sid:1; " + options + ")");
}

TEST("a rule with everything") {
  Rule rule;
  const std::string wrong = ids::parseRule(
      R"(drop tcp [$NET,!10.1.0.0/16] ![80,443] <> any [1:1023,!22] (msg:"A \"quoted\" text; here"; )"
      R"(flow:to_server,established; content:"GET |2f|"; depth:20; nocase; content:!"x"; within:5; )"
      R"(pcre:"/a\/b;c\;/Ri"; flags:+SA,CE; dsize:10<>20; ttl:>5; flowbits:isset,a|b; )"
      R"(threshold:type both, track by_dst, count 5, seconds 60; reference:url,example.org; )"
      R"(classtype:attempted-recon; metadata:x y; gid:7; sid:12; rev:3;))",
      {{"NET", "10.0.0.0/8"}}, bitOf, rule);
  CHECK_EQ(wrong, "");
  CHECK(rule.action == ids::Action::drop && rule.bothWays);
  CHECK(rule.sources.contains(ip("10.2.0.1")) && !rule.sources.contains(ip("10.1.0.1")));
  CHECK(rule.sourcePorts.contains(81) && !rule.sourcePorts.contains(443));
  CHECK(rule.destinationPorts.contains(21) && !rule.destinationPorts.contains(22));
  CHECK(!rule.destinationPorts.contains(1024) && rule.destinations.contains(1));
  CHECK_EQ(rule.message, "A \"quoted\" text; here");
  CHECK_EQ(rule.parts.size(), 3u);
  CHECK_EQ(rule.parts.at(0).bytes, "get /");
  CHECK(rule.parts.at(1).negated && rule.parts.at(2).relativeRegex);
  CHECK_EQ(rule.gid, 7u);
  CHECK_EQ(rule.sid, 12u);
  CHECK_EQ(rule.rev, 3u);
  CHECK_EQ(rule.priority, 2);
  CHECK(rule.threshold->kind == ids::RateTest::Kind::both && rule.threshold->seconds == 60);
}

TEST("what is not understood refuses the rule, and says what it was") {
  struct Refusal {
    std::string options;
    std::string_view names;
  };
  for (const Refusal& each : std::vector<Refusal>{
           {"http.uri;", "http.uri"},
           {R"(content:"a"; http_uri;)", "http_uri"},
           {"content:abc;", "quotes"},
           {R"(content:"";)", "quotes"},
           {R"(content:"a|0|";)", "hexadecimal"},
           {R"(content:"a|0g|";)", "hexadecimal"},
           {R"(content:"a|00";)", "hexadecimal"},
           {R"(content:"a\b";)", "\\"},
           {"content:\"" + std::string(129, 'a') + "\";", "128"},
           {R"(content:"abc"; depth:2;)", "depth"},
           {R"(content:"abc"; within:2;)", "within"},
           {R"(content:"abc"; offset:1; distance:1;)", "offset"},
           {R"(content:"abc"; startswith; depth:5;)", "startswith"},
           {R"(content:!"abc"; fast_pattern;)", "fast_pattern"},
           {R"(content:"a"; fast_pattern; content:"b"; fast_pattern;)", "fast_pattern"},
           {R"(content:"abc"; offset:-1;)", "offset"},
           {R"(content:"abc"; offset:65536;)", "offset"},
           {R"(content:"abc"; offset:1x;)", "offset"},
           {"nocase;", "no content before"},
           {R"(pcre:"/a/";)", "content"},
           {R"(content:"a"; pcre:"/a(/";)", "pcre"},
           {R"(content:"a"; pcre:"/a/U";)", "flags"},
           {R"(content:"a"; pcre:"a";)", "expression"},
           {"flow:sideways;", "sideways"},
           {"flowbits:set;", "flowbits"},
           {"flowbits:set,full;", "64"},
           {"flowbits:grow,a;", "flowbits"},
           {"flowbits:set,a,group;", "flowbits"},
           {"flowbits:isset,a&b;", "flowbits"},
           {"dsize:<0;", "dsize"},
           {"dsize:5<>6;", "dsize"},
           {"dsize:x;", "dsize"},
           {"flags:X;", "flags"},
           {"flags:S+A;", "flags"},
           {R"(content:"abc"; fast_pattern:2,2;)", "fast_pattern"},
           {R"(content:"abc"; fast_pattern:x;)", "fast_pattern"},
           {"itype:8;", "icmp"},
           {"threshold:type limit, track by_src;", "threshold"},
           {"threshold:type limit, track by_src, count 0, seconds 1;", "threshold"},
           {"detection_filter:type limit, track by_src, count 1, seconds 1;", "detection_filter"},
           {"msg:unquoted;", "msg"},
           {"rev:-1;", "rev"},
           {"priority:256;", "priority"},
           {"rev:1", "end in ;"},
       }) {
    const std::string reason = optionsReason(each.options);
    if (reason.find(each.names) == std::string::npos || reason.empty()) {
      fail(__FILE__, __LINE__, each.options + " gives: " + reason);
    }
  }
}

TEST("what only changes how it is searched is taken, and a priority before its class") {
  for (const char* options :
       {R"(content:"abcdef"; fast_pattern:only;)", R"(content:"abcdef"; fast_pattern:2,4;)"}) {
    CHECK_EQ(optionsReason(options), "");
  }
  for (const char* options :
       {"priority:7; classtype:trojan-activity;", "classtype:trojan-activity; priority:7;"}) {
    Rule rule;
    CHECK_EQ(ids::parseRule("alert tcp any any -> any any (sid:1; " + std::string(options) + ")",
                            {}, bitOf, rule),
             "");
    CHECK_EQ(rule.priority, 7);
  }
}

TEST("a rule that is refused takes no flowbit's name from the others") {
  ids::RuleSet rules({});
  for (int i = 0; i < 100; ++i) {
    const std::string number = std::to_string(i);
    rules.addRule("rules", 1,
                  "alert tcp any any -> any any (flowbits:set,n" + number +
                      "; http.uri; sid:" + number + ";)");
  }
  CHECK_EQ(rules.refused(), 100u);
  for (int i = 1; i <= 65; ++i) {
    const std::string number = std::to_string(i);
    rules.addRule(
        "rules", 2,
        "alert tcp any any -> any any (flowbits:set,m" + number + "; sid:" + number + ";)");
  }
  CHECK_EQ(rules.refused(), 101u);  // the 65th name is one too many
}

TEST("headers that are refused") {
  for (const char* header : {
           "log tcp any any -> any any",
           "alert http any any -> any any",
           "alert tcp any any <- any any",
           "alert tcp any any -> any",
           "alert tcp any any -> any any more",
           "alert tcp $NONE any -> any any",
           "alert tcp $LOOP any -> any any",
           "alert tcp !any any -> any any",
           "alert tcp 10.0.0.0/33 any -> any any",
           "alert tcp 10.0.0.9-10.0.0.1 any -> any any",
           "alert tcp [10.0.0.1 any -> any any",
           "alert tcp [] any -> any any",
           "alert tcp [10.0.0.1]] any -> any any",
           "alert tcp ![!10.0.0.1] any -> any any",
           "alert tcp any 65536 -> any any",
           "alert tcp any 9:1 -> any any",
           "alert tcp any : -> any any",
       }) {
    if (reasonFor(std::string(header) + " (sid:1;)").empty()) fail(__FILE__, __LINE__, header);
  }
  CHECK(reasonFor("alert tcp any any -> any any").find("(") != std::string::npos);
  CHECK(reasonFor("alert tcp any any -> any any (msg:\"x\";)").find("sid") != std::string::npos);
  CHECK(!reasonFor(std::string(9'000, 'a') + "(sid:1;)").empty());
}

TEST("a file: the rules that can be read are loaded, each other one is named with its line") {
  TemporaryFolder folder;
  const std::string path = folder.file("test.rules");
  std::ofstream(path) << "# a comment\n"
                         "alert tcp any any -> any any (msg:\"one\"; sid:1;)\n"
                         "\n"
                         "alert tcp any any -> any any (http.uri; sid:2;)\n"
                         "alert udp any any \\\n"
                         "  -> any any \\\n"
                         "  (sid:3;)\r\n"
                         "alert tcp any any -> any any (sid:1;)\n"
                         "nonsense";
  ConfigNode node = nat44Node();
  take(node, "pool");
  put(node, {"ruleFiles"}, array({text(path)}));
  put(node, {"rules"}, array({text("alert icmp any any -> any any (sid:4;)"), text("bad (")}));
  const CreateResult result = createIds(node);
  CHECK_EQ(result.error.message, "");
  if (result.function == nullptr) return;
  const auto notices = result.function->notices();
  CHECK_EQ(notices.size(), 4u);
  CHECK(notices[0].starts_with("rules:2: rule refused: "));
  CHECK_EQ(notices[1], path + ":4: rule refused: keyword 'http.uri' is not supported");
  CHECK_EQ(notices[2], path + ":8: rule refused: sid 1 is another rule's already");
  CHECK(notices[3].starts_with(path + ":9: rule refused: "));
  for (const Counter& counter : result.function->counters()) {
    if (counter.name == "rulesLoaded") CHECK_EQ(counter.value, 3u);
    if (counter.name == "rulesRefused") CHECK_EQ(counter.value, 4u);
  }
}

TEST("configurations that are refused") {
  struct Refusal {
    const char* key;
    ConfigNode value;
    const char* code;
  };
  for (const Refusal& each : std::vector<Refusal>{
           {"capacity", number(0), "CONFIG_RANGE"},
           {"capacity", number(2'000'000), "CONFIG_RANGE"},
           {"segments", number(1), "CONFIG_RANGE"},
           {"rules", text("alert"), "CONFIG_TYPE"},
           {"rules", array({number(1)}), "CONFIG_TYPE"},
           {"ruleFiles", array({text("relative.rules")}), "CONFIG_TYPE"},
           {"ruleFiles", array({text("/nowhere/at.all")}), "CONFIG_RANGE"},
           {"ruleFiles", array({text("/")}), "CONFIG_RANGE"},
           {"variables", object({{"X", number(1)}}), "CONFIG_TYPE"},
           {"alerts", object({{"file", text("relative")}}), "CONFIG_TYPE"},
           {"timeoutsMs", object({{"tcp", number(1)}}), "CONFIG_RANGE"},
           {"pool", array({text("203.0.113.2")}), "CONFIG_UNKNOWN_KEY"},
       }) {
    ConfigNode node = nat44Node();
    take(node, "pool");
    put(node, {each.key}, each.value);
    const CreateResult result = createIds(node);
    CHECK(result.function == nullptr);
    CHECK_EQ(std::string(each.key) + " " + result.error.code,
             std::string(each.key) + " " + each.code);
  }
}

TEST("state moves between instances with the same rules only") {
  const auto digest = [](std::initializer_list<std::string_view> rules) {
    return idsConfig(rulesOf(rules)).digest();
  };
  constexpr std::string_view kOne = "alert tcp any any -> any any (sid:1;)";
  constexpr std::string_view kTwo = "alert tcp any any -> any any (sid:2;)";
  CHECK_EQ(digest({kOne}), digest({kOne}));
  CHECK(digest({kOne}) != digest({kTwo}));
  CHECK(digest({kOne, kTwo}) != digest({kOne}));
}

TEST("rules set flowbits before others ask, and come by action and priority") {
  const auto rules =
      rulesOf({"alert tcp any any -> any any (flowbits:isset,a; sid:1;)",
               "alert tcp any any -> any any (priority:1; sid:2;)",
               "alert tcp any any -> any any (flowbits:set,a; sid:3;)",
               "drop tcp any any -> any any (sid:4;)", "pass tcp any any -> any any (sid:5;)"});
  std::string order;
  for (const Rule& rule : rules->rules()) order += std::to_string(rule.sid);
  CHECK_EQ(order, "54321");
}

}  // namespace
}  // namespace ferry::test
