// JavaScript options as a bounded tree that the native side checks once more.
#pragma once

#include <napi.h>

#include "../core/config.hpp"

namespace ferry::addon {

/**
 * Copies plain values: objects, arrays, strings, numbers, booleans, null. Keys whose value is
 * undefined are left out. Throws a JavaScript Error with code CONFIG_TYPE or CONFIG_RANGE when
 * something else is in it, or more than ConfigNode's bounds allow.
 */
ConfigNode readConfig(const Napi::Value& value);

}  // namespace ferry::addon
