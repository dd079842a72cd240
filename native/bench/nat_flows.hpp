// Flows through a NAT for measurements: their mappings, and the headers of packets both ways.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "core/clock.hpp"
#include "nf/nat44.hpp"
#include "traffic/arp_endpoint.hpp"
#include "traffic/probe.hpp"

namespace ferry::bench {

inline constexpr std::uint32_t kClients = 1'000;
inline constexpr std::uint32_t kFirstClient = 0x0a000101;  // 10.0.1.1
inline constexpr std::uint32_t kServer = 0xcb007109;       // 203.0.113.9
inline constexpr MacAddress kHostMac{0x02, 0xfa, 0, 0, 0, 1};
// Everything that the NAT reads or writes of a UDP packet, and room for its incremental sums.
inline constexpr std::size_t kHeaderBytes = 64;
using Header = std::array<std::uint8_t, kHeaderBytes>;

inline Nat44Config natConfigFor(std::uint32_t flows) {
  Nat44Config config;
  config.inside = {{0x02, 0xfe, 0, 0, 0, 1}, 0x0a000001, 16};
  config.outside = {{0x02, 0xfe, 0, 0, 0, 2}, 0xcb007101, 24};
  for (std::uint32_t i = 0; i < 32; ++i)
    config.pool.push_back(0xcb007101 + i * 2 + (i > 3 ? 2 : 0));
  config.capacity = std::max<std::uint32_t>(flows, 1'000);
  return config;
}

/** Packets of `flows` flows, in another order than the mappings lie in, as it would be. */
class NatFlows {
 public:
  /** Touches all memory that it will need: what a process grows by afterwards is the NAT's. */
  NatFlows(std::uint32_t flows, std::uint32_t packetBytes)
      : config_(natConfigFor(flows)), buffer_(packetBytes), outbound_(flows), inbound_(flows) {}

  /** Makes every mapping; ends the program when the NAT refuses one. */
  void open(NetworkFunction& nat, TimeMs now) {
    meet(nat, Nat44Config::kOutside, kServer, now);
    const auto flows = static_cast<std::uint32_t>(outbound_.size());
    for (std::uint32_t client = 0; client < std::min(kClients, flows); ++client) {
      meet(nat, Nat44Config::kInside, kFirstClient + client, now);
    }
    std::vector<std::uint32_t> positions(flows);
    std::iota(positions.begin(), positions.end(), 0U);
    std::shuffle(positions.begin(), positions.end(), std::mt19937_64(1));
    for (std::uint32_t flow = 0; flow < flows; ++flow) open(nat, flow, positions[flow], now);
  }

  const Nat44Config& config() const { return config_; }
  std::size_t size() const { return outbound_.size(); }
  /** Headers of the packets of a port, one of each flow. */
  const std::vector<Header>& of(PortIndex port) const {
    return port == Nat44Config::kInside ? outbound_ : inbound_;
  }

 private:
  struct NoOutput final : Output {
    void transmit(PortIndex, ByteView) override {}
  };

  void meet(NetworkFunction& nat, PortIndex port, std::uint32_t address, TimeMs now) {
    traffic::ArpFrame request = traffic::arpRequest(kHostMac, address, config_.port(port).address);
    Packet packet{request.data(), static_cast<std::uint32_t>(request.size()),
                  static_cast<std::uint32_t>(request.size()), port};
    nat.process(packet, now, output_);
  }

  Header write(const MacAddress& to, const traffic::Socket4& source,
               const traffic::Socket4& destination) {
    traffic::ProbeWriter writer(static_cast<std::uint32_t>(buffer_.size()), kHostMac);
    writer.setNextHop(to);
    traffic::Probe probe;
    probe.source = source;
    probe.destination = destination;
    const ByteView frame = writer.write(probe);
    std::copy(frame.begin(), frame.end(), buffer_.begin());
    Header header;
    std::copy_n(frame.begin(), header.size(), header.begin());
    return header;
  }

  /** Makes the mapping of a flow, and the answer that its translation asks for. */
  void open(NetworkFunction& nat, std::uint32_t flow, std::uint32_t position, TimeMs now) {
    const traffic::Socket4 client{kFirstClient + flow % kClients,
                                  static_cast<std::uint16_t>(10'000 + flow / kClients)};
    const traffic::Socket4 server{kServer, 5'000};
    outbound_[position] = write(config_.inside.mac, client, server);
    Packet packet{buffer_.data(), static_cast<std::uint32_t>(buffer_.size()),
                  static_cast<std::uint32_t>(buffer_.size()), Nat44Config::kInside};
    traffic::Probe translated;
    if (nat.process(packet, now, output_).action != Action::forward ||
        readProbe(buffer_, translated) != traffic::ProbeStatus::intact) {
      std::fprintf(stderr, "the NAT did not forward the first packet of a flow\n");
      std::exit(1);
    }
    inbound_[position] = write(config_.outside.mac, server, translated.source);
    nat.discardMarks();
  }

  const Nat44Config config_;
  NoOutput output_;
  std::vector<std::uint8_t> buffer_;
  std::vector<Header> outbound_;
  std::vector<Header> inbound_;
};

}  // namespace ferry::bench
