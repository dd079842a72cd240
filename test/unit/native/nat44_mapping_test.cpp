// A mapping on the wire: whole and as a delta, small, and refused when it cannot be.
#include "nf/nat44_mapping.hpp"

#include <random>

#include "check.hpp"

namespace ferry::test {
namespace {

Mapping sample(std::uint8_t protocol) {
  Mapping mapping;
  mapping.insideAddress = 0x0a000002;
  mapping.insidePort = 5000;
  mapping.outsidePort = 40000;
  mapping.pool = 3;
  mapping.protocol = protocol;
  mapping.life.out = {1000, 512'000};
  mapping.life.in = {900, 460'800};
  mapping.life.refreshed = 1'700'000'000'000;
  if (protocol == ip_protocol::kTcp) mapping.life.tcp = {0xcb007109, 80, TcpTrack::kSynOut};
  return mapping;
}

bool same(const Mapping& a, const Mapping& b) {
  return a.inside() == b.inside() && a.outsidePort == b.outsidePort && a.pool == b.pool &&
         a.life.out == b.life.out && a.life.in == b.life.in &&
         a.life.refreshed == b.life.refreshed && a.life.tcp == b.life.tcp;
}

struct Encoded {
  std::uint8_t bytes[256];
  std::size_t size;
  ByteView view() const { return {bytes, size}; }
};

Encoded whole(const Mapping& mapping) {
  Encoded encoded{};
  ByteWriter out(encoded.bytes, sizeof encoded.bytes);
  mapping.encode(out);
  encoded.size = out.size();
  return encoded;
}

Encoded delta(const Mapping& mapping, const Mapping::Base& base) {
  Encoded encoded{};
  ByteWriter out(encoded.bytes, sizeof encoded.bytes);
  mapping.encodeDelta(out, base);
  encoded.size = out.size();
  return encoded;
}

TEST("a mapping takes one cache line") { CHECK_EQ(sizeof(Mapping), 64u); }

TEST("a whole mapping, every way it can be cut short, and its size") {
  for (const std::uint8_t protocol : {ip_protocol::kUdp, ip_protocol::kTcp, ip_protocol::kIcmp}) {
    const Mapping mapping = sample(protocol);
    const Encoded encoded = whole(mapping);
    CHECK(encoded.size <= 40);
    Mapping read;
    ByteReader in(encoded.view());
    CHECK(read.decode(in));
    CHECK(in.done());
    CHECK(same(read, mapping));
    for (std::size_t length = 0; length < encoded.size; ++length) {
      ByteReader cut(encoded.view().first(length));
      CHECK(!Mapping{}.decode(cut));
    }
  }
}

TEST("the largest values fit the bound") {
  Mapping mapping = sample(ip_protocol::kTcp);
  const std::uint64_t huge = ~std::uint64_t{0};
  mapping.life.out = {huge, huge};
  mapping.life.in = {huge, huge};
  mapping.life.refreshed = Mapping::kMaxTime - 1;
  CHECK(whole(mapping).size <= Mapping::kMaxBytes);
  Mapping::Base base;
  base.out = {0, huge / 2};
  CHECK(delta(mapping, base).size <= Mapping::kMaxBytes);
}

TEST("what cannot be is refused") {
  const auto refused = [](const Mapping& mapping) {
    const Encoded encoded = whole(mapping);
    ByteReader in(encoded.view());
    return !Mapping{}.decode(in);
  };
  Mapping mapping = sample(ip_protocol::kUdp);
  CHECK(!refused(mapping));
  mapping.protocol = 99;
  CHECK(refused(mapping));
  mapping = sample(ip_protocol::kUdp);
  mapping.life.refreshed = Mapping::kMaxTime;
  CHECK(refused(mapping));
  mapping = sample(ip_protocol::kTcp);
  mapping.life.tcp.bits = 64;
  CHECK(refused(mapping));
}

TEST("a refused delta changes nothing") {
  const std::uint8_t cases[][3] = {{0x40, 0, 0}, {4, 1, 1}, {8, 1, 1}, {32, 0, 0}, {1, 0x80, 0x80}};
  for (const auto& bytes : cases) {
    Mapping mapping = sample(ip_protocol::kUdp);
    ByteReader in({bytes, sizeof bytes});
    CHECK(!mapping.applyDelta(in));
    CHECK(same(mapping, sample(ip_protocol::kUdp)));
  }
}

TEST("a delta of packets as long as those before is four bytes") {
  const Mapping base = sample(ip_protocol::kUdp);
  Mapping mapping = base;
  mapping.life.out.add(512);
  mapping.life.in.add(512);
  mapping.life.refreshed += 50;
  CHECK_EQ(delta(mapping, base.life).size, 4u);
}

TEST("random deltas arrive as they were") {
  std::mt19937_64 random(seed());
  for (int round = 0; round < 20'000; ++round) {
    const auto pick = [&](std::uint64_t below) { return random() % below; };
    Mapping from = sample(pick(2) == 0 ? ip_protocol::kTcp : ip_protocol::kUdp);
    from.life.out = {pick(5), random() >> pick(64)};
    from.life.in = {random() >> pick(64), random() >> pick(64)};
    Mapping to = from;
    for (std::uint64_t n = pick(4); n > 0; --n) to.life.out.add(pick(1500));
    for (std::uint64_t n = pick(4); n > 0; --n) to.life.in.add(pick(1500));
    if (pick(2) == 0) to.life.refreshed += pick(1000);
    if (pick(4) == 0) to.life.refreshed -= pick(1000);  // a clock that stepped back
    if (to.protocol == ip_protocol::kTcp && pick(2) == 0) to.life.tcp.bits ^= TcpTrack::kFinOut;
    const Encoded encoded = delta(to, from.life);
    ByteReader in(encoded.view());
    CHECK(from.applyDelta(in));
    CHECK(in.done());
    CHECK(same(from, to));
  }
}

}  // namespace
}  // namespace ferry::test
