// Output commit (law 4): nothing has left an instance that its standby does not know.
#include "check.hpp"
#include "core/output_gate.hpp"
#include "migration_lab.hpp"
#include "tcp_proxy.hpp"

namespace ferry::test {
namespace {

constexpr std::uint32_t kFlows = 12;

struct Left {
  PortIndex port;
  Frame frame;
};

TEST("frames leave when their turn's record is acknowledged, in order") {
  OutputGate gate;
  std::vector<Left> left;
  const auto send = [&](PortIndex port, ByteView frame) {
    left.push_back({port, Frame(frame.begin(), frame.end())});
  };
  CHECK(gate.hold(0, Frame{1}));
  CHECK(gate.hold(1, Frame{2, 2}));
  CHECK(gate.unsealed());
  gate.release(100, send);
  CHECK(left.empty());  // not sealed: what they tell of is not even written
  gate.seal(5);
  CHECK(gate.hold(0, Frame{3}));
  gate.seal(7);
  gate.release(4, send);
  CHECK(left.empty());
  gate.release(5, send);
  CHECK_EQ(left.size(), 2u);
  CHECK(left[0].frame == Frame{1} && left[0].port == 0);
  CHECK(left[1].frame == (Frame{2, 2}) && left[1].port == 1);
  CHECK(gate.hold(0, Frame{4}));
  gate.open(send);
  CHECK_EQ(left.size(), 4u);
  CHECK(gate.empty() && !gate.unsealed());
}

TEST("more turns than can be told apart wait together, and none leaves early") {
  OutputGate gate;
  std::uint64_t left = 0;
  const auto count = [&](PortIndex, ByteView) { ++left; };
  constexpr std::uint64_t kTurns = 10'000;
  for (std::uint64_t seq = 1; seq <= kTurns; ++seq) {
    CHECK(gate.hold(0, Frame{1}));
    gate.seal(seq);
  }
  gate.release(100, count);
  CHECK_EQ(left, 100u);
  gate.release(kTurns - 1, count);
  CHECK(left < kTurns);
  gate.release(kTurns, count);
  CHECK_EQ(left, kTurns);
}

TEST("a full gate says so in time, and takes no more") {
  OutputGate gate;
  const Frame frame(1500);
  std::size_t held = 0;
  bool warned = false;
  while (gate.hold(0, frame)) {
    ++held;
    warned = warned || gate.tight();
  }
  CHECK(warned);
  CHECK(held > 10'000);
  std::size_t left = 0;
  gate.open([&](PortIndex, ByteView bytes) { left += bytes.size() == frame.size() ? 1 : 0; });
  CHECK_EQ(left, held);
}

/** A serving instance and its standby, joined through a proxy, with the counting function. */
class Pair {
 public:
  explicit Pair(bool commit, std::uint64_t seed)
      : random_(seed),
        source_(wire_, 0, subject_, true),
        standby_(std::make_unique<Side>(wire_, 1, subject_, false)) {
    const auto listening = standby_->instance.listen("127.0.0.1", kToken);
    proxy_ = std::make_unique<TcpProxy>(std::get<std::uint16_t>(listening), 4096, seed);
    CHECK(!source_.instance.connect("127.0.0.1", proxy_->port(), kToken, true,
                                    StreamContent::statelets, {}, commit));
    CHECK(until([&] { return standby_->log.find<SynchronisedEvent>().has_value(); }));
    // From the first record on that came back acknowledged there are no old ones on their way.
    offer(1);
    CHECK(until([&] { return left_ == offered_; }));
  }

  /** So many packets of any flows to the serving instance. */
  void offer(unsigned packets) {
    for (; packets > 0; --packets) {
      const auto flow = static_cast<std::uint32_t>(random_() % kFlows);
      Offer made = subject_.packet(flow, ++sequence_[flow]);
      source_.ports[made.port]->deliver(std::move(made.frame));
      ++offered_;
    }
  }

  /** Looks at what has left; the highest number of each flow is what the world knows. */
  void look() {
    for (const Wire::Sent& sent : wire_.take()) {
      const auto flow = CountedFrame::get<std::uint32_t>(sent.frame, CountedFrame::kFlowAt);
      const auto number = CountedFrame::get<std::uint64_t>(sent.frame, CountedFrame::kNumberAt);
      std::uint64_t& known = (sent.side == 0 ? known_ : answered_)[flow];
      if (number != known + 1 && sent.side == 0) ++disordered_;
      known = number;
      left_ += sent.side == 0 ? 1 : 0;
    }
  }

  template <typename Done>
  bool until(Done done) {
    for (int i = 0; i < 20'000; ++i) {
      look();
      if (done()) return true;
      poll(nullptr, 0, 1);
    }
    return false;
  }
  void pause(int ms) {
    for (; ms > 0; --ms) {
      look();
      poll(nullptr, 0, 1);
    }
  }

  /** The serving instance is gone for the world: how many flows does the standby know too little
   * of? */
  unsigned forgotten() {
    look();
    proxy_->refuse(true);
    proxy_->cut();
    CHECK(!standby_->instance.takeover(true));
    CHECK(until([&] { return standby_->log.find<ServingEvent>().has_value(); }));
    const auto known = known_;
    for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
      Offer made = subject_.packet(flow, 1);
      standby_->ports[made.port]->deliver(std::move(made.frame));
    }
    CHECK(until([&] {
      return std::all_of(answered_.begin(), answered_.end(), [](auto each) { return each != 0; });
    }));
    unsigned count = 0;
    for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
      count += answered_[flow] <= known[flow] ? 1 : 0;
    }
    return count;
  }

  TcpProxy& proxy() { return *proxy_; }
  std::uint64_t random() { return random_(); }
  std::uint64_t offered() const { return offered_; }
  std::uint64_t left() const { return left_; }
  std::uint64_t disordered() const { return disordered_; }
  std::uint64_t committed() const { return source_.instance.telemetry().committedPackets.get(); }
  Instance& source() { return source_.instance; }
  void loseStandby() {
    proxy_->refuse(true);
    proxy_->cut();
    standby_.reset();
  }

 private:
  Wire wire_;
  std::mt19937_64 random_;
  CountingSubject subject_{kFlows};
  Side source_;
  std::unique_ptr<Side> standby_;
  std::unique_ptr<TcpProxy> proxy_;
  std::array<std::uint64_t, kFlows> sequence_{};
  std::array<std::uint64_t, kFlows> known_{};
  std::array<std::uint64_t, kFlows> answered_{};
  std::uint64_t offered_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t disordered_ = 0;
};

TEST("every packet leaves, once and in order, after an acknowledgement") {
  Pair pair(true, seed());
  for (int round = 0; round < 100; ++round) {
    pair.offer(1 + static_cast<unsigned>(pair.random() % 40));
    pair.pause(static_cast<int>(pair.random() % 3));
  }
  CHECK(pair.until([&] { return pair.left() == pair.offered(); }));
  CHECK_EQ(pair.disordered(), 0u);
  CHECK(pair.committed() >= pair.offered() - 1);
}

TEST("whenever the serving instance is lost, the standby knows all that has left it") {
  for (std::uint64_t round = 0; round < 8; ++round) {
    Pair pair(true, seed() + round);
    for (std::uint64_t steps = 5 + pair.random() % 40; steps > 0; --steps) {
      pair.offer(static_cast<unsigned>(pair.random() % 30));
      if (pair.random() % 4 == 0)
        pair.proxy().stall(pair.random() % 2 == 0, pair.random() % 2 == 0);
      pair.pause(static_cast<int>(pair.random() % 4));
    }
    CHECK_EQ(pair.forgotten(), 0u);
    CHECK_EQ(pair.disordered(), 0u);
  }
}

TEST("without it, what has left may be forgotten: the test can tell") {
  Pair pair(false, seed());
  pair.proxy().stall(true, true);
  pair.offer(200);
  CHECK(pair.until([&] { return pair.left() == pair.offered(); }));
  CHECK(pair.forgotten() > 0);
}

TEST("while statelets do not arrive nothing leaves; when the session is given up everything does") {
  Pair pair(true, seed());
  const std::uint64_t before = pair.left();
  pair.proxy().stall(true, false);
  pair.offer(100);
  pair.pause(300);
  CHECK_EQ(pair.left(), before);
  CHECK(!pair.source().abort());
  CHECK(pair.until([&] { return pair.left() == pair.offered(); }));
  CHECK_EQ(pair.disordered(), 0u);
}

TEST("a standby that is gone for good holds nothing up for ever") {
  Pair pair(true, seed());
  pair.loseStandby();
  pair.offer(100);
  CHECK(pair.until([&] { return pair.left() == pair.offered(); }));
  CHECK_EQ(pair.disordered(), 0u);
}

}  // namespace
}  // namespace ferry::test
