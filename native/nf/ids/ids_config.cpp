#include "ids_config.hpp"

#include <fstream>
#include <iterator>

#include "../../core/config_reader.hpp"
#include "../digest.hpp"

namespace ferry::ids {
namespace {

constexpr std::uint64_t kMaxTimeoutMs = 7 * 24 * 3600 * 1000ull;

void readTimeouts(const ConfigNode& node, IdsConfig& config, ConfigError& error) {
  ConfigReader reader(node, "timeoutsMs", {"tcp", "closed", "other"}, error);
  const auto read = [&](std::string_view key, TimeMs fallback) {
    return reader.integer(key, 2'000, kMaxTimeoutMs, fallback);
  };
  config.tcpTimeout = read("tcp", config.tcpTimeout);
  config.closedTimeout = read("closed", config.closedTimeout);
  config.otherTimeout = read("other", config.otherTimeout);
}

void readAlerts(const ConfigNode& node, IdsConfig& config, ConfigError& error) {
  if (node.items.empty()) return;
  ConfigReader reader(node, "alerts", {"file", "maxBytes"}, error);
  const ConfigNode* file = node.find("file");
  if (file == nullptr || file->type != ConfigNode::Type::string || !file->text.starts_with('/')) {
    reader.refuse("file", "CONFIG_TYPE", "is the absolute path of the file for alerts.");
    return;
  }
  config.alertFile = file->text;
  config.maxAlertFileBytes =
      reader.integer("maxBytes", 4'096, std::uint64_t{1} << 40, config.maxAlertFileBytes);
}

Variables readVariables(ConfigReader& reader) {
  Variables variables;
  const ConfigNode& node = reader.object("variables", false);
  if (node.items.size() > IdsConfig::kMaxVariables) {
    reader.refuse("variables", "CONFIG_RANGE", "are at most 64.");
    return variables;
  }
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    if (node.items[i].type != ConfigNode::Type::string) {
      reader.refuse("variables." + node.keys[i], "CONFIG_TYPE",
                    "is a text, like '10.0.0.0/8' or '80,443'.");
    }
    variables[node.keys[i]] = node.items[i].text;
  }
  return variables;
}

void readInlineRules(ConfigReader& reader, RuleSet& rules) {
  const ConfigNode& list = reader.array("rules", 0, IdsConfig::kMaxInlineRules);
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const ConfigNode& item = list.items[i];
    if (item.type != ConfigNode::Type::string) {
      reader.refuse("rules[" + std::to_string(i) + "]", "CONFIG_TYPE", "is a rule, as a text.");
      return;
    }
    rules.addRule("rules", static_cast<std::uint32_t>(i + 1), item.text);
  }
}

void readRuleFiles(ConfigReader& reader, RuleSet& rules) {
  const ConfigNode& list = reader.array("ruleFiles", 0, IdsConfig::kMaxRuleFiles);
  for (std::size_t i = 0; i < list.items.size() && reader.ok(); ++i) {
    const std::string key = "ruleFiles[" + std::to_string(i) + "]";
    const std::string& path = list.items[i].text;
    if (list.items[i].type != ConfigNode::Type::string || !path.starts_with('/')) {
      reader.refuse(key, "CONFIG_TYPE", "is the absolute path of a file of rules.");
      return;
    }
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const auto size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
    if (size < 0 || size > static_cast<std::streamoff>(IdsConfig::kMaxRuleFileBytes)) {
      reader.refuse(key, "CONFIG_RANGE",
                    "cannot be read, or has over 64 MiB; give a file of rules that is there.");
      return;
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    file.seekg(0);
    file.read(text.data(), size);
    rules.add(path, text);
  }
}

}  // namespace

IdsConfig parseIdsConfig(const ConfigNode& node, ConfigError& error) {
  IdsConfig config;
  ConfigReader reader(node, "",
                      {"inside", "outside", "capacity", "segments", "trackers", "timeoutsMs",
                       "rules", "ruleFiles", "variables", "alerts"},
                      error);
  static_cast<RouterConfig&>(config) = readRouterConfig(reader, error);
  config.capacity =
      static_cast<std::uint32_t>(reader.integer("capacity", 1, IdsConfig::kMaxCapacity));
  config.segments =
      static_cast<std::uint32_t>(reader.integer("segments", 16, 1'048'576, config.segments));
  config.trackers =
      static_cast<std::uint32_t>(reader.integer("trackers", 16, 1'048'576, config.trackers));
  readTimeouts(reader.object("timeoutsMs", false), config, error);
  readAlerts(reader.object("alerts", false), config, error);
  auto rules = std::make_shared<RuleSet>(readVariables(reader));
  if (reader.has("rules")) readInlineRules(reader, *rules);
  if (reader.has("ruleFiles")) readRuleFiles(reader, *rules);
  rules->finish();
  config.rules = std::move(rules);
  return config;
}

std::uint64_t IdsConfig::digest() const {
  constexpr std::uint64_t kStateFormat = 1;  // counts up when statelets or snapshots change
  Digest digest;
  digest.add(kStateFormat);
  digest.add(inside);
  digest.add(outside);
  for (const std::uint64_t value :
       {std::uint64_t{insideGateway.value_or(0)}, std::uint64_t{outsideGateway.value_or(0)},
        std::uint64_t{capacity}, std::uint64_t{segments}, std::uint64_t{trackers}, tcpTimeout,
        closedTimeout, otherTimeout, rules->digest()}) {
    digest.add(value);
  }
  return digest.value();
}

}  // namespace ferry::ids
