// UDP through the NAT: the requirements of RFC 4787, one test each.
#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

const std::uint32_t kHost = ip("10.0.0.2");
const std::uint32_t kOther = ip("10.0.0.3");
const std::uint32_t kServer = ip("203.0.113.9");
const std::uint32_t kFar = ip("198.51.100.7");

Spec udp(std::uint32_t source, std::uint16_t sourcePort, std::uint32_t destination,
         std::uint16_t destinationPort) {
  Spec spec;
  spec.source = source;
  spec.destination = destination;
  spec.sourcePort = sourcePort;
  spec.destinationPort = destinationPort;
  return spec;
}

TEST("a packet goes out translated, and its answer comes back") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(udp(kHost, 5000, kServer, 53));
  CHECK(!out.empty());
  CHECK_EQ(sourceOf(out), nat.config.pool[kHost % 2]);
  CHECK_EQ(sourcePortOf(out), 5000);
  CHECK_EQ(destinationOf(out), kServer);
  CHECK_EQ(ttlOf(out), 63);
  CHECK(macAt(out, 0) == hostMac(kServer));
  CHECK(macAt(out, 6) == nat.config.outside.mac);
  const Frame back = nat.fromOutside(udp(kServer, 53, sourceOf(out), sourcePortOf(out)));
  CHECK(!back.empty());
  CHECK_EQ(destinationOf(back), kHost);
  CHECK_EQ(destinationPortOf(back), 5000);
  CHECK_EQ(sourceOf(back), kServer);
  CHECK(macAt(back, 0) == hostMac(kHost));
  CHECK(macAt(back, 6) == nat.config.inside.mac);
  CHECK(balanced(nat.nat));
}

TEST("REQ-1: the mapping does not depend on the destination") {
  NatFixture nat;
  nat.meetAll();
  const Frame first = nat.fromInside(udp(kHost, 5000, kServer, 53));
  const Frame second = nat.fromInside(udp(kHost, 5000, kFar, 4000));
  CHECK_EQ(sourceOf(first), sourceOf(second));
  CHECK_EQ(sourcePortOf(first), sourcePortOf(second));
  CHECK_EQ(nat.count("mappingsCreated"), 1u);
}

TEST("REQ-2: one inside host keeps one outside address") {
  NatFixture nat;
  nat.meetAll();
  for (std::uint16_t port = 4000; port < 4100; ++port) {
    const Frame out = nat.fromInside(udp(kHost, port, kServer, 53));
    CHECK_EQ(sourceOf(out), nat.config.pool[kHost % 2]);
  }
  CHECK_EQ(sourceOf(nat.fromInside(udp(kOther, 4000, kServer, 53))), nat.config.pool[kOther % 2]);
}

TEST("REQ-3: no port is used twice at once") {
  Nat44Config config = testConfig();
  config.pool = {ip("203.0.113.1")};
  config.capacity = 2000;
  NatFixture nat(config);
  nat.meetAll();
  std::map<std::uint16_t, int> used;
  for (std::uint16_t i = 0; i < 500; ++i) {
    for (const std::uint32_t host : {kHost, kOther}) {
      const Frame out =
          nat.fromInside(udp(host, static_cast<std::uint16_t>(6000 + i), kServer, 53));
      CHECK(!out.empty());
      ++used[sourcePortOf(out)];
    }
  }
  CHECK_EQ(used.size(), 1000u);
}

TEST("REQ-4: parity is kept when the port itself is taken") {
  Nat44Config config = testConfig();
  config.pool = {ip("203.0.113.1")};
  NatFixture nat(config);
  nat.meetAll();
  for (std::uint16_t port = 7000; port < 7002; ++port) {
    CHECK_EQ(sourcePortOf(nat.fromInside(udp(kHost, port, kServer, 53))), port);
    const std::uint16_t other = sourcePortOf(nat.fromInside(udp(kOther, port, kServer, 53)));
    CHECK(other != port);
    CHECK_EQ(other % 2, port % 2);
  }
}

TEST("REQ-5: a mapping lasts for the timeout, exact to the millisecond, and no longer") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(udp(kHost, 5000, kServer, 53));
  const Spec answer = udp(kServer, 53, sourceOf(out), sourcePortOf(out));
  nat.now += 299'999;
  CHECK(!nat.fromOutside(answer).empty());
  nat.now += 1;
  CHECK(nat.fromOutside(answer).empty());
  CHECK_EQ(nat.count("dropNoMapping"), 1u);
}

TEST("REQ-6: what comes from outside does not refresh, what comes from inside does") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(udp(kHost, 5000, kServer, 53));
  const Spec answer = udp(kServer, 53, sourceOf(out), sourcePortOf(out));
  nat.now += 200'000;
  CHECK(!nat.fromInside(udp(kHost, 5000, kServer, 53)).empty());
  nat.now += 200'000;
  CHECK(!nat.fromOutside(answer).empty());
  nat.now += 100'000;
  CHECK(nat.fromOutside(answer).empty());
}

TEST("REQ-8: filtering does not depend on the remote") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(udp(kHost, 5000, kServer, 53));
  const Frame in = nat.fromOutside(udp(kFar, 9999, sourceOf(out), sourcePortOf(out)));
  CHECK(!in.empty());
  CHECK_EQ(destinationOf(in), kHost);
  CHECK(nat.fromOutside(udp(kFar, 9999, sourceOf(out), 5001)).empty());
}

TEST("REQ-9: hairpinning, with the outside source address and port") {
  NatFixture nat;
  nat.meetAll();
  const Frame first = nat.fromInside(udp(kHost, 5000, kServer, 53));
  Spec spec = udp(kOther, 6000, sourceOf(first), sourcePortOf(first));
  spec.to = nat.config.inside.mac;
  const Frame turned = nat.through(kInside, kInside, makeFrame(spec));
  CHECK(!turned.empty());
  CHECK_EQ(destinationOf(turned), kHost);
  CHECK_EQ(destinationPortOf(turned), 5000);
  CHECK_EQ(sourceOf(turned), nat.config.pool[kOther % 2]);
  CHECK(macAt(turned, 0) == hostMac(kHost));
  // The answer takes the same way back.
  Spec reply = udp(kHost, 5000, sourceOf(turned), sourcePortOf(turned));
  reply.to = nat.config.inside.mac;
  const Frame back = nat.through(kInside, kInside, makeFrame(reply));
  CHECK(!back.empty());
  CHECK_EQ(destinationOf(back), kOther);
  CHECK_EQ(destinationPortOf(back), 6000);
  CHECK_EQ(sourceOf(back), sourceOf(first));
  CHECK_EQ(sourcePortOf(back), sourcePortOf(first));
  // To an endpoint that no mapping holds there is nothing to turn to, and no mapping is made.
  Spec nobody = udp(kOther, 6001, sourceOf(first), 9);
  nobody.to = nat.config.inside.mac;
  CHECK(nat.through(kInside, kInside, makeFrame(nobody)).empty());
  CHECK_EQ(nat.count("mappingsCreated"), 2u);
}

TEST("hairpinning to one's own outside endpoint") {
  NatFixture nat;
  nat.meetAll();
  const Frame first = nat.fromInside(udp(kHost, 5000, kServer, 53));
  Spec spec = udp(kHost, 5000, sourceOf(first), sourcePortOf(first));
  spec.to = nat.config.inside.mac;
  const Frame turned = nat.through(kInside, kInside, makeFrame(spec));
  CHECK(!turned.empty());
  CHECK_EQ(destinationOf(turned), kHost);
  CHECK_EQ(sourcePortOf(turned), sourcePortOf(first));
}

TEST("a UDP checksum of zero stays zero") {
  NatFixture nat;
  nat.meetAll();
  Spec spec = udp(kHost, 5000, kServer, 53);
  spec.udpChecksum = false;
  const Frame out = nat.fromInside(spec);
  CHECK_EQ(load16(out.data() + transportAt(out) + 6), 0);
}

TEST("a UDP checksum that becomes zero is written as all ones") {
  NatFixture nat;
  nat.meetAll();
  // The payload's first two bytes run through all values: one of them sums up to zero.
  Spec spec = udp(kHost, 5000, kServer, 53);
  spec.to = nat.config.inside.mac;
  bool seen = false;
  for (unsigned value = 0; value < 65536; ++value) {
    Frame frame = makeFrame(spec);
    store16(frame.data() + 42, static_cast<std::uint16_t>(value));
    store16(frame.data() + 40, 0);
    const std::uint32_t pseudo = pseudoSum(kHost, kServer, kUdp, frame.size() - 34);
    const std::uint16_t sum = slowChecksum(frame.data() + 34, frame.size() - 34, pseudo);
    store16(frame.data() + 40, sum == 0 ? 0xffff : sum);
    const Frame out = nat.through(kInside, kOutside, frame);
    CHECK(load16(out.data() + 40) != 0);
    seen = seen || load16(out.data() + 40) == 0xffff;
  }
  CHECK(seen);
}

TEST("options in the IPv4 header are left alone") {
  NatFixture nat;
  nat.meetAll();
  Spec spec = udp(kHost, 5000, kServer, 53);
  spec.options = 12;
  const Frame out = nat.fromInside(spec);
  CHECK(!out.empty());
  CHECK_EQ(sourcePortOf(out), 5000);
  CHECK_EQ(transportAt(out), 46u);
}

TEST("when the paired address has no port left, the next one gives") {
  Nat44Config config = testConfig();
  config.firstPort = 2000;
  config.lastPort = 2009;
  NatFixture nat(config);
  nat.meetAll();
  std::map<std::uint32_t, int> by;
  for (std::uint16_t i = 0; i < 20; ++i) {
    const Frame out = nat.fromInside(udp(kHost, static_cast<std::uint16_t>(100 + i), kServer, 53));
    CHECK(!out.empty());
    if (!out.empty()) ++by[sourceOf(out)];
  }
  CHECK_EQ(by[config.pool[0]], 10);
  CHECK_EQ(by[config.pool[1]], 10);
  CHECK(nat.fromInside(udp(kHost, 200, kServer, 53)).empty());
  CHECK_EQ(nat.count("dropNoPort"), 1u);
  CHECK(nat.nat.checkInvariants());
}

TEST("a full table drops what is new and serves what is there") {
  Nat44Config config = testConfig();
  config.capacity = 2;
  NatFixture nat(config);
  nat.meetAll();
  CHECK(!nat.fromInside(udp(kHost, 5000, kServer, 53)).empty());
  CHECK(!nat.fromInside(udp(kHost, 5001, kServer, 53)).empty());
  CHECK(nat.fromInside(udp(kHost, 5002, kServer, 53)).empty());
  CHECK_EQ(nat.count("dropTableFull"), 1u);
  CHECK(!nat.fromInside(udp(kHost, 5000, kServer, 53)).empty());
}

TEST("idle mappings are swept within a thousand calls, and their room is used again") {
  Nat44Config config = testConfig();
  config.capacity = 50;
  NatFixture nat(config);
  nat.meetAll();
  for (std::uint16_t i = 0; i < 50; ++i) {
    nat.fromInside(udp(kHost, static_cast<std::uint16_t>(5000 + i), kServer, 53));
  }
  const std::uint64_t neighbours = nat.nat.entries() - 50;
  nat.now += 300'000;
  for (int call = 0; call < 1000; ++call) nat.nat.expire(nat.now, nat.output);
  CHECK_EQ(nat.nat.entries(), neighbours);
  CHECK_EQ(nat.count("mappingsExpired"), 50u);
  CHECK(!nat.fromInside(udp(kHost, 9000, kServer, 53)).empty());
  CHECK(nat.nat.checkInvariants());
}

TEST("an expired mapping that was not swept yet gives its preferred port away") {
  Nat44Config config = testConfig();
  config.pool = {ip("203.0.113.1")};
  NatFixture nat(config);
  nat.meetAll();
  CHECK_EQ(sourcePortOf(nat.fromInside(udp(kHost, 5000, kServer, 53))), 5000);
  nat.now += 300'000;
  CHECK_EQ(sourcePortOf(nat.fromInside(udp(kOther, 5000, kServer, 53))), 5000);
  CHECK(nat.nat.checkInvariants());
}

}  // namespace
}  // namespace ferry::test
