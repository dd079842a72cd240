// Events as the objects that native/index.ts declares.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../core/event.hpp"

namespace ferry::addon {

Napi::Object eventToJs(Napi::Env env, const Event& event,
                       const std::vector<std::string>& interfaces);

/** 64-bit counters stay exact up to 2^53. */
inline Napi::Number number(Napi::Env env, std::uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

inline std::string text(std::string_view view) { return std::string(view); }

}  // namespace ferry::addon
