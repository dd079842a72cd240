// A shared library that is a network function (include/ferry/nf_abi.h), as a file and as code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "../../core/config.hpp"
#include "../../include/ferry/nf_abi.h"

namespace ferry {

struct PluginLibrary {
  const ferry_nf_functions* functions = nullptr;
  std::uint64_t digest = 0;  // of the file's bytes: two builds are two functions
};

/**
 * Loads the library at an absolute path. It stays loaded until the process ends: counters' names
 * and more point into it. nullopt, and `error` with field `path`, when it cannot be used:
 * PLUGIN_UNREADABLE, PLUGIN_INVALID (not a shared library, or not an NF), PLUGIN_ABI.
 */
std::optional<PluginLibrary> openPluginLibrary(const std::string& path, ConfigError& error);

}  // namespace ferry
