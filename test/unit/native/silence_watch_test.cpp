// When silence and standstill are told: thresholds that adapt, and an observer that itself stalls.
#include "statelet/silence_watch.hpp"

#include "check.hpp"
#include "statelet/stall_watch.hpp"

using namespace ferry;

namespace {

constexpr std::uint64_t kLeastNs = 12 * kMs;

/** Looks every 2 ms; answers after how many milliseconds the silence was told, 0: never. */
std::uint64_t toldAfterMs(SilenceWatch& watch, std::uint64_t& now, std::uint64_t forMs) {
  const std::uint64_t begin = now;
  while (now - begin < forMs * kMs) {
    now += 2 * kMs;
    watch.step(now);
    if (watch.look(now)) return (now - begin) / kMs;
  }
  return 0;
}

void beat(SilenceWatch& watch, std::uint64_t& now, unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    now += 2 * kMs;
    watch.step(now);
    watch.heard(now);
  }
}

}  // namespace

TEST("silence is told once, and its end") {
  SilenceWatch watch(kLeastNs);
  std::uint64_t now = 1000 * kMs;
  CHECK_EQ(toldAfterMs(watch, now, 100), 0u);  // nobody was ever heard
  beat(watch, now, 10);
  CHECK_EQ(toldAfterMs(watch, now, 100), 12u);
  CHECK(watch.silent());
  CHECK_EQ(toldAfterMs(watch, now, 100), 0u);
  now += 2 * kMs;
  watch.step(now);
  CHECK(watch.heard(now));
  CHECK(!watch.heard(now));
  CHECK(!watch.silent());
}

TEST("gaps that were none raise the threshold, and are forgotten") {
  SilenceWatch watch(kLeastNs);
  std::uint64_t now = 1000 * kMs;
  beat(watch, now, 10);
  CHECK_EQ(toldAfterMs(watch, now, 40), 12u);
  CHECK_EQ(toldAfterMs(watch, now, 28), 0u);
  beat(watch, now, 5);
  CHECK(watch.limitNs(now) >= 50 * kMs);
  CHECK(toldAfterMs(watch, now, 400) >= 50u);
  now += 2 * kMs;
  watch.step(now);
  watch.heard(now);
  CHECK_EQ(watch.limitNs(now + 20 * SilenceWatch::kHalfLifeNs), kLeastNs);
}

TEST("time in which the observer did not run is nobody's silence") {
  SilenceWatch watch(kLeastNs);
  std::uint64_t now = 1000 * kMs;
  beat(watch, now, 10);
  now += 500 * kMs;
  watch.step(now);
  CHECK(!watch.look(now));
  CHECK_EQ(watch.limitNs(now), kLeastNs);
  CHECK(toldAfterMs(watch, now, 100) >= 10u);
}

TEST("a worker that stands still is told again and again, unless it need not move") {
  StallWatch watch;
  std::uint64_t now = 1000 * kMs;
  unsigned told = 0;
  for (unsigned i = 0; i < 500; ++i, now += 2 * kMs) told += watch.look(i, true, now).has_value();
  CHECK_EQ(told, 0u);
  for (unsigned i = 0; i < 300; ++i, now += 2 * kMs) told += watch.look(7, true, now).has_value();
  CHECK(told == 3 || told == 4);
  CHECK(watch.look(7, true, now + 200 * kMs).has_value());
  CHECK(!watch.look(8, true, now + 202 * kMs).has_value());
  StallWatch standby;
  for (unsigned i = 0; i < 300; ++i, now += 2 * kMs) CHECK(!standby.look(7, false, now));
  StallWatch stalledItself;
  stalledItself.look(7, true, now);
  CHECK(!stalledItself.look(7, true, now + 5000 * kMs).has_value());
}
