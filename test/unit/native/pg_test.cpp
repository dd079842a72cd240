// The packet gateway: accounting, rates, quotas, and what its statelets cost.
#include "check.hpp"
#include "pg_fixture.hpp"

namespace ferry::test {
namespace {

const std::uint32_t kPlain = ip("10.0.0.3");
const std::uint32_t kCapped = ip("10.0.0.17");
const std::uint32_t kThrottled = ip("10.0.0.25");

TEST("packets pass both ways, one hop older and counted to their subscriber") {
  PgFixture gateway;
  for (int i = 0; i < 5; ++i) CHECK(gateway.up(kPlain, 500));
  CHECK_EQ(ttlOf(gateway.last), 63);
  CHECK_EQ(wrongChecksum(gateway.last), "");
  for (int i = 0; i < 3; ++i) CHECK(gateway.down(kPlain, 700));
  const PgSubscriber* subscriber = gateway.pg.find(kPlain);
  CHECK(subscriber != nullptr);
  CHECK_EQ(subscriber->life.up.passed.packets, 5u);
  CHECK_EQ(subscriber->life.up.passed.bytes, 2500u);
  CHECK_EQ(subscriber->life.down.passed.packets, 3u);
  CHECK_EQ(subscriber->life.down.passed.bytes, 2100u);
  CHECK(gateway.pg.find(kPlain + 1) == nullptr);
  CHECK(balanced(gateway.pg));
}

TEST("who is no subscriber does not pass, nor what stays inside") {
  PgFixture gateway;
  CHECK(!gateway.up(ip("10.0.0.99")));
  CHECK(!gateway.down(ip("10.0.0.99")));
  CHECK_EQ(gateway.count("dropNoSubscriber"), 2u);
  CHECK(!gateway.pass(RouterPorts::kInside, kPlain, kPlain + 1, 100));
  CHECK_EQ(gateway.count("dropDestination"), 1u);
  CHECK(gateway.pass(RouterPorts::kInside, kPlain, ip("198.51.100.9"), 100));  // by the gateway
}

TEST("a burst passes, then the rate: each direction its own, each subscriber its own") {
  PgFixture gateway;
  unsigned passed = 0;
  for (int i = 0; i < 30; ++i) passed += gateway.up(kPlain) ? 1 : 0;
  CHECK_EQ(passed, 10u);  // 10,000 bytes of burst
  CHECK(gateway.down(kPlain));
  CHECK(gateway.up(kPlain + 1));
  // 8 Mbit/s is 1000 bytes a millisecond: over ten seconds, in uneven steps.
  passed = 0;
  for (int step = 0; step < 4000; ++step) {
    gateway.now += step % 2 == 0 ? 1 : 4;
    for (int i = 0; i < 7; ++i) passed += gateway.up(kPlain) ? 1 : 0;
  }
  CHECK_EQ(passed, 10'000u);
  CHECK_EQ(gateway.pg.find(kPlain)->life.up.dropped, 20u + 28'000u - 10'000u);
  CHECK_EQ(gateway.count("dropRate"), 20u + 28'000u - 10'000u);
  CHECK(balanced(gateway.pg));
}

TEST("a clock that goes back earns nothing, and breaks nothing") {
  PgFixture gateway;
  while (gateway.up(kPlain)) {
  }
  gateway.now -= 5'000;
  CHECK(!gateway.up(kPlain));
  gateway.now += 5'001;
  CHECK(gateway.up(kPlain));
}

TEST("a quota that drops: both directions and all addresses of the subscriber together") {
  PgFixture gateway;
  CHECK(gateway.up(kCapped, 1400));
  CHECK(gateway.down(kCapped + 1, 1400));
  CHECK(gateway.up(kCapped + 2, 1400));
  CHECK_EQ(gateway.count("quotasReached"), 0u);
  CHECK(gateway.down(kCapped + 3, 1400));  // the one that reaches 5000 still passes
  CHECK_EQ(gateway.count("quotasReached"), 1u);
  gateway.now += 3'600'000;
  CHECK(!gateway.up(kCapped));
  CHECK(!gateway.down(kCapped));
  CHECK_EQ(gateway.count("dropQuota"), 2u);
}

TEST("a quota that throttles: 80 kbit/s beyond it") {
  PgFixture gateway;
  for (int i = 0; i < 5; ++i) CHECK(gateway.up(kThrottled));
  CHECK_EQ(gateway.count("quotasReached"), 1u);
  // The burst stays; after it 10 bytes a millisecond: one packet in 100 ms.
  unsigned passed = 0;
  for (int ms = 0; ms < 10'000; ++ms) {
    ++gateway.now;
    passed += gateway.up(kThrottled) ? 1 : 0;
  }
  CHECK(passed >= 100 && passed <= 111);
  CHECK_EQ(gateway.count("dropQuota"), 0u);
}

TEST("a full table refuses new subscribers and keeps the old") {
  PgConfig config = pgConfig();
  config.capacity = 2;
  PgFixture gateway(config);
  CHECK(gateway.up(kPlain));
  CHECK(gateway.up(kPlain + 1));
  CHECK(!gateway.up(kPlain + 2));
  CHECK_EQ(gateway.count("dropTableFull"), 1u);
  CHECK(gateway.up(kPlain));
}

TEST("after a migration a subscriber has what is left of its bucket, and no more") {
  PgFixture gateway;
  for (int i = 0; i < 9; ++i) CHECK(gateway.up(kPlain));
  PgFixture moved;
  moved.pg.reset();
  for (const Frame& chunk : snapshotOf(gateway.pg)) {
    CHECK(moved.pg.install(chunk) == ApplyStatus::ok);
  }
  CHECK(moved.up(kPlain));
  CHECK(!moved.up(kPlain));
}

TEST("the digest tells configurations apart") {
  const PgConfig config = pgConfig();
  CHECK_EQ(config.digest(), pgConfig().digest());
  for (int change = 0; change < 5; ++change) {
    PgConfig other = config;
    if (change == 0) ++other.rules[0].up.rateBps;
    if (change == 1) ++other.rules[1].quotaBytes;
    if (change == 2) other.rules[2].each = 32;
    if (change == 3) other.capacity = 65;
    if (change == 4) other.outsideGateway.reset();
    CHECK(config.digest() != other.digest());
  }
}

TEST("statelets of 1000 subscribers cost less than a twentieth of their packets") {
  PgConfig config;
  config.inside = {*parseMac("02:fe:00:00:00:01"), ip("10.0.0.1"), 16};
  config.outside = {*parseMac("02:fe:00:00:00:02"), ip("203.0.113.1"), 24};
  config.insideGateway = ip("10.0.0.2");
  config.outsideGateway = ip("203.0.113.254");
  config.capacity = 2000;
  PgRule rule;
  rule.net = {ip("10.0.0.0"), 8};
  rule.up = rule.down = {10'000'000, 100'000};
  config.rules = {rule};
  // Up only: each packet is then a statelet of its own, the worst there is.
  for (const bool both : {true, false}) {
    PgFixture wide(config);
    std::uint64_t packetBytes = 0;
    std::uint64_t stateletBytes = 0;
    for (int window = 0; window < 20; ++window) {
      // 20,000 packets/s each way over 1000 subscribers: one each way in 50 ms.
      for (std::uint32_t i = 0; i < 1000; ++i) {
        if (i % 20 == 0) ++wide.now;
        const std::uint32_t subscriber = ip("10.1.0.0") + i;
        CHECK(wide.up(subscriber, 498));
        if (both) CHECK(wide.down(subscriber, 498));
        if (window > 0) packetBytes += both ? 1024 : 512;
      }
      while (wide.pg.dirty()) {
        const std::size_t bytes = collected(wide.pg).size();
        if (window > 0) stateletBytes += bytes;
      }
    }
    const double factor = static_cast<double>(stateletBytes) / static_cast<double>(packetBytes);
    std::printf("  # statelet factor %.5f%s\n", factor, both ? "" : ", one way only");
    CHECK(factor < 0.05);
  }
}

}  // namespace
}  // namespace ferry::test
