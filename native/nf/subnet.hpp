// A range of addresses under one prefix.
#pragma once

#include <cstdint>
#include <string_view>

#include "../core/config_reader.hpp"
#include "../proto/ipv4.hpp"

namespace ferry {

struct Subnet {
  std::uint32_t address = 0;
  std::uint8_t length = 0;

  bool contains(std::uint32_t other) const { return ((other ^ address) & prefixMask(length)) == 0; }
};

/** "address/length" of any length; bits beyond the prefix are left out. */
inline Subnet readSubnet(ConfigReader& reader, std::string_view key) {
  const Ipv4Prefix prefix = reader.ipv4Prefix(key, 0, 32);
  return {prefix.address & prefixMask(prefix.length), prefix.length};
}

}  // namespace ferry
