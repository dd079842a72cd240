// Probes: written and read back, damaged, translated; and the ARP of the endpoints.
#include <random>

#include "check.hpp"
#include "frames.hpp"
#include "proto/ipv4.hpp"
#include "proto/transport.hpp"
#include "traffic/arp_endpoint.hpp"
#include "traffic/prefill.hpp"
#include "traffic/probe.hpp"

namespace ferry::traffic {
namespace {

using test::Frame;

constexpr MacAddress kOwn{0x02, 0xfa, 1, 2, 3, 4};
constexpr MacAddress kNextHop{0x02, 0xfe, 9, 8, 7, 6};

Probe exampleProbe() {
  Probe probe;
  probe.source = {0x0a000101, 10'003};
  probe.destination = {0xcb007109, 5'000};
  probe.kind = ProbeKind::toServer;
  probe.flow = 0xfedcba;
  probe.run = 0xdeadbeef;
  probe.sequence = 0x01020304;
  probe.sentNs = 0x0123456789abcdef;
  return probe;
}

Frame written(std::uint32_t bytes, const Probe& probe) {
  ProbeWriter writer(bytes, kOwn);
  writer.setNextHop(kNextHop);
  const ByteView view = writer.write(probe);
  return {view.begin(), view.end()};
}

TEST("what was written is read back, at every size") {
  for (std::uint32_t bytes = kMinPacketBytes; bytes <= kMaxPacketBytes; ++bytes) {
    Frame frame = written(bytes, exampleProbe());
    CHECK_EQ(frame.size(), bytes);
    Probe probe;
    CHECK(readProbe(frame, probe) == ProbeStatus::intact);
    CHECK(probe.sourceMac == kOwn);
    CHECK(probe.source == exampleProbe().source);
    CHECK(probe.destination == exampleProbe().destination);
    CHECK(probe.kind == ProbeKind::toServer);
    CHECK_EQ(probe.flow, 0xfedcbaU);
    CHECK_EQ(probe.run, 0xdeadbeefU);
    CHECK_EQ(probe.sequence, 0x01020304U);
    CHECK_EQ(probe.sentNs, 0x0123456789abcdefU);
  }
}

TEST("both checksums are right by the slow way, whatever the fields") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 5'000; ++round) {
    Probe probe = exampleProbe();
    probe.source = {static_cast<Ipv4>(random()), static_cast<std::uint16_t>(random())};
    probe.destination = {static_cast<Ipv4>(random()), static_cast<std::uint16_t>(random())};
    probe.sequence = static_cast<std::uint32_t>(random());
    probe.sentNs = random();
    const Frame frame =
        written(kMinPacketBytes + static_cast<std::uint32_t>(random() % 600), probe);
    CHECK_EQ(test::slowChecksum(&frame[14], 20), 0);
    const auto udpBytes = static_cast<std::uint32_t>(frame.size() - 34);
    const std::uint8_t pseudo[12] = {frame[26],
                                     frame[27],
                                     frame[28],
                                     frame[29],
                                     frame[30],
                                     frame[31],
                                     frame[32],
                                     frame[33],
                                     0,
                                     17,
                                     static_cast<std::uint8_t>(udpBytes >> 8),
                                     static_cast<std::uint8_t>(udpBytes)};
    const auto pseudoSum = static_cast<std::uint16_t>(~test::slowChecksum(pseudo, sizeof pseudo));
    CHECK_EQ(test::slowChecksum(&frame[34], udpBytes, pseudoSum), 0);
    CHECK((frame[40] | frame[41]) != 0);
  }
}

TEST("one flipped bit anywhere in the datagram shows") {
  const Frame intact = written(80, exampleProbe());
  for (std::size_t bit = std::size_t{14} * 8; bit < intact.size() * 8; ++bit) {
    Frame damaged = intact;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1U << (bit % 8));
    Probe probe;
    CHECK(readProbe(damaged, probe) != ProbeStatus::intact);
  }
}

TEST("a missing UDP checksum, and a frame cut at any byte, are never intact") {
  Frame frame = written(100, exampleProbe());
  Probe probe;
  for (std::size_t length = 0; length < frame.size(); ++length) {
    Frame cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(readProbe(cut, probe) != ProbeStatus::intact);
  }
  frame[40] = frame[41] = 0;
  CHECK(readProbe(frame, probe) == ProbeStatus::corrupted);
  CHECK(probe.destination == exampleProbe().destination);
}

TEST("bytes behind the datagram, as padding, change nothing") {
  Frame frame = written(64, exampleProbe());
  frame.insert(frame.end(), 20, 0x77);
  Probe probe;
  CHECK(readProbe(frame, probe) == ProbeStatus::intact);
}

TEST("another program's datagram is foreign") {
  test::Frame frame = written(64, exampleProbe());
  Bytes udp = Bytes(frame).subspan(34);
  store16(&udp[8], 0x1234);
  store16(&udp[6], 0);
  store16(&udp[6], checksum(udp, pseudoHeaderSum(0x0a000101, 0xcb007109, 17, udp.size())));
  Probe probe;
  CHECK(readProbe(frame, probe) == ProbeStatus::foreign);
}

TEST("a translated probe stays intact and tells of its new address") {
  Frame frame = written(512, exampleProbe());
  const auto ip = Ipv4View::parse(Bytes(frame).subspan(14));
  ChecksumDelta delta;
  delta.replace32(ip->source(), 0xcb007101);
  ip->setSource(0xcb007101);
  rewriteTransport(ip->payload(), 17, 0, 40'001, delta);
  Probe probe;
  CHECK(readProbe(frame, probe) == ProbeStatus::intact);
  CHECK(probe.source == (Socket4{0xcb007101, 40'001}));
}

TEST("an endpoint answers for its own addresses and no others") {
  EndpointOptions client;
  client.firstClient = {0x0a000101, 10'000};
  client.clients = 10;
  client.prefillAddress = 0x0a004000;
  CHECK(!ownsAddress(client, 0x0a000100) && ownsAddress(client, 0x0a000101));
  CHECK(ownsAddress(client, 0x0a00010a) && !ownsAddress(client, 0x0a00010b));
  CHECK(!ownsAddress(client, 0x0a003fff) && ownsAddress(client, 0x0a004000));
  CHECK(ownsAddress(client, 0x0a004045) && !ownsAddress(client, 0x0a004046));
  EndpointOptions server;
  server.role = Role::server;
  server.server = {0xcb007109, 5'000};
  CHECK(ownsAddress(server, 0xcb007109) && !ownsAddress(server, 0xcb007108));
}

TEST("the answer to an ARP request names the asked address and goes to who asked") {
  ArpFrame request = arpRequest(kNextHop, 0x0a000001, 0x0a000101);
  const auto asked = ArpView::parse(Bytes(request).subspan(14));
  CHECK(asked.has_value());
  ArpFrame reply = arpReply(kOwn, *asked);
  const auto ethernet = EthernetView::parse(reply);
  const auto answer = ArpView::parse(ethernet->payload());
  CHECK(ethernet->destination() == kNextHop);
  CHECK_EQ(answer->operation(), ArpView::kReply);
  CHECK(answer->senderMac() == kOwn && answer->targetMac() == kNextHop);
  CHECK_EQ(answer->senderAddress(), 0x0a000101U);
  CHECK_EQ(answer->targetAddress(), 0x0a000001U);
}

TEST("the prefill record counts an entry once and lists the gaps") {
  PrefillRecord record;
  for (std::uint32_t entry = 0; entry < 1'000; ++entry) {
    if (entry % 100 >= 3) record.mark(entry);
    if (entry % 100 == 50) record.mark(entry);
  }
  record.mark(kMaxPrefillEntries);
  CHECK_EQ(record.received(), 970U);
  const auto ranges = record.missing(1'000, 100);
  CHECK_EQ(ranges.size(), 10U);
  CHECK(ranges[4].first == 400 && ranges[4].last == 402);
  CHECK_EQ(record.missing(1'000, 4).size(), 4U);
  CHECK_EQ(record.missing(100, 4).size(), 1U);
}

}  // namespace
}  // namespace ferry::traffic
