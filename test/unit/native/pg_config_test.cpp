// The packet gateway's configuration: read whole, and each bad value refused by its field.
#include "nf/pg_config.hpp"

#include "check.hpp"
#include "config_nodes.hpp"
#include "nf/registry.hpp"

namespace ferry::test {
namespace {

ConfigNode bucket(double rateBps, double burstBytes) {
  return object({{"rateBps", number(rateBps)}, {"burstBytes", number(burstBytes)}});
}

ConfigNode ruleNode() {
  return object({{"net", text("10.0.0.0/16")},
                 {"up", bucket(1'000'000, 10'000)},
                 {"down", bucket(2'000'000, 20'000)}});
}

ConfigNode pgNode(const ConfigNode& rule) {
  return object({
      {"inside", object({{"mac", text("02:fe:00:00:00:01")}, {"address", text("10.0.0.1/16")}})},
      {"outside",
       object({{"mac", text("02:fe:00:00:00:02")}, {"address", text("203.0.113.1/24")}})},
      {"capacity", number(100)},
      {"subscribers", array({rule})},
  });
}

TEST("a whole configuration is read, with its defaults") {
  ConfigError error;
  const PgConfig config = parsePgConfig(pgNode(ruleNode()), error);
  CHECK_EQ(error.message, "");
  CHECK_EQ(config.capacity, 100u);
  CHECK_EQ(config.rules.size(), 1u);
  const PgRule& rule = config.rules.at(0);
  CHECK_EQ(rule.each, 32);
  CHECK_EQ(rule.up.rateBps, 1'000'000u);
  CHECK_EQ(rule.down.burstBytes, 20'000u);
  CHECK_EQ(rule.quotaBytes, 0u);
  CHECK_EQ(rule.throttleBps, 0u);
  CHECK_EQ(rule.subscriber(*parseIpv4("10.0.3.4")), *parseIpv4("10.0.3.4"));
}

TEST("each bad value is refused, and names its field") {
  struct Case {
    std::initializer_list<std::string> path;
    ConfigNode value;
    const char* code;
    const char* field;
  };
  const Case cases[] = {
      {{"net"}, text("10.0.0.0/40"), "CONFIG_ADDRESS", "subscribers[0].net"},
      {{"each"}, number(15), "CONFIG_RANGE", "subscribers[0].each"},
      {{"each"}, number(33), "CONFIG_RANGE", "subscribers[0].each"},
      {{"up", "rateBps"}, number(7'999), "CONFIG_RANGE", "subscribers[0].up.rateBps"},
      {{"down", "burstBytes"}, number(1'000), "CONFIG_RANGE", "subscribers[0].down.burstBytes"},
      {{"down", "burstBytes"}, number(2e9), "CONFIG_RANGE", "subscribers[0].down.burstBytes"},
      {{"quotaBytes"}, number(-1), "CONFIG_RANGE", "subscribers[0].quotaBytes"},
      {{"throttleBps"}, number(100), "CONFIG_RANGE", "subscribers[0].throttleBps"},
      {{"plan"}, text("gold"), "CONFIG_UNKNOWN_KEY", "subscribers[0].plan"},
  };
  for (const Case& each : cases) {
    ConfigNode rule = ruleNode();
    put(rule, each.path, each.value);
    const CreateResult result = createNetworkFunction("pg", pgNode(rule));
    CHECK(result.function == nullptr);
    CHECK_EQ(result.error.code, each.code);
    CHECK_EQ(result.error.field, each.field);
  }
  ConfigNode node = pgNode(ruleNode());
  put(node, {"capacity"}, number(0));
  CHECK_EQ(createNetworkFunction("pg", node).error.field, "capacity");
}

}  // namespace
}  // namespace ferry::test
