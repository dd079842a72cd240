// ICMP (RFC 792): echo messages, and errors with the header they quote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "byte_order.hpp"
#include "checksum.hpp"
#include "ipv4.hpp"

namespace ferry {

namespace icmp_type {
inline constexpr std::uint8_t kEchoReply = 0;
inline constexpr std::uint8_t kUnreachable = 3;
inline constexpr std::uint8_t kEchoRequest = 8;
inline constexpr std::uint8_t kTimeExceeded = 11;
inline constexpr std::uint8_t kParameterProblem = 12;
}  // namespace icmp_type

class IcmpView {
 public:
  static constexpr std::size_t kHeader = 8;
  static constexpr std::size_t kChecksumOffset = 2;

  /** nullopt when shorter than 8 bytes. */
  static std::optional<IcmpView> parse(Bytes bytes) {
    if (bytes.size() < kHeader) return std::nullopt;
    return IcmpView(bytes);
  }

  std::uint8_t type() const { return bytes_[0]; }
  std::uint8_t code() const { return bytes_[1]; }
  std::uint16_t checksum() const { return load16(bytes_.data() + kChecksumOffset); }
  bool isEcho() const {
    return type() == icmp_type::kEchoRequest || type() == icmp_type::kEchoReply;
  }
  /** An error that a NAT translates; source quench and redirect are not among them. */
  bool isError() const {
    return type() == icmp_type::kUnreachable || type() == icmp_type::kTimeExceeded ||
           type() == icmp_type::kParameterProblem;
  }
  /** Of an echo message. */
  std::uint16_t identifier() const { return load16(bytes_.data() + 4); }
  /** Of an error: the packet it is about, which may be cut short. */
  Bytes quoted() const { return bytes_.subspan(kHeader); }

  bool checksumOk() const { return checksumFold(checksumSum(bytes_)) == 0xffff; }

  /** The checksum is the caller's to renew. */
  void setType(std::uint8_t type) const { bytes_[0] = type; }

  /** Makes the checksum anew over the whole message. */
  void renewChecksum() const {
    store16(bytes_.data() + kChecksumOffset, 0);
    store16(bytes_.data() + kChecksumOffset, ferry::checksum(bytes_));
  }

 private:
  explicit IcmpView(Bytes bytes) : bytes_(bytes) {}

  Bytes bytes_;
};

}  // namespace ferry
