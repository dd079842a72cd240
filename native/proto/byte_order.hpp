// Network byte order, without alignment: how every header field is read and written.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace ferry {

using Bytes = std::span<std::uint8_t>;
using MacAddress = std::array<std::uint8_t, 6>;

inline std::uint16_t load16(const std::uint8_t* at) {
  std::uint16_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap16(value);
}

inline std::uint32_t load32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

inline void store16(std::uint8_t* at, std::uint16_t value) {
  value = __builtin_bswap16(value);
  std::memcpy(at, &value, sizeof value);
}

inline void store32(std::uint8_t* at, std::uint32_t value) {
  value = __builtin_bswap32(value);
  std::memcpy(at, &value, sizeof value);
}

}  // namespace ferry
