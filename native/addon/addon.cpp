// Entry of the addon: one line for each class that JavaScript sees.
#include <napi.h>

#include "../io/registry.hpp"
#include "instance.hpp"
#include "traffic.hpp"

namespace {

/** Most functions have two ports. */
constexpr std::size_t kPreparedPorts = 2;

void preparePorts(const Napi::CallbackInfo&) { ferry::preparePorts(kPreparedPorts); }

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Instance", ferry::addon::InstanceObject::define(env));
  exports.Set("TrafficEndpoint", ferry::addon::TrafficObject::define(env));
  exports.Set("preparePorts", Napi::Function::New(env, preparePorts, "preparePorts"));
  return exports;
}

}  // namespace

NODE_API_MODULE(ferry, initialise)
