// Alerts: their lines, their numbers, and the file that they go to.
#include <sys/stat.h>

#include <thread>  // that of the writer: the Makefile runs this under ThreadSanitizer too

#include "ids_fixture.hpp"

namespace ferry::test {
namespace {

constexpr std::string_view kRule =
    R"(alert udp any any -> any any (msg:"He said \"no\""; content:"x"; classtype:misc-attack; sid:7; rev:2;))";

TEST("an alert is one line of EVE JSON") {
  IdsFixture fixture({kRule});
  fixture.now = 1'700'000'000'123;
  fixture.udp("x", false);
  const auto lines = fixture.alertLines();
  CHECK_EQ(lines.size(), 1u);
  std::string line = lines.at(0);
  const std::size_t id = line.find("\"flow_id\":") + 10;
  const std::size_t end = line.find(',', id);
  CHECK(std::stoull(line.substr(id, end - id)) < std::uint64_t{1} << 53);
  line.replace(id, end - id, "N");
  CHECK_EQ(line,
           R"({"timestamp":"2023-11-14T22:13:20.123000+0000","flow_id":N,"event_type":"alert",)"
           R"("src_ip":"203.0.113.9","src_port":53,"dest_ip":"10.0.0.2","dest_port":5000,)"
           R"("proto":"UDP","direction":"to_server","alert_seq":1,"alert":{"action":"allowed",)"
           R"("gid":1,"signature_id":7,"rev":2,"signature":"He said \"no\"",)"
           R"("category":"misc-attack","severity":2}})");
}

TEST("a silent instance finds and numbers alerts, and tells nobody") {
  IdsFixture fixture({kRule});
  fixture.ids->silence(true);
  fixture.udp("x");
  fixture.ids->silence(false);
  fixture.udp("x");
  const auto lines = fixture.alertLines();
  CHECK_EQ(lines.size(), 1u);
  CHECK(lines.at(0).find("\"alert_seq\":2,") != std::string::npos);
  CHECK_EQ(fixture.count("alerts"), 2u);
}

TEST("control characters and bytes beyond ASCII are escaped") {
  ids::Rule rule;
  rule.message = "tab\there \x01 \xe9\\";
  const std::string line = ids::eveLine({}, rule);
  CHECK(line.find(R"("signature":"tab\u0009here \u0001 \u00e9\\")") != std::string::npos);
  CHECK(line.ends_with("}}\n"));
}

TEST("icmp: type and code, no ports") {
  IdsFixture fixture({"alert icmp any any -> any any (itype:8; sid:1;)"});
  Spec spec;
  spec.protocol = kIcmp;
  spec.source = ip("10.0.0.2");
  spec.destination = ip("203.0.113.9");
  fixture.send(spec, "ping", true, 0);
  const auto lines = fixture.alertLines();
  CHECK_EQ(lines.size(), 1u);
  CHECK(lines.at(0).find(R"("icmp_type":8,"icmp_code":0)") != std::string::npos);
  CHECK(lines.at(0).find("_port") == std::string::npos);
}

TEST("the file is bounded; what does not fit is counted") {
  IdsConfig config = idsConfig(rulesOf({kRule}));
  config.maxAlertFileBytes = 4'096;
  IdsFixture fixture(std::move(config));
  for (int i = 0; i < 40; ++i) {
    fixture.udp("x");
    fixture.alertLines();
  }
  const std::uint64_t written = fixture.count("alertsWritten");
  CHECK(written > 5 && written < 15);
  CHECK_EQ(fixture.count("alertsDropped"), 40 - written);
  CHECK_EQ(fixture.alertLines().size(), written);
}

TEST("a queue that is full costs alerts, and no packet") {
  IdsFixture fixture({kRule});
  for (int i = 0; i < 20'000; ++i) CHECK(fixture.udp("x"));
  const auto lines = fixture.alertLines();
  CHECK_EQ(fixture.count("alerts"), 20'000u);
  CHECK_EQ(lines.size() + fixture.count("alertsDropped"), 20'000u);
}

TEST("a file that cannot be written is counted, one that is moved away is made anew") {
  IdsFixture fixture({kRule});
  const std::string moved = fixture.folder.file("moved.json");
  fixture.udp("x");
  CHECK_EQ(fixture.alertLines().size(), 1u);
  CHECK_EQ(rename(fixture.config.alertFile.c_str(), moved.c_str()), 0);
  fixture.udp("x");
  CHECK_EQ(fixture.alertLines().size(), 1u);
  unlink(fixture.config.alertFile.c_str());
  mkdir(fixture.config.alertFile.c_str(), 0700);
  fixture.udp("x");
  fixture.alertLines();
  CHECK_EQ(fixture.count("alertsDropped"), 1u);
  rmdir(fixture.config.alertFile.c_str());
}

TEST("what is in the queue at the end is written") {
  TemporaryFolder folder;
  IdsConfig config = idsConfig(rulesOf({kRule}));
  config.alertFile = folder.file("eve.json");
  {
    ids::Alerts alerts(config.alertFile, 1u << 20, config.rules);
    for (int i = 0; i < 100; ++i) alerts.raise({});
  }
  std::ifstream file(config.alertFile);
  int lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  CHECK_EQ(lines, 100);
}

}  // namespace
}  // namespace ferry::test
