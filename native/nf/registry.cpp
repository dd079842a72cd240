#include "registry.hpp"

#include <array>
#include <string>

#include "esp.hpp"
#include "ids/ids.hpp"
#include "nat44.hpp"
#include "pg.hpp"
#include "plugin/plugin.hpp"

namespace ferry {
namespace {

// clang-format off
constexpr std::array kKinds{
    NetworkFunctionKind{"nat44", 2, createNat44},
    NetworkFunctionKind{"esp", 2, createEsp},
    NetworkFunctionKind{"ids", 2, createIds},
    NetworkFunctionKind{"pg", 2, createPg},
    NetworkFunctionKind{"plugin", 0, createPlugin},
};
// clang-format on

}  // namespace

std::span<const NetworkFunctionKind> networkFunctionKinds() { return kKinds; }

CreateResult createNetworkFunction(std::string_view kind, const ConfigNode& config) {
  std::string known;
  for (const NetworkFunctionKind& candidate : kKinds) {
    if (candidate.name == kind) return candidate.create(config);
    known += known.empty() ? "" : ", ";
    known += candidate.name;
  }
  return {nullptr,
          {"NF_UNKNOWN_KIND", "kind",
           "There is no network function '" + std::string(kind.substr(0, kMaxConfigText)) +
               "'; use one of: " + known + "."}};
}

}  // namespace ferry
