// Port blocks and limits of subscribers: who gets which ports, and what is told to who gets none.
#include <map>
#include <set>

#include "check.hpp"
#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

constexpr std::uint32_t kSize = 64;

Nat44Config blockConfig(std::uint32_t perSubscriber = 2) {
  Nat44Config config = testConfig();
  config.firstPort = 1100;  // the first whole block begins at 1152
  config.lastPort = 1152 + 4 * kSize - 1;
  config.portBlocks = {kSize, perSubscriber};
  return config;
}

Spec udp(std::uint32_t host, std::uint16_t port, std::uint8_t protocol = kUdp) {
  Spec spec;
  spec.source = host;
  spec.sourcePort = port;
  spec.destination = ip("203.0.113.9");
  spec.destinationPort = 53;
  spec.protocol = protocol;
  spec.tcpFlags = kSyn;
  return spec;
}

/** The outside endpoint that a packet of this host and port leaves by; port 0 when it does not. */
Endpoint leaves(NatFixture& fixture, std::uint32_t host, std::uint16_t port,
                std::uint8_t protocol = kUdp) {
  const Frame frame = fixture.fromInside(udp(host, port, protocol));
  if (frame.empty()) return {};
  return {sourceOf(frame), sourcePortOf(frame), protocol};
}

struct BlocksFixture : NatFixture {
  explicit BlocksFixture(const Nat44Config& with) : NatFixture(with) { meetAll(); }
};

std::uint32_t blockOf(const Endpoint& outside) { return outside.port / kSize; }

TEST("a subscriber's ports lie in blocks of its own, of one address, for all protocols") {
  BlocksFixture fixture(blockConfig());
  std::map<std::uint32_t, std::set<std::uint32_t>> blocks;
  std::map<std::uint32_t, std::set<std::uint32_t>> addresses;
  const std::uint32_t even = ip("10.0.0.2");
  const std::uint32_t other = ip("10.0.0.4");  // paired with the same pool address
  fixture.meet(kInside, other);
  for (std::uint16_t port = 5000; port < 5040; ++port) {
    for (const std::uint32_t host : {even, other}) {
      for (const std::uint8_t protocol : {kUdp, kTcp, kIcmp}) {
        const Endpoint outside = leaves(fixture, host, port, protocol);
        CHECK(outside.port != 0);
        if (protocol != kIcmp) CHECK_EQ(outside.port % 2, port % 2);
        blocks[host].insert(blockOf(outside));
        addresses[host].insert(outside.address);
      }
    }
  }
  CHECK_EQ(addresses[even].size(), 1u);
  CHECK(addresses[even] == addresses[other]);
  for (const std::uint32_t host : {even, other}) CHECK_EQ(blocks[host].size(), 1u);
  CHECK(blocks[even] != blocks[other]);
  CHECK(fixture.nat.checkInvariants());
}

TEST("the wanted port is kept when it lies in an own block") {
  BlocksFixture fixture(blockConfig());
  CHECK_EQ(leaves(fixture, ip("10.0.0.2"), 1170).port, 1170);
  CHECK_EQ(leaves(fixture, ip("10.0.0.2"), 1171).port, 1171);
  // 1300 lies in a block that is nobody's: the own one comes first.
  CHECK_EQ(blockOf(leaves(fixture, ip("10.0.0.2"), 1300)), 1170 / kSize);
}

TEST("a second block follows when the first is full, and then no more") {
  BlocksFixture fixture(blockConfig(2));
  const std::uint32_t host = ip("10.0.0.2");
  std::set<std::uint32_t> blocks;
  std::set<std::uint16_t> ports;
  for (std::uint16_t i = 0; i < 2 * kSize; ++i) {
    const Endpoint outside = leaves(fixture, host, static_cast<std::uint16_t>(5000 + i));
    CHECK(outside.port >= 1152 && outside.port <= fixture.config.lastPort);
    blocks.insert(blockOf(outside));
    ports.insert(outside.port);
    CHECK_EQ(blocks.size(), i < kSize ? 1u : 2u);
  }
  CHECK_EQ(ports.size(), 2 * kSize);
  fixture.output.frames.clear();
  CHECK_EQ(leaves(fixture, host, 7000).port, 0);
  CHECK_EQ(fixture.count("dropPortQuota"), 1u);
  // RFC 6888 REQ-11: host unreachable, to the sender, about its packet.
  CHECK_EQ(fixture.output.frames.size(), 1u);
  const auto& [port, frame] = fixture.output.frames[0];
  CHECK_EQ(port, kInside);
  CHECK_EQ(destinationOf(frame), host);
  CHECK_EQ(frame[transportAt(frame)], 3);
  CHECK_EQ(frame[transportAt(frame) + 1], 1);
  CHECK_EQ(wrongChecksum(frame), "");
  CHECK_EQ(sourceOf(quotedOf(frame)), host);
  // What there is goes on, another protocol has its own ports, and another host its own blocks.
  CHECK(leaves(fixture, host, 5000).port != 0);
  CHECK(leaves(fixture, host, 7000, kTcp).port != 0);
  fixture.meet(kInside, ip("10.0.0.4"));
  CHECK(leaves(fixture, ip("10.0.0.4"), 5000).port != 0);
  CHECK(fixture.nat.checkInvariants());
}

TEST("when every block is taken the next subscriber is refused; ended mappings give blocks back") {
  Nat44Config config = blockConfig(4);
  config.pool = {ip("203.0.113.2")};
  BlocksFixture fixture(config);
  for (std::uint16_t i = 0; i < 4 * kSize; ++i) {
    CHECK(leaves(fixture, ip("10.0.0.2"), static_cast<std::uint16_t>(5000 + i)).port != 0);
  }
  fixture.output.frames.clear();
  CHECK_EQ(leaves(fixture, ip("10.0.0.3"), 5000).port, 0);
  CHECK_EQ(fixture.count("dropNoPort"), 1u);
  CHECK_EQ(fixture.count("icmpErrorsSent"), 1u);
  fixture.now += config.udpTimeout;
  for (int i = 0; i < 400; ++i) fixture.nat.expire(fixture.now, fixture.output);
  fixture.meetAll();
  CHECK(leaves(fixture, ip("10.0.0.3"), 5000).port != 0);
  CHECK(fixture.nat.checkInvariants());
}

TEST("a subscriber whose paired address has no block left gets those of the next one") {
  BlocksFixture fixture(blockConfig(4));
  const auto hostOf = [](std::uint32_t i) { return ip("10.0.0.2") + 2 * i; };  // one pool address
  for (std::uint32_t i = 0; i < 8; ++i) {
    fixture.meet(kInside, hostOf(i));
    const Endpoint outside = leaves(fixture, hostOf(i), 5000);
    CHECK_EQ(outside.address, i < 4 ? ip("203.0.113.1") : ip("203.0.113.2"));
  }
  // Its address is full: one more block there is not to be had, and no other address is used.
  for (std::uint16_t i = 1; i < kSize; ++i) {
    CHECK(leaves(fixture, hostOf(0), static_cast<std::uint16_t>(5000 + i)).port != 0);
  }
  CHECK_EQ(leaves(fixture, hostOf(0), 9000).port, 0);
  CHECK_EQ(fixture.count("dropNoPort"), 1u);
}

TEST("a limit bounds the mappings of one subscriber, with or without blocks") {
  for (const bool blocks : {false, true}) {
    Nat44Config config = blocks ? blockConfig() : testConfig();
    config.mappingsPerSubscriber = 10;
    BlocksFixture fixture(config);
    for (std::uint16_t i = 0; i < 10; ++i) {
      CHECK(leaves(fixture, ip("10.0.0.2"), static_cast<std::uint16_t>(5000 + i)).port != 0);
    }
    fixture.output.frames.clear();
    CHECK_EQ(leaves(fixture, ip("10.0.0.2"), 6000).port, 0);
    CHECK_EQ(fixture.count("dropMappingQuota"), 1u);
    CHECK_EQ(fixture.output.frames.size(), 1u);
    CHECK(leaves(fixture, ip("10.0.0.2"), 5003).port != 0);
    CHECK(leaves(fixture, ip("10.0.0.3"), 5000).port != 0);
    fixture.now += config.udpTimeout;
    fixture.nat.expire(fixture.now, fixture.output);
    fixture.meetAll();
    CHECK(leaves(fixture, ip("10.0.0.2"), 6000).port != 0);
    CHECK(fixture.nat.checkInvariants());
  }
}

TEST("without blocks and limits a full address is refused in silence, as ever") {
  Nat44Config config = testConfig();
  config.firstPort = config.lastPort = 2000;
  config.pool = {ip("203.0.113.2")};
  BlocksFixture fixture(config);
  CHECK_EQ(leaves(fixture, ip("10.0.0.2"), 5000).port, 2000);
  fixture.output.frames.clear();
  CHECK_EQ(leaves(fixture, ip("10.0.0.2"), 5001).port, 0);
  CHECK_EQ(fixture.count("dropNoPort"), 1u);
  CHECK(fixture.output.frames.empty());
}

TEST("a block that changed hands between two statelets evicts who had it") {
  Nat44Config config = blockConfig(4);
  config.pool = {ip("203.0.113.2")};
  BlocksFixture live(config);
  Nat44 replica(config);
  // Three blocks of one subscriber; then they end, and others take them in another order.
  for (std::uint16_t i = 0; i < 3 * kSize; ++i) {
    leaves(live, ip("10.0.0.2"), static_cast<std::uint16_t>(5000 + i));
  }
  CHECK(replica.apply(collected(live.nat)) == ApplyStatus::ok);
  live.now += config.udpTimeout;
  for (int i = 0; i < 400; ++i) live.nat.expire(live.now, live.output);
  live.meetAll();
  for (std::uint16_t i = 0; i < kSize; ++i) {
    leaves(live, ip("10.0.0.3"), static_cast<std::uint16_t>(5000 + i));
    leaves(live, ip("10.0.0.2"), static_cast<std::uint16_t>(5000 + i));
  }
  while (live.nat.dirty()) {
    CHECK(replica.apply(collected(live.nat, live.nat.maxRecordBytes() + 40)) == ApplyStatus::ok);
    CHECK(replica.checkInvariants());
  }
  CHECK(joined(snapshotOf(live.nat)) == joined(snapshotOf(replica)));
}

TEST("state of another block's subscriber is refused in a snapshot") {
  const Nat44Config config = blockConfig();
  BlocksFixture one(config);
  leaves(one, ip("10.0.0.2"), 1170);
  Frame snapshot = joined(snapshotOf(one.nat));
  Nat44 other(config);
  CHECK(other.install(snapshot) == ApplyStatus::ok);
  Nat44Config shifted = config;  // 1170 lies in no whole block
  shifted.firstPort = 1180;
  Nat44 refuses(shifted);
  CHECK(refuses.install(snapshot) == ApplyStatus::malformed);
}

TEST("who has a block is found from an outside address and port") {
  BlocksFixture fixture(blockConfig());
  const Endpoint outside = leaves(fixture, ip("10.0.0.2"), 5000);
  Nat44Subscribers subscribers(fixture.config);
  Mapping mapping;
  mapping.insideAddress = ip("10.0.0.2");
  mapping.outsidePort = outside.port;
  mapping.protocol = kUdp;
  CHECK(!subscribers.owner(0, outside.port).has_value());
  subscribers.add(mapping);
  const std::uint32_t block = subscribers.blockOf(0, outside.port);
  const Nat44Subscribers::BlockPlace place = subscribers.place(block);
  CHECK_EQ(place.pool, 0);
  CHECK_EQ(place.ports.first % kSize, 0u);
  CHECK_EQ(place.ports.size, kSize);
  for (std::uint32_t i = 0; i < kSize; ++i) {
    const auto port = static_cast<std::uint16_t>(place.ports.first + i);
    CHECK_EQ(subscribers.owner(0, port).value_or(0), ip("10.0.0.2"));
    CHECK(!subscribers.owner(1, port).has_value());
  }
  CHECK(!subscribers.assignable(1151));
  CHECK(subscribers.assignable(1152));
  CHECK(!subscribers.assignable(1152 + 4 * kSize));
  subscribers.remove(mapping);
  CHECK(!subscribers.owner(0, outside.port).has_value());
  CHECK_EQ(subscribers.firstBlock(ip("10.0.0.2")), Nat44Subscribers::kNone);
}

}  // namespace
}  // namespace ferry::test
