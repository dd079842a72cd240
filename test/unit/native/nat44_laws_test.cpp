// The laws of design.md, for the NAT, by random packet sequences.
//   1 replay: applying the statelets gives byte-identical snapshots
//   2 point in time: a snapshot plus the statelets after it is the live state
#include <memory>
#include <random>

#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

Nat44Config lawConfig(std::mt19937_64& random) {
  Nat44Config config = testConfig();
  config.capacity = static_cast<std::uint32_t>(20 + random() % 200);
  config.firstPort = 2000;
  config.lastPort = static_cast<std::uint16_t>(2000 + random() % 100);
  return config;
}

/** Random traffic: few hosts and ports, so that everything meets everything. */
class Traffic {
 public:
  Traffic(NatFixture& nat, std::mt19937_64& random, bool sweeps = true)
      : nat_(nat), random_(random), sweeps_(sweeps) {}

  void step() {
    nat_.now += pick(100) == 0 ? pick(400'000) : pick(20);
    switch (pick(12)) {
      case 0:
        if (sweeps_) nat_.nat.expire(nat_.now, nat_.output);
        break;
      case 1:
        arp();
        break;
      case 2:
        error();
        break;
      default:
        data();
    }
    nat_.output.frames.clear();
  }

 private:
  std::uint32_t pick(std::uint64_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::uint32_t insideHost() { return ip("10.0.0.2") + pick(6); }
  std::uint32_t outsideHost() {
    return pick(4) == 0 ? ip("198.51.100.7") : ip("203.0.113.9") + pick(4);
  }
  std::uint32_t poolAddress() { return nat_.config.pool[pick(nat_.config.pool.size())]; }
  std::uint16_t outsidePort() {
    return static_cast<std::uint16_t>(nat_.config.firstPort +
                                      pick(nat_.config.lastPort - nat_.config.firstPort + 1u));
  }

  void arp() {
    const PortIndex port = pick(2) == 0 ? kInside : kOutside;
    const std::uint32_t host = port == kInside ? insideHost() : outsideHost();
    nat_.receive(port, makeArp(kBroadcastMac, static_cast<std::uint16_t>(1 + pick(2)), host,
                               hostMac(host), nat_.config.port(port).address));
  }

  Spec packet(PortIndex port) {
    Spec spec;
    spec.to = nat_.config.port(port).mac;
    spec.protocol = std::array{kUdp, kTcp, kIcmp}[pick(3)];
    spec.source = port == kInside ? insideHost() : outsideHost();
    spec.sourcePort = static_cast<std::uint16_t>(port == kInside ? 1990 + pick(60) : 50 + pick(3));
    const bool toPool = port == kOutside || pick(5) == 0;
    spec.destination = toPool ? poolAddress() : outsideHost();
    spec.destinationPort = toPool ? outsidePort() : static_cast<std::uint16_t>(50 + pick(3));
    if (spec.protocol == kIcmp && port == kOutside) spec.sourcePort = spec.destinationPort;
    spec.icmpType = port == kInside ? 8 : 0;
    constexpr std::array kFlags{kSyn, kSyn, kAck, kFin, kRst};
    spec.tcpFlags = kFlags[pick(kFlags.size())];
    spec.ttl = static_cast<std::uint8_t>(pick(20) == 0 ? 1 : 64);
    spec.payload = pick(4) == 0 ? pick(200) : 100;
    spec.udpChecksum = pick(5) != 0;
    spec.identification = static_cast<std::uint16_t>(pick(4));
    return spec;
  }

  void data() {
    const PortIndex port = pick(2) == 0 ? kInside : kOutside;
    const Spec spec = packet(port);
    if (pick(10) != 0) {
      nat_.receive(port, makeFrame(spec));
      return;
    }
    for (const Frame& fragment : makeFragments(spec, 48)) nat_.receive(port, fragment);
  }

  void error() {
    const PortIndex port = pick(2) == 0 ? kInside : kOutside;
    const Spec about = packet(port == kInside ? kOutside : kInside);
    Spec turned = about;
    turned.source = about.destination;
    turned.destination = about.source;
    const Frame quoted = makeFrame(pick(2) == 0 ? about : turned);
    nat_.receive(port, makeIcmpError(nat_.config.port(port).mac, packet(port).source,
                                     sourceOf(quoted), quoted, 28 + pick(60)));
  }

  NatFixture& nat_;
  std::mt19937_64& random_;
  bool sweeps_;
};

void drainInto(Nat44& from, Nat44& to, std::size_t room) {
  while (from.dirty()) {
    const Frame bytes = collected(from, room);
    CHECK(to.apply(bytes) == ApplyStatus::ok);
  }
}

TEST("law 1: applying the statelets gives byte-identical snapshots") {
  std::mt19937_64 random(seed());
  std::uint64_t forwarded = 0;
  for (int round = 0; round < 12; ++round) {
    NatFixture live(lawConfig(random));
    Nat44 replica(live.config);
    Traffic traffic(live, random);
    for (int step = 0; step < 800; ++step) {
      traffic.step();
      if (random() % 25 == 0) {
        // Room for one record at least; the rest stays marked while packets go on.
        const Frame bytes = collected(live.nat, live.nat.maxRecordBytes() + random() % 300);
        CHECK(replica.apply(bytes) == ApplyStatus::ok);
        CHECK(replica.checkInvariants());
      }
    }
    drainInto(live.nat, replica, 65536);
    CHECK(joined(snapshotOf(live.nat)) == joined(snapshotOf(replica)));
    CHECK(live.nat.checkInvariants());
    CHECK(replica.checkInvariants());
    CHECK(live.balanced());
    forwarded += live.count("forwarded");
  }
  CHECK(forwarded > 100);  // the traffic is such that much of it gets through
}

TEST("law 2: a snapshot at a random point, with packets in between, plus the statelets") {
  std::mt19937_64 random(seed() + 1);
  for (int round = 0; round < 12; ++round) {
    NatFixture live(lawConfig(random));
    Traffic traffic(live, random);
    for (std::uint64_t steps = random() % 1000; steps > 0; --steps) traffic.step();

    Nat44 replica(live.config);
    std::vector<Frame> statelets;
    live.nat.beginSnapshot();
    bool complete = false;
    while (!complete) {
      Frame bytes(live.nat.maxRecordBytes() + random() % 500);
      ByteWriter out(bytes.data(), bytes.size());
      complete = live.nat.writeSnapshot(out);
      CHECK(!out.overflowed());
      CHECK(replica.install(out.view()) == ApplyStatus::ok);
      for (std::uint64_t steps = random() % 20; steps > 0; --steps) traffic.step();
      if (random() % 3 == 0) statelets.push_back(collected(live.nat, 3000));
    }
    live.nat.endSnapshot();
    for (std::uint64_t steps = random() % 300; steps > 0; --steps) traffic.step();
    for (const Frame& bytes : statelets) CHECK(replica.apply(bytes) == ApplyStatus::ok);
    drainInto(live.nat, replica, 4096);
    CHECK(joined(snapshotOf(live.nat)) == joined(snapshotOf(replica)));
    CHECK(replica.checkInvariants());
  }
}

TEST("a restored instance does what the live one does, packet by packet") {
  std::mt19937_64 random(seed() + 2);
  for (int round = 0; round < 6; ++round) {
    NatFixture live(lawConfig(random));
    Traffic before(live, random);
    for (int step = 0; step < 500; ++step) before.step();
    NatFixture restored(live.config);
    for (const Frame& chunk : snapshotOf(live.nat)) {
      CHECK(restored.nat.install(chunk) == ApplyStatus::ok);
    }
    restored.now = live.now;
    restored.verdict = live.verdict;
    restored.last = live.last;
    std::mt19937_64 one(seed() + 3);
    std::mt19937_64 two(seed() + 3);
    // Without sweeps: where a sweep has come to is not state.
    Traffic first(live, one, false);
    Traffic second(restored, two, false);
    for (int step = 0; step < 500; ++step) {
      first.step();
      second.step();
      CHECK(live.verdict.action == restored.verdict.action);
      CHECK(live.last == restored.last);
    }
  }
}

TEST("state of another configuration has another digest") {
  const Nat44Config config = testConfig();
  Nat44Config other = config;
  CHECK_EQ(config.digest(), other.digest());
  other.pool.push_back(ip("203.0.113.3"));
  CHECK(config.digest() != other.digest());
  other = config;
  other.outside.mac[5] ^= 1;
  CHECK(config.digest() != other.digest());
  other = config;
  ++other.icmpTimeout;
  CHECK(config.digest() != other.digest());
  other = config;
  other.gateway.reset();
  CHECK(config.digest() != other.digest());
}

TEST("after a switchover no packet waits for ARP, and those that waited are sent") {
  NatFixture live;
  live.meet(kInside, ip("10.0.0.2"));
  Spec spec;
  spec.source = ip("10.0.0.2");
  spec.destination = ip("203.0.113.9");
  spec.sourcePort = 5000;
  spec.destinationPort = 53;
  CHECK(live.fromInside(spec).empty());  // it waits
  NatFixture moved(live.config);
  for (const Frame& chunk : snapshotOf(live.nat)) moved.nat.install(chunk);
  moved.now = live.now;
  const MacAddress server = hostMac(spec.destination);
  moved.receive(kOutside, makeArp(moved.config.outside.mac, 2, spec.destination, server,
                                  moved.config.outside.address));
  CHECK_EQ(moved.output.frames.size(), 1u);
  CHECK_EQ(sourcePortOf(moved.output.frames.at(0).second), 5000);
  CHECK(!moved.fromInside(spec).empty());
  std::swap(spec.source, spec.destination);
  std::swap(spec.sourcePort, spec.destinationPort);
  spec.destination = sourceOf(moved.last);
  CHECK(!moved.fromOutside(spec).empty());
}

TEST("statelets of a thousand steady flows cost less than a hundredth of their packets") {
  Nat44Config config = testConfig();
  config.capacity = 100'000;
  NatFixture nat(config);
  nat.meetAll();
  Spec spec;
  spec.source = ip("10.0.0.2");
  spec.destination = ip("203.0.113.9");
  spec.destinationPort = 9000;
  spec.payload = 512 - 42;
  std::uint64_t packetBytes = 0;
  std::uint64_t stateletBytes = 0;
  for (int window = 0; window < 10; ++window) {
    for (std::uint16_t flow = 0; flow < 1000; ++flow) {
      // 20,000 packets/s each way over 1000 flows: one packet each way in 50 ms.
      if (flow % 20 == 0) ++nat.now;
      spec.sourcePort = static_cast<std::uint16_t>(10'000 + flow);
      const Frame out = nat.fromInside(spec);
      Spec answer = spec;
      answer.source = spec.destination;
      answer.sourcePort = spec.destinationPort;
      answer.destination = sourceOf(out);
      answer.destinationPort = sourcePortOf(out);
      const Frame in = nat.fromOutside(answer);
      if (window > 0) packetBytes += out.size() + in.size();
    }
    while (nat.nat.dirty()) {
      const std::size_t bytes = collected(nat.nat).size();
      if (window > 0) stateletBytes += bytes;
    }
  }
  std::printf("  # statelet factor %.5f\n",
              static_cast<double>(stateletBytes) / static_cast<double>(packetBytes));
  CHECK(stateletBytes * 100 < packetBytes);
}

}  // namespace
}  // namespace ferry::test
