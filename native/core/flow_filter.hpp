// Which traffic makes up a part of a network function's work.
#pragma once

#include <cstdint>

#include "config_reader.hpp"

namespace ferry {

/** What every key that is given says; a key that is not given takes everything. */
struct FlowFilter {
  /** Addresses of the hosts inside. Length 0: all. */
  Ipv4Prefix source;
  /** Of a security association, either direction; 0: all. */
  std::uint32_t spi = 0;
};

/** Reads {src?: "address/length", spi?}; at least one of them. Sets `error` when something is
 * wrong.
 */
inline FlowFilter readFlowFilter(const ConfigNode& node, ConfigError& error) {
  ConfigReader reader(node, "flows", {"src", "spi"}, error);
  FlowFilter filter;
  if (reader.has("src")) filter.source = reader.ipv4Prefix("src", 1, 32);
  if (reader.has("spi")) {
    filter.spi = static_cast<std::uint32_t>(reader.integer("spi", 1, 0xffffffff));
  }
  if (!reader.has("src") && !reader.has("spi")) {
    reader.refuse("src", "CONFIG_MISSING", "A filter needs src or spi.");
  }
  return filter;
}

}  // namespace ferry
