#include "js_config.hpp"

#include "js_error.hpp"

namespace ferry::addon {
namespace {

class Reader {
 public:
  ConfigNode read(const Napi::Value& value, const std::string& path, std::size_t depth) {
    if (depth > kMaxConfigDepth || ++nodes_ > kMaxConfigNodes) {
      throw toJs(value.Env(), Error{"CONFIG_RANGE", path, "The configuration is too large."});
    }
    ConfigNode node;
    if (value.IsBoolean()) {
      node.type = ConfigNode::Type::boolean;
      node.boolean = value.As<Napi::Boolean>().Value();
    } else if (value.IsNumber()) {
      node.type = ConfigNode::Type::number;
      node.number = value.As<Napi::Number>().DoubleValue();
    } else if (value.IsString()) {
      node.type = ConfigNode::Type::string;
      node.text = text(value, path);
    } else if (value.IsArray()) {
      node.type = ConfigNode::Type::array;
      readArray(value.As<Napi::Array>(), path, depth, node);
    } else if (value.IsObject() && !value.IsFunction()) {
      node.type = ConfigNode::Type::object;
      readObject(value.As<Napi::Object>(), path, depth, node);
    } else if (!value.IsNull()) {
      throw toJs(value.Env(),
                 Error{"CONFIG_TYPE", path, "Only plain JSON values can be configuration."});
    }
    return node;
  }

 private:
  static std::string text(const Napi::Value& value, const std::string& path) {
    std::string text = value.As<Napi::String>().Utf8Value();
    if (text.size() > kMaxConfigText) {
      throw toJs(value.Env(), Error{"CONFIG_RANGE", path, "The text is too long."});
    }
    return text;
  }

  void readArray(const Napi::Array& array, const std::string& path, std::size_t depth,
                 ConfigNode& node) {
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
      const Napi::Value item = array[i];
      node.items.push_back(read(item, path + "[" + std::to_string(i) + "]", depth + 1));
    }
  }

  void readObject(const Napi::Object& object, const std::string& path, std::size_t depth,
                  ConfigNode& node) {
    const Napi::Array keys = object.GetPropertyNames();
    for (std::uint32_t i = 0; i < keys.Length(); ++i) {
      const Napi::Value key = keys[i];
      const Napi::Value value = object.Get(key);
      if (value.IsUndefined()) continue;
      const std::string name = text(key, path);
      std::string below = path;
      if (!below.empty()) below += '.';
      below += name;
      node.items.push_back(read(value, below, depth + 1));
      node.keys.push_back(name);
    }
  }

  std::size_t nodes_ = 0;
};

}  // namespace

ConfigNode readConfig(const Napi::Value& value) { return Reader().read(value, "", 0); }

}  // namespace ferry::addon
