#include "esp_config.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <string>

#include "../core/config_reader.hpp"
#include "digest.hpp"

namespace ferry {
namespace {

constexpr std::size_t kSalt = 4;
constexpr std::uint64_t kMaxCount = 1ull << 53;  // what JSON carries exactly

void readKey(ConfigReader& reader, const ConfigNode& node, EspSaConfig& sa) {
  const ConfigNode* key = node.find("key");
  const std::string text =
      key != nullptr && key->type == ConfigNode::Type::string ? key->text : std::string{};
  const std::size_t bytes = text.size() / 2;
  bool good = text.size() % 2 == 0 && (bytes == 16 + kSalt || bytes == 32 + kSalt);
  for (std::size_t i = 0; good && i < bytes; ++i) {
    std::uint8_t value = 0;
    const char* at = text.data() + i * 2;
    const auto [end, error] = std::from_chars(at, at + 2, value, 16);
    good = error == std::errc{} && end == at + 2;
    sa.key.push_back(value);
  }
  if (!good) {
    reader.refuse(
        "key", "CONFIG_RANGE",
        "is no key; give 40 hexadecimal digits (AES-128) or 72 (AES-256): the key, then 4 "
        "bytes of salt.");
  }
}

void readSa(ConfigReader& parent, std::string_view name, EspSaConfig& sa, ConfigError& error) {
  const ConfigNode& node = parent.object(name, true);
  ConfigReader reader(node, parent.path(name), {"spi", "key"}, error);
  // 0 to 255 are reserved (RFC 4303 section 2.1).
  sa.spi = static_cast<std::uint32_t>(reader.integer("spi", 256, 0xffffffff));
  readKey(reader, node, sa);
}

void readLifetime(const ConfigNode& node, EspTunnel& tunnel, const std::string& path,
                  ConfigError& error) {
  ConfigReader reader(node, path, {"softPackets", "hardPackets", "softBytes", "hardBytes"}, error);
  tunnel.softPackets = reader.integer("softPackets", 0, kMaxCount, 0);
  tunnel.hardPackets = reader.integer("hardPackets", 0, kMaxCount, 0);
  tunnel.softBytes = reader.integer("softBytes", 0, kMaxCount, 0);
  tunnel.hardBytes = reader.integer("hardBytes", 0, kMaxCount, 0);
}

EspTunnel readTunnel(const ConfigNode& node, const std::string& path, const EspConfig& config,
                     ConfigError& error) {
  EspTunnel tunnel;
  ConfigReader reader(
      node, path, {"remote", "localNet", "remoteNet", "extendedSequence", "out", "in", "lifetime"},
      error);
  tunnel.remote = reader.ipv4("remote");
  if (!isUnicastIpv4(tunnel.remote) || tunnel.remote == config.outside.address) {
    reader.refuse("remote", "CONFIG_ADDRESS", "is not the address of a peer.");
  }
  tunnel.localNet = readSubnet(reader, "localNet");
  tunnel.remoteNet = readSubnet(reader, "remoteNet");
  if (const ConfigNode* extended = node.find("extendedSequence"); extended != nullptr) {
    if (extended->type != ConfigNode::Type::boolean) {
      reader.refuse("extendedSequence", "CONFIG_TYPE", "must be true or false.");
    }
    tunnel.extendedSequence = extended->boolean;
  }
  readSa(reader, "out", tunnel.out, error);
  readSa(reader, "in", tunnel.in, error);
  readLifetime(reader.object("lifetime", false), tunnel, reader.path("lifetime"), error);
  return tunnel;
}

/** A key is one SA's alone: with one key no IV may come twice. */
void refuseShared(ConfigReader& reader, const EspConfig& config, const EspTunnel& added,
                  const std::string& key) {
  const auto refuse = [&](const char* field, const char* message) {
    reader.refuse(key + field, "CONFIG_RANGE", message);
  };
  if (added.out.key == added.in.key) refuse(".in.key", "is the key of out; give each its own.");
  for (const EspTunnel& other : config.tunnels) {
    if (other.in.spi == added.in.spi) refuse(".in.spi", "is that of another tunnel.");
    for (const EspSaConfig* sa : {&other.out, &other.in}) {
      if (sa->key == added.out.key) refuse(".out.key", "is that of another tunnel.");
      if (sa->key == added.in.key) refuse(".in.key", "is that of another tunnel.");
    }
  }
}

}  // namespace

EspConfig parseEspConfig(const ConfigNode& node, ConfigError& error) {
  ConfigReader reader(node, "",
                      {"inside", "outside", "antiReplayWindow", "sequenceLease", "mtu", "tunnels"},
                      error);
  EspConfig config{readRouterConfig(reader, error), {}};
  config.window = static_cast<std::uint32_t>(reader.integer(
      "antiReplayWindow", EspConfig::kMinWindow, EspConfig::kMaxWindow, config.window));
  if (config.window % 64 != 0) {
    reader.refuse("antiReplayWindow", "CONFIG_RANGE", "must be a multiple of 64.");
  }
  config.sequenceLease = reader.integer("sequenceLease", 1024, 1ull << 30, config.sequenceLease);
  config.mtu = static_cast<std::uint32_t>(reader.integer("mtu", 576, 1500, config.mtu));
  const ConfigNode& tunnels = reader.array("tunnels", 1, EspConfig::kMaxTunnels);
  for (std::size_t i = 0; i < tunnels.items.size() && error.ok(); ++i) {
    const std::string key = "tunnels[" + std::to_string(i) + "]";
    const EspTunnel tunnel = readTunnel(tunnels.items[i], key, config, error);
    refuseShared(reader, config, tunnel, key);
    config.tunnels.push_back(tunnel);
  }
  return config;
}

std::uint64_t EspConfig::digest() const {
  constexpr std::uint64_t kStateFormat = 1;  // counts up when statelets or snapshots change
  Digest digest;
  digest.add(kStateFormat);
  digest.add(inside);
  digest.add(outside);
  for (const auto& gateway : {insideGateway, outsideGateway}) digest.add(gateway.value_or(0));
  for (const std::uint64_t value : {std::uint64_t{window}, sequenceLease, std::uint64_t{mtu}}) {
    digest.add(value);
  }
  for (const EspTunnel& tunnel : tunnels) {
    digest.add(tunnel.remote);
    for (const Subnet& net : {tunnel.localNet, tunnel.remoteNet}) {
      digest.add(net.address);
      digest.add(net.length);
    }
    for (const std::uint64_t value : {std::uint64_t{tunnel.extendedSequence}, tunnel.softPackets,
                                      tunnel.hardPackets, tunnel.softBytes, tunnel.hardBytes}) {
      digest.add(value);
    }
    for (const EspSaConfig* sa : {&tunnel.out, &tunnel.in}) {
      digest.add(sa->spi);
      // The digest crosses the network: it must not tell of the key.
      std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
      EVP_Digest(sa->key.data(), sa->key.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
      digest.add(ByteView(hash).first(8));
    }
  }
  return digest.value();
}

}  // namespace ferry
