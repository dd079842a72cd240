// The NAT alone: no I/O, one core. Prints one JSON line.
//
//   nat_memory FLOWS PACKET_BYTES MILLISECONDS statelets|quiet
//
// FLOWS mappings (1 to 1,000,000), packets of both directions in turn, flows in a shuffled order.
// With statelets every change is collected about every 50 ms, as while a standby is kept current.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "nat_flows.hpp"

namespace ferry::bench {
namespace {

constexpr std::uint64_t kWindowNs = 50'000'000;

struct NoOutput final : Output {
  void transmit(PortIndex, ByteView) override {}
};

class NatBench {
 public:
  NatBench(std::uint32_t flows, std::uint32_t packetBytes)
      : flows_(flows, packetBytes),
        nat_(std::make_unique<Nat44>(natConfigFor(flows))),
        buffer_(packetBytes) {
    flows_.open(*nat_, now_);
  }

  /** Packets per second; 0 when the NAT did not forward one of them. */
  double run(std::uint64_t durationNs, bool statelets) {
    std::vector<std::uint8_t> collected(65'536);
    const auto& outbound = flows_.of(Nat44Config::kInside);
    const auto& inbound = flows_.of(Nat44Config::kOutside);
    const std::uint64_t begin = monotonicNs();
    std::uint64_t now = begin;
    std::uint64_t nextCollect = begin + kWindowNs;
    std::uint64_t packets = 0;
    std::size_t turn = 0;
    while (now - begin < durationNs) {
      for (unsigned burst = 0; burst < 64; ++burst) {
        if (!pass(Nat44Config::kInside, outbound[turn])) return 0;
        if (!pass(Nat44Config::kOutside, inbound[turn])) return 0;
        turn = turn + 1 == flows_.size() ? 0 : turn + 1;
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

  NatFlows flows_;
  std::unique_ptr<Nat44> nat_;
  NoOutput output_;
  TimeMs now_ = wallMs();
  std::vector<std::uint8_t> buffer_;
  std::uint64_t stateletBytes_ = 0;
  std::uint64_t packetBytes_ = 0;
};

}  // namespace
}  // namespace ferry::bench

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
  ferry::bench::NatBench bench(static_cast<std::uint32_t>(flows),
                               static_cast<std::uint32_t>(packetBytes));
  const double rate = bench.run(durationMs * 1'000'000, mode == "statelets");
  if (rate == 0) {
    std::fprintf(stderr, "nat_memory: the NAT did not forward every packet\n");
    return 1;
  }
  std::printf("{\"packetsPerSecond\":%.0f,\"stateletFactor\":%.5f}\n", rate,
              bench.stateletFactor());
  return 0;
}
