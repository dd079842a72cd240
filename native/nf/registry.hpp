// Network functions by name: the one place that knows every kind there is.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "../core/config.hpp"
#include "../core/nf.hpp"

namespace ferry {

/** A function, or (when `function` is null) why there is none. */
struct CreateResult {
  std::unique_ptr<NetworkFunction> function;
  ConfigError error;
};

struct NetworkFunctionKind {
  std::string_view name;
  PortIndex ports;  // number of ports an instance needs; 0: as many as its configuration names
  CreateResult (*create)(const ConfigNode& config);
};

std::span<const NetworkFunctionKind> networkFunctionKinds();

/**
 * Makes a function of this kind. Errors: NF_UNKNOWN_KIND, and the CONFIG_ codes of ConfigReader.
 * All memory the function will ever use is allocated here.
 */
CreateResult createNetworkFunction(std::string_view kind, const ConfigNode& config);

}  // namespace ferry
