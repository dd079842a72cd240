// Configurations for tests, written as they would be in JSON.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "core/config.hpp"

namespace ferry::test {

inline ConfigNode text(std::string value) {
  ConfigNode node;
  node.type = ConfigNode::Type::string;
  node.text = std::move(value);
  return node;
}

inline ConfigNode number(double value) {
  ConfigNode node;
  node.type = ConfigNode::Type::number;
  node.number = value;
  return node;
}

inline ConfigNode boolean(bool value) {
  ConfigNode node;
  node.type = ConfigNode::Type::boolean;
  node.boolean = value;
  return node;
}

inline ConfigNode array(std::initializer_list<ConfigNode> items) {
  ConfigNode node;
  node.type = ConfigNode::Type::array;
  node.items = items;
  return node;
}

inline ConfigNode object(std::initializer_list<std::pair<std::string, ConfigNode>> members) {
  ConfigNode node;
  node.type = ConfigNode::Type::object;
  for (const auto& [key, value] : members) {
    node.keys.push_back(key);
    node.items.push_back(value);
  }
  return node;
}

/** Sets the value at a path of keys; adds the last key when it is not there. */
inline void put(ConfigNode& node, std::initializer_list<std::string> path, ConfigNode value) {
  ConfigNode* at = &node;
  for (const std::string& key : path) {
    std::size_t i = 0;
    while (i < at->keys.size() && at->keys[i] != key) ++i;
    if (i == at->keys.size()) {
      at->keys.push_back(key);
      at->items.emplace_back();
    }
    at = &at->items[i];
  }
  *at = std::move(value);
}

/** Takes a member of the root away. */
inline void take(ConfigNode& node, const std::string& key) {
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    if (node.keys[i] != key) continue;
    node.keys.erase(node.keys.begin() + static_cast<std::ptrdiff_t>(i));
    node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

inline ConfigNode nat44Node() {
  return object({
      {"inside", object({{"mac", text("02:fe:00:00:00:01")}, {"address", text("10.0.0.1/16")}})},
      {"outside", object({{"mac", text("02:fe:00:00:00:02")},
                          {"address", text("203.0.113.1/24")},
                          {"gateway", text("203.0.113.254")}})},
      {"pool", array({text("203.0.113.1"), text("203.0.113.2")})},
      {"capacity", number(1000)},
  });
}

}  // namespace ferry::test
