// What belongs to a part of a VPN concentrator's work: some of its tunnels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "../core/nf.hpp"
#include "esp_config.hpp"
#include "esp_sa.hpp"
#include "inside_part.hpp"

namespace ferry {

/**
 * A filter means the tunnels that have the SPI in either direction, and whose protected network
 * lies within the prefix. All tunnels of a peer belong to one part: outside, they look alike.
 */
class EspPart {
 public:
  using Config = EspConfig;

  static std::optional<Error> fault(const FlowFilter& filter, const EspConfig& config);
  static std::unique_ptr<NetworkFunction> another(const EspConfig& config);

  EspPart(const FlowFilter& filter, const EspConfig& config);

  bool holds(const Packet& packet) const {
    const auto ends = ipv4Ends({packet.data, packet.length});
    return ends &&
           (packet.port == RouterPorts::kInside ? holdsPlain(ends->source, ends->destination)
                                                : holdsPeer(ends->source));
  }
  bool operator()(const EspSa& sa) const { return holdsTunnel(sa.tunnel()); }
  bool operator()(const WaitingFrame& waiting) const {
    const auto ends = ipv4Ends({waiting.frame.data(), waiting.length});
    return ends &&
           (waiting.port == RouterPorts::kInside ? holdsPlain(ends->destination, ends->source)
                                                 : holdsPeer(ends->destination));
  }

 private:
  static_assert(EspConfig::kMaxTunnels <= 64);

  bool holdsTunnel(std::size_t tunnel) const { return (tunnels_ >> tunnel & 1) != 0; }
  bool holdsPlain(std::uint32_t local, std::uint32_t remote) const;
  bool holdsPeer(std::uint32_t peer) const;

  const EspConfig& config_;
  std::uint64_t tunnels_;  // a bit each
};

}  // namespace ferry
