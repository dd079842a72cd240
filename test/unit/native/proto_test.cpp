// Header views: what they read, and that they never read beyond what they were given.
#include <memory>

#include "check.hpp"
#include "frames.hpp"
#include "proto/arp.hpp"
#include "proto/ethernet.hpp"
#include "proto/icmp.hpp"
#include "proto/ipv4.hpp"
#include "proto/tcp.hpp"
#include "proto/transport.hpp"
#include "proto/udp.hpp"

namespace ferry::test {
namespace {

Spec sample(std::uint8_t protocol) {
  Spec spec;
  spec.protocol = protocol;
  spec.to = *parseMac("02:fe:00:00:00:01");
  spec.source = ip("10.0.0.2");
  spec.destination = ip("203.0.113.9");
  spec.sourcePort = 5000;
  spec.destinationPort = 53;
  spec.options = 8;
  return spec;
}

/** Calls `parse` with every shorter length, in a block of that length: AddressSanitizer watches. */
template <typename Parse>
std::size_t shortestAccepted(const Frame& bytes, Parse&& parse) {
  std::size_t shortest = bytes.size() + 1;
  for (std::size_t length = bytes.size() + 1; length-- > 0;) {
    const auto block = std::make_unique<std::uint8_t[]>(length);
    std::memcpy(block.get(), bytes.data(), length);
    if (!parse(Bytes(block.get(), length))) continue;
    CHECK_EQ(length, shortest - 1);
    shortest = length;
  }
  return shortest;
}

TEST("Ethernet") {
  const Frame frame = makeFrame(sample(kUdp));
  CHECK_EQ(shortestAccepted(frame, [](Bytes bytes) { return EthernetView::parse(bytes); }), 14u);
  Frame copy = frame;
  const auto view = EthernetView::parse(copy);
  CHECK_EQ(view->type(), ether_type::kIpv4);
  CHECK(view->destination() == sample(kUdp).to);
  CHECK(view->source() == hostMac(ip("10.0.0.2")));
  CHECK_EQ(view->payload().size(), frame.size() - 14);
  CHECK(!isStationMac(kBroadcastMac));
  CHECK(!isStationMac({}));
  CHECK(isStationMac(view->source()));
}

TEST("ARP") {
  const Frame frame = makeArp(kBroadcastMac, 1, ip("10.0.0.2"), hostMac(ip("10.0.0.2")), 7);
  Frame arp(frame.begin() + 14, frame.end());
  CHECK_EQ(shortestAccepted(arp, [](Bytes bytes) { return ArpView::parse(bytes); }), 28u);
  const auto view = ArpView::parse(arp);
  CHECK_EQ(view->operation(), ArpView::kRequest);
  CHECK_EQ(view->senderAddress(), ip("10.0.0.2"));
  CHECK(view->senderMac() == hostMac(ip("10.0.0.2")));
  CHECK_EQ(view->targetAddress(), 7u);
  for (const std::size_t field : {0u, 1u, 2u, 3u, 4u, 5u}) {
    Frame other = arp;
    other[field] ^= 4;
    CHECK(!ArpView::parse(other));
  }
}

TEST("IPv4") {
  const Frame frame = makeFrame(sample(kUdp));
  Frame packet(frame.begin() + 14, frame.end());
  CHECK_EQ(shortestAccepted(packet, [](Bytes bytes) { return Ipv4View::parse(bytes); }),
           packet.size());
  CHECK_EQ(shortestAccepted(packet, [](Bytes bytes) { return Ipv4View::parseQuoted(bytes); }), 28u);
  const auto view = Ipv4View::parse(packet);
  CHECK_EQ(view->headerLength(), 28u);
  CHECK_EQ(view->totalLength(), packet.size());
  CHECK_EQ(view->ttl(), 64);
  CHECK_EQ(view->protocol(), kUdp);
  CHECK_EQ(view->source(), ip("10.0.0.2"));
  CHECK_EQ(view->destination(), ip("203.0.113.9"));
  CHECK_EQ(view->payload().size(), packet.size() - 28);
  CHECK(!view->isFragment());
  CHECK(view->checksumOk());
  view->setSource(ip("1.2.3.4"));
  view->setDestination(ip("5.6.7.8"));
  view->decrementTtl();
  CHECK(view->checksumOk());
  CHECK_EQ(slowChecksum(packet.data(), 28), 0);
  CHECK_EQ(view->ttl(), 63);
}

TEST("IPv4 ends where its total length says, not where the frame does") {
  const Frame frame = makeFrame(sample(kUdp));
  Frame packet(frame.begin() + 14, frame.end());
  const std::size_t length = packet.size();
  packet.resize(length + 18);
  CHECK_EQ(Ipv4View::parse(packet)->payload().size(), length - 28);
}

TEST("IPv4 with impossible lengths or another version is refused") {
  const Frame frame = makeFrame(sample(kUdp));
  const Frame packet(frame.begin() + 14, frame.end());
  const auto refused = [&](std::size_t at, std::uint8_t value) {
    Frame other = packet;
    other[at] = value;
    return !Ipv4View::parse(other);
  };
  CHECK(refused(0, 0x57));
  CHECK(refused(0, 0x44));
  CHECK(refused(3, 27));    // shorter than its header
  CHECK(refused(2, 0xff));  // longer than the frame
}

TEST("fragments") {
  Spec spec = sample(kUdp);
  spec.payload = 100;
  std::vector<Frame> fragments = makeFragments(spec, 64);
  const auto first = Ipv4View::parse(Bytes(fragments[0]).subspan(14));
  const auto last = Ipv4View::parse(Bytes(fragments[1]).subspan(14));
  CHECK(first->isFragment() && first->moreFragments());
  CHECK(last->isFragment() && !last->moreFragments());
  CHECK_EQ(first->fragmentOffset(), 0);
  CHECK_EQ(last->fragmentOffset(), 8);
  CHECK(UdpView::parse(first->payload(), true));
  CHECK(!UdpView::parse(first->payload(), false));
}

TEST("UDP") {
  Frame udp = makeTransport(sample(kUdp));
  CHECK_EQ(shortestAccepted(udp, [](Bytes bytes) { return UdpView::parse(bytes, false); }),
           udp.size());
  CHECK_EQ(shortestAccepted(udp, [](Bytes bytes) { return UdpView::parse(bytes, true); }), 8u);
  CHECK_EQ(UdpView::parse(udp, false)->sourcePort(), 5000);
  CHECK_EQ(UdpView::parse(udp, false)->destinationPort(), 53);
  store16(udp.data() + 4, 7);
  CHECK(!UdpView::parse(udp, true));
}

TEST("TCP") {
  Spec spec = sample(kTcp);
  spec.tcpFlags = kSyn | kAck;
  Frame tcp = makeTransport(spec);
  CHECK_EQ(shortestAccepted(tcp, [](Bytes bytes) { return TcpView::parse(bytes); }), 20u);
  const auto view = TcpView::parse(tcp);
  CHECK(view->syn() && view->ack() && !view->fin() && !view->rst());
  tcp[12] = 0x40;
  CHECK(!TcpView::parse(tcp));
  tcp[12] = 0xf0;
  CHECK(!TcpView::parse(tcp));  // options beyond the end
}

TEST("ICMP") {
  Frame icmp = makeTransport(sample(kIcmp));
  CHECK_EQ(shortestAccepted(icmp, [](Bytes bytes) { return IcmpView::parse(bytes); }), 8u);
  const auto view = IcmpView::parse(icmp);
  CHECK(view->isEcho() && !view->isError());
  CHECK_EQ(view->identifier(), 5000);
  CHECK(view->checksumOk());
  icmp[9] ^= 0x40;
  CHECK(!view->checksumOk());
  view->renewChecksum();
  CHECK(view->checksumOk());
}

TEST("a transport header that is cut short is rewritten as far as it goes") {
  ChecksumDelta delta;
  delta.replace32(1, 2);
  for (const std::uint8_t protocol : {kUdp, kTcp, kIcmp}) {
    const Frame whole = makeTransport(sample(protocol));
    for (std::size_t length = 6; length <= 20; ++length) {
      const auto block = std::make_unique<std::uint8_t[]>(length);
      std::memcpy(block.get(), whole.data(), length);
      rewriteTransport(Bytes(block.get(), length), protocol, sourcePortOffset(protocol), 77, delta);
      CHECK_EQ(load16(block.get() + sourcePortOffset(protocol)), 77);
    }
  }
}

TEST("prefixes and unicast addresses") {
  CHECK_EQ(prefixMask(0), 0u);
  CHECK_EQ(prefixMask(8), 0xff000000u);
  CHECK_EQ(prefixMask(32), 0xffffffffu);
  CHECK(isUnicastIpv4(ip("10.0.0.1")));
  for (const char* address : {"0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
    CHECK(!isUnicastIpv4(ip(address)));
  }
}

}  // namespace
}  // namespace ferry::test
