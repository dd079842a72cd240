// The options of an endpoint: what is read, and what is refused with which field.
#include <vector>

#include "check.hpp"
#include "core/config_reader.hpp"
#include "traffic/options_reader.hpp"

namespace ferry::traffic {
namespace {

struct Member {
  const char* key;
  ConfigNode value;
};

ConfigNode text(const char* value) {
  ConfigNode node;
  node.type = ConfigNode::Type::string;
  node.text = value;
  return node;
}

ConfigNode number(double value) {
  ConfigNode node;
  node.type = ConfigNode::Type::number;
  node.number = value;
  return node;
}

ConfigNode truth(bool value) {
  ConfigNode node;
  node.type = ConfigNode::Type::boolean;
  node.boolean = value;
  return node;
}

std::vector<Member> clientMembers() {
  return {{"role", text("client")},
          {"interface", text("h1-eth0")},
          {"runId", number(7)},
          {"serverAddress", text("203.0.113.9")},
          {"serverPort", number(5'000)},
          {"flows", number(1'000)},
          {"ratePps", number(20'000)},
          {"packetBytes", number(512)},
          {"durationMs", number(1'000)},
          {"flatOut", truth(false)},
          {"clientAddress", text("10.0.1.1")},
          {"clientPort", number(10'000)},
          {"clients", number(10)},
          {"nextHop", text("10.0.0.1")},
          {"prefillAddress", text("10.0.64.0")},
          {"prefillPorts", number(60'000)}};
}

ConfigNode object(const std::vector<Member>& members) {
  ConfigNode node;
  node.type = ConfigNode::Type::object;
  for (const Member& member : members) {
    node.keys.emplace_back(member.key);
    node.items.push_back(member.value);
  }
  return node;
}

/** The field that is at fault when one member is another one than in a good client. */
std::string faultWith(const char* key, const ConfigNode& value) {
  auto members = clientMembers();
  bool replaced = false;
  for (Member& member : members) {
    if (std::string(member.key) != key) continue;
    member.value = value;
    replaced = true;
  }
  if (!replaced) members.push_back({key, value});
  const auto read = readOptions(object(members));
  if (const auto* error = std::get_if<Error>(&read)) return error->field;
  const auto error = checkOptions(std::get<EndpointOptions>(read));
  return error ? error->field : "";
}

TEST("a client's options are read") {
  const auto read = readOptions(object(clientMembers()));
  const auto* options = std::get_if<EndpointOptions>(&read);
  CHECK(options != nullptr);
  if (options == nullptr) return;
  CHECK(!checkOptions(*options));
  CHECK(options->server == (Socket4{parseIpv4("203.0.113.9").value(), 5'000}));
  CHECK_EQ(options->ratePps, 20'000U);
  // Flows go round the clients, so that each source port is used by all of them.
  CHECK(clientOfFlow(*options, 0) == (Socket4{parseIpv4("10.0.1.1").value(), 10'000}));
  CHECK(clientOfFlow(*options, 9) == (Socket4{parseIpv4("10.0.1.10").value(), 10'000}));
  CHECK(clientOfFlow(*options, 10) == (Socket4{parseIpv4("10.0.1.1").value(), 10'001}));
  CHECK(clientOfPrefill(*options, 0) == (Socket4{parseIpv4("10.0.64.0").value(), 1'024}));
  CHECK(clientOfPrefill(*options, 59'999) == (Socket4{parseIpv4("10.0.64.0").value(), 61'023}));
  CHECK(clientOfPrefill(*options, 60'000) == (Socket4{parseIpv4("10.0.64.1").value(), 1'024}));
}

TEST("each bad value is refused by its field") {
  CHECK_EQ(faultWith("role", text("sink")), "role");
  CHECK_EQ(faultWith("interface", number(2)), "interface");
  CHECK_EQ(faultWith("flatOut", number(1)), "flatOut");
  CHECK_EQ(faultWith("mac", text("03:00:00:00:00:01")), "mac");
  CHECK_EQ(faultWith("serverAddress", text("203.0.113")), "serverAddress");
  CHECK_EQ(faultWith("serverPort", number(0)), "serverPort");
  CHECK_EQ(faultWith("flows", number(0)), "flows");
  CHECK_EQ(faultWith("flows", number(65'537)), "flows");
  CHECK_EQ(faultWith("flows", number(1.5)), "flows");
  CHECK_EQ(faultWith("ratePps", number(0)), "ratePps");
  CHECK_EQ(faultWith("ratePps", number(10'000'001)), "ratePps");
  CHECK_EQ(faultWith("packetBytes", number(63)), "packetBytes");
  CHECK_EQ(faultWith("packetBytes", number(1'515)), "packetBytes");
  CHECK_EQ(faultWith("durationMs", number(600'001)), "durationMs");
  CHECK_EQ(faultWith("clients", number(0)), "clients");
  CHECK_EQ(faultWith("clients", number(1'025)), "clients");
  CHECK_EQ(faultWith("clientPort", number(65'500)), "clientPort");
  CHECK_EQ(faultWith("nextHop", text("10.0.1.3")), "nextHop");
  CHECK_EQ(faultWith("nextHop", text("10.0.64.3")), "nextHop");
  CHECK_EQ(faultWith("colour", text("blue")), "colour");
}

TEST("what a client has is not known to a server") {
  auto members = clientMembers();
  members[0].value = text("server");
  const auto read = readOptions(object(members));
  CHECK(std::holds_alternative<Error>(read));
  members.resize(10);
  const auto server = readOptions(object(members));
  CHECK(std::holds_alternative<EndpointOptions>(server));
  CHECK(!checkOptions(std::get<EndpointOptions>(server)));
}

}  // namespace
}  // namespace ferry::traffic
