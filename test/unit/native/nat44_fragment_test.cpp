// Fragments through the NAT: RFC 4787 REQ-14.
#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

const std::uint32_t kHost = ip("10.0.0.2");
const std::uint32_t kServer = ip("203.0.113.9");

Spec large(std::uint8_t protocol) {
  Spec spec;
  spec.protocol = protocol;
  spec.source = kHost;
  spec.destination = kServer;
  spec.sourcePort = 700;
  spec.destinationPort = 53;
  spec.payload = 3000;
  spec.tcpFlags = kSyn;
  return spec;
}

/** What the fragments say together, as one frame. */
Frame reassembled(const std::vector<Frame>& fragments) {
  Frame whole = fragments.at(0);
  for (std::size_t i = 1; i < fragments.size(); ++i) {
    append(whole, fragments[i].data() + 34, fragments[i].size() - 34);
  }
  std::uint8_t* header = whole.data() + 14;
  store16(header + 2, static_cast<std::uint16_t>(whole.size() - 14));
  store16(header + 6, 0);
  store16(header + 10, 0);
  store16(header + 10, slowChecksum(header, 20));
  return whole;
}

std::vector<Frame> fragmentsOf(const NatFixture& nat, PortIndex port, Spec spec) {
  spec.to = nat.config.port(port).mac;
  return makeFragments(spec, 1000);
}

TEST("the fragments of one packet leave with one translation, out and back") {
  for (const std::uint8_t protocol : {kUdp, kTcp, kIcmp}) {
    NatFixture nat;
    nat.meetAll();
    std::vector<Frame> out;
    for (const Frame& fragment : fragmentsOf(nat, kInside, large(protocol))) {
      out.push_back(nat.through(kInside, kOutside, fragment));
      CHECK(!out.back().empty());
      CHECK_EQ(sourceOf(out.back()), nat.config.pool[kHost % 2]);
    }
    const Frame whole = reassembled(out);
    CHECK_EQ(wrongChecksum(whole), "");
    Spec answer = large(protocol);
    answer.source = kServer;
    answer.sourcePort = protocol == kIcmp ? sourcePortOf(whole) : std::uint16_t{53};
    answer.destination = sourceOf(whole);
    answer.destinationPort = sourcePortOf(whole);
    answer.icmpType = 0;
    std::vector<Frame> back;
    for (const Frame& fragment : fragmentsOf(nat, kOutside, answer)) {
      back.push_back(nat.through(kOutside, kInside, fragment));
      CHECK_EQ(destinationOf(back.back()), kHost);
    }
    CHECK_EQ(wrongChecksum(reassembled(back)), "");
    CHECK_EQ(destinationPortOf(reassembled(back)), 700);
  }
}

TEST("a fragment before its first is a counted drop") {
  NatFixture nat;
  nat.meetAll();
  const std::vector<Frame> fragments = fragmentsOf(nat, kInside, large(kUdp));
  CHECK(nat.through(kInside, kOutside, fragments[1]).empty());
  CHECK_EQ(nat.count("dropFragment"), 1u);
  CHECK(!nat.through(kInside, kOutside, fragments[0]).empty());
  CHECK(!nat.through(kInside, kOutside, fragments[2]).empty());
  CHECK(!nat.through(kInside, kOutside, fragments[1]).empty());
}

TEST("fragments are told apart by identification, protocol and side") {
  NatFixture nat;
  nat.meetAll();
  nat.through(kInside, kOutside, fragmentsOf(nat, kInside, large(kUdp))[0]);
  Spec other = large(kUdp);
  other.identification = 99;
  CHECK(nat.through(kInside, kOutside, fragmentsOf(nat, kInside, other)[1]).empty());
  CHECK(nat.through(kInside, kOutside, fragmentsOf(nat, kInside, large(kTcp))[1]).empty());
}

TEST("what is known of a fragmented packet is forgotten after ten seconds, and swept") {
  NatFixture nat;
  nat.meetAll();
  const std::vector<Frame> fragments = fragmentsOf(nat, kInside, large(kUdp));
  nat.through(kInside, kOutside, fragments[0]);
  const std::uint64_t entries = nat.nat.entries();
  nat.now += 9'999;
  CHECK(!nat.through(kInside, kOutside, fragments[1]).empty());
  nat.now += 1;
  CHECK(nat.through(kInside, kOutside, fragments[1]).empty());
  for (int call = 0; call < 1000; ++call) nat.nat.expire(nat.now, nat.output);
  CHECK_EQ(nat.nat.entries(), entries - 1);
}

TEST("a flood of first fragments is bounded and counted") {
  NatFixture nat;
  nat.meetAll();
  for (unsigned id = 0; id < 4100; ++id) {
    Spec spec = large(kUdp);
    spec.payload = 1100;
    spec.identification = static_cast<std::uint16_t>(id);
    nat.through(kInside, kOutside, fragmentsOf(nat, kInside, spec)[0]);
  }
  CHECK_EQ(nat.count("dropFragmentsFull"), 4u);
  CHECK(balanced(nat.nat));
  CHECK(nat.nat.checkInvariants());
}

TEST("outsiders cannot fill the table: a first fragment to no mapping is not remembered") {
  NatFixture nat;
  nat.meetAll();
  const std::uint64_t entries = nat.nat.entries();
  Spec spec = large(kUdp);
  spec.source = kServer;
  spec.destination = nat.config.pool[0];
  nat.through(kOutside, kInside, fragmentsOf(nat, kOutside, spec)[0]);
  CHECK_EQ(nat.nat.entries(), entries);
}

TEST("a first fragment too short for its transport header is malformed") {
  NatFixture nat;
  nat.meetAll();
  Spec spec = large(kTcp);
  spec.to = nat.config.inside.mac;
  CHECK(nat.through(kInside, kOutside, makeFragments(spec, 16)[0]).empty());
  CHECK_EQ(nat.count("dropMalformed"), 1u);
}

}  // namespace
}  // namespace ferry::test
