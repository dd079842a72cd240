// A number that tells two configurations apart.
#pragma once

#include <cstdint>
#include <string_view>

namespace ferry {

/** FNV-1a, 64 bits. */
class Digest {
 public:
  void add(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) addByte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void add(std::string_view text) {
    add(text.size());
    for (const char byte : text) addByte(static_cast<std::uint8_t>(byte));
  }
  std::uint64_t value() const { return hash_; }

 private:
  void addByte(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3; }

  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace ferry
