// What each keyword of a rule matches, on single datagrams and packets.
#include "ids_fixture.hpp"

namespace ferry::test {
namespace {

struct Case {
  std::string_view options;  // of a rule for UDP
  std::string_view matches;  // payloads parted by ~
  std::string_view others;
};

bool alertsOn(std::string_view options, std::string_view payload) {
  const std::string rule =
      "alert udp any any -> any any (" + std::string(options) + " msg:\"x\"; sid:1;)";
  IdsFixture fixture({rule});
  fixture.udp(payload);
  return fixture.count("alerts") == 1;
}

void check(const Case& each) {
  for (const bool wanted : {true, false}) {
    std::string_view payloads = wanted ? each.matches : each.others;
    while (!payloads.empty()) {
      const std::size_t end = payloads.find('~');
      const std::string_view payload = payloads.substr(0, end);
      payloads = end == std::string_view::npos ? std::string_view{} : payloads.substr(end + 1);
      if (alertsOn(each.options, payload) == wanted) continue;
      fail(
          __FILE__, __LINE__,
          std::string(each.options) + (wanted ? " misses: " : " matches: ") + std::string(payload));
    }
  }
}

TEST("contents and their modifiers") {
  for (const Case& each : {
           Case{R"(content:"abc";)", "abc~xabcx~ababc", "ab~aBc~acb"},
           Case{R"(content:"aBc"; nocase;)", "abc~ABC~xaBCx", "ab"},
           Case{R"(content:"a|62 63|d";)", "abcd", "a|62 63|d"},
           Case{R"(content:"a\;b\"c\\d\:";)", "a;b\"c\\d:", "a\\;b"},
           Case{R"(content:"abc"; offset:3;)", "xyzabc~xyz1abc~abcabc", "abc~xabc"},
           Case{R"(content:"abc"; depth:5;)", "abc~xyabc", "xyzabc"},
           Case{R"(content:"abc"; offset:2; depth:4;)", "xxabc~xxxabc", "xabc~xxxxabc"},
           Case{R"(content:"ab"; content:"cd"; distance:0;)", "abcd~abxxcd~xcdabcd", "cdab"},
           Case{R"(content:"ab"; content:"cd"; distance:2;)", "abxxcd~abcdcd", "abcd~abxcd"},
           Case{R"(content:"ab"; content:"cd"; within:3;)", "abcd~abxcd", "abxxcd"},
           Case{R"(content:"ab"; content:"cd"; distance:1; within:3;)", "abxcd~abxxcd",
                "abcd~abxxxcd"},
           Case{R"(content:"ab"; content:"cd"; distance:-4; within:4;)", "cdab", "ab~cdxab~abcd"},
           Case{R"(content:"a"; content:"b"; within:1; content:"c"; within:1;)", "abc~axaabxabc",
                "abxc~axbc"},
           Case{R"(content:"abc"; startswith;)", "abc~abcx", "xabc"},
           Case{R"(content:"abc"; endswith;)", "abc~xabc~abcabc", "abcx"},
           Case{R"(content:"ab"; content:!"cd";)", "ab~abcxd", "abcd~cdab"},
           Case{R"(content:"ab"; content:!"cd"; distance:0;)", "ab~cdab", "abxcd"},
           Case{R"(content:"ab"; content:!"cd"; within:3;)", "ab~abxxcd", "abcd~abxcd"},
           Case{R"(content:!"cd";)", "ab", "abcd"},
           Case{R"(content:"abc"; fast_pattern; content:"x";)", "xabc~abcx", "abc~x"},
       }) {
    check(each);
  }
}

TEST("pcre") {
  for (const Case& each : {
           Case{R"(content:"id="; pcre:"/id=\d{3}/";)", "id=123~xxid=12id=345", "id=12~id=a12"},
           Case{R"(content:"id="; pcre:"/ID=A+$/i";)", "id=aA", "id=aAb"},
           Case{R"(content:"id="; pcre:"/^\d{2}/R";)", "xid=12", "id=x12"},
           Case{R"(content:"id="; pcre:"/\d+/R"; content:"end"; within:3;)", "id=12end~id=xx12end",
                "id=12xend"},
           Case{R"(content:"id="; pcre:!"/id=\d/";)", "id=a", "id=1"},
           Case{R"(content:"a"; pcre:"/a.b/s";)", "a\nb", "a\n\nb"},
           Case{R"(content:"a"; pcre:"/a.b/";)", "axb", "a\nb"},
           Case{R"(content:"a"; pcre:"/^a$/m";)", "b\na\nc", "b\nxa\nc"},
           Case{R"(content:"a"; pcre:"/a b # comment/x";)", "ab", "a b"},
           Case{R"(content:"a"; pcre:"/a\;b/";)", "a;b", "ab"},
       }) {
    check(each);
  }
}

TEST("a pcre that backtracks without end is given up, and counted") {
  IdsFixture fixture(
      {R"(alert udp any any -> any any (content:"a"; pcre:"/^(a+)+$/"; msg:"x"; sid:1;))"});
  fixture.udp(std::string(60, 'a') + "b");
  CHECK_EQ(fixture.count("alerts"), 0u);
  CHECK_EQ(fixture.count("verifyTooCostly"), 1u);
}

TEST("contents that could be combined without end are given up, and counted") {
  std::string rule = "alert udp any any -> any any (";
  for (int i = 0; i < 12; ++i) rule += R"(content:"a"; distance:0; )";
  rule += R"(content:"b"; distance:0; content:"zz"; distance:0; sid:1;))";
  IdsFixture fixture({rule});
  fixture.udp("zz" + std::string(30, 'a') + "b");
  CHECK_EQ(fixture.count("alerts"), 0u);
  CHECK_EQ(fixture.count("verifyTooCostly"), 1u);
}

TEST("dsize") {
  for (const Case& each : {
           Case{"dsize:3;", "abc", "ab~abcd"},
           Case{"dsize:<3;", "ab", "abc"},
           Case{"dsize:>3;", "abcd", "abc"},
           Case{"dsize:2<>5;", "abc~abcd", "ab~abcde"},
           Case{"dsize:!3;", "ab", "abc"},
       }) {
    check(each);
  }
}

TEST("addresses, ports, variables and both directions") {
  struct Header {
    std::string_view text;
    bool outbound;  // 10.0.0.2:5000 to 203.0.113.9:53
    bool inbound;
  };
  for (const Header& each : {
           Header{"any any -> any any", true, true},
           Header{"10.0.0.0/16 any -> any any", true, false},
           Header{"$HOME_NET any -> $EXTERNAL_NET any", true, false},
           Header{"$EXTERNAL_NET any -> $HOME_NET any", false, true},
           Header{"$HOME_NET any <> $EXTERNAL_NET 53", true, true},
           Header{"![10.0.0.2,10.0.0.3] any -> any any", false, true},
           Header{"[10.0.0.0/24,!10.0.0.2] any -> any any", false, false},
           Header{"10.0.0.1-10.0.0.9 any -> any any", true, false},
           Header{"any any -> any 53", true, false},
           Header{"any any -> any [50:60,!53]", false, false},
           Header{"any 1024: -> any :1023", true, false},
           Header{"any !53 -> any any", true, false},
           Header{"[10.9.9.9,any,!10.0.0.2] any -> any any", false, true},
           Header{"[10.9.9.9,any] any -> any [any,1]", true, true},
       }) {
    const std::string rule = "alert udp " + std::string(each.text) + " (sid:1;)";
    IdsFixture fixture({rule});
    fixture.udp("x");
    CHECK_EQ(std::string(each.text) + (fixture.count("alerts") == 1 ? " out" : ""),
             std::string(each.text) + (each.outbound ? " out" : ""));
    const std::uint64_t before = fixture.count("alerts");
    fixture.udp("x", false);
    CHECK_EQ(std::string(each.text) + (fixture.count("alerts") > before ? " in" : ""),
             std::string(each.text) + (each.inbound ? " in" : ""));
  }
}

TEST("icmp type and code, ttl, protocol") {
  IdsFixture fixture({"alert icmp any any -> any any (itype:8; icode:0; sid:1;)",
                      "alert icmp any any -> any any (itype:0; sid:2;)",
                      "alert ip any any -> any any (ttl:<10; sid:3;)",
                      "alert tcp any any -> any any (sid:4;)"});
  Spec spec;
  spec.protocol = kIcmp;
  spec.source = ip("10.0.0.2");
  spec.destination = ip("203.0.113.9");
  spec.ttl = 9;
  CHECK(fixture.send(spec, "ping", true, 0));
  CHECK_EQ(fixture.count("alerts"), 2u);
  CHECK(fixture.alertLines().at(1).find(R"("signature_id":3)") != std::string::npos);
}

TEST("tcp flags") {
  IdsFixture fixture({"alert tcp any any -> any any (flags:S; sid:1;)",
                      "alert tcp any any -> any any (flags:SA; sid:2;)",
                      "alert tcp any any -> any any (flags:+A; sid:3;)",
                      "alert tcp any any -> any any (flags:*FR; sid:4;)",
                      "alert tcp any any -> any any (flags:!A; sid:5;)",
                      "alert tcp any any -> any any (flags:AF+; sid:6;)"});
  Connection connection(fixture);
  connection.open();  // S: 1 5, SA: 2 3, A: 3
  CHECK_EQ(fixture.count("alerts"), 5u);
  connection.segment(true, connection.next(true), {}, kAck | kFin);  // 3 4 6
  CHECK_EQ(fixture.count("alerts"), 8u);
}

TEST("flow: direction and established") {
  IdsFixture fixture(
      {R"(alert tcp any any -> any any (flow:to_server,established; content:"x"; sid:1;))",
       R"(alert tcp any any -> any any (flow:to_client; content:"x"; sid:2;))",
       R"(alert tcp any any -> any any (flow:not_established; flags:S; sid:3;))",
       R"(alert udp any any -> any any (flow:established,from_server; content:"x"; sid:4;))"});
  Connection connection(fixture);
  connection.open();
  CHECK_EQ(fixture.count("alerts"), 1u);
  connection.client("x");
  CHECK_EQ(fixture.count("alerts"), 2u);
  connection.server("x");
  CHECK_EQ(fixture.count("alerts"), 3u);
  fixture.udp("x");
  CHECK_EQ(fixture.count("alerts"), 3u);
  fixture.udp("x", false);
  CHECK_EQ(fixture.count("alerts"), 4u);
}

TEST("flowbits") {
  IdsFixture fixture(
      {R"(alert udp any any -> any any (content:"go"; flowbits:isset,in; flowbits:isnotset,no; sid:1;))",
       R"(alert udp any any -> any any (content:"login"; flowbits:set,in; flowbits:noalert; sid:2;))",
       R"(alert udp any any -> any any (content:"bye"; flowbits:unset,in; noalert; sid:3;))",
       R"(alert udp any any -> any any (content:"flip"; flowbits:toggle,no; noalert; sid:4;))"});
  fixture.udp("go");
  CHECK_EQ(fixture.count("alerts"), 0u);
  fixture.udp("login go");  // set before it is asked for
  CHECK_EQ(fixture.count("alerts"), 1u);
  fixture.udp("flip");
  fixture.udp("go", false);  // the answer is of the same flow
  CHECK_EQ(fixture.count("alerts"), 1u);
  fixture.udp("flip");
  fixture.udp("go", false);
  CHECK_EQ(fixture.count("alerts"), 2u);
  fixture.udp("bye");
  fixture.udp("go");
  CHECK_EQ(fixture.count("alerts"), 2u);
  fixture.udp("login go", true, 54);  // another flow
  CHECK_EQ(fixture.count("alerts"), 3u);
  fixture.udp("go", true, 55);
  CHECK_EQ(fixture.count("alerts"), 3u);
}

/** Alerts after each of `times` matches, one every 100 ms. */
std::string rhythm(std::string_view option, int times) {
  const std::string rule =
      R"(alert udp any any -> any any (content:"x"; )" + std::string(option) + " sid:1;)";
  IdsFixture fixture({rule});
  std::string text;
  for (int i = 0; i < times; ++i) {
    const std::uint64_t before = fixture.count("alerts");
    fixture.udp("x");
    text += fixture.count("alerts") > before ? '!' : '.';
    fixture.now += 100;
  }
  return text;
}

TEST("threshold and detection_filter") {
  CHECK_EQ(rhythm("threshold:type limit, track by_src, count 2, seconds 1;", 14), "!!........!!..");
  CHECK_EQ(rhythm("threshold:type threshold, track by_dst, count 3, seconds 1;", 14),
           "..!..!..!...!.");
  CHECK_EQ(rhythm("threshold:type both, track by_rule, count 3, seconds 1;", 14), "..!.........!.");
  CHECK_EQ(rhythm("detection_filter:track by_src, count 4, seconds 1;", 14), "....!!!!!!....");
}

TEST("thresholds count by address") {
  IdsFixture fixture(
      {"alert udp any any -> any any (threshold:type limit, track by_src, count 1, seconds 60; "
       "sid:1;)"});
  fixture.udp("x");
  fixture.udp("x");
  CHECK_EQ(fixture.count("alerts"), 1u);
  fixture.udp("x", false);
  CHECK_EQ(fixture.count("alerts"), 2u);
  CHECK_EQ(fixture.count("alertsSuppressed"), 1u);
}

TEST("pass comes before drop, and drop before alert") {
  IdsFixture fixture({R"(alert udp any any -> any any (content:"bad"; sid:1;))",
                      R"(drop udp any any -> any any (content:"bad"; sid:2;))",
                      R"(pass udp any any -> any any (content:"bad but known"; sid:3;))"});
  CHECK(fixture.udp("good"));
  CHECK(!fixture.udp("bad"));
  CHECK_EQ(fixture.count("alerts"), 2u);
  CHECK_EQ(fixture.count("dropRule"), 1u);
  CHECK(fixture.udp("bad but known"));
  CHECK_EQ(fixture.count("alerts"), 2u);
  const auto lines = fixture.alertLines();
  CHECK_EQ(lines.size(), 2u);
  CHECK(lines.at(0).find(R"("action":"blocked")") != std::string::npos);
}

}  // namespace
}  // namespace ferry::test
