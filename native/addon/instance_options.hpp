// The options of an Instance, checked.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "../core/instance.hpp"
#include "../core/nf.hpp"
#include "../io/registry.hpp"

namespace ferry::addon {

struct InstanceOptions {
  std::unique_ptr<NetworkFunction> function;
  Instance::Options instance;
  std::vector<std::string> interfaces;
  std::string io = "afPacket";
};

/**
 * Throws a JavaScript Error with the code and field of what is wrong: CONFIG_ codes (of the options
 * themselves, or of the network function's `config.`), NF_UNKNOWN_KIND, OUT_OF_MEMORY.
 */
InstanceOptions readInstanceOptions(const Napi::Value& value);

}  // namespace ferry::addon
