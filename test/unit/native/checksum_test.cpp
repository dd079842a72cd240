// The Internet checksum, in full and incrementally.
#include "proto/checksum.hpp"

#include <random>

#include "check.hpp"
#include "frames.hpp"

namespace ferry::test {
namespace {

TEST("the example of RFC 1071 section 3") {
  const Frame bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  CHECK_EQ(checksumFold(checksumSum(bytes)), 0xddf2);
}

TEST("every length agrees with adding up byte by byte") {
  std::mt19937_64 random(seed());
  for (std::size_t length = 0; length < 200; ++length) {
    Frame bytes(length);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    CHECK_EQ(checksum(bytes), slowChecksum(bytes.data(), length));
  }
  const Frame ones(65535, 0xff);
  CHECK_EQ(checksum(ones), slowChecksum(ones.data(), ones.size()));
}

TEST("the example of RFC 1624 section 4: an incremental change to 0x0000, never 0xffff") {
  ChecksumDelta delta;
  delta.replace16(0x5555, 0x3285);
  CHECK_EQ(delta.apply(0xdd2f), 0x0000);
}

TEST("incremental changes agree with full recomputation") {
  std::mt19937_64 random(seed() + 1);
  for (int round = 0; round < 20'000; ++round) {
    Frame bytes(24);
    for (std::uint8_t& byte : bytes) {
      // Many zeros and ones: that is where one's complement goes wrong.
      const auto kind = random() % 4;
      byte = static_cast<std::uint8_t>(kind == 0 ? 0 : kind == 1 ? 0xff : random());
    }
    bytes[0] = 0x45;
    const std::uint16_t before = checksum(bytes);
    ChecksumDelta delta;
    const auto address = static_cast<std::uint32_t>(random());
    const auto port = static_cast<std::uint16_t>(random() % 3 == 0 ? 0xffff : random());
    delta.replace32(load32(bytes.data() + 4), address);
    store32(bytes.data() + 4, address);
    delta.replace16(load16(bytes.data() + 20), port);
    store16(bytes.data() + 20, port);
    CHECK_EQ(delta.apply(before), checksum(bytes));
  }
}

TEST("the pseudo header") {
  CHECK_EQ(checksumFold(pseudoHeaderSum(ip("10.0.0.1"), ip("10.0.0.2"), 17, 20)),
           static_cast<std::uint16_t>(0x0a00 + 1 + 0x0a00 + 2 + 17 + 20));
}

}  // namespace
}  // namespace ferry::test
