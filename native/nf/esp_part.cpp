#include "esp_part.hpp"

#include "esp.hpp"

namespace ferry {
namespace {

bool meant(const FlowFilter& filter, const EspTunnel& tunnel) {
  const bool spi = filter.spi == 0 || tunnel.out.spi == filter.spi || tunnel.in.spi == filter.spi;
  const Ipv4Prefix& source = filter.source;
  return spi && tunnel.localNet.length >= source.length &&
         ((tunnel.localNet.address ^ source.address) & prefixMask(source.length)) == 0;
}

std::uint64_t tunnelsOf(const FlowFilter& filter, const EspConfig& config) {
  std::uint64_t tunnels = 0;
  for (std::size_t i = 0; i < config.tunnels.size(); ++i) {
    if (meant(filter, config.tunnels[i])) tunnels |= std::uint64_t{1} << i;
  }
  return tunnels;
}

/** Some address belongs to both. */
bool overlap(const Subnet& a, const Subnet& b) {
  return a.length < b.length ? a.contains(b.address) : b.contains(a.address);
}

Error unsupported(const char* message) { return {"FLOWS_UNSUPPORTED", "flows", message}; }

}  // namespace

std::optional<Error> EspPart::fault(const FlowFilter& filter, const EspConfig& config) {
  if (filter.hasPorts()) return unsupported("Tunnels are divided by src or spi.");
  const std::uint64_t tunnels = tunnelsOf(filter, config);
  if (tunnels == 0) return unsupported("No tunnel has this SPI, or a localNet within this prefix.");
  for (std::size_t i = 0; i < config.tunnels.size(); ++i) {
    for (std::size_t j = 0; j < config.tunnels.size(); ++j) {
      if ((tunnels >> i & 1) == 0 || (tunnels >> j & 1) != 0) continue;
      const EspTunnel& in = config.tunnels[i];
      const EspTunnel& out = config.tunnels[j];
      if (in.remote == out.remote) {
        return unsupported("Another tunnel of the same peer is not meant: they move together.");
      }
      if (overlap(in.localNet, out.localNet) && overlap(in.remoteNet, out.remoteNet)) {
        return unsupported("The selectors of another tunnel overlap: they move together.");
      }
    }
  }
  return std::nullopt;
}

std::unique_ptr<NetworkFunction> EspPart::another(const EspConfig& config) {
  return std::make_unique<Esp>(config);
}

EspPart::EspPart(const FlowFilter& filter, const EspConfig& config)
    : config_(config), tunnels_(tunnelsOf(filter, config)) {}

bool EspPart::holdsPlain(std::uint32_t local, std::uint32_t remote) const {
  for (std::size_t i = 0; i < config_.tunnels.size(); ++i) {
    const EspTunnel& tunnel = config_.tunnels[i];
    if (!tunnel.localNet.contains(local) || !tunnel.remoteNet.contains(remote)) continue;
    if (holdsTunnel(i)) return true;
  }
  return false;
}

bool EspPart::holdsPeer(std::uint32_t peer) const {
  for (std::size_t i = 0; i < config_.tunnels.size(); ++i) {
    if (holdsTunnel(i) && config_.tunnels[i].remote == peer) return true;
  }
  return false;
}

}  // namespace ferry
