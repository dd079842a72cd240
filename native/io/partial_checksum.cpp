#include "partial_checksum.hpp"

#include <linux/if_ether.h>
#include <netinet/in.h>

namespace ferry {
namespace {

std::uint16_t load16(ByteView bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] << 8 | bytes[offset + 1]);
}

std::uint32_t sumWords(ByteView bytes) {
  std::uint64_t sum = 0;
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += load16(bytes, i);
  if (i < bytes.size()) sum += static_cast<std::uint32_t>(bytes[i]) << 8;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint32_t>(sum);
}

}  // namespace

bool completeChecksum(std::span<std::uint8_t> frame) {
  std::size_t offset = ETH_HLEN;
  if (frame.size() < offset) return false;
  std::uint16_t etherType = load16(frame, 12);
  if (etherType == ETH_P_8021Q || etherType == ETH_P_8021AD) {
    if (frame.size() < offset + 4) return false;
    etherType = load16(frame, 16);
    offset += 4;
  }
  if (etherType != ETH_P_IP || frame.size() < offset + 20) return false;

  const auto ip = frame.subspan(offset);
  const std::size_t headerBytes = static_cast<std::size_t>(ip[0] & 0x0f) * 4;
  const std::size_t totalBytes = load16(ip, 2);
  const bool fragment = (load16(ip, 6) & 0x3fff) != 0;
  if (ip[0] >> 4 != 4 || headerBytes < 20 || totalBytes < headerBytes || totalBytes > ip.size() ||
      fragment) {
    return false;
  }
  const std::uint8_t protocol = ip[9];
  const auto segment = ip.subspan(headerBytes, totalBytes - headerBytes);
  const std::size_t field = protocol == IPPROTO_TCP ? 16 : 6;
  if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || segment.size() < field + 2) {
    return false;
  }

  segment[field] = 0;
  segment[field + 1] = 0;
  std::uint32_t sum = sumWords(ip.subspan(12, 8)) + protocol +
                      static_cast<std::uint32_t>(segment.size()) + sumWords(segment);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  auto checksum = static_cast<std::uint16_t>(~sum);
  if (checksum == 0 && protocol == IPPROTO_UDP) checksum = 0xffff;
  segment[field] = static_cast<std::uint8_t>(checksum >> 8);
  segment[field + 1] = static_cast<std::uint8_t>(checksum);
  return true;
}

}  // namespace ferry
