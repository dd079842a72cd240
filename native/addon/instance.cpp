// The class Instance of native/index.ts.
#include "instance.hpp"

#include <algorithm>
#include <future>
#include <new>
#include <system_error>

#include "instance_options.hpp"
#include "js_config.hpp"
#include "js_error.hpp"
#include "js_event.hpp"
#include "js_stats.hpp"

namespace ferry::addon {
namespace {

std::string textArgument(const Napi::Value& value, const char* field) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  throw toJs(value.Env(), Error{"OPTION_INVALID", field, std::string(field) + " must be a text."});
}

FlowFilter flowsArgument(const Napi::Value& value) {
  ConfigError error;
  const FlowFilter flows = readFlowFilter(readConfig(value), error);
  if (!error.ok()) throw toJs(value.Env(), error);
  return flows;
}

/** Beyond what can be, for what cannot be. */
std::uint32_t silenceArgument(const Napi::Value& value) {
  const double silence = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  const bool possible = silence >= 0 && silence <= Instance::kMaxSilenceMs;
  return possible ? static_cast<std::uint32_t>(silence) : Instance::kMaxSilenceMs + 1;
}

Napi::Object portAnswer(Napi::Env env, const std::variant<std::uint16_t, Error>& outcome) {
  if (const auto* error = std::get_if<Error>(&outcome)) throw toJs(env, *error);
  Napi::Object result = Napi::Object::New(env);
  result.Set("port", number(env, std::get<std::uint16_t>(outcome)));
  return result;
}

Instance::Part partArgument(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  return flowsArgument(value);
}

}  // namespace

Napi::Function InstanceObject::define(Napi::Env env) {
  return DefineClass(
      env, "Instance",
      {
          InstanceMethod("start", &InstanceObject::start),
          InstanceMethod("listen", &InstanceObject::listen),
          InstanceMethod("connect", &InstanceObject::connect),
          InstanceMethod("arm", &InstanceObject::call<&Instance::arm>),
          InstanceMethod("prepareSwitch", &InstanceObject::call<&Instance::prepareSwitch>),
          InstanceMethod("switched", &InstanceObject::call<&Instance::switched>),
          InstanceMethod("abort", &InstanceObject::call<&Instance::abort>),
          InstanceMethod("resume", &InstanceObject::call<&Instance::resume>),
          InstanceMethod("takeover", &InstanceObject::takeover),
          InstanceMethod("forget", &InstanceObject::forget),
          InstanceMethod("expectRelay", &InstanceObject::expectRelay),
          InstanceMethod("listenReplica", &InstanceObject::listenReplica),
          InstanceMethod("armReplica", &InstanceObject::call<&Instance::armReplica>),
          InstanceMethod("takeoverReplica", &InstanceObject::call<&Instance::takeoverReplica>),
          InstanceMethod("dropReplica", &InstanceObject::call<&Instance::dropReplica>),
          InstanceMethod("stats", &InstanceObject::stats),
          InstanceMethod("stop", &InstanceObject::stop),
      });
}

InstanceObject::InstanceObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<InstanceObject>(info) {
  if (!info[1].IsFunction()) {
    throw toJs(info.Env(), Error{"OPTION_INVALID", "onEvent", "onEvent must be a function."});
  }
  InstanceOptions options = readInstanceOptions(info[0]);
  interfaces_ = options.interfaces;
  io_ = options.io;
  macs_ = options.instance.macs;
  keepsLog_ = !options.instance.logPath.empty();
  events_ =
      std::make_shared<EventQueue>(info.Env(), info[1].As<Napi::Function>(),
                                   [interfaces = interfaces_](Napi::Env env, const Event& event) {
                                     return eventToJs(env, event, interfaces);
                                   });
  try {
    instance_ = std::make_unique<Instance>(std::move(options.function), std::move(options.instance),
                                           *events_);
  } catch (const std::exception& failure) {
    events_->close();
    throw toJs(info.Env(), Error{"OUT_OF_MEMORY", "", failure.what()});
  }
}

InstanceObject::~InstanceObject() { shutDown(); }

void InstanceObject::shutDown() {
  if (instance_ != nullptr) instance_->stop();
  if (events_ != nullptr) events_->close();
}

void InstanceObject::check(Napi::Env env, const Instance::Outcome& outcome) {
  if (outcome) throw toJs(env, *outcome);
}

std::vector<std::unique_ptr<Port>> InstanceObject::openPorts(Napi::Env env) {
  // Side by side: the kernel waits some ten milliseconds for each ring, and the time to start
  // counts in every migration.
  std::vector<std::future<OpenedPort>> opening;
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    opening.push_back(std::async(std::launch::async, [this, i] {
      return openPort(io_, {interfaces_[i], {macs_[i], kRelayMac}});
    }));
  }
  std::vector<std::unique_ptr<Port>> ports;
  for (std::size_t i = 0; i < opening.size(); ++i) {
    OpenedPort opened = opening[i].get();
    if (auto* error = std::get_if<Error>(&opened)) {
      error->field = "ports[" + std::to_string(i) + "]." + error->field;
      throw toJs(env, *error);
    }
    ports.push_back(std::move(std::get<std::unique_ptr<Port>>(opened)));
  }
  return ports;
}

void InstanceObject::start(const Napi::CallbackInfo& info) {
  try {
    std::vector<std::unique_ptr<Port>> ports;
    const bool needed = !keepsLog_ && !running_ && instance_->worker() == nullptr;
    if (needed) {
      ports = openPorts(info.Env());
      dropPreparedPorts();
    }
    check(info.Env(), instance_->start(std::move(ports)));
  } catch (const std::bad_alloc& failure) {
    throw toJs(info.Env(), Error{"OUT_OF_MEMORY", "holdBytes", failure.what()});
  } catch (const std::system_error& failure) {
    throw toJs(info.Env(), Error{"THREAD_FAILED", "", failure.what()});
  }
  running_ = true;
  Ref();
  events_->keepAlive(info.Env(), true);
}

Napi::Value InstanceObject::listen(const Napi::CallbackInfo& info) {
  return portAnswer(info.Env(), instance_->listen(textArgument(info[0], "address"),
                                                  textArgument(info[1], "token"),
                                                  silenceArgument(info[2]), partArgument(info[3])));
}

Napi::Value InstanceObject::listenReplica(const Napi::CallbackInfo& info) {
  std::vector<FlowFilter> parts;
  if (info[3].IsArray()) {
    const Napi::Array flows = info[3].As<Napi::Array>();
    const std::uint32_t most = Instance::kMaxReplicaParts + 1;  // one too many is refused
    for (std::uint32_t i = 0; i < std::min(flows.Length(), most); ++i) {
      parts.push_back(flowsArgument(flows[i]));
    }
  }
  try {
    return portAnswer(info.Env(), instance_->listenReplica(textArgument(info[0], "address"),
                                                           textArgument(info[1], "token"),
                                                           silenceArgument(info[2]), parts));
  } catch (const std::bad_alloc& failure) {
    throw toJs(info.Env(), Error{"OUT_OF_MEMORY", "", failure.what()});
  } catch (const std::system_error& failure) {
    throw toJs(info.Env(), Error{"THREAD_FAILED", "", failure.what()});
  }
}

void InstanceObject::connect(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) {
    throw toJs(info.Env(), Error{"OPTION_INVALID", "options",
                                 "connect() takes {address, port, token, content}."});
  }
  const Napi::Object options = info[0].As<Napi::Object>();
  const Napi::Value port = options.Get("port");
  const double wanted = port.IsNumber() ? port.As<Napi::Number>().DoubleValue() : 0;
  const bool possible = wanted >= 1 && wanted <= 65'535;
  const std::string content = textArgument(options.Get("content"), "content");
  if (content != "statelets" && content != "packets") {
    throw toJs(info.Env(), Error{"OPTION_INVALID", "content",
                                 "What follows the snapshot is statelets or packets."});
  }
  check(info.Env(),
        instance_->connect(textArgument(options.Get("address"), "address"),
                           possible ? static_cast<std::uint32_t>(wanted) : 0,
                           textArgument(options.Get("token"), "token"),
                           options.Get("standing").ToBoolean(),
                           content == "packets" ? StreamContent::packets : StreamContent::statelets,
                           partArgument(options.Get("flows")), options.Get("commit").ToBoolean()));
}

void InstanceObject::takeover(const Napi::CallbackInfo& info) {
  check(info.Env(), instance_->takeover(info[0].ToBoolean()));
}

void InstanceObject::forget(const Napi::CallbackInfo& info) {
  check(info.Env(), instance_->forget(flowsArgument(info[0])));
}

void InstanceObject::expectRelay(const Napi::CallbackInfo& info) {
  check(info.Env(), instance_->expectRelay(textArgument(info[0], "token")));
}

Napi::Value InstanceObject::stats(const Napi::CallbackInfo& info) {
  return statsToJs(info.Env(), *instance_, interfaces_, events_->dropped());
}

void InstanceObject::stop(const Napi::CallbackInfo& info) {
  if (!running_) return;
  running_ = false;
  instance_->stop();
  events_->keepAlive(info.Env(), false);
  Unref();
}

}  // namespace ferry::addon
