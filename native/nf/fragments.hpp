// Fragments after the first carry no ports: this remembers those of the first (RFC 4787 REQ-14).
#pragma once

#include <cstdint>

#include "../core/nf.hpp"
#include "../statelet/slot_index.hpp"
#include "../statelet/state_table.hpp"

namespace ferry {

/** What the fragments of one packet share (RFC 791 section 3.2), and the port they come in on. */
struct FragmentKey {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t identification = 0;
  std::uint8_t protocol = 0;
  PortIndex port = 0;

  friend bool operator==(const FragmentKey&, const FragmentKey&) = default;
};

struct FragmentedPacket {
  static constexpr std::size_t kMaxBytes = 12 + 4 + 7;

  TimeMs seen = 0;
  FragmentKey key;
  std::uint16_t sourcePort = 0;
  std::uint16_t destinationPort = 0;

  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
};

/** A small fixed table; what does not fit is refused, so that a flood costs no more than itself. */
class Fragments {
 public:
  using Table = StateTable<FragmentedPacket>;
  static constexpr std::uint32_t kCapacity = 4096;
  static constexpr TimeMs kLifetime = 10'000;

  /** Called for a first fragment. False when there is no room. */
  bool remember(const FragmentKey& key, std::uint16_t sourcePort, std::uint16_t destinationPort,
                TimeMs now);
  /** The packet a later fragment belongs to, or nullptr. */
  const FragmentedPacket* find(const FragmentKey& key, TimeMs now) const;
  void expire(TimeMs now);
  void reset();
  bool checkInvariants() const;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const FragmentedPacket&) const { return true; }
  std::uint32_t conflicting(const FragmentedPacket& entry) const { return slotOf(entry.key); }
  void index(std::uint32_t slot);
  void unindex(std::uint32_t slot);

 private:
  std::uint32_t slotOf(const FragmentKey& key) const;

  Table table_{kCapacity};
  SlotIndex index_{kCapacity};
  std::uint32_t sweepAt_ = 0;
};

}  // namespace ferry
