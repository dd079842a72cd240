// Flows through a NAT for measurements: their mappings, and the headers of packets both ways.
#pragma once

#include "flows.hpp"
#include "nf/nat44.hpp"

namespace ferry::bench {

inline Nat44Config natConfigFor(std::uint32_t flows) {
  Nat44Config config;
  static_cast<RouterPorts&>(config) = benchPorts();
  for (std::uint32_t i = 0; i < 32; ++i)
    config.pool.push_back(0xcb007101 + i * 2 + (i > 3 ? 2 : 0));
  config.capacity = std::max<std::uint32_t>(flows, 1'000);
  return config;
}

class NatFlows final : public Flows {
 public:
  using Flows::Flows;

 private:
  static constexpr std::uint32_t kClients = 1'000;
  static constexpr std::uint32_t kFirstClient = 0x0a000101;  // 10.0.1.1

  void greet(NetworkFunction& nat, TimeMs now) override {
    const std::uint32_t clients = std::min(kClients, static_cast<std::uint32_t>(size()));
    for (std::uint32_t client = 0; client < clients; ++client) {
      meet(nat, RouterPorts::kInside, kFirstClient + client, now);
    }
  }
  /** The mapping of a flow, and the answer that its translation asks for. */
  void openFlow(NetworkFunction& nat, std::uint32_t flow, Header& outbound, Header& inbound,
                TimeMs now) override {
    const traffic::Socket4 client{kFirstClient + flow % kClients,
                                  static_cast<std::uint16_t>(10'000 + flow / kClients)};
    const traffic::Socket4 server{kServer, 5'000};
    outbound = writeUdp(RouterPorts::kInside, client, server);
    forward(nat, RouterPorts::kInside, now);
    traffic::Probe translated;
    if (readProbe(buffer_, translated) != traffic::ProbeStatus::intact) {
      std::fprintf(stderr, "the NAT did not translate the first packet of a flow\n");
      std::exit(1);
    }
    inbound = writeUdp(RouterPorts::kOutside, server, translated.source);
  }
};

}  // namespace ferry::bench
