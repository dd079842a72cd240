// The NAT alone: no I/O, one core. Prints one JSON line.
//
//   nat_memory FLOWS PACKET_BYTES MILLISECONDS statelets|quiet
//
// FLOWS mappings (1 to 1,000,000), packets of both directions in turn, flows in a shuffled order.
// With statelets every change is collected about every 50 ms, as while a standby is kept current.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "nf/nat44.hpp"
#include "traffic/arp_endpoint.hpp"
#include "traffic/probe.hpp"

namespace ferry {
namespace {

constexpr std::uint32_t kClients = 1'000;
constexpr std::uint32_t kFirstClient = 0x0a000101;  // 10.0.1.1
constexpr std::uint32_t kServer = 0xcb007109;       // 203.0.113.9
constexpr MacAddress kHostMac{0x02, 0xfa, 0, 0, 0, 1};
constexpr std::uint64_t kWindowNs = 50'000'000;
// Everything that the NAT reads or writes of a UDP packet, and room for its incremental sums.
constexpr std::size_t kHeaderBytes = 64;
using Header = std::array<std::uint8_t, kHeaderBytes>;

struct NoOutput final : Output {
  void transmit(PortIndex, ByteView) override {}
};

Nat44Config configFor(std::uint32_t flows) {
  Nat44Config config;
  config.inside = {{0x02, 0xfe, 0, 0, 0, 1}, 0x0a000001, 16};
  config.outside = {{0x02, 0xfe, 0, 0, 0, 2}, 0xcb007101, 24};
  for (std::uint32_t i = 0; i < 32; ++i)
    config.pool.push_back(0xcb007101 + i * 2 + (i > 3 ? 2 : 0));
  config.capacity = std::max<std::uint32_t>(flows, 1'000);
  return config;
}

class NatBench {
 public:
  NatBench(std::uint32_t flows, std::uint32_t packetBytes)
      : config_(configFor(flows)),
        nat_(std::make_unique<Nat44>(config_)),
        buffer_(packetBytes),
        outbound_(flows),
        inbound_(flows) {
    meet(Nat44Config::kOutside, kServer);
    for (std::uint32_t client = 0; client < std::min(kClients, flows); ++client) {
      meet(Nat44Config::kInside, kFirstClient + client);
    }
    // Mappings lie in another order than packets come, as they would; the packets themselves lie
    // in theirs, so that the caches' misses are the NAT's own.
    std::vector<std::uint32_t> positions(flows);
    std::iota(positions.begin(), positions.end(), 0U);
    std::shuffle(positions.begin(), positions.end(), std::mt19937_64(1));
    for (std::uint32_t flow = 0; flow < flows; ++flow) open(flow, positions[flow]);
  }

  /** Packets per second; 0 when the NAT did not forward one of them. */
  double run(std::uint64_t durationNs, bool statelets) {
    std::vector<std::uint8_t> collected(65'536);
    const std::uint64_t begin = monotonicNs();
    std::uint64_t now = begin;
    std::uint64_t nextCollect = begin + kWindowNs;
    std::uint64_t packets = 0;
    std::size_t turn = 0;
    while (now - begin < durationNs) {
      for (unsigned burst = 0; burst < 64; ++burst) {
        if (!pass(Nat44Config::kInside, outbound_[turn])) return 0;
        if (!pass(Nat44Config::kOutside, inbound_[turn])) return 0;
        turn = turn + 1 == outbound_.size() ? 0 : turn + 1;
      }
      packets += 128;
      now = monotonicNs();
      if (!statelets) {
        nat_->discardMarks();
      } else if (now >= nextCollect || nat_->collectDue()) {
        nextCollect = now + kWindowNs;
        while (nat_->dirty()) {
          ByteWriter out(collected.data(), collected.size());
          nat_->collect(out);
          stateletBytes_ += out.size();
        }
      }
    }
    packetBytes_ += packets * buffer_.size();
    return static_cast<double>(packets) * 1e9 / static_cast<double>(now - begin);
  }

  /** Statelet bytes for each byte of packets. */
  double stateletFactor() const {
    return packetBytes_ == 0
               ? 0
               : static_cast<double>(stateletBytes_) / static_cast<double>(packetBytes_);
  }

 private:
  bool pass(PortIndex port, const Header& header) {
    std::memcpy(buffer_.data(), header.data(), header.size());
    Packet packet{buffer_.data(), static_cast<std::uint32_t>(buffer_.size()),
                  static_cast<std::uint32_t>(buffer_.size()), port};
    return nat_->process(packet, now_, output_).action == Action::forward;
  }

  void meet(PortIndex port, std::uint32_t address) {
    traffic::ArpFrame request = traffic::arpRequest(kHostMac, address, config_.port(port).address);
    Packet packet{request.data(), static_cast<std::uint32_t>(request.size()),
                  static_cast<std::uint32_t>(request.size()), port};
    nat_->process(packet, now_, output_);
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
  void open(std::uint32_t flow, std::uint32_t position) {
    const traffic::Socket4 client{kFirstClient + flow % kClients,
                                  static_cast<std::uint16_t>(10'000 + flow / kClients)};
    const traffic::Socket4 server{kServer, 5'000};
    outbound_[position] = write(config_.inside.mac, client, server);
    traffic::Probe translated;
    if (!pass(Nat44Config::kInside, outbound_[position]) ||
        readProbe(buffer_, translated) != traffic::ProbeStatus::intact) {
      std::fprintf(stderr, "nat_memory: the NAT did not forward the first packet of a flow\n");
      std::exit(1);
    }
    inbound_[position] = write(config_.outside.mac, server, translated.source);
    nat_->discardMarks();
  }

  const Nat44Config config_;
  std::unique_ptr<Nat44> nat_;
  NoOutput output_;
  TimeMs now_ = wallMs();
  std::vector<std::uint8_t> buffer_;
  std::vector<Header> outbound_;
  std::vector<Header> inbound_;
  std::uint64_t stateletBytes_ = 0;
  std::uint64_t packetBytes_ = 0;
};

}  // namespace
}  // namespace ferry

int main(int count, char** arguments) {
  const auto number = [&](int index) {
    return index < count ? std::strtoul(arguments[index], nullptr, 10) : 0;
  };
  const auto flows = number(1);
  const auto packetBytes = number(2);
  const auto durationMs = number(3);
  const std::string_view mode = count > 4 ? arguments[4] : "";
  if (flows < 1 || flows > 1'000'000 || packetBytes < 64 || packetBytes > 1'514 || durationMs < 1 ||
      durationMs > 60'000 || (mode != "statelets" && mode != "quiet")) {
    std::fprintf(stderr,
                 "usage: nat_memory FLOWS(1..1000000) PACKET_BYTES(64..1514) "
                 "MILLISECONDS(1..60000) statelets|quiet\n");
    return 2;
  }
  ferry::NatBench bench(static_cast<std::uint32_t>(flows), static_cast<std::uint32_t>(packetBytes));
  const double rate = bench.run(durationMs * 1'000'000, mode == "statelets");
  if (rate == 0) {
    std::fprintf(stderr, "nat_memory: the NAT did not forward every packet\n");
    return 1;
  }
  std::printf("{\"packetsPerSecond\":%.0f,\"stateletFactor\":%.5f}\n", rate,
              bench.stateletFactor());
  return 0;
}
