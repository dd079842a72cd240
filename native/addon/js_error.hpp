// Errors on their way to JavaScript keep their code and field.
#pragma once

#include <napi.h>

#include "../core/config.hpp"
#include "../core/error.hpp"

namespace ferry::addon {

inline Napi::Error toJs(Napi::Env env, const Error& error) {
  Napi::Error value = Napi::Error::New(env, error.message);
  value.Value().Set("code", error.code);
  if (!error.field.empty()) value.Value().Set("field", error.field);
  return value;
}

inline Napi::Error toJs(Napi::Env env, const ConfigError& error) {
  return toJs(env, Error{error.code, error.field, error.message});
}

}  // namespace ferry::addon
