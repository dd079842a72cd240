// Binds traffic/endpoint to JavaScript; nothing but conversion happens here.
#pragma once

#include <napi.h>

#include <memory>

#include "../traffic/endpoint.hpp"

namespace ferry::addon {

/** The class TrafficEndpoint of native/traffic.ts. */
class TrafficObject final : public Napi::ObjectWrap<TrafficObject> {
 public:
  static Napi::Function define(Napi::Env env);

  /** Opens the interface and starts the thread. */
  explicit TrafficObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value mac(const Napi::CallbackInfo& info);
  void start(const Napi::CallbackInfo& info);
  void prefill(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value report(const Napi::CallbackInfo& info);
  Napi::Value failure(const Napi::CallbackInfo& info);
  Napi::Value missingPrefill(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  /** Throws TRAFFIC_STATE after close(). */
  traffic::Endpoint& open(const Napi::CallbackInfo& info) const;

  std::unique_ptr<traffic::Endpoint> endpoint_;
};

}  // namespace ferry::addon
