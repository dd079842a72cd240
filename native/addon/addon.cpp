// Entry of the addon: one line for each class that JavaScript sees.
#include <napi.h>

#include "instance.hpp"
#include "traffic.hpp"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Instance", ferry::addon::InstanceObject::define(env));
  exports.Set("TrafficEndpoint", ferry::addon::TrafficObject::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(ferry, initialise)
