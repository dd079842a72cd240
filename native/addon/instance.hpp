// Binds core/instance to JavaScript; nothing but conversion happens here.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "../core/instance.hpp"
#include "event_queue.hpp"

namespace ferry::addon {

class InstanceObject final : public Napi::ObjectWrap<InstanceObject> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit InstanceObject(const Napi::CallbackInfo& info);
  ~InstanceObject() override;

 private:
  void start(const Napi::CallbackInfo& info);
  std::vector<std::unique_ptr<Port>> openPorts(Napi::Env env);
  void takeover(const Napi::CallbackInfo& info);
  Napi::Value listen(const Napi::CallbackInfo& info);
  Napi::Value listenReplica(const Napi::CallbackInfo& info);
  void connect(const Napi::CallbackInfo& info);
  void forget(const Napi::CallbackInfo& info);
  void expectRelay(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);

  template <Instance::Outcome (Instance::*method)()>
  void call(const Napi::CallbackInfo& info) {
    check(info.Env(), ((*instance_).*method)());
  }
  static void check(Napi::Env env, const Instance::Outcome& outcome);
  void shutDown();

  std::vector<std::string> interfaces_;
  std::vector<MacAddress> macs_;
  std::string io_;
  std::shared_ptr<EventQueue> events_;  // outlives the threads of instance_
  std::unique_ptr<Instance> instance_;
  bool keepsLog_ = false;
  bool running_ = false;
};

}  // namespace ferry::addon
