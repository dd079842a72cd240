// An IDS that moves: attacks split over the switchover are found once, by the one that has them
// whole; thresholds and numbers of alerts go on.
#include <random>

#include "ids_fixture.hpp"
#include "subject.hpp"

namespace ferry::test {
namespace {

/** A standby that has the state of `live`: its snapshot, and the statelets since. */
class Move {
 public:
  explicit Move(IdsFixture& live) : live_(live), standby_(live.config) {
    standby_.ids->reset();
    for (const Frame& chunk : snapshotOf(*live.ids, 2'000)) {
      CHECK(standby_.ids->install(chunk) == ApplyStatus::ok);
    }
    standby_.now = live.now;
  }

  /** What has changed by now goes over. */
  IdsFixture& finish() {
    while (live_.ids->dirty()) {
      CHECK(standby_.ids->apply(collected(*live_.ids)) == ApplyStatus::ok);
    }
    CHECK(joined(snapshotOf(*live_.ids)) == joined(snapshotOf(*standby_.ids)));
    return standby_;
  }

 private:
  IdsFixture& live_;
  IdsFixture standby_;
};

struct Attack {
  std::string_view rule;
  std::string_view bytes;
};

constexpr std::array kAttacks{
    Attack{R"(alert tcp any any -> any any (content:"exploit"; sid:1;))", "xx exploit yy"},
    Attack{R"(alert tcp any any -> any any (content:"GET "; content:"evil"; distance:2; sid:1;))",
           "GET /x/evil HTTP"},
    Attack{R"(alert tcp any any -> any any (content:"id="; pcre:"/id=\d{4};/"; sid:1;))",
           "POST id=1234; x"},
};

TEST("an attack split over the switchover at every place is found once") {
  for (const Attack& attack : kAttacks) {
    for (std::size_t cut = 0; cut <= attack.bytes.size(); ++cut) {
      // Part of it before the snapshot, part as statelets, the rest at the destination.
      const std::size_t first = cut / 2;
      IdsFixture source({attack.rule});
      Connection connection(source);
      connection.open();
      connection.client(attack.bytes.substr(0, first));
      Move move(source);
      connection.client(attack.bytes.substr(first, cut - first));
      IdsFixture& destination = move.finish();
      connection.moveTo(destination);
      connection.client(attack.bytes.substr(cut));
      CHECK_EQ(source.count("alerts") + destination.count("alerts"), 1u);
    }
  }
}

TEST("segments that wait for what lies before them go over") {
  IdsFixture source({kAttacks[0].rule});
  Connection connection(source);
  connection.open();
  const std::uint32_t next = connection.next(true);
  connection.segment(true, next + 4, "loit");
  Move move(source);
  connection.segment(true, next + 2, "p");
  IdsFixture& destination = move.finish();
  connection.moveTo(destination);
  connection.segment(true, next, "ex");
  CHECK_EQ(destination.count("alerts"), 0u);
  connection.segment(true, next + 3, "x");
  CHECK_EQ(destination.count("payloadBytes"), 3u + 1 + 4);
  connection.segment(true, next + 8, "ploit");
  CHECK_EQ(source.count("alerts") + destination.count("alerts"), 0u);  // "exp" "x" "loit"
}

TEST("flowbits, thresholds, blocked connections and the numbers of alerts go over") {
  IdsFixture source(
      {R"(alert udp any any -> any any (content:"in"; flowbits:set,in; noalert; sid:1;))",
       R"(alert udp any any -> any any (content:"go"; flowbits:isset,in; sid:2;))",
       R"(alert udp any any -> any any (content:"n"; threshold:type threshold, track by_src, count 3, seconds 60; sid:3;))",
       R"(drop tcp any any -> any any (content:"evil"; sid:4;))"});
  Connection connection(source);
  connection.open();
  CHECK(!connection.client("evil"));
  source.udp("in");  // sid 3: one of three
  source.udp("in");
  Move move(source);
  IdsFixture& destination = move.finish();
  connection.moveTo(destination);
  CHECK(!connection.client("good"));
  destination.udp("n");
  destination.udp("go");
  CHECK_EQ(source.count("alerts"), 1u);
  CHECK_EQ(destination.count("alerts"), 2u);
  const auto lines = destination.alertLines();
  CHECK(lines.at(0).find(R"("alert_seq":2,)") != std::string::npos);
  CHECK(lines.at(1).find(R"("alert_seq":3,)") != std::string::npos);
}

TEST("after a recovery no alert has a number that was used") {
  IdsFixture fixture({R"(alert udp any any -> any any (content:"x"; sid:1;))"});
  fixture.udp("x");
  fixture.ids->recover(fixture.now);
  fixture.udp("x");
  CHECK(fixture.alertLines().at(1).find(R"("alert_seq":1000002,)") != std::string::npos);
}

TEST("statelets of benign traffic cost less than a fiftieth of its packets") {
  IdsFixture fixture(
      {R"(alert tcp any any -> any 80 (flow:to_server; content:"GET "; content:"/../"; distance:0; content:"passwd"; sid:1;))",
       R"(alert tcp any any -> any any (content:"exec("; nocase; pcre:"/exec\(\w+/"; sid:2;))",
       R"(alert tcp any 80 -> any any (flow:to_client; content:"<script"; content:"eval("; distance:0; sid:3;))"});
  std::string request = "GET /index.html HTTP/1.1\r\nHost: www.example.net\r\n\r\n";
  request.resize(458, 'r');
  std::string answer;
  while (answer.size() < 458) answer += "<p>benign text with some executive words</p>\n";
  answer.resize(458);
  std::vector<Connection> connections;
  for (std::uint16_t i = 0; i < 200; ++i) {
    connections.emplace_back(fixture);
    connections.back().from(static_cast<std::uint16_t>(20'000 + i));
    connections.back().open();
  }
  std::uint64_t stateletBytes = 0;
  std::uint64_t packetBytes = 0;
  fixture.ids->discardMarks();
  for (int window = 0; window < 20; ++window) {
    // The least that can be put together: a request and an answer of each connection.
    for (Connection& connection : connections) {
      connection.client(request);
      connection.server(answer);
      packetBytes += 2 * 512;
    }
    fixture.now += 50;
    while (fixture.ids->dirty()) stateletBytes += collected(*fixture.ids).size();
  }
  CHECK_EQ(fixture.count("alerts"), 0u);
  std::printf("  # statelet factor %.5f\n",
              static_cast<double>(stateletBytes) / static_cast<double>(packetBytes));
  CHECK(stateletBytes * 50 < packetBytes);
}

}  // namespace
}  // namespace ferry::test
