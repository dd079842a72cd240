#include "instance_options.hpp"

#include <algorithm>
#include <new>

#include "../core/config_reader.hpp"
#include "../nf/registry.hpp"
#include "js_config.hpp"
#include "js_error.hpp"

namespace ferry::addon {
namespace {

std::string readText(const ConfigNode& root, ConfigReader& reader, std::string_view key) {
  const ConfigNode* node = root.find(key);
  if (node == nullptr || node->type != ConfigNode::Type::string) {
    reader.refuse(key, "CONFIG_TYPE", "A text is needed here.");
    return {};
  }
  return node->text;
}

void readPorts(ConfigReader& reader, ConfigError& error, InstanceOptions& options) {
  const ConfigNode& ports = reader.array("ports", 1, kMaxPorts);
  for (std::size_t i = 0; i < ports.items.size(); ++i) {
    const ConfigNode& port = ports.items[i];
    ConfigReader entry(port, reader.path("ports") + "[" + std::to_string(i) + "]",
                       {"interface", "mac"}, error);
    options.interfaces.push_back(readText(port, entry, "interface"));
    options.instance.macs.push_back(entry.stationMac("mac"));
  }
}

void readLog(ConfigReader& reader, ConfigError& error, InstanceOptions& options) {
  const ConfigNode& log = reader.object("log", true);
  ConfigReader entry(log, reader.path("log"), {"path", "maxBytes"}, error);
  options.instance.logPath = readText(log, entry, "path");
  options.instance.logBytes =
      entry.integer("maxBytes", Instance::kMinLogBytes, Instance::kMaxLogBytes, 32u << 20);
}

void checkPortCount(ConfigReader& reader, std::string_view kind, const ConfigNode& config,
                    std::size_t ports) {
  const auto kinds = networkFunctionKinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [kind](const auto& candidate) { return candidate.name == kind; });
  if (found == kinds.end()) return;
  const ConfigNode* named = config.find("ports");
  const std::size_t wanted =
      found->ports != 0 ? found->ports : (named == nullptr ? 0 : named->items.size());
  if (wanted == ports) return;
  reader.refuse("ports", "CONFIG_RANGE",
                std::string(kind) + " has " + std::to_string(wanted) + " ports.");
}

std::unique_ptr<NetworkFunction> createFunction(Napi::Env env, const std::string& kind,
                                                const ConfigNode& config) {
  try {
    CreateResult created = createNetworkFunction(kind, config);
    if (created.function == nullptr) {
      const bool ofKind = created.error.code == "NF_UNKNOWN_KIND";
      const std::string field =
          ofKind ? "kind"
                 : "config" + (created.error.field.empty() ? "" : "." + created.error.field);
      throw toJs(env, Error{created.error.code, field, created.error.message});
    }
    return std::move(created.function);
  } catch (const std::bad_alloc&) {
    throw toJs(env, Error{"OUT_OF_MEMORY", "config",
                          "There is not enough memory for this capacity: choose a smaller one."});
  }
}

}  // namespace

InstanceOptions readInstanceOptions(const Napi::Value& value) {
  const ConfigNode root = readConfig(value);
  ConfigError error;
  ConfigReader reader(
      root, "", {"kind", "config", "ports", "role", "stateletWindowMs", "holdBytes", "io", "log"},
      error);
  InstanceOptions options;
  const std::string kind = readText(root, reader, "kind");
  const ConfigNode& config = reader.object("config", true);
  readPorts(reader, error, options);
  const std::string role = readText(root, reader, "role");
  if (role != "serving" && role != "standby") {
    reader.refuse("role", "CONFIG_RANGE", "A role is 'serving' or 'standby'.");
  }
  options.instance.serving = role == "serving";
  options.instance.stateletWindowMs = static_cast<std::uint32_t>(
      reader.integer("stateletWindowMs", Instance::kMinWindowMs, Instance::kMaxWindowMs, 50));
  options.instance.holdBytes =
      reader.integer("holdBytes", Instance::kMinHoldBytes, Instance::kMaxHoldBytes, 64u << 20);
  if (reader.has("log")) readLog(reader, error, options);
  if (reader.has("io")) options.io = readText(root, reader, "io");
  checkPortCount(reader, kind, config, options.interfaces.size());
  if (!error.ok()) throw toJs(value.Env(), error);
  options.function = createFunction(value.Env(), kind, config);
  return options;
}

}  // namespace ferry::addon
