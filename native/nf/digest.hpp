// A number that two configurations share when (but for chance) they are the same.
#pragma once

#include <cstdint>

#include "router_port.hpp"

namespace ferry {

/** FNV-1a, 64 bits. */
class Digest {
 public:
  void add(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      hash_ = (hash_ ^ (value >> (8 * i) & 0xff)) * 0x100000001b3;
    }
  }
  void add(ByteView bytes) {
    add(bytes.size());
    for (const std::uint8_t byte : bytes) add(byte);
  }
  void add(const RouterPort& port) {
    for (const std::uint8_t byte : port.mac) add(byte);
    add(port.address);
    add(port.prefix);
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace ferry
