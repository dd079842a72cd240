// TCP through the NAT: RFC 5382, and the tracking of connections on its own.
#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

const std::uint32_t kHost = ip("10.0.0.2");
const std::uint32_t kOther = ip("10.0.0.3");
const std::uint32_t kServer = ip("203.0.113.9");
const std::uint32_t kFar = ip("198.51.100.7");

Spec tcp(std::uint32_t source, std::uint16_t sourcePort, std::uint32_t destination,
         std::uint16_t destinationPort, std::uint8_t flags) {
  Spec spec;
  spec.protocol = kTcp;
  spec.source = source;
  spec.destination = destination;
  spec.sourcePort = sourcePort;
  spec.destinationPort = destinationPort;
  spec.tcpFlags = flags;
  return spec;
}

/** Opens a connection from kHost:5000 to kServer:80; the first SYN as it went out. */
Frame open(NatFixture& nat) {
  Frame syn = nat.fromInside(tcp(kHost, 5000, kServer, 80, kSyn));
  CHECK(!syn.empty());
  CHECK(!nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kSyn | kAck)).empty());
  CHECK(!nat.fromInside(tcp(kHost, 5000, kServer, 80, kAck)).empty());
  return syn;
}

bool reachable(NatFixture& nat, const Frame& syn) {
  return !nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kAck)).empty();
}

TEST("an established connection lives 7440 s idle, one that never opened 240 s") {
  NatFixture nat;
  nat.meetAll();
  const Frame half = nat.fromInside(tcp(kHost, 4000, kServer, 80, kSyn));
  const Frame syn = open(nat);
  nat.now += 239'999;
  CHECK(reachable(nat, half));
  nat.now += 1;
  CHECK(!reachable(nat, half));
  nat.now += 7'200'000 - 1;
  CHECK(reachable(nat, syn));
  nat.now += 1;
  CHECK(!reachable(nat, syn));
}

TEST("after FIN from both sides, or RST, the transitory timeout holds") {
  for (const bool reset : {false, true}) {
    NatFixture nat;
    nat.meetAll();
    const Frame syn = open(nat);
    if (reset) {
      nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kRst));
    } else {
      nat.fromInside(tcp(kHost, 5000, kServer, 80, kFin | kAck));
      nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kFin | kAck));
    }
    nat.now += 239'999;
    CHECK(reachable(nat, syn));
    nat.now += 1;
    CHECK(!reachable(nat, syn));
  }
}

TEST("FIN from one side only leaves the connection established") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = open(nat);
  nat.fromInside(tcp(kHost, 5000, kServer, 80, kFin | kAck));
  nat.now += 7'439'999;
  CHECK(reachable(nat, syn));
}

TEST("a forged RST does not shorten a connection that goes on") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = open(nat);
  nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kRst));
  nat.fromInside(tcp(kHost, 5000, kServer, 80, kAck));
  nat.now += 7'439'999;
  CHECK(reachable(nat, syn));
}

TEST("one mapping with two remotes keeps the long timeout whatever one of them says") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = open(nat);
  nat.fromInside(tcp(kHost, 5000, kFar, 443, kSyn));
  nat.fromOutside(tcp(kFar, 443, sourceOf(syn), sourcePortOf(syn), kRst | kAck));
  nat.fromInside(tcp(kHost, 5000, kFar, 443, kRst));
  nat.now += 7'439'999;
  CHECK(reachable(nat, syn));
}

TEST("one mapping with two remotes outlives the end of the first connection") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = open(nat);
  nat.fromInside(tcp(kHost, 5000, kFar, 443, kSyn));
  nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kRst));
  nat.now += 7'439'999;
  CHECK(reachable(nat, syn));
}

TEST("a stranger outside cannot change what is known of a connection") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = open(nat);
  nat.fromOutside(tcp(kFar, 80, sourceOf(syn), sourcePortOf(syn), kRst));
  nat.fromOutside(tcp(kServer, 81, sourceOf(syn), sourcePortOf(syn), kRst));
  nat.now += 7'439'999;
  CHECK(reachable(nat, syn));
}

TEST("a new connection on the port of a closed one is followed anew") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = open(nat);
  nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kRst));
  nat.now += 100'000;
  CHECK(!nat.fromInside(tcp(kHost, 5000, kFar, 443, kSyn)).empty());
  CHECK(!nat.fromOutside(tcp(kFar, 443, sourceOf(syn), sourcePortOf(syn), kSyn | kAck)).empty());
  nat.now += 7'439'999;
  CHECK(!nat.fromOutside(tcp(kFar, 443, sourceOf(syn), sourcePortOf(syn), kAck)).empty());
}

TEST("an unsolicited SYN to no mapping is dropped in silence") {
  NatFixture nat;
  nat.meetAll();
  CHECK(nat.fromOutside(tcp(kServer, 80, nat.config.pool[0], 5000, kSyn)).empty());
  CHECK_EQ(nat.count("dropNoMapping"), 1u);
  CHECK_EQ(nat.output.frames.size(), 0u);
}

TEST("an unsolicited SYN to a mapping is let in (endpoint-independent filtering)") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = open(nat);
  CHECK(!nat.fromOutside(tcp(kFar, 443, sourceOf(syn), sourcePortOf(syn), kSyn)).empty());
}

TEST("simultaneous open: a SYN from inside answered by a SYN alone is established") {
  NatFixture nat;
  nat.meetAll();
  const Frame syn = nat.fromInside(tcp(kHost, 5000, kServer, 80, kSyn));
  CHECK(!nat.fromOutside(tcp(kServer, 80, sourceOf(syn), sourcePortOf(syn), kSyn)).empty());
  CHECK(!nat.fromInside(tcp(kHost, 5000, kServer, 80, kSyn | kAck)).empty());
  nat.now += 7'439'999;
  CHECK(reachable(nat, syn));
}

TEST("only a SYN makes a mapping") {
  NatFixture nat;
  nat.meetAll();
  for (const std::uint8_t flags : {kAck, kRst, kFin, static_cast<std::uint8_t>(kSyn | kAck),
                                   static_cast<std::uint8_t>(kSyn | kRst)}) {
    CHECK(nat.fromInside(tcp(kHost, 5000, kServer, 80, flags)).empty());
  }
  CHECK_EQ(nat.count("mappingsCreated"), 0u);
  CHECK_EQ(nat.count("dropNoMapping"), 5u);
}

TEST("hairpinned connections are established on both mappings") {
  NatFixture nat;
  nat.meetAll();
  const Frame listening = nat.fromInside(tcp(kHost, 5000, kServer, 80, kSyn));
  nat.fromOutside(tcp(kServer, 80, sourceOf(listening), sourcePortOf(listening), kRst));
  const auto turn = [&](Spec spec) {
    spec.to = nat.config.inside.mac;
    return nat.through(kInside, kInside, makeFrame(spec));
  };
  const std::uint32_t outside = sourceOf(listening);
  const Frame syn = turn(tcp(kOther, 6000, outside, 5000, kSyn));
  CHECK(!syn.empty());
  const Frame answer = turn(tcp(kHost, 5000, sourceOf(syn), sourcePortOf(syn), kSyn | kAck));
  CHECK(!answer.empty());
  CHECK_EQ(destinationOf(answer), kOther);
  nat.now += 7'439'999;
  CHECK(!turn(tcp(kOther, 6000, outside, 5000, kAck)).empty());
}

TEST("UDP, TCP and ICMP have port spaces of their own") {
  NatFixture nat;
  nat.meetAll();
  CHECK_EQ(sourcePortOf(nat.fromInside(tcp(kHost, 5000, kServer, 80, kSyn))), 5000);
  Spec other = tcp(kHost, 5000, kServer, 80, 0);
  for (const std::uint8_t protocol : {kUdp, kIcmp}) {
    other.protocol = protocol;
    CHECK_EQ(sourcePortOf(nat.fromInside(other)), 5000);
  }
  CHECK_EQ(nat.count("mappingsCreated"), 3u);
}

}  // namespace
}  // namespace ferry::test
