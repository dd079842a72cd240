// The NAT as a router: ARP, neighbours, packets that wait for them, what it refuses.
#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

const std::uint32_t kHost = ip("10.0.0.2");
const std::uint32_t kServer = ip("203.0.113.9");
const std::uint32_t kGateway = ip("203.0.113.254");
const std::uint32_t kFar = ip("198.51.100.7");

Spec udp(std::uint32_t source, std::uint32_t destination, std::uint16_t port = 5000) {
  Spec spec;
  spec.source = source;
  spec.destination = destination;
  spec.sourcePort = port;
  spec.destinationPort = 53;
  return spec;
}

Frame arpReply(const NatFixture& nat, PortIndex port, std::uint32_t host, const MacAddress& mac) {
  return makeArp(nat.config.port(port).mac, 2, host, mac, nat.config.port(port).address);
}

std::uint32_t arpTarget(const Frame& frame) { return load32(frame.data() + 38); }

TEST("ARP for its own addresses is answered with the virtual MAC of that port") {
  NatFixture nat;
  const auto answered = [&](PortIndex port, std::uint32_t from, std::uint32_t address) {
    nat.output.frames.clear();
    nat.receive(port, makeArp(kBroadcastMac, 1, from, hostMac(from), address));
    if (nat.output.frames.empty()) return false;
    const auto& [out, reply] = nat.output.frames[0];
    return out == port && load16(reply.data() + 20) == 2 &&
           macAt(reply, 22) == nat.config.port(port).mac && load32(reply.data() + 28) == address &&
           macAt(reply, 0) == hostMac(from) && reply.size() == 60;
  };
  CHECK(answered(kInside, kHost, ip("10.0.0.1")));
  CHECK(answered(kOutside, kServer, ip("203.0.113.1")));
  CHECK(answered(kOutside, kServer, ip("203.0.113.2")));
  CHECK(!answered(kOutside, kServer, ip("203.0.113.3")));
  CHECK(!answered(kOutside, kServer, ip("10.0.0.1")));
  CHECK(!answered(kInside, kHost, ip("203.0.113.1")));
}

TEST("an address probe is answered and teaches nothing") {
  NatFixture nat;
  nat.receive(kInside, makeArp(kBroadcastMac, 1, 0, hostMac(kHost), ip("10.0.0.1")));
  CHECK_EQ(nat.output.frames.size(), 1u);
  CHECK_EQ(nat.nat.entries(), 0u);
}

TEST("packets wait, in order, until the neighbour has answered") {
  NatFixture nat;
  nat.meet(kInside, kHost);
  nat.output.frames.clear();
  for (std::uint16_t i = 0; i < 10; ++i) {
    Spec spec = udp(kHost, kServer, static_cast<std::uint16_t>(5000 + i));
    spec.to = nat.config.inside.mac;
    CHECK(nat.receive(kInside, makeFrame(spec)).action == Action::consumed);
  }
  CHECK_EQ(nat.output.frames.size(), 1u);
  CHECK_EQ(arpTarget(nat.output.frames.at(0).second), kServer);
  nat.output.frames.clear();
  nat.receive(kOutside, arpReply(nat, kOutside, kServer, hostMac(kServer)));
  CHECK_EQ(nat.output.frames.size(), 10u);
  for (std::size_t i = 0; i < nat.output.frames.size(); ++i) {
    const auto& [port, frame] = nat.output.frames[i];
    CHECK_EQ(port, kOutside);
    CHECK_EQ(sourcePortOf(frame), 5000 + i);
    CHECK_EQ(wrongChecksum(frame), "");
    CHECK(macAt(frame, 0) == hostMac(kServer));
  }
  CHECK(!nat.fromInside(udp(kHost, kServer)).empty());
  CHECK(balanced(nat.nat));
}

TEST("what waits is bounded: 64 a neighbour, then a counted drop") {
  NatFixture nat;
  nat.meet(kInside, kHost);
  for (int i = 0; i < 70; ++i) nat.fromInside(udp(kHost, kServer));
  CHECK_EQ(nat.count("dropWaitingFull"), 6u);
  for (std::uint32_t host = 10; host < 20; ++host) {
    for (int i = 0; i < 70; ++i) nat.fromInside(udp(kHost, ip("203.0.113.0") + host));
  }
  CHECK_EQ(nat.nat.entries(), 1u + 1u + 11u + 256u);  // mapping, neighbours, frames
  CHECK(balanced(nat.nat));
}

TEST("a neighbour that never answers is asked three times, then forgotten with what waited") {
  NatFixture nat;
  nat.meet(kInside, kHost);
  nat.output.frames.clear();
  nat.fromInside(udp(kHost, kServer));
  for (int ms = 0; ms < 4000; ++ms) {
    ++nat.now;
    nat.nat.expire(nat.now, nat.output);
  }
  CHECK_EQ(nat.output.frames.size(), 3u);
  CHECK_EQ(nat.count("waitingDropped"), 1u);
  CHECK_EQ(nat.nat.entries(), 2u);  // the mapping and the host
}

TEST("a neighbour not heard of for a minute is asked by unicast while it is used") {
  NatFixture nat;
  nat.meetAll();
  nat.now += 59'999;
  CHECK(!nat.fromInside(udp(kHost, kServer)).empty());
  CHECK_EQ(nat.output.frames.size(), 0u);
  nat.now += 1;
  CHECK(!nat.fromInside(udp(kHost, kServer)).empty());
  CHECK_EQ(nat.output.frames.size(), 1u);
  CHECK(macAt(nat.output.frames.at(0).second, 0) == hostMac(kServer));
  CHECK(!nat.fromInside(udp(kHost, kServer)).empty());
  CHECK_EQ(nat.output.frames.size(), 1u);
  // Five requests without an answer: from then on packets wait.
  for (int i = 0; i < 4; ++i) {
    nat.now += 1000;
    CHECK(!nat.fromInside(udp(kHost, kServer)).empty());
  }
  nat.now += 1000;
  CHECK(nat.fromInside(udp(kHost, kServer)).empty());
  nat.receive(kOutside, arpReply(nat, kOutside, kServer, hostMac(kServer)));
  CHECK(!nat.fromInside(udp(kHost, kServer)).empty());
  // Heard again: it has all its requests anew.
  nat.now += 60'000;
  for (int i = 0; i < 5; ++i) {
    CHECK(!nat.fromInside(udp(kHost, kServer)).empty());
    nat.now += 1000;
  }
}

TEST("frames leave in the order they came in, whichever slots they lay in") {
  NatFixture nat;
  nat.meet(kInside, kHost);
  const std::uint32_t other = ip("203.0.113.8");
  for (std::uint16_t i = 0; i < 3; ++i) nat.fromInside(udp(kHost, other));
  nat.fromInside(udp(kHost, kServer, 6000));  // behind the three
  nat.receive(kOutside, arpReply(nat, kOutside, other, hostMac(other)));
  nat.fromInside(udp(kHost, kServer, 6001));  // where they were
  nat.fromInside(udp(kHost, kServer, 6002));
  nat.output.frames.clear();
  nat.receive(kOutside, arpReply(nat, kOutside, kServer, hostMac(kServer)));
  CHECK_EQ(nat.output.frames.size(), 3u);
  for (std::size_t i = 0; i < nat.output.frames.size(); ++i) {
    CHECK_EQ(sourcePortOf(nat.output.frames[i].second), 6000 + i);
  }
}

TEST("a neighbour's new MAC is taken over; a stranger's gratuitous ARP is not kept") {
  NatFixture nat;
  nat.meetAll();
  const MacAddress moved{0x02, 0xbb, 0, 0, 0, 1};
  nat.receive(kOutside, makeArp(kBroadcastMac, 1, kServer, moved, kServer));
  const Frame out = nat.fromInside(udp(kHost, kServer));
  CHECK(macAt(out, 0) == moved);
  const std::uint64_t before = nat.nat.entries();
  const std::uint32_t stranger = ip("203.0.113.77");
  nat.receive(kOutside, makeArp(kBroadcastMac, 1, stranger, hostMac(stranger), stranger));
  CHECK_EQ(nat.nat.entries(), before);
}

TEST("ARP that claims our address, or an address of the other side, teaches nothing") {
  NatFixture nat;
  nat.meetAll();
  const std::uint64_t before = nat.nat.entries();
  const MacAddress thief{0x02, 0xcc, 0, 0, 0, 1};
  nat.receive(kInside, makeArp(kBroadcastMac, 1, ip("10.0.0.1"), thief, ip("10.0.0.1")));
  nat.receive(kOutside, makeArp(kBroadcastMac, 1, ip("203.0.113.2"), thief, ip("203.0.113.1")));
  CHECK_EQ(nat.count("arpConflicts"), 2u);
  nat.receive(kOutside, makeArp(kBroadcastMac, 1, kHost, thief, ip("203.0.113.1")));
  CHECK_EQ(nat.nat.entries(), before);
}

TEST("what is not connected goes to the gateway") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(udp(kHost, kFar));
  CHECK(macAt(out, 0) == hostMac(kGateway));
  CHECK_EQ(destinationOf(out), kFar);
}

TEST("taking over announces every address on its port") {
  NatFixture nat;
  nat.nat.takeOver(nat.now, nat.output);
  std::map<std::uint32_t, PortIndex> announced;
  for (const auto& [port, frame] : nat.output.frames) {
    CHECK(macAt(frame, 0) == kBroadcastMac);
    CHECK(macAt(frame, 22) == nat.config.port(port).mac);
    CHECK_EQ(load32(frame.data() + 28), arpTarget(frame));
    announced[arpTarget(frame)] = port;
  }
  CHECK_EQ(announced.size(), 3u);
  CHECK_EQ(announced[ip("10.0.0.1")], kInside);
  CHECK_EQ(announced[ip("203.0.113.1")], kOutside);
  CHECK_EQ(announced[ip("203.0.113.2")], kOutside);
}

TEST("what a router must not forward is dropped, each by its reason") {
  NatFixture nat;
  nat.meetAll();
  const auto dropped = [&](PortIndex port, const Frame& frame, const char* reason) {
    const std::uint64_t before = nat.count(reason);
    CHECK(nat.receive(port, frame).action == Action::drop);
    CHECK_EQ(nat.count(reason), before + 1);
  };
  const auto inside = [&](std::uint32_t source, std::uint32_t destination) {
    Spec spec = udp(source, destination);
    spec.to = nat.config.inside.mac;
    return makeFrame(spec);
  };
  const auto outside = [&](std::uint32_t source, std::uint32_t destination) {
    Spec spec = udp(source, destination);
    spec.to = nat.config.outside.mac;
    return makeFrame(spec);
  };
  const Frame good = inside(kHost, kServer);
  dropped(7, good, "dropPort");
  dropped(kInside, Frame(good.begin(), good.begin() + 13), "dropMalformed");
  dropped(kInside, Frame(good.begin(), good.begin() + 40), "dropMalformed");
  Frame tagged = good;
  store16(tagged.data() + 12, 0x8100);
  dropped(kInside, tagged, "dropEtherType");
  dropped(kOutside, good, "dropNotForUs");
  Frame damaged = good;
  damaged[24] ^= 1;
  dropped(kInside, damaged, "dropIpChecksum");
  dropped(kInside, inside(kServer, kFar), "dropSource");
  dropped(kInside, inside(ip("10.0.0.1"), kServer), "dropSource");
  dropped(kInside, inside(ip("10.0.255.255"), kServer), "dropSource");
  dropped(kInside, inside(ip("127.0.0.1"), kServer), "dropSource");
  dropped(kInside, inside(nat.config.pool[0], kServer), "dropSource");
  dropped(kInside, inside(kHost, ip("10.0.0.9")), "dropDestination");
  dropped(kInside, inside(kHost, ip("10.0.0.1")), "dropDestination");
  dropped(kInside, inside(kHost, ip("224.0.0.1")), "dropDestination");
  dropped(kInside, inside(kHost, ip("255.255.255.255")), "dropDestination");
  dropped(kInside, inside(kHost, ip("203.0.113.255")), "dropDestination");
  dropped(kOutside, outside(kServer, kFar), "dropDestination");
  dropped(kOutside, outside(kHost, nat.config.pool[0]), "dropSource");
  dropped(kOutside, outside(nat.config.pool[1], nat.config.pool[0]), "dropSource");
  dropped(kOutside, outside(kServer, nat.config.pool[0]), "dropNoMapping");
  Spec gre = udp(kHost, kServer);
  gre.to = nat.config.inside.mac;
  gre.protocol = 47;
  dropped(kInside, makeFrame(gre), "dropProtocol");
  CHECK_EQ(nat.count("mappingsCreated"), 0u);
  CHECK(balanced(nat.nat));
}

}  // namespace
}  // namespace ferry::test
