// LatencyHistogram against the exact values it was given.
#include <algorithm>
#include <cmath>
#include <random>

#include "check.hpp"
#include "traffic/latency_histogram.hpp"

namespace ferry::traffic {
namespace {

std::vector<std::uint64_t> randomLatencies(std::size_t count, std::mt19937_64& random) {
  std::uniform_real_distribution<double> exponent(std::log(1e3), std::log(6e10));
  std::vector<std::uint64_t> values(count);
  for (auto& value : values) value = static_cast<std::uint64_t>(std::exp(exponent(random)));
  return values;
}

bool within(std::uint64_t got, std::uint64_t wanted, double part) {
  const double difference = static_cast<double>(got) - static_cast<double>(wanted);
  return std::abs(difference) <= part * static_cast<double>(wanted);
}

TEST("percentiles are within half a percent of the exact ones, from 1 us to 60 s") {
  std::mt19937_64 random(test::seed());
  LatencyHistogram histogram;
  auto values = randomLatencies(20'001, random);
  for (const auto value : values) histogram.record(value);
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<std::size_t>(
        std::max(1.0, std::ceil(fraction * static_cast<double>(values.size()))));
    const std::uint64_t exact = values[rank - 1];
    CHECK(within(histogram.percentileNs(fraction), exact, 0.005));
  }
  CHECK_EQ(histogram.maxNs(), values.back());
  CHECK_EQ(histogram.total(), values.size());
}

TEST("every value lands in a bucket whose middle is within half a percent of it") {
  for (std::uint64_t value = LatencyHistogram::kLowestNs; value <= LatencyHistogram::kHighestNs;
       value += 1 + value / 997) {
    const std::uint64_t middle = log_linear::middleOf(log_linear::bucketOf(value));
    CHECK(within(middle, value, 0.005));
  }
  CHECK_EQ(log_linear::bucketOf(LatencyHistogram::kHighestNs), LatencyHistogram::kBuckets - 1);
}

TEST("merging gives what recording everything in one gives") {
  std::mt19937_64 random(test::seed());
  LatencyHistogram one;
  LatencyHistogram left;
  LatencyHistogram right;
  for (const auto value : randomLatencies(5'000, random)) {
    one.record(value);
    (random() % 3 == 0 ? left : right).record(value);
  }
  left.merge(right);
  CHECK_EQ(left.total(), one.total());
  CHECK_EQ(left.maxNs(), one.maxNs());
  for (int percent = 0; percent <= 100; ++percent) {
    const double fraction = percent / 100.0;
    CHECK_EQ(left.percentileNs(fraction), one.percentileNs(fraction));
  }
}

TEST("values outside the range count at its border, and the maximum stays exact") {
  LatencyHistogram histogram;
  histogram.record(0);
  histogram.record(3);
  histogram.record(90'000'000'000);
  CHECK_EQ(histogram.total(), 3U);
  CHECK_EQ(histogram.maxNs(), 90'000'000'000U);
  CHECK(within(histogram.percentileNs(0.5), LatencyHistogram::kLowestNs, 0.005));
  CHECK(within(histogram.percentileNs(1), LatencyHistogram::kHighestNs, 0.005));
}

TEST("a percentile is never above the maximum, and an empty histogram has none") {
  LatencyHistogram histogram;
  CHECK_EQ(histogram.percentileNs(0.5), 0U);
  histogram.record(1'000'000);
  CHECK_EQ(histogram.percentileNs(0.5), 1'000'000U);
  std::size_t buckets = 0;
  histogram.forEach([&buckets](std::uint64_t ns, std::uint64_t packets) {
    CHECK(within(ns, 1'000'000, 0.005));
    CHECK_EQ(packets, 1U);
    ++buckets;
  });
  CHECK_EQ(buckets, 1U);
}

}  // namespace
}  // namespace ferry::traffic
