// TCP header (RFC 9293 section 3.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "byte_order.hpp"

namespace ferry {

class TcpView {
 public:
  static constexpr std::size_t kMinHeader = 20;
  static constexpr std::size_t kChecksumOffset = 16;

  /** nullopt when the header, with its options, does not fit the bytes given. */
  static std::optional<TcpView> parse(Bytes bytes) {
    if (bytes.size() < kMinHeader) return std::nullopt;
    const std::size_t header = std::size_t{static_cast<unsigned>(bytes[12]) >> 4} * 4;
    if (header < kMinHeader || header > bytes.size()) return std::nullopt;
    return TcpView(bytes, header);
  }

  std::uint16_t sourcePort() const { return load16(bytes_.data()); }
  std::uint16_t destinationPort() const { return load16(bytes_.data() + 2); }
  std::uint32_t sequence() const { return load32(bytes_.data() + 4); }
  std::uint32_t acknowledgement() const { return load32(bytes_.data() + 8); }
  /** CWR ECE URG ACK PSH RST SYN FIN, from the highest bit. */
  std::uint8_t flags() const { return bytes_[13]; }
  bool fin() const { return (bytes_[13] & 0x01) != 0; }
  bool syn() const { return (bytes_[13] & 0x02) != 0; }
  bool rst() const { return (bytes_[13] & 0x04) != 0; }
  bool ack() const { return (bytes_[13] & 0x10) != 0; }
  std::uint16_t checksum() const { return load16(bytes_.data() + kChecksumOffset); }
  Bytes payload() const { return bytes_.subspan(header_); }

 private:
  TcpView(Bytes bytes, std::size_t header) : bytes_(bytes), header_(header) {}

  Bytes bytes_;
  std::size_t header_;
};

}  // namespace ferry
