// Completing checksums that a local sender left undone.
#include "io/partial_checksum.hpp"

#include <vector>

#include "check.hpp"

using namespace ferry;

namespace {

using Frame8 = std::vector<std::uint8_t>;

/** Ethernet, IPv4 10.0.0.1 > 10.0.0.2, and `segment`. */
Frame8 frameOf(std::uint8_t protocol, const Frame8& segment, bool tagged = false) {
  Frame8 frame(12, 0);
  if (tagged) frame.insert(frame.end(), {0x81, 0x00, 0x00, 0x05});
  frame.insert(frame.end(),
               {0x08, 0x00, 0x45, 0, 0,  static_cast<std::uint8_t>(20 + segment.size()),
                0,    1,    0,    0, 64, protocol,
                0,    0,    10,   0, 0,  1,
                10,   0,    0,    2});
  frame.insert(frame.end(), segment.begin(), segment.end());
  return frame;
}

/** UDP 1 > 2 with three bytes. */
Frame8 udp() { return {0, 1, 0, 2, 0, 11, 0xab, 0xcd, 'a', 'b', 'c'}; }

constexpr std::uint16_t kUdpSum = [] {
  std::uint32_t sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 0x0011 + 0x000b;
  sum += 0x0001 + 0x0002 + 0x000b + 0x6162 + 0x6300;
  return static_cast<std::uint16_t>(~((sum & 0xffff) + (sum >> 16)));
}();

}  // namespace

TEST("UDP, tagged or not") {
  for (const bool tagged : {false, true}) {
    Frame8 frame = frameOf(17, udp(), tagged);
    const std::size_t at = frame.size() - udp().size() + 6;
    CHECK(completeChecksum(frame));
    CHECK_EQ(frame[at] << 8 | frame[at + 1], kUdpSum);
  }
}

TEST("padding behind the datagram does not count") {
  Frame8 frame = frameOf(17, udp());
  frame.resize(60, 0xee);
  CHECK(completeChecksum(frame));
  CHECK_EQ(frame[14 + 20 + 6] << 8 | frame[14 + 20 + 7], kUdpSum);
}

TEST("TCP: the sum over the segment with its checksum is all ones") {
  Frame8 segment(23, 7);
  Frame8 frame = frameOf(6, segment);
  CHECK(completeChecksum(frame));
  std::uint32_t sum = 6 + static_cast<std::uint32_t>(segment.size());
  frame.push_back(0);
  for (std::size_t i = 14 + 12; i + 1 < frame.size(); i += 2) sum += frame[i] << 8 | frame[i + 1];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  CHECK_EQ(sum, 0xffffu);
}

TEST("fragments, other protocols and whatever is too short are left alone") {
  Frame8 fragment = frameOf(17, udp());
  fragment[14 + 6] = 0x20;
  Frame8 icmp = frameOf(1, udp());
  Frame8 lying = frameOf(17, udp());
  lying[14 + 3] = 200;
  for (Frame8* frame : {&fragment, &icmp, &lying}) {
    const Frame8 before = *frame;
    CHECK(!completeChecksum(*frame));
    CHECK(*frame == before);
  }
  const Frame8 whole = frameOf(17, udp());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Frame8 cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(!completeChecksum(cut));
  }
}
