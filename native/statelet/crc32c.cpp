#include "crc32c.hpp"

#include <array>
#include <cstring>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ferry {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78u : 0);
    table[i] = value;
  }
  return table;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32cHardware(ByteView bytes, std::uint32_t crc) {
  std::uint64_t value = ~crc;
  const std::uint8_t* cursor = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, cursor += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, cursor, sizeof word);
    value = _mm_crc32_u64(value, word);
  }
  auto low = static_cast<std::uint32_t>(value);
  for (; left > 0; --left) low = _mm_crc32_u8(low, *cursor++);
  return ~low;
}
#endif

}  // namespace

std::uint32_t crc32cPortable(ByteView bytes, std::uint32_t crc) {
  crc = ~crc;
  for (const std::uint8_t byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xff];
  return ~crc;
}

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool hardware = __builtin_cpu_supports("sse4.2") != 0;
  if (hardware) return crc32cHardware(bytes, crc);
#endif
  return crc32cPortable(bytes, crc);
}

}  // namespace ferry
