// The VPN concentrator's state in migrations and recoveries: no number twice, no valid packet
// refused, no allocation, few bytes.
#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <set>

#include "check.hpp"
#include "esp_fixture.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

void* countedMalloc(std::size_t size, const char*, int) {
  ++allocations;
  return std::malloc(size);
}
void* countedRealloc(void* block, std::size_t size, const char*, int) {
  ++allocations;
  return std::realloc(block, size);
}
void uncountedFree(void* block, const char*, int) { std::free(block); }

// Before libcrypto has allocated anything.
const bool kCounting = CRYPTO_set_mem_functions(countedMalloc, countedRealloc, uncountedFree) == 1;

}  // namespace

namespace ferry::test {
namespace {

std::uint32_t sequenceOf(const Frame& frame) { return load32(frame.data() + 38); }

void passStatelets(Esp& from, Esp& to) {
  while (from.dirty()) CHECK(to.apply(collected(from)) == ApplyStatus::ok);
}

/** The other instance of the same end, with the state of `from`. */
EspEnd standbyOf(EspEnd& from) {
  EspEnd standby(from.config);
  for (const Frame& chunk : snapshotOf(*from.esp)) {
    CHECK(standby.esp->install(chunk) == ApplyStatus::ok);
  }
  from.esp->beginSnapshot();
  from.esp->endSnapshot();
  standby.now = from.now;
  return standby;
}

TEST("after a migration the numbers go on without a gap and the window is the same") {
  EspPair pair;
  std::vector<Frame> inbound;
  for (int i = 0; i < 50; ++i) {
    CHECK(!pair.peer.fromOutside(pair.local.fromInside(espSpec(0))).empty());
    inbound.push_back(pair.peer.fromInside(espSpec(0, true)));
    if (i % 2 == 0) CHECK(!pair.local.fromOutside(inbound.back()).empty());
  }
  EspEnd moved = standbyOf(pair.local);
  for (int i = 0; i < 50; ++i) pair.peer.fromOutside(pair.local.fromInside(espSpec(0)));
  passStatelets(*pair.local.esp, *moved.esp);
  CHECK_EQ(sequenceOf(moved.fromInside(espSpec(0))), 101u);
  for (std::size_t i = 0; i < inbound.size(); ++i) {
    CHECK_EQ(moved.fromOutside(inbound[i]).empty(), i % 2 == 0);
  }
}

TEST("after a recovery without the last statelets no number is used twice") {
  std::mt19937_64 random(seed());
  for (int round = 0; round < 20; ++round) {
    EspConfig config = espConfig();
    config.sequenceLease = 1024;
    EspPair pair(config);
    std::set<std::uint32_t> used;
    const auto use = [&](EspEnd& end) {
      const Frame sealed = end.fromInside(espSpec(0));
      CHECK(!sealed.empty());
      CHECK(used.insert(sequenceOf(sealed)).second);
      CHECK(!pair.peer.fromOutside(sealed).empty());  // nor does the peer refuse it
    };
    EspEnd standby = standbyOf(pair.local);
    // What the lease is for: up to half of it may be lost. Before the first statelet, too.
    const std::uint64_t mayBeLost = config.sequenceLease / 2;
    std::uint64_t untold = 0;
    for (std::uint64_t i = random() % 3000; i > 0; --i) {
      use(pair.local);
      untold++;
      if (random() % 50 != 0 && untold < mayBeLost) continue;
      passStatelets(*pair.local.esp, *standby.esp);
      untold = 0;
    }
    for (std::uint64_t i = random() % (mayBeLost - untold); i > 0; --i) use(pair.local);
    standby.now = pair.local.now + 10;
    standby.esp->recover(standby.now);
    CHECK(standby.count("sequencesSkipped") > 0);
    for (int i = 0; i < 100; ++i) use(standby);
    // And once more, from the standby's own standby.
    EspEnd third = standbyOf(standby);
    for (int i = 0; i < 100; ++i) use(standby);
    third.esp->recover(standby.now);
    for (int i = 0; i < 100; ++i) use(third);
  }
}

TEST("after a recovery no valid packet is refused as a replay") {
  EspPair pair;
  EspEnd standby = standbyOf(pair.local);
  for (int i = 0; i < 100; ++i) pair.local.fromOutside(pair.peer.fromInside(espSpec(0, true)));
  passStatelets(*pair.local.esp, *standby.esp);
  std::vector<Frame> late;
  for (int i = 0; i < 100; ++i) {
    late.push_back(pair.peer.fromInside(espSpec(0, true)));
    if (i % 2 == 0) pair.local.fromOutside(late.back());
  }
  standby.esp->recover(standby.now);
  for (int i = 0; i < 50; ++i) {
    CHECK(!standby.fromOutside(pair.peer.fromInside(espSpec(0, true))).empty());
  }
  for (std::size_t i = 1; i < late.size(); i += 2) CHECK(!standby.fromOutside(late[i]).empty());
}

TEST("the digest tells configurations apart, keys included") {
  const EspConfig config = espConfig();
  CHECK_EQ(config.digest(), espConfig().digest());
  for (int change = 0; change < 6; ++change) {
    EspConfig other = config;
    if (change == 0) other.tunnels[0].out.key[3] ^= 1;
    if (change == 1) other.tunnels[1].in.spi ^= 1;
    if (change == 2) other.window = 2048;
    if (change == 3) other.tunnels[0].extendedSequence = false;
    if (change == 4) other.tunnels[0].hardBytes = 1;
    if (change == 5) other.tunnels.pop_back();
    CHECK(config.digest() != other.digest());
  }
}

TEST("state of another configuration is refused") {
  EspPair pair;
  pair.local.fromInside(espSpec(1));
  EspConfig fewer = espConfig();
  fewer.tunnels.pop_back();
  EspEnd other(fewer);
  CHECK(other.esp->install(joined(snapshotOf(*pair.local.esp))) != ApplyStatus::ok);
}

TEST("libcrypto allocates nothing for a packet, good or bad") {
  CHECK(kCounting);
  EspPair pair;
  const auto turn = [&] {
    const Frame sealed = pair.local.fromInside(espSpec(0));
    Frame damaged = sealed;
    damaged.back() ^= 1;
    pair.peer.fromOutside(damaged);
    pair.peer.fromOutside(sealed);
  };
  turn();
  const std::uint64_t before = allocations;
  CHECK(before > 0);
  for (int i = 0; i < 100; ++i) turn();
  CHECK_EQ(allocations - before, 0u);
}

TEST("statelets cost less than a fiftieth of the packets, also out of order") {
  for (const bool shuffled : {false, true}) {
    EspPair pair;
    std::mt19937_64 random(seed());
    Spec spec = espSpec(0);
    spec.payload = 512 - 42;
    Spec answer = espSpec(0, true);
    answer.payload = spec.payload;
    std::uint64_t packetBytes = 0;
    std::uint64_t stateletBytes = 0;
    for (int window = 0; window < 10; ++window) {
      // 20,000 packets/s each way: 1000 in 50 ms.
      std::vector<Frame> inbound;
      for (int i = 0; i < 1000; ++i) {
        packetBytes += pair.local.fromInside(spec).size();
        inbound.push_back(pair.peer.fromInside(answer));
      }
      if (shuffled) std::shuffle(inbound.begin(), inbound.end(), random);
      for (const Frame& frame : inbound) {
        packetBytes += frame.size();
        pair.local.fromOutside(frame);
      }
      while (pair.local.esp->dirty()) stateletBytes += collected(*pair.local.esp).size();
    }
    const double factor = static_cast<double>(stateletBytes) / static_cast<double>(packetBytes);
    std::printf("  # statelet factor %.6f%s\n", factor, shuffled ? ", out of order" : "");
    CHECK(factor < 0.02);
  }
}

}  // namespace
}  // namespace ferry::test
