// Pacer on a clock that the test turns: no real time passes.
#include <algorithm>
#include <random>

#include "check.hpp"
#include "traffic/pacer.hpp"

namespace ferry::traffic {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1'000 * kMs;
constexpr std::uint64_t kStart = 77 * kSecond + 123;

TEST("a thread that wakes when asked sends exactly the rate") {
  for (const std::uint64_t rate :
       {1ULL, 7ULL, 999ULL, 2'500ULL, 20'000ULL, 333'333ULL, 10'000'000ULL}) {
    Pacer pacer(rate, kStart);
    std::uint64_t sent = 0;
    std::uint64_t now = kStart;
    while (now <= kStart + 2 * kSecond) {
      sent += pacer.grant(now);
      CHECK(pacer.wakeAtNs() > now);
      now = pacer.wakeAtNs();
    }
    const std::uint64_t slack = std::max<std::uint64_t>(1, rate / 1'000 + 1);
    CHECK(sent <= 2 * rate && sent + slack >= 2 * rate);
    CHECK_EQ(pacer.skipped(), 0U);
  }
}

TEST("no grant is over 1 ms of the rate, and grants are at least 0.5 ms apart") {
  std::mt19937_64 random(test::seed());
  Pacer pacer(20'000, kStart);
  std::uint64_t now = kStart;
  std::uint64_t lastGrant = 0;
  for (int turn = 0; turn < 20'000; ++turn) {
    now += random() % (random() % 100 == 0 ? 30 * kMs : kMs);
    const std::uint64_t granted = pacer.grant(now);
    CHECK(granted <= 20);
    if (granted == 0) continue;
    CHECK(lastGrant == 0 || now - lastGrant >= kMs / 2);
    lastGrant = now;
  }
}

TEST("after a stall 5 ms are made good at twice the rate, and the rest is skipped") {
  Pacer pacer(20'000, kStart);
  std::uint64_t now = kStart + 400 * kMs;
  std::uint64_t sent = pacer.grant(now);
  CHECK_EQ(pacer.skipped(), 8'000U - 100U);
  CHECK_EQ(sent, 20U);
  CHECK_EQ(pacer.wakeAtNs(), now + kMs / 2);
  while (now < kStart + 500 * kMs) {
    now = pacer.wakeAtNs();
    sent += pacer.grant(now);
  }
  CHECK_EQ(pacer.skipped(), 8'000U - 100U);
  CHECK(sent <= 2'100 && sent >= 2'080);
}

TEST("sent and skipped together are what the rate owes") {
  std::mt19937_64 random(test::seed());
  Pacer pacer(50'000, kStart);
  std::uint64_t now = kStart;
  std::uint64_t sent = 0;
  for (int turn = 0; turn < 10'000; ++turn) {
    now = pacer.wakeAtNs() + random() % (random() % 50 == 0 ? 40 * kMs : 100'000);
    sent += pacer.grant(now);
    const std::uint64_t owed = (now - kStart) * 50'000 / kSecond;
    CHECK(sent + pacer.skipped() <= owed);
    CHECK(sent + pacer.skipped() + 250 >= owed);
  }
}

TEST("the longest run at the highest rate stays within 64 bits") {
  Pacer pacer(10'000'000, kStart);
  const std::uint64_t end = kStart + 600 * kSecond;
  CHECK_EQ(pacer.grant(end), 10'000U);
  CHECK_EQ(pacer.skipped(), 6'000'000'000U - 50'000U);
  CHECK_EQ(pacer.wakeAtNs(), end + kMs / 2);
}

}  // namespace
}  // namespace ferry::traffic
