// The Internet checksum: in full (RFC 1071) and incrementally (RFC 1624).
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/packet.hpp"
#include "byte_order.hpp"

namespace ferry {

/** One's complement sum of 16-bit words, on top of `sum`; an odd last byte is padded with zero. */
inline std::uint64_t checksumSum(ByteView bytes, std::uint64_t sum = 0) {
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) sum += load32(bytes.data() + i);
  if (i + 2 <= bytes.size()) {
    sum += load16(bytes.data() + i);
    i += 2;
  }
  if (i < bytes.size()) sum += static_cast<std::uint64_t>(bytes[i]) << 8;
  return sum;
}

inline std::uint16_t checksumFold(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

inline std::uint16_t checksum(ByteView bytes, std::uint64_t sum = 0) {
  return static_cast<std::uint16_t>(~checksumFold(checksumSum(bytes, sum)));
}

/** Sum of the pseudo header of UDP and TCP (RFC 768, RFC 9293 3.1). */
inline std::uint64_t pseudoHeaderSum(std::uint32_t source, std::uint32_t destination,
                                     std::uint8_t protocol, std::size_t length) {
  return std::uint64_t{source} + destination + protocol + length;
}

/** What changed under a checksum; apply() gives the checksum after it (RFC 1624 equation 3). */
class ChecksumDelta {
 public:
  void replace16(std::uint16_t before, std::uint16_t after) {
    sum_ += static_cast<std::uint16_t>(~before);
    sum_ += after;
  }

  void replace32(std::uint32_t before, std::uint32_t after) {
    sum_ += static_cast<std::uint32_t>(~before);
    sum_ += after;
  }

  std::uint16_t apply(std::uint16_t before) const {
    return static_cast<std::uint16_t>(~checksumFold(sum_ + static_cast<std::uint16_t>(~before)));
  }

 private:
  std::uint64_t sum_ = 0;
};

}  // namespace ferry
