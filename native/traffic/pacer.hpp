// When to send how many packets, so that a rate is kept without bursts.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ferry::traffic {

/**
 * Grants sends at `ratePps` from `startNs` on. One grant is at most 1 ms worth of packets. After a
 * stall it catches up with at most 5 ms worth, at no more than twice the rate; what lies further
 * back is skipped: never sent and never counted as offered.
 *
 * Times are nanoseconds of one monotonic clock. Rates from 1 to 10,000,000 packets per second.
 */
class Pacer {
 public:
  Pacer(std::uint64_t ratePps, std::uint64_t startNs)
      : ratePps_(ratePps),
        startNs_(startNs),
        maxGrant_(std::max<std::uint64_t>(1, ratePps * kGrantNs / kSecondNs)),
        maxBacklog_(std::max<std::uint64_t>(1, ratePps * kCatchUpNs / kSecondNs)),
        notBeforeNs_(startNs) {}

  /** How many packets may be sent at `nowNs`; the caller sends them all. */
  std::uint64_t grant(std::uint64_t nowNs) {
    if (nowNs < notBeforeNs_) return 0;
    const std::uint64_t target = packetsBy(nowNs);
    std::uint64_t backlog = target - issued_;
    if (backlog > maxBacklog_) {
      skipped_ += backlog - maxBacklog_;
      issued_ += backlog - maxBacklog_;
      backlog = maxBacklog_;
    }
    const std::uint64_t granted = std::min(backlog, maxGrant_);
    issued_ += granted;
    notBeforeNs_ = nowNs + std::max(kTickNs, granted * kSecondNs / ratePps_ / 2);
    return granted;
  }

  /** When to ask again: grants are gathered in ticks of 0.5 ms, so that the thread can sleep. */
  std::uint64_t wakeAtNs() const {
    const std::uint64_t nextNs = startNs_ + ((issued_ + 1) * kSecondNs + ratePps_ - 1) / ratePps_;
    return std::max(notBeforeNs_, nextNs);
  }

  std::uint64_t skipped() const { return skipped_; }

 private:
  static constexpr std::uint64_t kSecondNs = 1'000'000'000;
  static constexpr std::uint64_t kGrantNs = 1'000'000;
  static constexpr std::uint64_t kCatchUpNs = 5'000'000;
  static constexpr std::uint64_t kTickNs = 500'000;

  // 10,000,000 packets/s for 600 s times 1e9 stays below 2^63.
  std::uint64_t packetsBy(std::uint64_t nowNs) const {
    return (nowNs - startNs_) * ratePps_ / kSecondNs;
  }

  std::uint64_t ratePps_;
  std::uint64_t startNs_;
  std::uint64_t maxGrant_;
  std::uint64_t maxBacklog_;
  std::uint64_t notBeforeNs_;
  std::uint64_t issued_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace ferry::traffic
