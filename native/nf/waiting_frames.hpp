// Frames that wait until the neighbour they go to has answered ARP. They are state: a switchover
// while they wait does not lose them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "../core/nf.hpp"
#include "../proto/byte_order.hpp"
#include "../statelet/state_table.hpp"

namespace ferry {

struct WaitingFrame {
  static constexpr std::size_t kMaxFrame = 1536;
  static constexpr std::size_t kMaxBytes = 4 + 1 + 10 + 7 + 2 + kMaxFrame;

  std::uint64_t order = 0;  // frames of one neighbour leave by rising order
  TimeMs since = 0;
  std::uint32_t nextHop = 0;
  PortIndex port = 0;
  std::uint16_t length = 0;
  std::array<std::uint8_t, kMaxFrame> frame;  // whole but for its destination MAC

  bool waitsFor(PortIndex onPort, std::uint32_t address) const {
    return port == onPort && nextHop == address;
  }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
};

class WaitingFrames {
 public:
  using Table = StateTable<WaitingFrame>;
  static constexpr std::uint32_t kCapacity = 256;
  static constexpr std::uint32_t kPerNeighbour = 64;
  static constexpr TimeMs kMaxWait = 5'000;

  /** False when there is no room, or the frame is too long. */
  bool hold(PortIndex port, std::uint32_t nextHop, ByteView frame, TimeMs now);
  /** Transmits what waits for this neighbour, in order. Returns how many frames. */
  std::uint32_t send(PortIndex port, std::uint32_t nextHop, const MacAddress& mac, Output& output);
  /** Forgets what waits for this neighbour. Returns how many frames. */
  std::uint32_t discard(PortIndex port, std::uint32_t nextHop);
  /** Forgets what has waited too long. Returns how many frames. */
  std::uint32_t expire(TimeMs now);
  void reset() { table_.reset(); }

  // What StateTable asks of its owner. No keys, so nothing to index.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const WaitingFrame&) const { return true; }
  std::uint32_t conflicting(const WaitingFrame&) const { return Table::kNone; }
  void index(std::uint32_t) {}
  void unindex(std::uint32_t) {}

 private:
  template <typename Test>
  std::uint32_t releaseIf(Test&& test);

  Table table_{kCapacity};
};

}  // namespace ferry
