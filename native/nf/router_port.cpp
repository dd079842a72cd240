#include "router_port.hpp"

namespace ferry {

void readRouterPort(ConfigReader& reader, RouterPort& port) {
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

void refuseOverlap(ConfigReader& outside, const RouterPorts& ports) {
  if (ports.outside.connected(ports.inside.address) ||
      ports.inside.connected(ports.outside.address)) {
    outside.refuse("address", "CONFIG_ADDRESS",
                   "overlaps the subnet of inside.address; give the two ports different subnets.");
  }
}

}  // namespace ferry
