// Which traffic makes up a part of a network function's work.
#pragma once

#include <cstdint>
#include <utility>

#include "config_reader.hpp"

namespace ferry {

/** What every key that is given says; a key that is not given takes everything. */
struct FlowFilter {
  /** Addresses of the hosts inside. Length 0: all. */
  Ipv4Prefix source;
  /** Of a security association, either direction; 0: all. */
  std::uint32_t spi = 0;
  /** Of UDP and TCP: the port of the host inside, and of the one outside; 0: all. */
  std::uint16_t insidePort = 0;
  std::uint16_t outsidePort = 0;

  bool hasPorts() const { return insidePort != 0 || outsidePort != 0; }
};

/** Reads {src?: "address/length", sport?, dport?, spi?}; at least one of them. Sets `error` when
 * something is wrong.
 */
inline FlowFilter readFlowFilter(const ConfigNode& node, ConfigError& error) {
  ConfigReader reader(node, "flows", {"src", "sport", "dport", "spi"}, error);
  FlowFilter filter;
  if (reader.has("src")) filter.source = reader.ipv4Prefix("src", 1, 32);
  for (const auto& [key, port] :
       {std::pair{"sport", &filter.insidePort}, std::pair{"dport", &filter.outsidePort}}) {
    if (reader.has(key)) *port = static_cast<std::uint16_t>(reader.integer(key, 1, 65'535));
  }
  if (reader.has("spi")) {
    filter.spi = static_cast<std::uint32_t>(reader.integer("spi", 1, 0xffffffff));
  }
  if (node.items.empty()) {
    reader.refuse("src", "CONFIG_MISSING", "A filter needs src, sport, dport or spi.");
  }
  return filter;
}

}  // namespace ferry
