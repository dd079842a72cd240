// ARP for IPv4 over Ethernet (RFC 826), 28 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "byte_order.hpp"
#include "ethernet.hpp"

namespace ferry {

class ArpView {
 public:
  static constexpr std::size_t kLength = 28;
  static constexpr std::uint16_t kRequest = 1;
  static constexpr std::uint16_t kReply = 2;

  /** nullopt when too short, or not IPv4 over Ethernet. */
  static std::optional<ArpView> parse(Bytes bytes) {
    if (bytes.size() < kLength) return std::nullopt;
    const ArpView view(bytes.first<kLength>());
    if (load32(bytes.data()) != kEthernetIpv4 || load16(bytes.data() + 4) != kLengths) {
      return std::nullopt;
    }
    return view;
  }

  /** Writes the fixed fields and an operation into at least kLength bytes. */
  static ArpView make(std::span<std::uint8_t, kLength> bytes, std::uint16_t operation) {
    const ArpView view(bytes);
    store32(bytes.data(), kEthernetIpv4);
    store16(bytes.data() + 4, kLengths);
    view.setOperation(operation);
    return view;
  }

  std::uint16_t operation() const { return load16(bytes_.data() + 6); }
  MacAddress senderMac() const { return mac(8); }
  std::uint32_t senderAddress() const { return load32(bytes_.data() + 14); }
  MacAddress targetMac() const { return mac(18); }
  std::uint32_t targetAddress() const { return load32(bytes_.data() + 24); }

  void setOperation(std::uint16_t operation) const { store16(bytes_.data() + 6, operation); }
  void setSender(const MacAddress& mac, std::uint32_t address) const {
    std::memcpy(bytes_.data() + 8, mac.data(), mac.size());
    store32(bytes_.data() + 14, address);
  }
  void setTarget(const MacAddress& mac, std::uint32_t address) const {
    std::memcpy(bytes_.data() + 18, mac.data(), mac.size());
    store32(bytes_.data() + 24, address);
  }

 private:
  static constexpr std::uint32_t kEthernetIpv4 = 0x0001'0800;  // hardware type, protocol type
  static constexpr std::uint16_t kLengths = 0x0604;

  explicit ArpView(std::span<std::uint8_t, kLength> bytes) : bytes_(bytes) {}

  MacAddress mac(std::size_t offset) const {
    MacAddress mac;
    std::memcpy(mac.data(), bytes_.data() + offset, mac.size());
    return mac;
  }

  std::span<std::uint8_t, kLength> bytes_;
};

}  // namespace ferry
