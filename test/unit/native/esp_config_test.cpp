// The VPN concentrator's configuration: read whole, and each bad value refused by its field.
#include "nf/esp_config.hpp"

#include "check.hpp"
#include "config_nodes.hpp"
#include "nf/registry.hpp"

namespace ferry::test {
namespace {

const std::string kKeyOut = "000102030405060708090a0b0c0d0e0f10111213";
const std::string kKeyIn = kKeyOut + "1415161718191a1b1c1d1e1f20212223";

ConfigNode sa(double spi, const std::string& key) {
  return object({{"spi", number(spi)}, {"key", text(key)}});
}

ConfigNode tunnelNode() {
  return object({{"remote", text("203.0.113.9")},
                 {"localNet", text("10.0.0.0/16")},
                 {"remoteNet", text("10.2.0.0/16")},
                 {"out", sa(4097, kKeyOut)},
                 {"in", sa(8193, kKeyIn)}});
}

ConfigNode espNode() {
  return object({
      {"inside", object({{"mac", text("02:fe:00:00:00:01")}, {"address", text("10.0.0.1/16")}})},
      {"outside",
       object({{"mac", text("02:fe:00:00:00:02")}, {"address", text("203.0.113.1/24")}})},
      {"tunnels", array({tunnelNode()})},
  });
}

ConfigNode withTunnel(const ConfigNode& tunnel) {
  ConfigNode node = espNode();
  put(node, {"tunnels"}, array({tunnel}));
  return node;
}

void checkRefused(const ConfigNode& node, const std::string& code, const std::string& field) {
  const CreateResult result = createNetworkFunction("esp", node);
  CHECK(result.function == nullptr);
  CHECK_EQ(result.error.code, code);
  CHECK_EQ(result.error.field, field);
}

TEST("a whole configuration is read, with its defaults") {
  ConfigError error;
  const EspConfig config = parseEspConfig(espNode(), error);
  CHECK_EQ(error.message, "");
  CHECK_EQ(config.window, 1024u);
  CHECK_EQ(config.sequenceLease, 1u << 20);
  CHECK_EQ(config.mtu, 1500u);
  CHECK_EQ(config.tunnels.size(), 1u);
  const EspTunnel& tunnel = config.tunnels.at(0);
  CHECK_EQ(tunnel.out.spi, 4097u);
  CHECK_EQ(tunnel.out.key.size(), 20u);
  CHECK_EQ(tunnel.in.key.size(), 36u);
  CHECK_EQ(tunnel.in.key.at(35), 0x23);
  CHECK(tunnel.extendedSequence);
  CHECK(tunnel.localNet.contains(*parseIpv4("10.0.255.255")));
  CHECK(!tunnel.localNet.contains(*parseIpv4("10.1.0.0")));
  CHECK(createNetworkFunction("esp", espNode()).function != nullptr);
}

TEST("each bad value of a tunnel is refused, and names its field") {
  struct Case {
    std::initializer_list<std::string> path;
    ConfigNode value;
    const char* code;
    const char* field;
  };
  ConfigNode yes;
  yes.type = ConfigNode::Type::number;
  const Case cases[] = {
      {{"remote"}, text("224.0.0.1"), "CONFIG_ADDRESS", "tunnels[0].remote"},
      {{"remote"}, text("203.0.113.1"), "CONFIG_ADDRESS", "tunnels[0].remote"},
      {{"localNet"}, text("10.0.0.0"), "CONFIG_ADDRESS", "tunnels[0].localNet"},
      {{"remoteNet"}, text("10.0.0.0/33"), "CONFIG_ADDRESS", "tunnels[0].remoteNet"},
      {{"extendedSequence"}, yes, "CONFIG_TYPE", "tunnels[0].extendedSequence"},
      {{"out", "spi"}, number(255), "CONFIG_RANGE", "tunnels[0].out.spi"},
      {{"in", "key"}, text(kKeyOut + "00"), "CONFIG_RANGE", "tunnels[0].in.key"},
      {{"in", "key"}, text("xy" + kKeyOut.substr(2)), "CONFIG_RANGE", "tunnels[0].in.key"},
      {{"in", "key"}, number(7), "CONFIG_RANGE", "tunnels[0].in.key"},
      {{"in", "key"}, text(kKeyOut), "CONFIG_RANGE", "tunnels[0].in.key"},
      {{"lifetime"},
       object({{"hardBytes", number(-1)}}),
       "CONFIG_RANGE",
       "tunnels[0].lifetime.hardBytes"},
      {{"colour"}, number(1), "CONFIG_UNKNOWN_KEY", "tunnels[0].colour"},
  };
  for (const Case& each : cases) {
    ConfigNode tunnel = tunnelNode();
    put(tunnel, each.path, each.value);
    checkRefused(withTunnel(tunnel), each.code, each.field);
  }
}

TEST("an SPI or a key of another tunnel is refused") {
  ConfigNode node = espNode();
  ConfigNode second = tunnelNode();
  put(node, {"tunnels"}, array({tunnelNode(), second}));
  checkRefused(node, "CONFIG_RANGE", "tunnels[1].in.spi");
  put(second, {"in"}, sa(8194, kKeyIn));
  put(node, {"tunnels"}, array({tunnelNode(), second}));
  checkRefused(node, "CONFIG_RANGE", "tunnels[1].out.key");
}

TEST("window, lease and MTU have bounds") {
  for (const auto& [key, value] : {std::pair{"antiReplayWindow", 100.0},
                                   {"antiReplayWindow", 4160.0},
                                   {"sequenceLease", 1.0},
                                   {"mtu", 9000.0}}) {
    ConfigNode node = espNode();
    put(node, {key}, number(value));
    checkRefused(node, "CONFIG_RANGE", key);
  }
  ConfigNode node = espNode();
  put(node, {"outside", "gateway"}, text("198.51.100.1"));
  checkRefused(node, "CONFIG_ADDRESS", "outside.gateway");
}

}  // namespace
}  // namespace ferry::test
