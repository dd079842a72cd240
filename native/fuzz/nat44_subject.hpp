// The NAT that fuzzers attack, and what must hold of it whatever happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "nf/nat44.hpp"

namespace ferry::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

struct Silence final : Output {
  std::uint64_t bytes = 0;
  void transmit(PortIndex, ByteView frame) override {
    for (const std::uint8_t byte : frame) bytes += byte;
  }
};

inline Nat44Config subjectConfig() {
  Nat44Config config;
  config.inside = {{2, 0xfe, 0, 0, 0, 1}, 0x0a000001, 28};
  config.outside = {{2, 0xfe, 0, 0, 0, 2}, 0xcb007101, 28};
  config.gateway = 0xcb007103;
  config.pool = {0xcb007101, 0xcb007102};
  config.firstPort = 1;
  config.lastPort = 8;
  config.capacity = 24;
  return config;
}

inline std::vector<std::uint8_t> snapshotOf(Nat44& nat) {
  std::vector<std::uint8_t> all;
  std::vector<std::uint8_t> chunk(65536);
  nat.beginSnapshot();
  bool complete = false;
  while (!complete) {
    ByteWriter out(chunk.data(), chunk.size());
    complete = nat.writeSnapshot(out);
    require(!out.overflowed());
    all.insert(all.end(), out.view().begin(), out.view().end());
  }
  nat.endSnapshot();
  return all;
}

/** Indexes agree with tables, and the state can be moved: its snapshot installs to the same state.
 */
inline void requireSound(Nat44& nat) {
  static Nat44 other(subjectConfig());
  require(nat.checkInvariants());
  const std::vector<std::uint8_t> snapshot = snapshotOf(nat);
  other.reset();
  require(other.install(snapshot) == ApplyStatus::ok);
  require(other.checkInvariants());
  require(snapshotOf(other) == snapshot);
}

/** Every packet received was forwarded, consumed or dropped for a reason. */
inline void requireBalanced(Nat44& nat) {
  std::uint64_t received = 0;
  std::uint64_t accounted = 0;
  for (const Counter& counter : nat.counters()) {
    if (counter.name.starts_with("received")) received += counter.value;
    if (counter.name.starts_with("drop") || counter.name == "forwarded" ||
        counter.name == "consumed") {
      accounted += counter.value;
    }
  }
  require(received == accounted);
}

}  // namespace ferry::fuzz
