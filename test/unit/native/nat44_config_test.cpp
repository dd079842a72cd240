// The NAT's configuration and the registry that makes it.
#include "nf/nat44_config.hpp"

#include "check.hpp"
#include "config_nodes.hpp"
#include "core/config_reader.hpp"
#include "nf/registry.hpp"

namespace ferry::test {
namespace {

ConfigError errorOf(const ConfigNode& node) { return createNetworkFunction("nat44", node).error; }

TEST("a whole configuration is read, with its defaults") {
  ConfigError error;
  const Nat44Config config = parseNat44Config(nat44Node(), error);
  CHECK_EQ(error.message, "");
  CHECK(config.inside.mac == *parseMac("02:fe:00:00:00:01"));
  CHECK_EQ(config.inside.address, *parseIpv4("10.0.0.1"));
  CHECK_EQ(config.inside.prefix, 16);
  CHECK_EQ(config.gateway.value_or(0), *parseIpv4("203.0.113.254"));
  CHECK_EQ(config.pool.size(), 2u);
  CHECK_EQ(config.firstPort, 1024);
  CHECK_EQ(config.lastPort, 65535);
  CHECK_EQ(config.capacity, 1000u);
  CHECK_EQ(config.udpTimeout, 300'000u);
  CHECK_EQ(config.tcpEstablishedTimeout, 7'440'000u);
  CHECK_EQ(config.tcpTransitoryTimeout, 240'000u);
  CHECK_EQ(config.icmpTimeout, 60'000u);
}

TEST("what is optional is read when it is there") {
  ConfigNode node = nat44Node();
  put(node, {"portRange"}, object({{"first", number(2000)}, {"last", number(2000)}}));
  put(node, {"timeoutsMs"}, object({{"udp", number(120'000)}, {"icmp", number(61'000)}}));
  ConfigError error;
  const Nat44Config config = parseNat44Config(node, error);
  CHECK(error.ok());
  CHECK_EQ(config.firstPort, 2000);
  CHECK_EQ(config.lastPort, 2000);
  CHECK_EQ(config.portBlocks.size, 0u);
  CHECK_EQ(config.mappingsPerSubscriber, 0u);
  CHECK_EQ(config.udpTimeout, 120'000u);
  CHECK_EQ(config.icmpTimeout, 61'000u);
  CHECK_EQ(config.tcpTransitoryTimeout, 240'000u);
}

TEST("blocks and limits are read, and belong to what two instances must have in common") {
  ConfigNode node = nat44Node();
  ConfigError error;
  const std::uint64_t without = parseNat44Config(node, error).digest();
  put(node, {"portBlocks"}, object({{"size", number(512)}, {"perSubscriber", number(4)}}));
  const Nat44Config blocks = parseNat44Config(node, error);
  CHECK_EQ(blocks.portBlocks.size, 512u);
  CHECK_EQ(blocks.portBlocks.perSubscriber, 4u);
  CHECK(blocks.digest() != without);
  put(node, {"limits"}, object({{"mappingsPerSubscriber", number(1000)}}));
  const Nat44Config limited = parseNat44Config(node, error);
  CHECK(error.ok());
  CHECK_EQ(limited.mappingsPerSubscriber, 1000u);
  CHECK(limited.digest() != blocks.digest());
}

struct Case {
  const char* name;
  void (*change)(ConfigNode&);
  const char* code;
  const char* field;
};

TEST("each bad value is refused with a code, and names its field") {
  const Case cases[] = {
      {"unknown key", [](ConfigNode& n) { put(n, {"pools"}, number(1)); }, "CONFIG_UNKNOWN_KEY",
       "pools"},
      {"unknown inner key",
       [](ConfigNode& n) {
         put(n, {"inside", "gateway"}, text("10.0.0.2"));
       },
       "CONFIG_UNKNOWN_KEY", "inside.gateway"},
      {"no inside", [](ConfigNode& n) { take(n, "inside"); }, "CONFIG_MISSING", "inside"},
      {"no pool", [](ConfigNode& n) { take(n, "pool"); }, "CONFIG_MISSING", "pool"},
      {"no capacity", [](ConfigNode& n) { take(n, "capacity"); }, "CONFIG_MISSING", "capacity"},
      {"capacity 0", [](ConfigNode& n) { put(n, {"capacity"}, number(0)); }, "CONFIG_RANGE",
       "capacity"},
      {"capacity too large", [](ConfigNode& n) { put(n, {"capacity"}, number(4'194'305)); },
       "CONFIG_RANGE", "capacity"},
      {"group MAC",
       [](ConfigNode& n) {
         put(n, {"inside", "mac"}, text("03:00:00:00:00:01"));
       },
       "CONFIG_ADDRESS", "inside.mac"},
      {"MAC is a number",
       [](ConfigNode& n) {
         put(n, {"inside", "mac"}, number(3));
       },
       "CONFIG_TYPE", "inside.mac"},
      {"no prefix",
       [](ConfigNode& n) {
         put(n, {"inside", "address"}, text("10.0.0.1"));
       },
       "CONFIG_ADDRESS", "inside.address"},
      {"prefix 31",
       [](ConfigNode& n) {
         put(n, {"inside", "address"}, text("10.0.0.1/31"));
       },
       "CONFIG_ADDRESS", "inside.address"},
      {"network address",
       [](ConfigNode& n) {
         put(n, {"inside", "address"}, text("10.0.0.0/16"));
       },
       "CONFIG_ADDRESS", "inside.address"},
      {"loopback",
       [](ConfigNode& n) {
         put(n, {"inside", "address"}, text("127.0.0.1/8"));
       },
       "CONFIG_ADDRESS", "inside.address"},
      {"overlap",
       [](ConfigNode& n) {
         put(n, {"outside", "address"}, text("10.0.7.1/24"));
       },
       "CONFIG_ADDRESS", "outside.address"},
      {"far gateway",
       [](ConfigNode& n) {
         put(n, {"outside", "gateway"}, text("198.51.100.1"));
       },
       "CONFIG_ADDRESS", "outside.gateway"},
      {"gateway is us",
       [](ConfigNode& n) {
         put(n, {"outside", "gateway"}, text("203.0.113.1"));
       },
       "CONFIG_ADDRESS", "outside.gateway"},
      {"empty pool", [](ConfigNode& n) { put(n, {"pool"}, array({})); }, "CONFIG_RANGE", "pool"},
      {"pool twice",
       [](ConfigNode& n) {
         put(n, {"pool"}, array({text("203.0.113.2"), text("203.0.113.2")}));
       },
       "CONFIG_ADDRESS", "pool[1]"},
      {"pool inside", [](ConfigNode& n) { put(n, {"pool"}, array({text("10.0.0.9")})); },
       "CONFIG_ADDRESS", "pool[0]"},
      {"pool gateway", [](ConfigNode& n) { put(n, {"pool"}, array({text("203.0.113.254")})); },
       "CONFIG_ADDRESS", "pool[0]"},
      {"pool broadcast", [](ConfigNode& n) { put(n, {"pool"}, array({text("203.0.113.255")})); },
       "CONFIG_ADDRESS", "pool[0]"},
      {"pool of numbers", [](ConfigNode& n) { put(n, {"pool"}, array({number(1)})); },
       "CONFIG_ADDRESS", "pool[0]"},
      {"ports reversed",
       [](ConfigNode& n) {
         put(n, {"portRange"}, object({{"first", number(20)}, {"last", number(10)}}));
       },
       "CONFIG_RANGE", "portRange.last"},
      {"port 0",
       [](ConfigNode& n) {
         put(n, {"portRange"}, object({{"first", number(0)}}));
       },
       "CONFIG_RANGE", "portRange.first"},
      {"blocks of 500",
       [](ConfigNode& n) {
         put(n, {"portBlocks"}, object({{"size", number(500)}, {"perSubscriber", number(1)}}));
       },
       "CONFIG_RANGE", "portBlocks.size"},
      {"blocks of 8",
       [](ConfigNode& n) {
         put(n, {"portBlocks"}, object({{"size", number(8)}, {"perSubscriber", number(1)}}));
       },
       "CONFIG_RANGE", "portBlocks.size"},
      {"no whole block",
       [](ConfigNode& n) {
         put(n, {"portRange"}, object({{"first", number(2049)}, {"last", number(3000)}}));
         put(n, {"portBlocks"}, object({{"size", number(512)}, {"perSubscriber", number(1)}}));
       },
       "CONFIG_RANGE", "portBlocks.size"},
      {"no number of blocks",
       [](ConfigNode& n) {
         put(n, {"portBlocks"}, object({{"size", number(512)}}));
       },
       "CONFIG_MISSING", "portBlocks.perSubscriber"},
      {"65 blocks",
       [](ConfigNode& n) {
         put(n, {"portBlocks"}, object({{"size", number(64)}, {"perSubscriber", number(65)}}));
       },
       "CONFIG_RANGE", "portBlocks.perSubscriber"},
      {"limit 0",
       [](ConfigNode& n) {
         put(n, {"limits"}, object({{"mappingsPerSubscriber", number(0)}}));
       },
       "CONFIG_RANGE", "limits.mappingsPerSubscriber"},
      {"unknown limit",
       [](ConfigNode& n) {
         put(n, {"limits"}, object({{"sessions", number(1)}}));
       },
       "CONFIG_UNKNOWN_KEY", "limits.sessions"},
      {"UDP below two minutes",
       [](ConfigNode& n) {
         put(n, {"timeoutsMs"}, object({{"udp", number(119'999)}}));
       },
       "CONFIG_RANGE", "timeoutsMs.udp"},
      {"TCP below 2 h 4 min",
       [](ConfigNode& n) {
         put(n, {"timeoutsMs"}, object({{"tcpEstablished", number(7'439'999)}}));
       },
       "CONFIG_RANGE", "timeoutsMs.tcpEstablished"},
  };
  for (const Case& each : cases) {
    ConfigNode node = nat44Node();
    each.change(node);
    const CreateResult result = createNetworkFunction("nat44", node);
    CHECK_EQ(std::string(each.name) + ": " + result.error.code,
             std::string(each.name) + ": " + each.code);
    CHECK_EQ(result.error.field, each.field);
    CHECK(result.error.message.size() > 20);
    CHECK(result.function == nullptr);
  }
}

TEST("more than 64 pool addresses are refused") {
  ConfigNode node = nat44Node();
  ConfigNode pool = array({});
  for (int i = 10; i < 75; ++i) pool.items.push_back(text("203.0.113." + std::to_string(i)));
  put(node, {"pool"}, pool);
  CHECK_EQ(errorOf(node).code, "CONFIG_RANGE");
  pool.items.pop_back();
  put(node, {"pool"}, pool);
  CHECK(errorOf(node).ok());
}

TEST("the registry makes what it lists and names what it knows") {
  const CreateResult made = createNetworkFunction("nat44", nat44Node());
  CHECK(made.error.ok());
  CHECK(made.function != nullptr);
  CHECK_EQ(made.function->kind(), "nat44");
  const CreateResult unknown = createNetworkFunction("nat66", nat44Node());
  CHECK_EQ(unknown.error.code, "NF_UNKNOWN_KIND");
  CHECK(unknown.error.message.find("nat44") != std::string::npos);
  for (const NetworkFunctionKind& kind : networkFunctionKinds()) {
    CHECK(kind.ports > 0 || kind.name == "plugin");
  }
}

}  // namespace
}  // namespace ferry::test
