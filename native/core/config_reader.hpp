// Reads a ConfigNode field by field; the first thing that is wrong is the error.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "../proto/byte_order.hpp"
#include "config.hpp"

namespace ferry {

struct Ipv4Prefix {
  std::uint32_t address = 0;
  std::uint8_t length = 0;
};

/** Dotted decimal without leading zeros; nullopt otherwise. */
std::optional<std::uint32_t> parseIpv4(std::string_view text);
/** Six pairs of hexadecimal digits with colons; nullopt otherwise. */
std::optional<MacAddress> parseMac(std::string_view text);
/** "address/length" with a length in min..max; nullopt otherwise. */
std::optional<Ipv4Prefix> parseIpv4Prefix(std::string_view text, unsigned min, unsigned max);
std::string formatIpv4(std::uint32_t address);

/**
 * One object of a configuration. After an error every read returns its fallback and changes
 * nothing, so a caller reads everything and looks at the error once. Errors: CONFIG_TYPE,
 * CONFIG_UNKNOWN_KEY, CONFIG_MISSING, CONFIG_RANGE, CONFIG_ADDRESS.
 */
class ConfigReader {
 public:
  /** Checks that `node` is an object with no keys but these. `path` names it ("" for the root). */
  ConfigReader(const ConfigNode& node, std::string path,
               std::initializer_list<std::string_view> keys, ConfigError& error);

  bool has(std::string_view key) const { return node_.find(key) != nullptr; }
  /** A whole number in min..max; without a fallback the key is required. */
  std::uint64_t integer(std::string_view key, std::uint64_t min, std::uint64_t max,
                        std::optional<std::uint64_t> fallback = std::nullopt);
  /** A MAC address of one station. */
  MacAddress stationMac(std::string_view key);
  std::uint32_t ipv4(std::string_view key);
  /** "address/length" with a length in min..max. */
  Ipv4Prefix ipv4Prefix(std::string_view key, unsigned min, unsigned max);
  /** The value, which must be an array of min..max items; an empty node after an error. */
  const ConfigNode& array(std::string_view key, std::size_t min, std::size_t max);
  /** The value, or an empty object when the key is absent and not required. */
  const ConfigNode& object(std::string_view key, bool required);

  std::string path(std::string_view key) const;
  void refuse(std::string_view key, std::string_view code, std::string_view message);
  bool ok() const { return error_.ok(); }

 private:
  const ConfigNode* require(std::string_view key, ConfigNode::Type type, std::string_view wanted);
  const std::string& text(std::string_view key, std::string_view wanted);

  const ConfigNode& node_;
  std::string path_;
  ConfigError& error_;
};

}  // namespace ferry
