// Packets and bytes in one direction, and their growth in few bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../statelet/bytes.hpp"

namespace ferry {

/** What was counted since some moment. */
struct TrafficGrowth {
  bool any = false;
  std::uint64_t packets = 0;
  std::int64_t surprise = 0;  // bytes beyond those of packets as long as the ones before

  /** Its packets, and its bytes when they surprise. Nothing if there was none. */
  void encode(ByteWriter& out) const {
    if (!any) return;
    out.varint(packets);
    if (surprise != 0) out.varint(zigzag(surprise));
  }
};

/** Packets and bytes (of the IPv4 packet) in one direction. */
struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  void add(std::size_t length) {
    ++packets;
    bytes += length;
  }
  /** What `count` more packets would bring if they were as long as the mean so far. */
  std::uint64_t predictedBytes(std::uint64_t count) const {
    return packets == 0 ? 0 : bytes / packets * count;
  }
  /** Bytes beyond what `base` predicts; 0 for packets as long as those before. */
  std::int64_t surprise(const Traffic& base) const {
    return static_cast<std::int64_t>(bytes - base.bytes -
                                     base.predictedBytes(packets - base.packets));
  }
  TrafficGrowth since(const Traffic& base) const {
    if (*this == base) return {};
    return {true, packets - base.packets, surprise(base)};
  }

  void encodeDelta(ByteWriter& out, const Traffic& base) const { since(base).encode(out); }
  void applyDelta(ByteReader& in, bool surprising) {
    const std::uint64_t more = in.varint();
    const std::uint64_t predicted = predictedBytes(more);
    const std::int64_t beyond = surprising ? unzigzag(in.varint()) : 0;
    packets += more;
    bytes += predicted + static_cast<std::uint64_t>(beyond);
  }

  friend bool operator==(const Traffic&, const Traffic&) = default;
};

}  // namespace ferry
