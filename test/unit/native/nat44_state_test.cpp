// State of a NAT beyond the laws (nf_laws_test.cpp): its digest, neighbours, the statelet factor.
#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

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
