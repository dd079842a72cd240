// Frames whose payload matters.
#pragma once

#include <string_view>

#include "frames.hpp"

namespace ferry::test {

constexpr std::uint8_t kPsh = 8;

/** A TCP, UDP or ICMP frame with this payload and every checksum right. */
inline Frame frameWith(Spec spec, std::string_view payload, std::uint32_t sequence = 0,
                       std::uint32_t acknowledgement = 0) {
  spec.payload = payload.size();
  Frame frame = makeFrame(spec);
  const std::size_t at = transportAt(frame);
  const std::size_t header = spec.protocol == kTcp ? 20 : 8;
  const std::size_t checksumAt = spec.protocol == kTcp ? 16 : spec.protocol == kUdp ? 6 : 2;
  std::copy(payload.begin(), payload.end(),
            frame.begin() + static_cast<std::ptrdiff_t>(at + header));
  if (spec.protocol == kTcp) {
    store32(frame.data() + at + 4, sequence);
    store32(frame.data() + at + 8, acknowledgement);
  }
  store16(frame.data() + at + checksumAt, 0);
  const std::size_t length = frame.size() - at;
  const std::uint32_t pseudo =
      spec.protocol == kIcmp ? 0 : pseudoSum(spec.source, spec.destination, spec.protocol, length);
  store16(frame.data() + at + checksumAt, slowChecksum(frame.data() + at, length, pseudo));
  return frame;
}

}  // namespace ferry::test
