// The state of one security association: how far its sequence numbers are, and what it carried.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/packet.hpp"
#include "../statelet/bytes.hpp"
#include "../statelet/slot_index.hpp"
#include "../statelet/state_table.hpp"
#include "esp_config.hpp"
#include "replay_window.hpp"

namespace ferry {

struct EspSa {
  /** What changes in an SA's life. */
  struct Base {
    /** Outbound: last number used. Inbound: the window and its top. */
    ReplayWindow window;
    /**
     * Outbound: no number above it is used before this bound has been announced. An instance that
     * takes over without the last statelets goes on from here.
     */
    std::uint64_t reserved = 0;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;  // of the packets inside

    std::uint64_t sequence() const { return window.top(); }

    friend bool operator==(const Base&, const Base&) = default;
  };

  /** No SA gets as far; it keeps sums of sequence numbers and leases from wrapping. */
  static constexpr std::uint64_t kMaxSequence = std::uint64_t{1} << 62;
  static constexpr std::size_t kMaxBytes = 2 + 2 + 6 * 10 + 2 + ReplayWindow::kWords * 10;

  Base life;
  /**
   * Outbound: IV of number n is ivBase + n. It is the time of the SA's first packet, so that an
   * instance that begins anew with an old key does not use an IV again.
   */
  std::uint64_t ivBase = 0;
  std::uint16_t sa = 0;       // 2 * tunnel, + 1 for inbound
  std::uint16_t window = 64;  // size, of the configuration

  bool inbound() const { return (sa & 1) != 0; }
  std::size_t tunnel() const { return sa / 2u; }

  const Base& base() const { return life; }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  void encodeDelta(ByteWriter& out, const Base& base) const;
  bool applyDelta(ByteReader& in);
};

/** The SAs that have carried a packet; one that has not has no entry. */
class EspSas {
 public:
  using Table = StateTable<EspSa>;
  static constexpr std::uint32_t kNone = Table::kNone;

  explicit EspSas(const EspConfig& config);

  /** The SA's slot, made at `now` when this is its first packet. */
  std::uint32_t open(std::uint16_t sa, TimeMs now);
  /** The SA's slot, or kNone. */
  std::uint32_t find(std::uint16_t sa) const { return slots_[sa]; }
  const EspSa& at(std::uint32_t slot) const { return table_.at(slot); }
  EspSa& touch(std::uint32_t slot) { return table_.touch(slot); }
  /** Takes the next number of an outbound SA, and announces more when few are left of its lease. */
  std::uint64_t next(EspSa& sa) const;
  /**
   * Every outbound SA goes on behind all numbers that may have been used. Returns how many numbers
   * were left out.
   */
  std::uint64_t skipLeases(TimeMs now);
  void reset();
  bool checkInvariants() const;

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const EspSa& sa) const;
  std::uint32_t conflicting(const EspSa& sa) const { return find(sa.sa); }
  void index(std::uint32_t slot) { slots_[table_.at(slot).sa] = slot; }
  void unindex(std::uint32_t slot) { slots_[table_.at(slot).sa] = kNone; }

 private:
  const EspConfig& config_;
  Table table_;
  std::vector<std::uint32_t> slots_;  // by SA
};

}  // namespace ferry
