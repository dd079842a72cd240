#include "plugin.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>

#include "../../core/config_reader.hpp"
#include "../digest.hpp"

namespace ferry {
namespace {

constexpr std::size_t kMaxCounters = 1024;
constexpr std::size_t kMaxNotices = 64;
/** What one record may take: a statelet frame has room for several. */
constexpr std::size_t kMaxRecord = 16384;

/** A configuration as the function's create() is given it; valid as long as this and the node. */
class ConfigValues {
 public:
  explicit ConfigValues(const ConfigNode& node) : root_(of(node, {})) {}
  const ferry_value& root() const { return root_; }

 private:
  ferry_value of(const ConfigNode& node, std::string_view key) {
    std::vector<ferry_value> items;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      items.push_back(of(node.items[i], i < node.keys.size() ? node.keys[i] : std::string_view{}));
    }
    const auto& kept = kept_.emplace_back(std::move(items));
    return {static_cast<std::uint8_t>(node.type),
            static_cast<std::uint8_t>(node.boolean ? 1 : 0),
            node.number,
            node.text.data(),
            node.text.size(),
            key.data(),
            key.size(),
            kept.data(),
            kept.size()};
  }

  std::deque<std::vector<ferry_value>> kept_;
  ferry_value root_;
};

template <std::size_t Size>
std::string textOf(const char (&bytes)[Size]) {
  return {bytes, std::find(bytes, bytes + Size, '\0')};
}

ferry_output outputTo(Output& output) {
  return {&output,
          [](void* self, std::uint8_t port, const std::uint8_t* frame, std::size_t length) {
            static_cast<Output*>(self)->transmit(port, {frame, length});
          }};
}

ApplyStatus statusOf(std::uint8_t status) {
  return status <= static_cast<std::uint8_t>(ApplyStatus::noSpace)
             ? static_cast<ApplyStatus>(status)
             : ApplyStatus::malformed;
}

std::unique_ptr<PluginFunction> make(const PluginLibrary& library, const ConfigNode& options,
                                     ConfigError& error) {
  const ConfigValues values(options);
  ferry_error refused{};
  void* self = library.functions->create(&values.root(), &refused);
  if (self == nullptr) {
    const std::string field = textOf(refused.field);
    error = {textOf(refused.code), field.empty() ? "options" : "options." + field,
             textOf(refused.message)};
    if (error.ok()) error.code = "PLUGIN_INVALID";
    return nullptr;
  }
  auto function = std::make_unique<PluginFunction>(library, self);
  if (function->maxRecordBytes() == 0 || function->maxRecordBytes() > kMaxRecord) {
    error = {"PLUGIN_INVALID", "path",
             "The network function's records may take " +
                 std::to_string(function->maxRecordBytes()) +
                 " bytes; make them at most 16384: split large entries."};
    return nullptr;
  }
  return function;
}

}  // namespace

CreateResult createPlugin(const ConfigNode& node) {
  CreateResult result;
  ConfigError& error = result.error;
  ConfigReader reader(node, "", {"path", "ports", "options"}, error);
  const ConfigNode* path = node.find("path");
  if (path == nullptr || path->type != ConfigNode::Type::string) {
    reader.refuse("path", "CONFIG_TYPE", "is not the path of a shared library; give one.");
  }
  const ConfigNode& ports = reader.array("ports", 1, 8);
  const ConfigNode& options = reader.object("options", true);
  if (!error.ok()) return result;
  const auto library = openPluginLibrary(path->text, error);
  if (!library) return result;
  if (library->functions->ports != ports.items.size()) {
    reader.refuse("ports", "CONFIG_RANGE",
                  "names another number of ports than the network function has; name " +
                      std::to_string(library->functions->ports) + ".");
    return result;
  }
  result.function = make(*library, options, error);
  return result;
}

PluginFunction::PluginFunction(const PluginLibrary& library, void* self)
    : f_(*library.functions), fileDigest_(library.digest), self_(self) {
  told_.resize(std::min(f_.counters(self_, nullptr, 0), kMaxCounters));
  f_.counters(self_, told_.data(), told_.size());
  for (const ferry_counter& each : told_) {
    counters_.push_back({{each.name, each.name_length}, each.value});
  }
  counters_.push_back({"dropVerdict", 0});
  for (std::size_t i = 0; i < kMaxNotices; ++i) {
    const char* notice = f_.notice(self_, i);
    if (notice == nullptr) break;
    notices_.emplace_back(notice);
  }
}

std::uint64_t PluginFunction::configDigest() const {
  Digest digest;
  digest.add(fileDigest_);
  digest.add(f_.config_digest(self_));
  return digest.value();
}

Verdict PluginFunction::process(Packet& packet, TimeMs now, Output& output) {
  ferry_packet own{packet.data, packet.length, packet.capacity, packet.port, packet.arrivedNs};
  const ferry_output to = outputTo(output);
  const ferry_verdict verdict = f_.process(self_, &own, now, &to);
  packet.data = own.data;
  packet.length = own.length;
  packet.capacity = own.capacity;
  if (verdict.action <= static_cast<std::uint8_t>(Action::consumed) &&
      (verdict.action != FERRY_NF_FORWARD || verdict.port < f_.ports)) {
    return {static_cast<Action>(verdict.action), verdict.port};
  }
  ++counters_.back().value;
  return {Action::drop, 0};
}

void PluginFunction::expire(TimeMs now, Output& output) {
  const ferry_output to = outputTo(output);
  f_.expire(self_, now, &to);
}

void PluginFunction::takeOver(TimeMs now, Output& output) {
  const ferry_output to = outputTo(output);
  f_.take_over(self_, now, &to);
}

void PluginFunction::collect(ByteWriter& out) {
  out.advance(f_.collect(self_, out.next(), out.room()));
}

ApplyStatus PluginFunction::apply(ByteView statelets) {
  return statusOf(f_.apply(self_, statelets.data(), statelets.size()));
}

void PluginFunction::rollSnapshot() {
  // Libraries made before there was this have a shorter table.
  if (f_.size > offsetof(ferry_nf_functions, roll_snapshot) && f_.roll_snapshot != nullptr) {
    f_.roll_snapshot(self_);
  }
}

bool PluginFunction::writeSnapshot(ByteWriter& out) {
  std::uint8_t complete = 0;
  out.advance(f_.write_snapshot(self_, out.next(), out.room(), &complete));
  return complete != 0;
}

ApplyStatus PluginFunction::install(ByteView records) {
  return statusOf(f_.install(self_, records.data(), records.size()));
}

std::span<const Counter> PluginFunction::counters() {
  f_.counters(self_, told_.data(), told_.size());
  for (std::size_t i = 0; i < told_.size(); ++i) counters_[i].value = told_[i].value;
  return counters_;
}

}  // namespace ferry
