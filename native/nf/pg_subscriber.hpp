// One subscriber of a packet gateway: what it has used, and what it may use now.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/packet.hpp"
#include "../statelet/bytes.hpp"
#include "policer.hpp"
#include "traffic_count.hpp"

namespace ferry {

/** One direction of a subscriber. */
struct PgUse {
  Traffic passed;
  std::uint64_t dropped = 0;  // packets
  Policer policer;

  friend bool operator==(const PgUse&, const PgUse&) = default;
};

struct PgSubscriber {
  /** What changes in a subscriber's life. */
  struct Base {
    PgUse up;
    PgUse down;
  };

  static constexpr std::size_t kMaxBytes = 4 + 2 + 8 * 10;

  Base life;
  std::uint32_t address = 0;  // the first of the subscriber's own
  std::uint16_t rule = 0;

  std::uint64_t bytes() const { return life.up.passed.bytes + life.down.passed.bytes; }

  const Base& base() const { return life; }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  void encodeDelta(ByteWriter& out, const Base& base) const;
  bool applyDelta(ByteReader& in);
};

}  // namespace ferry
