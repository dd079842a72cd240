#include "nat44_config.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "../core/config_reader.hpp"
#include "digest.hpp"

namespace ferry {
namespace {

constexpr std::uint64_t kMaxTimeoutMs = 7 * 24 * 3600 * 1000ull;

void readOutside(const ConfigNode& node, Nat44Config& config, ConfigError& error) {
  ConfigReader reader(node, "outside", {"mac", "address", "gateway"}, error);
  readRouterPort(reader, config.outside);
  refuseOverlap(reader, config);
  if (!reader.has("gateway")) return;
  config.gateway = reader.ipv4("gateway");
  if (!config.outside.isHost(*config.gateway) || *config.gateway == config.outside.address) {
    reader.refuse("gateway", "CONFIG_ADDRESS",
                  "is not another host of the outside subnet; give a router next to the NAT.");
  }
}

bool usableInPool(const Nat44Config& config, std::uint32_t address) {
  return isUnicastIpv4(address) && !config.inside.connected(address) && config.gateway != address &&
         (!config.outside.connected(address) || config.outside.isHost(address));
}

void readPool(ConfigReader& reader, Nat44Config& config) {
  const ConfigNode& pool = reader.array("pool", 1, Nat44Config::kMaxPool);
  for (std::size_t i = 0; i < pool.items.size(); ++i) {
    const ConfigNode& item = pool.items[i];
    const std::string key = "pool[" + std::to_string(i) + "]";
    const auto address =
        item.type == ConfigNode::Type::string ? parseIpv4(item.text) : std::nullopt;
    if (!address || !usableInPool(config, *address)) {
      reader.refuse(key, "CONFIG_ADDRESS",
                    "is not an IPv4 address that the NAT can own outside; give one that is not in "
                    "the inside subnet, not the gateway and not a network or broadcast address.");
      return;
    }
    if (std::find(config.pool.begin(), config.pool.end(), *address) != config.pool.end()) {
      reader.refuse(key, "CONFIG_ADDRESS", "is in the pool twice; remove one.");
      return;
    }
    config.pool.push_back(*address);
  }
}

bool overlap(const Subnet& a, const Subnet& b) {
  return a.length < b.length ? a.contains(b.address) : b.contains(a.address);
}

void readPairedNets(ConfigReader& reader, Nat44Config& config) {
  const ConfigNode& nets = reader.array("pairedNets", config.pool.size(), config.pool.size());
  for (std::size_t i = 0; i < nets.items.size(); ++i) {
    const std::string key = "pairedNets[" + std::to_string(i) + "]";
    const auto net = nets.items[i].type == ConfigNode::Type::string
                         ? parseIpv4Prefix(nets.items[i].text, 0, 32)
                         : std::nullopt;
    if (!net) {
      reader.refuse(key, "CONFIG_ADDRESS", "is not a network such as 10.0.0.0/25.");
      return;
    }
    const Subnet subnet{net->address & prefixMask(net->length), net->length};
    for (const Subnet& other : config.pairedNets) {
      if (!overlap(subnet, other)) continue;
      reader.refuse(key, "CONFIG_ADDRESS", "overlaps one before it; a host has one pool address.");
      return;
    }
    config.pairedNets.push_back(subnet);
  }
}

void readPortRange(const ConfigNode& node, Nat44Config& config, ConfigError& error) {
  ConfigReader reader(node, "portRange", {"first", "last"}, error);
  config.firstPort = static_cast<std::uint16_t>(reader.integer("first", 1, 65535, 1024));
  config.lastPort = static_cast<std::uint16_t>(reader.integer("last", 1, 65535, 65535));
  if (config.firstPort > config.lastPort) {
    reader.refuse("last", "CONFIG_RANGE", "is below portRange.first; give first <= last.");
  }
}

void readPortBlocks(const ConfigNode& node, Nat44Config& config, ConfigError& error) {
  ConfigReader reader(node, "portBlocks", {"size", "perSubscriber"}, error);
  const std::uint64_t size = reader.integer("size", PortBlocks::kMinSize, PortBlocks::kMaxSize);
  if (!std::has_single_bit(size)) {
    reader.refuse("size", "CONFIG_RANGE", "is not a power of two; give one, such as 512.");
  }
  if ((config.firstPort + size - 1) / size >= (config.lastPort + std::uint64_t{1}) / size) {
    reader.refuse("size", "CONFIG_RANGE",
                  "leaves no whole block in portRange; blocks begin at multiples of their size.");
  }
  config.portBlocks.size = static_cast<std::uint32_t>(size);
  config.portBlocks.perSubscriber =
      static_cast<std::uint32_t>(reader.integer("perSubscriber", 1, PortBlocks::kMaxPerSubscriber));
}

void readLimits(const ConfigNode& node, Nat44Config& config, ConfigError& error) {
  ConfigReader reader(node, "limits", {"mappingsPerSubscriber"}, error);
  if (!reader.has("mappingsPerSubscriber")) return;
  config.mappingsPerSubscriber = static_cast<std::uint32_t>(
      reader.integer("mappingsPerSubscriber", 1, Nat44Config::kMaxCapacity));
}

void readTimeouts(const ConfigNode& node, Nat44Config& config, ConfigError& error) {
  ConfigReader reader(node, "timeoutsMs", {"udp", "tcpEstablished", "tcpTransitory", "icmp"},
                      error);
  const auto read = [&](std::string_view key, TimeMs min, TimeMs fallback) {
    return reader.integer(key, min, kMaxTimeoutMs, fallback);
  };
  config.udpTimeout = read("udp", 120'000, config.udpTimeout);
  config.tcpEstablishedTimeout = read("tcpEstablished", 7'440'000, config.tcpEstablishedTimeout);
  config.tcpTransitoryTimeout = read("tcpTransitory", 240'000, config.tcpTransitoryTimeout);
  config.icmpTimeout = read("icmp", 60'000, config.icmpTimeout);
}

}  // namespace

Nat44Config parseNat44Config(const ConfigNode& node, ConfigError& error) {
  Nat44Config config;
  ConfigReader reader(node, "",
                      {"inside", "outside", "pool", "pairedNets", "portRange", "capacity",
                       "portBlocks", "limits", "timeoutsMs"},
                      error);
  ConfigReader inside(reader.object("inside", true), "inside", {"mac", "address"}, error);
  readRouterPort(inside, config.inside);
  readOutside(reader.object("outside", true), config, error);
  readPool(reader, config);
  if (reader.has("pairedNets")) readPairedNets(reader, config);
  readPortRange(reader.object("portRange", false), config, error);
  config.capacity =
      static_cast<std::uint32_t>(reader.integer("capacity", 1, Nat44Config::kMaxCapacity));
  if (reader.has("portBlocks")) readPortBlocks(reader.object("portBlocks", true), config, error);
  readLimits(reader.object("limits", false), config, error);
  readTimeouts(reader.object("timeoutsMs", false), config, error);
  return config;
}

std::size_t Nat44Config::poolOf(std::uint32_t host, std::size_t attempt) const {
  if (pairedNets.empty()) return attempt < pool.size() ? (host + attempt) % pool.size() : kNoPool;
  for (std::size_t i = 0; i < pairedNets.size() && attempt == 0; ++i) {
    if (pairedNets[i].contains(host)) return i;
  }
  return kNoPool;
}

std::uint64_t Nat44Config::digest() const {
  constexpr std::uint64_t kStateFormat = 1;  // counts up when statelets or snapshots change
  Digest digest;
  digest.add(kStateFormat);
  digest.add(inside);
  digest.add(outside);
  digest.add(gateway.value_or(0));
  digest.add(pool.size());
  for (const std::uint32_t address : pool) digest.add(address);
  for (const std::uint64_t value :
       {std::uint64_t{firstPort}, std::uint64_t{lastPort}, std::uint64_t{capacity}, udpTimeout,
        tcpEstablishedTimeout, tcpTransitoryTimeout, icmpTimeout}) {
    digest.add(value);
  }
  if (portBlocks.size != 0) {
    digest.add(portBlocks.size);
    digest.add(portBlocks.perSubscriber);
  }
  for (const Subnet& net : pairedNets) digest.add(std::uint64_t{net.address} << 8 | net.length);
  if (mappingsPerSubscriber != 0) digest.add(mappingsPerSubscriber);
  return digest.value();
}

}  // namespace ferry
