// Subscribers of a packet gateway for measurements: what each has used, and packets both ways.
#pragma once

#include "flows.hpp"
#include "nf/pg.hpp"

namespace ferry::bench {

inline constexpr std::uint32_t kSubscribers = 0x64400000;  // 100.64.0.0/10, behind one gateway
inline constexpr std::uint32_t kSubscribersGateway = 0x0a000002;

inline PgConfig pgConfigFor(std::uint32_t subscribers) {
  PgConfig config;
  static_cast<RouterPorts&>(config) = benchPorts();
  config.insideGateway = kSubscribersGateway;
  config.capacity = std::max<std::uint32_t>(subscribers, 1'000);
  PgRule rule;
  rule.net = {kSubscribers, 10};
  config.rules.push_back(rule);
  return config;
}

class PgFlows final : public Flows {
 public:
  using Flows::Flows;

 private:
  void greet(NetworkFunction& pg, TimeMs now) override {
    meet(pg, RouterPorts::kInside, kSubscribersGateway, now);
  }
  void openFlow(NetworkFunction& pg, std::uint32_t flow, Header& outbound, Header& inbound,
                TimeMs now) override {
    const traffic::Socket4 client{kSubscribers + 1 + flow, 10'000};
    const traffic::Socket4 server{kServer, 5'000};
    inbound = writeUdp(RouterPorts::kOutside, server, client);
    outbound = writeUdp(RouterPorts::kInside, client, server);
    forward(pg, RouterPorts::kInside, now);
  }
};

}  // namespace ferry::bench
