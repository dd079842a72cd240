// The ports of UDP and TCP and the identifier of ICMP echo as one thing: what a NAT translates.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checksum.hpp"
#include "icmp.hpp"
#include "ipv4.hpp"
#include "tcp.hpp"
#include "udp.hpp"

namespace ferry {

/**
 * Puts a port and what the address change means into a transport header: `bytes` begins with it
 * and may be cut short (quoted by an ICMP error), but holds the field at `portOffset`. The
 * checksum is changed where it is among the bytes; a UDP checksum of 0 stays 0. ICMP has no pseudo
 * header, so there `addresses` is left out.
 */
inline void rewriteTransport(Bytes bytes, std::uint8_t protocol, std::size_t portOffset,
                             std::uint16_t port, const ChecksumDelta& addresses) {
  ChecksumDelta delta = protocol == ip_protocol::kIcmp ? ChecksumDelta{} : addresses;
  delta.replace16(load16(bytes.data() + portOffset), port);
  store16(bytes.data() + portOffset, port);
  const std::size_t offset = protocol == ip_protocol::kUdp   ? UdpView::kChecksumOffset
                             : protocol == ip_protocol::kTcp ? TcpView::kChecksumOffset
                                                             : IcmpView::kChecksumOffset;
  if (bytes.size() < offset + 2) return;
  const std::uint16_t before = load16(bytes.data() + offset);
  if (protocol == ip_protocol::kUdp && before == 0) return;
  std::uint16_t after = delta.apply(before);
  if (protocol == ip_protocol::kUdp && after == 0) after = 0xffff;
  store16(bytes.data() + offset, after);
  // Without a pseudo header everything may be zero, and then RFC 1624 gives the wrong zero.
  if (protocol == ip_protocol::kIcmp && after == 0 && checksumSum(bytes) == 0) {
    store16(bytes.data() + offset, 0xffff);
  }
}

/** Where the source or destination port is; an ICMP echo has one identifier for both. */
constexpr std::size_t sourcePortOffset(std::uint8_t protocol) {
  return protocol == ip_protocol::kIcmp ? 4 : 0;
}
constexpr std::size_t destinationPortOffset(std::uint8_t protocol) {
  return protocol == ip_protocol::kIcmp ? 4 : 2;
}

}  // namespace ferry
