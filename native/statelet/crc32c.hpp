// CRC-32C (Castagnoli; RFC 9260 appendix A), in hardware where the processor has it.
#pragma once

#include <cstdint>

#include "../core/packet.hpp"

namespace ferry {

/** Continues from `crc`, so that crc32c(b, crc32c(a)) is that of a followed by b. */
std::uint32_t crc32c(ByteView bytes, std::uint32_t crc = 0);

/** The same without hardware; the tests compare the two. */
std::uint32_t crc32cPortable(ByteView bytes, std::uint32_t crc = 0);

}  // namespace ferry
