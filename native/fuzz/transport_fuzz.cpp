// Any bytes, cut anywhere, through the rewriting of ports and checksums.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/transport.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  constexpr std::size_t kPrefix = 11;
  constexpr std::size_t kPorts = 6;  // what a caller must have made sure of
  if (size < kPrefix + kPorts) return 0;
  constexpr std::uint8_t kProtocols[] = {ip_protocol::kUdp, ip_protocol::kTcp, ip_protocol::kIcmp};
  const std::uint8_t protocol = kProtocols[data[0] % 3];
  ChecksumDelta delta;
  delta.replace32(load32(data + 1), load32(data + 5));
  const std::uint16_t port = load16(data + 9);
  std::vector<std::uint8_t> bytes(data + kPrefix, data + size);
  const bool noChecksum = protocol == ip_protocol::kUdp && size >= kPrefix + 8 &&
                          load16(bytes.data() + UdpView::kChecksumOffset) == 0;
  for (const std::size_t offset : {sourcePortOffset(protocol), destinationPortOffset(protocol)}) {
    rewriteTransport(bytes, protocol, offset, port, delta);
    if (load16(bytes.data() + offset) != port) std::abort();
  }
  if (noChecksum && load16(bytes.data() + UdpView::kChecksumOffset) != 0) std::abort();
  return 0;
}
