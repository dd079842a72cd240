#include "router_config.hpp"

namespace ferry {
namespace {

void readPort(ConfigReader& reader, RouterPort& port) {
  port.mac = reader.stationMac("mac");
  const Ipv4Prefix prefix = reader.ipv4Prefix("address", 8, 30);
  port.address = prefix.address;
  port.prefix = prefix.length;
  if (!isUnicastIpv4(port.address) || !port.isHost(port.address)) {
    reader.refuse("address", "CONFIG_ADDRESS",
                  "is not the address of a host; use neither the subnet's own nor its broadcast "
                  "address, nor one of 0/8, 127/8, 224/3.");
  }
}

void addPort(Digest& digest, const RouterPort& port) {
  for (const std::uint8_t byte : port.mac) digest.add(byte);
  digest.add(port.address);
  digest.add(port.prefix);
}

}  // namespace

std::optional<std::uint32_t> readRouterPorts(ConfigReader& reader, RouterPorts& ports,
                                             ConfigError& error) {
  ConfigReader inside(reader.object("inside", true), "inside", {"mac", "address"}, error);
  readPort(inside, ports.inside);
  ConfigReader outside(reader.object("outside", true), "outside", {"mac", "address", "gateway"},
                       error);
  readPort(outside, ports.outside);
  if (ports.outside.connected(ports.inside.address) ||
      ports.inside.connected(ports.outside.address)) {
    outside.refuse("address", "CONFIG_ADDRESS",
                   "overlaps the subnet of inside.address; give the two ports different subnets.");
  }
  if (!outside.has("gateway")) return std::nullopt;
  const std::uint32_t gateway = outside.ipv4("gateway");
  if (!ports.outside.isHost(gateway) || gateway == ports.outside.address) {
    outside.refuse("gateway", "CONFIG_ADDRESS",
                   "is not another host of the outside subnet; give a router next to this one.");
  }
  return gateway;
}

void addToDigest(Digest& digest, const RouterPorts& ports) {
  addPort(digest, ports.inside);
  addPort(digest, ports.outside);
}

}  // namespace ferry
