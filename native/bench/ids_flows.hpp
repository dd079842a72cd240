// TCP connections through an IDS for measurements: each segment brings a stream on.
#pragma once

#include "flows.hpp"
#include "nf/ids/ids.hpp"
#include "proto/tcp.hpp"

namespace ferry::bench {

inline ids::IdsConfig idsConfigFor(std::uint32_t flows) {
  ids::IdsConfig config;
  static_cast<RouterPorts&>(config) = benchPorts();
  config.capacity = std::max<std::uint32_t>(flows, 1'000);
  auto rules = std::make_shared<ids::RuleSet>(ids::Variables{});
  rules->addRule("bench", 1,
                 "alert tcp any any -> any any (msg:\"never\"; content:\"not in zeros\"; sid:1;)");
  rules->finish();
  config.rules = std::move(rules);
  return config;
}

class IdsFlows final : public Flows {
 public:
  using Flows::Flows;
  std::uint32_t sequenceStep() const override {
    return static_cast<std::uint32_t>(buffer_.size() - kHeaders);
  }

 private:
  static constexpr std::uint32_t kClients = 250;
  static constexpr std::uint32_t kFirstClient = 0x0a000101;  // 10.0.1.1
  static constexpr std::size_t kIp = 14;
  static constexpr std::size_t kTcp = kIp + Ipv4View::kMinHeader;
  static constexpr std::size_t kHeaders = kTcp + TcpView::kMinHeader;
  static constexpr std::uint8_t kSyn = 0x02;
  static constexpr std::uint8_t kAck = 0x10;

  void greet(NetworkFunction& ids, TimeMs now) override {
    const std::uint32_t clients = std::min(kClients, static_cast<std::uint32_t>(size()));
    for (std::uint32_t client = 0; client < clients; ++client) {
      meet(ids, RouterPorts::kInside, kFirstClient + client, now);
    }
  }
  void openFlow(NetworkFunction& ids, std::uint32_t flow, Header& outbound, Header& inbound,
                TimeMs now) override {
    const std::size_t whole = buffer_.size();
    buffer_.resize(kHeaders);
    write(RouterPorts::kInside, flow, 0, kSyn);
    forward(ids, RouterPorts::kInside, now);
    write(RouterPorts::kOutside, flow, 0, kSyn | kAck);
    forward(ids, RouterPorts::kOutside, now);
    write(RouterPorts::kInside, flow, 1, kAck);
    forward(ids, RouterPorts::kInside, now);
    buffer_.resize(whole);
    write(RouterPorts::kInside, flow, 1, kAck);
    outbound = headerInBuffer();
    write(RouterPorts::kOutside, flow, 1, kAck);
    inbound = headerInBuffer();
  }

  /** A segment with a payload of zeros. */
  void write(PortIndex port, std::uint32_t flow, std::uint32_t sequence, std::uint8_t flags) {
    std::fill(buffer_.begin(), buffer_.end(), std::uint8_t{0});
    std::copy_n(benchPorts().port(port).mac.data(), 6, buffer_.data());
    std::copy_n(kHostMac.data(), 6, buffer_.data() + 6);
    store16(buffer_.data() + 12, ether_type::kIpv4);
    const bool up = port == RouterPorts::kInside;
    const std::uint32_t client = kFirstClient + flow % kClients;
    const auto clientPort = static_cast<std::uint16_t>(10'000 + flow / kClients);
    Ipv4Fields fields;
    fields.protocol = ip_protocol::kTcp;
    fields.source = up ? client : kServer;
    fields.destination = up ? kServer : client;
    writeIpv4Header(Bytes(buffer_).subspan(kIp), fields);
    std::uint8_t* tcp = buffer_.data() + kTcp;
    store16(tcp, up ? clientPort : 80);
    store16(tcp + 2, up ? 80 : clientPort);
    store32(tcp + 4, sequence);
    store32(tcp + 8, 1);
    tcp[12] = 0x50;
    tcp[13] = flags;
    const Bytes segment = Bytes(buffer_).subspan(kTcp);
    store16(tcp + TcpView::kChecksumOffset,
            checksum(segment, pseudoHeaderSum(fields.source, fields.destination, fields.protocol,
                                              segment.size())));
  }
};

}  // namespace ferry::bench
