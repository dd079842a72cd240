// The VPN concentrator and its peer, packet by packet.
#include "check.hpp"
#include "esp_fixture.hpp"
#include "nf/esp_header.hpp"

namespace ferry::test {
namespace {

std::uint32_t sequenceOf(const Frame& frame) { return load32(frame.data() + 38); }
std::uint64_t ivOf(const Frame& frame) {
  return std::uint64_t{load32(frame.data() + 42)} << 32 | load32(frame.data() + 46);
}

/** A snapshot with this SA alone. */
Frame recordOf(const EspSa& sa) {
  Frame bytes(2048);
  ByteWriter out(bytes.data(), bytes.size());
  out.fixed(std::uint8_t{0});  // the table of SAs
  out.varint(1);               // set slot 0
  sa.encode(out);
  out.varint(3);  // end
  bytes.resize(out.size());
  return bytes;
}

/** Lets an end's SA stand at this number. */
void standAt(EspEnd& end, std::uint16_t sa, std::uint64_t sequence) {
  EspSa state;
  state.sa = sa;
  state.window = static_cast<std::uint16_t>(end.config.window);
  state.life.window.setTop(sequence);
  state.life.reserved = sa % 2 == 0 ? sequence + end.config.sequenceLease : 0;
  end.esp->reset();
  CHECK(end.esp->install(recordOf(state)) == ApplyStatus::ok);
}

void meet(EspPair& pair) {
  for (const Offer& offer : pair.local.greetings(pair.peer.config)) {
    pair.local.receive(offer.port, offer.frame);
  }
  for (const Offer& offer : pair.peer.greetings(pair.local.config)) {
    pair.peer.receive(offer.port, offer.frame);
  }
}

TEST("a packet goes through either tunnel and comes out as it was, one hop older") {
  for (unsigned tunnel = 0; tunnel < 2; ++tunnel) {
    EspPair pair;
    for (std::size_t payload : {0u, 1u, 2u, 3u, 100u, 1397u}) {
      Spec spec = espSpec(tunnel);
      spec.payload = payload;
      const Frame sealed = pair.local.fromInside(spec);
      CHECK(!sealed.empty());
      if (sealed.empty()) continue;
      CHECK_EQ(wrongChecksum(sealed), "");
      CHECK_EQ(sealed[23], 50);
      CHECK_EQ(sourceOf(sealed), ip("203.0.113.1"));
      CHECK_EQ(destinationOf(sealed), ip("203.0.113.9"));
      CHECK(macAt(sealed, 0) == pair.peer.config.outside.mac);
      CHECK_EQ(load32(sealed.data() + 34), pair.local.config.tunnels[tunnel].out.spi);
      const Frame opened = pair.peer.fromOutside(sealed);
      CHECK(!opened.empty());
      spec.ttl = 62;
      Frame wanted = makeFrame(spec);
      CHECK(Frame(wanted.begin() + 14, wanted.end()) == Frame(opened.begin() + 14, opened.end()));
      CHECK(macAt(opened, 0) == hostMac(spec.destination));
    }
    CHECK_EQ(pair.local.count("encrypted"), 6u);
    CHECK_EQ(pair.peer.count("decrypted"), 6u);
    CHECK(balanced(*pair.local.esp));
    CHECK(balanced(*pair.peer.esp));
  }
}

TEST("sequence numbers begin at 1 and IVs never come twice, nor after a fresh start") {
  EspPair pair;
  std::uint64_t lastIv = 0;
  for (std::uint32_t i = 1; i <= 100; ++i) {
    const Frame sealed = pair.local.fromInside(espSpec(0));
    CHECK_EQ(sequenceOf(sealed), i);
    CHECK(ivOf(sealed) > lastIv);
    lastIv = ivOf(sealed);
  }
  EspPair fresh;
  fresh.local.now = pair.local.now + 1;
  CHECK(ivOf(fresh.local.fromInside(espSpec(0))) > lastIv);
}

TEST("what was received is refused again; what is late is not, within the window") {
  EspPair pair;
  std::vector<Frame> sealed;
  for (int i = 0; i < 3000; ++i) sealed.push_back(pair.local.fromInside(espSpec(0)));
  const std::uint32_t window = pair.peer.config.window;
  // In steps, so that some stay out; then those that are not too old.
  for (std::size_t i = 0; i < sealed.size(); i += 3)
    CHECK(!pair.peer.fromOutside(sealed[i]).empty());
  const std::size_t top = 2997;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    const bool seen = i % 3 == 0;
    const bool late = i < top && top - i >= window;
    CHECK_EQ(pair.peer.fromOutside(sealed[i]).empty(), seen || late);
  }
  for (const Frame& frame : sealed) CHECK(pair.peer.fromOutside(frame).empty());
  // One too old is taken for one of the next 2^32, which its ICV denies.
  CHECK(pair.peer.count("dropReplay") + pair.peer.count("dropAuthentication") > 3000);
  CHECK(pair.peer.count("dropReplay") > 1000);
}

TEST("64-bit numbers go on over 2^32 and 2^33, in order and out of it") {
  for (const std::uint64_t around : {1ull << 32, 1ull << 33, 5ull << 32}) {
    EspPair pair;
    standAt(pair.local, 0, around - 200);
    standAt(pair.peer, 1, around - 200);
    meet(pair);
    std::vector<Frame> sealed;
    for (int i = 0; i < 400; ++i) sealed.push_back(pair.local.fromInside(espSpec(0)));
    CHECK_EQ(sequenceOf(sealed[250]), 51u);
    for (std::size_t i = 0; i < sealed.size(); i += 2) {
      CHECK(!pair.peer.fromOutside(sealed[i]).empty());
    }
    for (std::size_t i = 1; i < sealed.size(); i += 2) {
      CHECK(!pair.peer.fromOutside(sealed[i]).empty());
    }
    CHECK_EQ(pair.peer.count("dropAuthentication"), 0u);
  }
}

TEST("an SA of 32-bit numbers ends with the last of them") {
  EspPair pair;
  standAt(pair.local, 2, 0xfffffffd);
  standAt(pair.peer, 3, 0xfffffffd);
  meet(pair);
  for (int i = 0; i < 2; ++i)
    CHECK(!pair.peer.fromOutside(pair.local.fromInside(espSpec(1))).empty());
  CHECK(pair.local.fromInside(espSpec(1)).empty());
  CHECK_EQ(pair.local.count("dropSequence"), 1u);
}

TEST("the high half of a number is inferred as RFC 4303 appendix A says") {
  constexpr std::uint64_t k32 = 1ull << 32;
  CHECK_EQ(inferSequence(1, 0, 64), 1u);
  CHECK_EQ(inferSequence(0xffffffff, 10, 64), k32 - 1);  // nothing is before the first: far ahead
  CHECK_EQ(inferSequence(5, k32 - 10, 64), k32 + 5);     // passed over
  CHECK_EQ(inferSequence(0xfffffff0, k32 + 5, 64), k32 - 16);  // late, of the subspace before
  CHECK_EQ(inferSequence(40, k32 + 100, 64), k32 + 40);
  CHECK_EQ(inferSequence(30, k32 + 100, 64), 2 * k32 + 30);  // older than the window: the next one
  CHECK_EQ(inferSequence(0x80000000, 3 * k32 + 7, 64), 3 * k32 + 0x80000000);
}

TEST("an SA that has received nothing takes any number of the first 2^32") {
  EspPair pair;
  standAt(pair.peer, 0, 0xffff'fffd);
  meet(pair);
  for (int i = 0; i < 4; ++i) {  // the third is 2^32
    CHECK(!pair.local.fromOutside(pair.peer.fromInside(espSpec(0, true))).empty());
  }
  CHECK_EQ(pair.local.count("decrypted"), 4u);
}

/** What the peer would send with these bytes in its tunnel 0. */
Frame sealedBy(const EspEnd& peer, ByteView inside, std::uint64_t sequence) {
  const EspTunnel& tunnel = peer.config.tunnels[0];
  Frame frame(EthernetView::kHeader + sealedLength(inside.size()));
  const auto ethernet = EthernetView::parse(frame);
  std::copy_n(espConfig().outside.mac.begin(), 6, frame.begin());
  ethernet->setType(ether_type::kIpv4);
  const Bytes outer = ethernet->payload();
  const Bytes text = layOut(outer, inside);
  writeEspHeader(outer, tunnel.out.spi, sequence, sequence);
  const EspAad aad(tunnel.out.spi, sequence, true);
  EspCipher cipher(tunnel.out.key, EspCipher::Use::seal);
  CHECK(cipher.seal(sequence, aad.bytes(), text, text.data() + text.size()));
  writeIpv4Header(
      outer, {.protocol = 50, .source = peer.config.outside.address, .destination = tunnel.remote});
  return frame;
}

TEST("bytes behind the packet inside hide its length: they do not come out, nor count") {
  EspConfig config = espConfig();
  config.tunnels[0].hardBytes = 300;
  EspPair pair(config);
  const Frame plain = makeFrame(espSpec(0, true));
  Frame inside(plain.begin() + EthernetView::kHeader, plain.end());
  inside.resize(inside.size() + 700);
  for (std::uint64_t i = 1; i < 4; ++i) {  // 128 bytes each, and 300 in all
    const Frame opened = pair.local.fromOutside(sealedBy(pair.peer, inside, i));
    CHECK_EQ(opened.size(), i < 3 ? plain.size() : 0u);
  }
  CHECK_EQ(pair.local.count("dropLifetime"), 1u);
  // A dummy packet (section 2.6) has nothing inside.
  CHECK(pair.local.fromOutside(sealedBy(pair.peer, Frame(40), 9)).empty());
  CHECK(balanced(*pair.local.esp));
}

TEST("no changed byte is accepted, and none changes the state") {
  EspPair pair;
  const Frame sealed = pair.local.fromInside(espSpec(0));
  CHECK(!pair.peer.fromOutside(pair.local.fromInside(espSpec(0))).empty());
  const Frame before = joined(snapshotOf(*pair.peer.esp));
  for (std::size_t at = 34; at < sealed.size(); ++at) {
    Frame damaged = sealed;
    damaged[at] ^= 1;
    CHECK(pair.peer.fromOutside(damaged).empty());
  }
  for (std::size_t cut = 1; cut < sealed.size() - 34; ++cut) {
    Frame shorter(sealed.begin(), sealed.end() - static_cast<long>(cut));
    store16(shorter.data() + 16, static_cast<std::uint16_t>(shorter.size() - 14));
    store16(shorter.data() + 24, 0);
    store16(shorter.data() + 24, slowChecksum(shorter.data() + 14, 20));
    CHECK(pair.peer.fromOutside(shorter).empty());
  }
  CHECK(joined(snapshotOf(*pair.peer.esp)) == before);
  CHECK(!pair.peer.fromOutside(sealed).empty());
  CHECK(balanced(*pair.peer.esp));
}

TEST("only what fits a selector passes, and nothing in the clear") {
  EspPair pair;
  Spec other = espSpec(0);
  other.destination = ip("192.0.2.1");
  CHECK(pair.local.fromInside(other).empty());
  other = espSpec(0);
  other.destination = pair.local.config.inside.address;
  CHECK(pair.local.fromInside(other).empty());
  CHECK_EQ(pair.local.count("dropNoPolicy"), 2u);
  Spec clear = espSpec(0, true);
  clear.to = pair.local.config.outside.mac;
  CHECK(pair.local.fromOutside(makeFrame(clear)).empty());
  CHECK_EQ(pair.local.count("dropNoPolicy"), 3u);
  // A peer that sends what its tunnel is not for.
  EspConfig loose = peerOf(espConfig());
  loose.tunnels[0].localNet = {ip("10.2.0.0"), 16};
  EspEnd peer(loose);
  for (const Offer& offer : peer.greetings(pair.local.config))
    peer.receive(offer.port, offer.frame);
  Spec foreign = espSpec(0, true);
  foreign.source = ip("10.2.9.9");
  CHECK(pair.local.fromOutside(peer.fromInside(foreign)).empty());
  CHECK_EQ(pair.local.count("dropSelector"), 1u);
}

TEST("another peer cannot use an SA, nor an unknown SPI pass") {
  EspPair pair;
  const Frame sealed = pair.peer.fromInside(espSpec(0, true));
  Frame spoofed = sealed;
  store32(spoofed.data() + 26, ip("203.0.113.8"));
  store16(spoofed.data() + 24, 0);
  store16(spoofed.data() + 24, slowChecksum(spoofed.data() + 14, 20));
  CHECK(pair.local.fromOutside(spoofed).empty());
  Frame unknown = sealed;
  unknown[37] ^= 0x40;
  CHECK(pair.local.fromOutside(unknown).empty());
  CHECK_EQ(pair.local.count("dropNoSa"), 2u);
  CHECK(!pair.local.fromOutside(sealed).empty());
}

TEST("lifetimes: the soft limit is told once, the hard one ends the SA") {
  EspConfig config = espConfig();
  config.tunnels[0].softPackets = 3;
  config.tunnels[0].hardPackets = 5;
  config.tunnels[1].hardBytes = 1000;
  EspPair pair(config);
  for (int i = 0; i < 8; ++i) {
    CHECK_EQ(pair.local.fromInside(espSpec(0)).empty(), i >= 5);
    CHECK_EQ(pair.local.fromOutside(pair.peer.fromInside(espSpec(0, true))).empty(), i >= 5);
  }
  CHECK_EQ(pair.local.count("softLifetimes"), 2u);  // one for each direction
  CHECK_EQ(pair.local.count("dropLifetime"), 6u);
  unsigned passed = 0;
  for (int i = 0; i < 20; ++i) passed += pair.local.fromInside(espSpec(1)).empty() ? 0 : 1;
  CHECK_EQ(passed, 1000 / 128u);  // 20 + 8 + 100 bytes each
}

TEST("what is too long once encrypted is refused with the longest that is not") {
  EspPair pair;
  Spec spec = espSpec(0);
  spec.payload = 1500 - 28;
  CHECK(pair.local.fromInside(spec).empty());
  CHECK_EQ(pair.local.count("dropTooBig"), 1u);
  CHECK_EQ(pair.local.sent.size(), 1u);
  const Frame& error = pair.local.sent.at(0);
  CHECK_EQ(error[34], 3);
  CHECK_EQ(error[35], 4);
  const std::size_t longest = load16(error.data() + 40);
  spec.payload = longest - 28;
  const Frame sealed = pair.local.fromInside(spec);
  CHECK(!sealed.empty() && sealed.size() <= 1514);
  ++spec.payload;
  CHECK(pair.local.fromInside(spec).empty());
}

TEST("congestion marked on the way is passed on, or the packet dropped (RFC 6040)") {
  for (unsigned ecn = 0; ecn < 4; ++ecn) {
    EspPair pair;
    Spec spec = espSpec(0);
    spec.to = pair.local.config.inside.mac;
    Frame plain = makeFrame(spec);
    plain[15] = static_cast<std::uint8_t>(0xb8 | ecn);
    store16(plain.data() + 24, 0);
    store16(plain.data() + 24, slowChecksum(plain.data() + 14, 20));
    Frame sealed = pair.local.receive(RouterPorts::kInside, plain);
    CHECK_EQ(sealed[15], (0xb8u | ecn));
    sealed[15] |= 3;
    store16(sealed.data() + 24, 0);
    store16(sealed.data() + 24, slowChecksum(sealed.data() + 14, 20));
    const Frame opened = pair.peer.fromOutside(sealed);
    CHECK_EQ(opened.empty(), ecn == 0);
    if (opened.empty()) continue;
    CHECK_EQ(opened[15], 0xbb);
    CHECK_EQ(wrongChecksum(opened), "");
  }
}

TEST("don't fragment is the packet's own, outside too") {
  EspPair pair;
  Spec spec = espSpec(0);
  spec.to = pair.local.config.inside.mac;
  Frame plain = makeFrame(spec);
  store16(plain.data() + 20, 0x4000);
  store16(plain.data() + 24, 0);
  store16(plain.data() + 24, slowChecksum(plain.data() + 14, 20));
  const Frame sealed = pair.local.receive(RouterPorts::kInside, plain);
  CHECK_EQ(load16(sealed.data() + 20), 0x4000);
  CHECK_EQ(wrongChecksum(sealed), "");
  CHECK(!pair.peer.fromOutside(sealed).empty());
}

}  // namespace
}  // namespace ferry::test
