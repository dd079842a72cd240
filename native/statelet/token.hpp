// The 128-bit secret of one migration: it opens the stream and signs the markers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../core/packet.hpp"

namespace ferry {

using SessionToken = std::array<std::uint8_t, 16>;

/** 32 hexadecimal digits; nothing else will do. */
inline std::optional<SessionToken> parseToken(std::string_view text) {
  SessionToken token{};
  if (text.size() != 2 * token.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A' + 10);
    } else {
      return std::nullopt;
    }
    token[i / 2] = static_cast<std::uint8_t>(token[i / 2] * 16u + digit);
  }
  return token;
}

/** Takes the same time wherever the first difference is. */
inline bool sameToken(const SessionToken& token, ByteView other) {
  if (other.size() != token.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < token.size(); ++i) difference |= token[i] ^ other[i];
  return difference == 0;
}

}  // namespace ferry
