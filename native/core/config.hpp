// The configuration of a network function as a small read-only tree, filled by whoever starts it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ferry {

/** Bounds that whoever fills a ConfigNode holds: depth of nesting, nodes in all, bytes of one text.
 */
inline constexpr std::size_t kMaxConfigDepth = 8;
inline constexpr std::size_t kMaxConfigNodes = 4096;
inline constexpr std::size_t kMaxConfigText = 2048;

/** One value as JSON knows it. Of an object keys[i] names items[i]; of an array keys is empty. */
struct ConfigNode {
  enum class Type : unsigned char { null, boolean, number, string, array, object };

  Type type = Type::null;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<std::string> keys;
  std::vector<ConfigNode> items;

  /** The member `key` of an object, or nullptr. */
  const ConfigNode* find(std::string_view key) const {
    if (type != Type::object) return nullptr;
    for (std::size_t i = 0; i < keys.size() && i < items.size(); ++i) {
      if (keys[i] == key) return &items[i];
    }
    return nullptr;
  }
};

/** Why a configuration was refused: a stable code, the field's path, a sentence that says what to
 * do. */
struct ConfigError {
  std::string code;
  std::string field;
  std::string message;

  bool ok() const { return code.empty(); }
};

}  // namespace ferry
