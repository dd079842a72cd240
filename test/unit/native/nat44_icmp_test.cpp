// ICMP through the NAT and to it: RFC 5508.
#include "nat44_fixture.hpp"

namespace ferry::test {
namespace {

const std::uint32_t kHost = ip("10.0.0.2");
const std::uint32_t kOther = ip("10.0.0.3");
const std::uint32_t kServer = ip("203.0.113.9");
const std::uint32_t kRouter = ip("198.51.100.1");

Spec spec(std::uint8_t protocol, std::uint32_t source, std::uint16_t sourcePort,
          std::uint32_t destination, std::uint16_t destinationPort) {
  Spec made;
  made.protocol = protocol;
  made.source = source;
  made.destination = destination;
  made.sourcePort = sourcePort;
  made.destinationPort = destinationPort;
  made.tcpFlags = kSyn;
  return made;
}

Frame turnedInside(NatFixture& nat, const Frame& frame) {
  return nat.through(kInside, kInside, frame);
}

TEST("an echo request goes out with its identifier, the reply comes back") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(spec(kIcmp, kHost, 777 + 1024, kServer, 0));
  CHECK_EQ(sourcePortOf(out), 1801);
  Spec reply = spec(kIcmp, kServer, sourcePortOf(out), sourceOf(out), 0);
  reply.icmpType = 0;
  const Frame back = nat.fromOutside(reply);
  CHECK(!back.empty());
  CHECK_EQ(destinationOf(back), kHost);
  CHECK_EQ(sourcePortOf(back), 1801);
}

TEST("an identifier below the port range is changed, and changed back") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(spec(kIcmp, kHost, 7, kServer, 0));
  CHECK(!out.empty());
  CHECK(sourcePortOf(out) >= 1024);
  Spec reply = spec(kIcmp, kServer, sourcePortOf(out), sourceOf(out), 0);
  reply.icmpType = 0;
  CHECK_EQ(sourcePortOf(nat.fromOutside(reply)), 7);
}

TEST("a reply that is all zeros but for its checksum keeps a checksum that holds") {
  NatFixture nat;
  nat.meetAll();
  Spec request = spec(kIcmp, kHost, 0, kServer, 0);
  request.to = nat.config.inside.mac;
  request.payload = 0;
  Frame frame = makeFrame(request);
  store16(frame.data() + 40, 0);  // sequence number
  store16(frame.data() + 36, 0xf7ff);
  const Frame out = nat.through(kInside, kOutside, frame);
  CHECK(!out.empty());
  Frame reply = makeFrame(spec(kIcmp, kServer, sourcePortOf(out), sourceOf(out), 0));
  reply.resize(42);
  std::memcpy(reply.data(), nat.config.outside.mac.data(), 6);
  std::uint8_t* message = reply.data() + 34;
  store16(reply.data() + 16, 28);
  store16(reply.data() + 24, 0);
  store16(reply.data() + 24, slowChecksum(reply.data() + 14, 20));
  message[0] = 0;
  store16(message + 6, 0);
  store16(message + 2, 0);
  store16(message + 2, slowChecksum(message, 8));
  const Frame back = nat.through(kOutside, kInside, reply);
  CHECK(!back.empty());
  CHECK_EQ(sourcePortOf(back), 0);
  CHECK_EQ(load16(back.data() + 36), 0xffff);
}

TEST("a query mapping lasts 60 s") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(spec(kIcmp, kHost, 5000, kServer, 0));
  Spec reply = spec(kIcmp, kServer, 5000, sourceOf(out), 0);
  reply.icmpType = 0;
  nat.now += 59'999;
  CHECK(!nat.fromOutside(reply).empty());
  nat.now += 1;
  CHECK(nat.fromOutside(reply).empty());
}

TEST("an error from outside reaches the host with the packet it sent, whole or cut short") {
  for (const std::uint8_t protocol : {kUdp, kTcp, kIcmp}) {
    for (const std::size_t quote : {std::size_t{28}, std::size_t{40}, std::size_t{1000}}) {
      NatFixture nat;
      nat.meetAll();
      const Spec sent = spec(protocol, kHost, 700, kServer, 53);
      const Frame out = nat.fromInside(sent);
      CHECK(!out.empty());
      const Frame in =
          nat.through(kOutside, kInside,
                      makeIcmpError(nat.config.outside.mac, kRouter, sourceOf(out), out, quote));
      CHECK(!in.empty());
      if (in.empty()) continue;
      CHECK_EQ(sourceOf(in), kRouter);
      CHECK_EQ(destinationOf(in), kHost);
      // What is quoted is what the host sent, but for the TTL.
      Spec expected = sent;
      expected.ttl = 63;
      const Frame original = makeFrame(expected);
      const Frame quoted = quotedOf(in);
      const std::size_t length = std::min(quote, original.size() - 14);
      CHECK_EQ(quoted.size(), 14 + length);
      CHECK(std::equal(quoted.begin() + 14, quoted.end(), original.begin() + 14));
    }
  }
}

TEST("an error from inside leaves with the addresses of the mapping it is about") {
  for (const std::uint8_t protocol : {kUdp, kTcp}) {
    NatFixture nat;
    nat.meetAll();
    const Frame out = nat.fromInside(spec(protocol, kHost, 700, kServer, 53));
    const Spec answer = spec(protocol, kServer, 53, sourceOf(out), sourcePortOf(out));
    const Frame in = nat.fromOutside(answer);
    const Frame error = nat.through(kInside, kOutside,
                                    makeIcmpError(nat.config.inside.mac, kHost, kServer, in, 1000));
    CHECK(!error.empty());
    CHECK_EQ(sourceOf(error), sourceOf(out));
    CHECK_EQ(destinationOf(error), kServer);
    Spec expected = answer;
    expected.ttl = 63;
    const Frame original = makeFrame(expected);
    const Frame quoted = quotedOf(error);
    CHECK(std::equal(quoted.begin() + 14, quoted.end(), original.begin() + 14, original.end()));
  }
}

TEST("a hairpinned error is rewritten for both hosts") {
  NatFixture nat;
  nat.meetAll();
  const Frame first = nat.fromInside(spec(kUdp, kHost, 5000, kServer, 53));
  Spec sent = spec(kUdp, kOther, 600, sourceOf(first), sourcePortOf(first));
  sent.to = nat.config.inside.mac;
  const Frame got = turnedInside(nat, makeFrame(sent));
  CHECK(!got.empty());
  const Frame error =
      turnedInside(nat, makeIcmpError(nat.config.inside.mac, kHost, sourceOf(got), got, 1000));
  CHECK(!error.empty());
  CHECK_EQ(sourceOf(error), sourceOf(first));
  CHECK_EQ(destinationOf(error), kOther);
  sent.ttl = 63;
  const Frame original = makeFrame(sent);
  const Frame quoted = quotedOf(error);
  CHECK(std::equal(quoted.begin() + 14, quoted.end(), original.begin() + 14, original.end()));
}

TEST("errors neither refresh nor end a mapping") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(spec(kUdp, kHost, 5000, kServer, 53));
  const Frame error = makeIcmpError(nat.config.outside.mac, kRouter, sourceOf(out), out, 28);
  nat.now += 299'999;
  CHECK(!nat.through(kOutside, kInside, error).empty());
  CHECK(!nat.fromOutside(spec(kUdp, kServer, 53, sourceOf(out), sourcePortOf(out))).empty());
  nat.now += 1;
  CHECK(nat.through(kOutside, kInside, error).empty());
}

TEST("errors that are damaged, or about nothing of ours, are dropped in silence") {
  NatFixture nat;
  nat.meetAll();
  const MacAddress mac = nat.config.outside.mac;
  const Frame out = nat.fromInside(spec(kUdp, kHost, 5000, kServer, 53));
  Frame damaged = makeIcmpError(mac, kRouter, sourceOf(out), out, 28);
  damaged.back() ^= 1;
  CHECK(nat.through(kOutside, kInside, damaged).empty());
  Frame badInner = out;
  badInner[20] ^= 1;
  CHECK(nat.through(kOutside, kInside, makeIcmpError(mac, kRouter, sourceOf(out), badInner, 28))
            .empty());
  CHECK(
      nat.through(kOutside, kInside, makeIcmpError(mac, kRouter, sourceOf(out), out, 27)).empty());
  CHECK(nat.through(kOutside, kInside,
                    makeIcmpError(mac, kRouter, nat.config.pool[1 - kHost % 2], out, 28))
            .empty());
  CHECK(nat.through(kOutside, kInside, makeIcmpError(mac, kRouter, sourceOf(out), out, 28, 5))
            .empty());
  CHECK_EQ(nat.count("dropIcmp"), 5u);
  CHECK_EQ(nat.output.frames.size(), 0u);
  CHECK(balanced(nat.nat));
}

TEST("echo to the NAT's own addresses is answered on both sides") {
  NatFixture nat;
  nat.meetAll();
  const auto ping = [&](PortIndex port, std::uint32_t from, std::uint32_t to) {
    Spec request = spec(kIcmp, from, 99, to, 0);
    request.to = nat.config.port(port).mac;
    nat.output.frames.clear();
    CHECK(nat.receive(port, makeFrame(request)).action == Action::consumed);
    CHECK_EQ(nat.output.frames.size(), 1u);
    if (nat.output.frames.size() != 1) return;
    const auto& [out, reply] = nat.output.frames[0];
    CHECK_EQ(out, port);
    CHECK_EQ(wrongChecksum(reply), "");
    CHECK_EQ(sourceOf(reply), to);
    CHECK_EQ(destinationOf(reply), from);
    CHECK_EQ(reply[34], 0);
    CHECK_EQ(ttlOf(reply), 64);
    CHECK(macAt(reply, 0) == hostMac(from));
    CHECK(macAt(reply, 6) == nat.config.port(port).mac);
  };
  ping(kInside, kHost, ip("10.0.0.1"));
  ping(kInside, kHost, nat.config.pool[1]);
  ping(kOutside, kServer, ip("203.0.113.1"));
  ping(kOutside, kServer, ip("203.0.113.2"));
  CHECK_EQ(nat.count("mappingsCreated"), 0u);
}

TEST("a TTL that runs out is told to the sender, from the NAT's address on that side") {
  NatFixture nat;
  nat.meetAll();
  Spec dying = spec(kUdp, kHost, 5000, kServer, 53);
  dying.ttl = 1;
  CHECK(nat.fromInside(dying).empty());
  CHECK_EQ(nat.output.frames.size(), 1u);
  const auto [port, error] = nat.output.frames.at(0);
  CHECK_EQ(port, kInside);
  CHECK_EQ(wrongChecksum(error), "");
  CHECK_EQ(error[34], 11);
  CHECK_EQ(sourceOf(error), ip("10.0.0.1"));
  CHECK_EQ(destinationOf(error), kHost);
  CHECK_EQ(nat.count("mappingsCreated"), 0u);
  // From outside, about the packet as it came.
  const Frame out = nat.fromInside(spec(kUdp, kHost, 5000, kServer, 53));
  Spec answer = spec(kUdp, kServer, 53, sourceOf(out), sourcePortOf(out));
  answer.ttl = 1;
  CHECK(nat.fromOutside(answer).empty());
  CHECK_EQ(nat.output.frames.size(), 2u);
  CHECK_EQ(nat.output.frames.at(1).first, kOutside);
  CHECK_EQ(destinationOf(quotedOf(nat.output.frames.at(1).second)), sourceOf(out));
}

TEST("no error is sent about an error, and none longer than 576 bytes") {
  NatFixture nat;
  nat.meetAll();
  const Frame out = nat.fromInside(spec(kUdp, kHost, 5000, kServer, 53));
  Frame error = makeIcmpError(nat.config.outside.mac, kRouter, sourceOf(out), out, 28);
  Ipv4View::parse(Bytes(error).subspan(14))->setTtl(1);
  CHECK(nat.through(kOutside, kInside, error).empty());
  CHECK_EQ(nat.output.frames.size(), 0u);
  Spec large = spec(kUdp, kHost, 5000, kServer, 53);
  large.ttl = 1;
  large.payload = 1400;
  CHECK(nat.fromInside(large).empty());
  CHECK_EQ(nat.output.frames.at(0).second.size(), 14u + 576u);
}

TEST("without a gateway, a packet to elsewhere is told that there is no route") {
  Nat44Config config = testConfig();
  config.gateway.reset();
  NatFixture nat(config);
  nat.meetAll();
  CHECK(nat.fromInside(spec(kUdp, kHost, 5000, ip("198.51.100.7"), 53)).empty());
  CHECK_EQ(nat.count("dropNoRoute"), 1u);
  CHECK_EQ(nat.output.frames.size(), 1u);
  CHECK_EQ(nat.output.frames.at(0).second[34], 3);
}

}  // namespace
}  // namespace ferry::test
