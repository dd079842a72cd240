// Counters of an instance as the object that native/index.ts declares.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../core/instance.hpp"

namespace ferry::addon {

Napi::Object statsToJs(Napi::Env env, const Instance& instance,
                       const std::vector<std::string>& interfaces, std::uint64_t eventsDropped);

}  // namespace ferry::addon
