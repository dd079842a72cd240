#include "config_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "../proto/ethernet.hpp"

namespace ferry {
namespace {

const ConfigNode kNothing{};
const ConfigNode kEmptyObject{ConfigNode::Type::object, false, 0, {}, {}, {}};
const std::string kNoText;

/** A decimal number of `text` in 0..max without sign or leading zero. */
std::optional<unsigned> parseDecimal(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint32_t> parseIpv4(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto value = parseDecimal(text.substr(0, dot), 255);
    if (!value) return std::nullopt;
    address = address << 8 | *value;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return address;
}

std::optional<MacAddress> parseMac(std::string_view text) {
  MacAddress mac{};
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const std::string_view pair = text.substr(i * 3, 2);
    if (i < 5 && text[i * 3 + 2] != ':') return std::nullopt;
    const auto [end, error] = std::from_chars(pair.data(), pair.data() + 2, mac[i], 16);
    if (error != std::errc{} || end != pair.data() + 2) return std::nullopt;
  }
  return mac;
}

std::string formatIpv4(std::uint32_t address) {
  return std::to_string(address >> 24) + '.' + std::to_string(address >> 16 & 0xff) + '.' +
         std::to_string(address >> 8 & 0xff) + '.' + std::to_string(address & 0xff);
}

ConfigReader::ConfigReader(const ConfigNode& node, std::string path,
                           std::initializer_list<std::string_view> keys, ConfigError& error)
    : node_(node), path_(std::move(path)), error_(error) {
  if (!error_.ok()) return;
  if (node.type != ConfigNode::Type::object) {
    error_ = {"CONFIG_TYPE", path_, "The configuration '" + path_ + "' must be an object."};
    return;
  }
  for (const std::string& key : node.keys) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    std::string known;
    for (const std::string_view each : keys) (known += known.empty() ? "" : ", ") += each;
    refuse(key, "CONFIG_UNKNOWN_KEY", "is not known; remove it. Known here: " + known + ".");
    return;
  }
}

std::string ConfigReader::path(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

void ConfigReader::refuse(std::string_view key, std::string_view code, std::string_view message) {
  if (!error_.ok()) return;
  const std::string field = path(key.substr(0, kMaxConfigText));
  error_ = {std::string(code), field, "The value of '" + field + "' " + std::string(message)};
}

const ConfigNode* ConfigReader::require(std::string_view key, ConfigNode::Type type,
                                        std::string_view wanted) {
  if (!error_.ok()) return nullptr;
  const ConfigNode* value = node_.find(key);
  if (value == nullptr) {
    refuse(key, "CONFIG_MISSING", "is missing; give " + std::string(wanted) + ".");
  } else if (value->type != type) {
    refuse(key, "CONFIG_TYPE", "has the wrong type; give " + std::string(wanted) + ".");
    return nullptr;
  }
  return value;
}

const std::string& ConfigReader::text(std::string_view key, std::string_view wanted) {
  const ConfigNode* value = require(key, ConfigNode::Type::string, wanted);
  return value == nullptr ? kNoText : value->text;
}

std::uint64_t ConfigReader::integer(std::string_view key, std::uint64_t min, std::uint64_t max,
                                    std::optional<std::uint64_t> fallback) {
  if (fallback && !has(key)) return *fallback;
  const std::string wanted =
      "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  const ConfigNode* value = require(key, ConfigNode::Type::number, wanted);
  if (value == nullptr) return min;
  const double number = value->number;
  if (!(number >= static_cast<double>(min) && number <= static_cast<double>(max)) ||
      std::trunc(number) != number) {
    refuse(key, "CONFIG_RANGE", "is out of range; give " + wanted + ".");
    return min;
  }
  return static_cast<std::uint64_t>(number);
}

MacAddress ConfigReader::stationMac(std::string_view key) {
  constexpr std::string_view kWanted = "a unicast MAC address such as 02:fe:00:00:00:01";
  const auto mac = parseMac(text(key, kWanted));
  if (mac && isStationMac(*mac)) return *mac;
  refuse(key, "CONFIG_ADDRESS", "is not " + std::string(kWanted) + ".");
  return {};
}

std::uint32_t ConfigReader::ipv4(std::string_view key) {
  constexpr std::string_view kWanted = "an IPv4 address such as 203.0.113.1";
  const auto address = parseIpv4(text(key, kWanted));
  if (!address) refuse(key, "CONFIG_ADDRESS", "is not " + std::string(kWanted) + ".");
  return address.value_or(0);
}

std::optional<Ipv4Prefix> parseIpv4Prefix(std::string_view text, unsigned min, unsigned max) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parseIpv4(text.substr(0, slash));
  const auto length = parseDecimal(text.substr(slash + 1), max);
  if (!address || !length || *length < min) return std::nullopt;
  return Ipv4Prefix{*address, static_cast<std::uint8_t>(*length)};
}

Ipv4Prefix ConfigReader::ipv4Prefix(std::string_view key, unsigned min, unsigned max) {
  const std::string wanted = "an IPv4 address with a prefix length from " + std::to_string(min) +
                             " to " + std::to_string(max) + " such as 10.0.0.1/24";
  if (const auto prefix = parseIpv4Prefix(text(key, wanted), min, max)) return *prefix;
  refuse(key, "CONFIG_ADDRESS", "is not " + wanted + ".");
  return {};
}

const ConfigNode& ConfigReader::array(std::string_view key, std::size_t min, std::size_t max) {
  const std::string wanted =
      "an array of " + std::to_string(min) + " to " + std::to_string(max) + " items";
  const ConfigNode* value = require(key, ConfigNode::Type::array, wanted);
  if (value == nullptr) return kNothing;
  if (value->items.size() < min || value->items.size() > max) {
    refuse(key, "CONFIG_RANGE", "has the wrong length; give " + wanted + ".");
    return kNothing;
  }
  return *value;
}

const ConfigNode& ConfigReader::object(std::string_view key, bool required) {
  if (!required && !has(key)) return kEmptyObject;
  const ConfigNode* value = require(key, ConfigNode::Type::object, "an object");
  return value == nullptr ? kEmptyObject : *value;
}

}  // namespace ferry
