// A token bucket in integers, the same on every host: its state is one number.
#pragma once

#include <cstdint>

#include "../core/packet.hpp"

namespace ferry {

struct PolicerConfig {
  static constexpr std::uint64_t kMinRate = 8'000;            // bit/s
  static constexpr std::uint64_t kMaxRate = 100'000'000'000;  // bit/s
  static constexpr std::uint64_t kMinBurst = 1'514;
  static constexpr std::uint64_t kMaxBurst = 1ull << 30;

  std::uint64_t rateBps = kMaxRate;
  std::uint64_t burstBytes = kMaxBurst;

  /** How long it takes to earn so many bytes, in ns. At most 2^30 bytes: no overflow. */
  std::uint64_t earnNs(std::uint64_t bytes) const { return bytes * 8 * 1'000'000'000 / rateBps; }
};

/**
 * The bucket as the time at which it will be full again (the generic cell rate algorithm): a packet
 * puts that time off by what it takes to earn its bytes, and does not conform when it would then be
 * further away than the burst is long.
 */
class Policer {
 public:
  /** Takes the bytes when they conform. A time that goes back earns nothing. */
  bool take(const PolicerConfig& config, std::uint64_t bytes, TimeMs now) {
    const std::uint64_t nowNs = now * 1'000'000;
    const std::uint64_t from = fullAtNs_ > nowNs ? fullAtNs_ : nowNs;
    const std::uint64_t until = from + config.earnNs(bytes);
    if (until - nowNs > config.earnNs(config.burstBytes)) return false;
    fullAtNs_ = until;
    return true;
  }

  std::uint64_t fullAtNs() const { return fullAtNs_; }
  void setFullAtNs(std::uint64_t at) { fullAtNs_ = at; }

  friend bool operator==(const Policer&, const Policer&) = default;

 private:
  std::uint64_t fullAtNs_ = 0;
};

}  // namespace ferry
