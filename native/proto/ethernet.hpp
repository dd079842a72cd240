// Ethernet II header (IEEE 802.3), 14 bytes; a tagged frame shows the tag as its EtherType.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "byte_order.hpp"

namespace ferry {

namespace ether_type {
inline constexpr std::uint16_t kIpv4 = 0x0800;
inline constexpr std::uint16_t kArp = 0x0806;
}  // namespace ether_type

inline constexpr MacAddress kBroadcastMac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/** True for an address that one station can have: not group, not all zero. */
inline bool isStationMac(const MacAddress& mac) { return (mac[0] & 1) == 0 && mac != MacAddress{}; }

class EthernetView {
 public:
  static constexpr std::size_t kHeader = 14;

  /** nullopt when the frame is shorter than its header. */
  static std::optional<EthernetView> parse(Bytes frame) {
    if (frame.size() < kHeader) return std::nullopt;
    return EthernetView(frame);
  }

  MacAddress destination() const { return mac(0); }
  MacAddress source() const { return mac(6); }
  std::uint16_t type() const { return load16(frame_.data() + 12); }
  Bytes payload() const { return frame_.subspan(kHeader); }

  void setDestination(const MacAddress& mac) const { std::memcpy(frame_.data(), mac.data(), 6); }
  void setSource(const MacAddress& mac) const { std::memcpy(frame_.data() + 6, mac.data(), 6); }
  void setType(std::uint16_t type) const { store16(frame_.data() + 12, type); }

 private:
  explicit EthernetView(Bytes frame) : frame_(frame) {}

  MacAddress mac(std::size_t offset) const {
    MacAddress mac;
    std::memcpy(mac.data(), frame_.data() + offset, mac.size());
    return mac;
  }

  Bytes frame_;
};

}  // namespace ferry
