// SequenceTracker against a model that remembers every number.
#include <algorithm>
#include <random>
#include <set>

#include "check.hpp"
#include "traffic/sequence_tracker.hpp"

namespace ferry::traffic {
namespace {

/** RFC 4737 section 3 with unbounded memory. */
struct Model {
  std::set<std::uint32_t> seen;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;

  Arrival arrive(std::uint32_t sequence) {
    if (seen.contains(sequence)) {
      ++duplicated;
      return Arrival::duplicate;
    }
    const bool late = !seen.empty() && sequence < *seen.rbegin();
    seen.insert(sequence);
    if (!late) return Arrival::inOrder;
    ++reordered;
    return Arrival::reordered;
  }
  std::uint64_t missing() const {
    return seen.empty() ? 0 : std::uint64_t{*seen.rbegin()} + 1 - seen.size();
  }
};

void checkAgainstModel(const std::vector<std::uint32_t>& arrivals) {
  SequenceTracker tracker;
  Model model;
  for (const auto sequence : arrivals) {
    CHECK_EQ(static_cast<int>(tracker.arrive(sequence)), static_cast<int>(model.arrive(sequence)));
  }
  CHECK_EQ(tracker.received(), model.seen.size());
  CHECK_EQ(tracker.duplicated(), model.duplicated);
  CHECK_EQ(tracker.reordered(), model.reordered);
  CHECK_EQ(tracker.missing(), model.missing());
}

TEST("losses, duplicates and displacements within the window are told apart exactly") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 200; ++round) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> timed;
    const std::uint64_t displacement = 1 + random() % 500;
    for (std::uint32_t sequence = 0; sequence < 3'000; ++sequence) {
      if (random() % 20 == 0) continue;
      const bool displaced = random() % 10 == 0;
      timed.emplace_back(sequence + (displaced ? random() % displacement : 0), sequence);
      if (random() % 30 == 0) timed.emplace_back(sequence + random() % displacement, sequence);
    }
    std::stable_sort(timed.begin(), timed.end());
    std::vector<std::uint32_t> arrivals;
    arrivals.reserve(timed.size());
    for (const auto& [time, sequence] : timed) arrivals.push_back(sequence);
    checkAgainstModel(arrivals);
  }
}

TEST("a jump over more than the window forgets what lies behind it") {
  checkAgainstModel({0, 1, 2, 5'000, 4'999, 4'999, 3'977, 3'977, 5'001});
  checkAgainstModel({1'023, 0, 0, 2'047, 2'046, 1'024, 1'024});
}

TEST("clean arrival counts nothing") {
  SequenceTracker tracker;
  for (std::uint32_t sequence = 0; sequence < 10'000; ++sequence) {
    CHECK_EQ(static_cast<int>(tracker.arrive(sequence)), static_cast<int>(Arrival::inOrder));
  }
  CHECK_EQ(tracker.received(), 10'000U);
  CHECK_EQ(tracker.missing() + tracker.duplicated() + tracker.reordered(), 0U);
}

TEST("the first packets missing count as missing") {
  SequenceTracker tracker;
  tracker.arrive(7);
  CHECK_EQ(tracker.missing(), 7U);
}

TEST("older than the window is never taken for clean") {
  SequenceTracker tracker;
  tracker.arrive(0);
  tracker.arrive(4'000);
  CHECK_EQ(static_cast<int>(tracker.arrive(0)), static_cast<int>(Arrival::reordered));
  CHECK_EQ(tracker.reordered(), 1U);
}

TEST("the last number of 32 bits is one like any other") {
  SequenceTracker tracker;
  tracker.arrive(0xffffffffU);
  CHECK_EQ(static_cast<int>(tracker.arrive(0xffffffffU)), static_cast<int>(Arrival::duplicate));
  CHECK_EQ(tracker.missing(), 0xffffffffU);
}

}  // namespace
}  // namespace ferry::traffic
