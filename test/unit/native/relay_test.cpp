// Frames by way of the controller go before those straight from the switch, which wait for the
// markers; and nothing is lost when those do not come.
#include "check.hpp"
#include "migration_lab.hpp"
#include "statelet/relay_gate.hpp"

namespace ferry::test {
namespace {

constexpr std::uint32_t kFlows = 2;

/** An instance that serves; flow f enters at port f. */
class RelayLab {
 public:
  explicit RelayLab(std::size_t holdBytes = 1u << 20) : side(wire_, 0, subject_, true, holdBytes) {}

  void straight(std::uint32_t flow) { deliver(flow, kVirtualMacs[flow]); }
  void relayed(std::uint32_t flow) { deliver(flow, kRelayMac); }
  void broadcast(std::uint32_t flow) {
    deliver(flow, {0x03, kRelayMac[1], kRelayMac[2], kRelayMac[3], kRelayMac[4], kRelayMac[5]});
  }
  /** Numbers packets from here on, so that the order in which they come is not that of the flow. */
  void next(std::uint64_t sequence) { sequence_ = sequence; }
  void marker(PortIndex port, const char* token = kToken) {
    const auto frame =
        buildMarker(kVirtualMacs[port], {MarkerKind::relayed, port}, parseToken(token).value());
    side.ports[port]->deliver({frame.begin(), frame.end()});
  }

  /** What has left by then: its sequence number, and to whom it is addressed. */
  std::vector<std::pair<std::uint64_t, MacAddress>> left(std::size_t atLeast) {
    for (unsigned i = 0; i < 60'000 && left_.size() < atLeast; ++i) {
      for (const Wire::Sent& sent : wire_.take()) {
        left_.emplace_back(CountedFrame::get<std::uint64_t>(sent.frame, CountedFrame::kSequenceAt),
                           macAt(sent.frame, 0));
      }
      poll(nullptr, 0, 1);
    }
    return left_;
  }
  std::vector<std::uint64_t> order(std::size_t atLeast) {
    std::vector<std::uint64_t> sequences;
    for (const auto& [sequence, mac] : left(atLeast)) sequences.push_back(sequence);
    return sequences;
  }
  template <typename Done>
  bool await(Done done) {
    for (unsigned i = 0; i < 60'000; ++i) {
      if (done(side.instance.telemetry())) return true;
      poll(nullptr, 0, 1);
    }
    return false;
  }
  bool shut() {
    const bool taken = !side.instance.expectRelay(kToken);
    return taken && await([](const Telemetry& t) { return t.relayPortsShut.get() == 2; });
  }

 private:
  void deliver(std::uint32_t flow, const MacAddress& to) {
    Offer offer = subject_.packet(flow, sequence_++);
    std::copy(to.begin(), to.end(), offer.frame.begin());
    side.ports[offer.port]->deliver(std::move(offer.frame));
  }

  CountingSubject subject_{kFlows};
  Wire wire_;
  std::uint64_t sequence_ = 1;
  std::vector<std::pair<std::uint64_t, MacAddress>> left_;

 public:
  Side side;
};

using Sequences = std::vector<std::uint64_t>;

TEST("what the controller passes on goes first, under the address that it had") {
  RelayLab lab;
  CHECK(lab.shut());
  lab.next(3);
  lab.straight(0);
  lab.straight(0);
  CHECK(lab.await([](const Telemetry& t) { return t.relayWaiting.get() == 2; }));
  lab.next(1);
  lab.relayed(0);
  lab.broadcast(0);
  CHECK(lab.order(2) == (Sequences{1, 2}));
  CHECK_EQ(lab.side.instance.telemetry().relayedPackets.get(), 2u);
  lab.marker(0);
  CHECK(lab.order(4) == (Sequences{1, 2, 3, 4}));
  const auto left = lab.left(4);
  CHECK(left[0].second == kVirtualMacs[0] && left[2].second == kVirtualMacs[0]);
  CHECK(left[1].second == (MacAddress{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
}

TEST("each port opens by a marker of its own, with the right token") {
  RelayLab lab;
  CHECK(lab.shut());
  lab.straight(0);
  lab.straight(1);
  lab.marker(0, "ffffffffffffffffffffffffffffffff");
  CHECK(lab.await([](const Telemetry& t) { return t.markersForeign.get() == 1; }));
  lab.marker(1);
  CHECK(lab.order(1) == (Sequences{2}));
  CHECK_EQ(lab.side.instance.telemetry().relayPortsShut.get(), 1u);
  lab.marker(0);
  CHECK(lab.order(2) == (Sequences{2, 1}));
  lab.straight(0);
  CHECK(lab.order(3) == (Sequences{2, 1, 3}));
}

TEST("when nothing comes by way of the controller any more, the wait is given up") {
  RelayLab lab;
  CHECK(lab.shut());
  lab.straight(0);
  lab.straight(1);
  CHECK(lab.order(2) == (Sequences{1, 2}));
  CHECK_EQ(lab.side.instance.telemetry().relayTimeouts.get(), 1u);
  CHECK_EQ(lab.side.instance.telemetry().relayPortsShut.get(), 0u);
}

TEST("more than the bound: the wait is given up, and nothing is lost") {
  constexpr std::uint64_t kPackets = 4000;
  RelayLab lab(64u << 10);
  CHECK(lab.shut());
  for (std::uint64_t i = 0; i < kPackets; ++i) lab.straight(0);
  const auto order = lab.order(kPackets);
  CHECK_EQ(order.size(), kPackets);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(lab.side.instance.telemetry().holdOverflows.get() > 0);
  CHECK_EQ(lab.side.instance.telemetry().relayTimeouts.get(), 0u);
}

TEST("a standby suppresses them like any other; a stopped instance expects none") {
  Wire wire;
  CountingSubject subject(kFlows);
  Side side(wire, 0, subject, false);
  CHECK(side.instance.expectRelay("not a token").has_value());
  CHECK(!side.instance.expectRelay(kToken));
  Offer offer = subject.packet(0, 1);
  std::copy(kRelayMac.begin(), kRelayMac.end(), offer.frame.begin());
  side.ports[0]->deliver(offer.frame);
  const auto& suppressed = side.instance.telemetry().suppressedPackets;
  for (unsigned i = 0; i < 60'000 && suppressed.get() == 0; ++i) poll(nullptr, 0, 1);
  CHECK_EQ(suppressed.get(), 1u);
  side.instance.stop();
  CHECK(side.instance.expectRelay(kToken).has_value());
}

}  // namespace
}  // namespace ferry::test
