// Carries events from the native threads to one JavaScript function: bounded, in order, in batches.
#pragma once

#include <napi.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "../core/event.hpp"
#include "../core/telemetry.hpp"

namespace ferry::addon {

/** Calls that JavaScript has not taken yet share in it, so it lives as long as they do. */
class EventQueue final : public EventSink, public std::enable_shared_from_this<EventQueue> {
 public:
  static constexpr std::size_t kMaxWaiting = 1024;
  using ToJs = std::function<Napi::Object(Napi::Env, const Event&)>;

  EventQueue(Napi::Env env, const Napi::Function& callback, ToJs toJs);

  /** From any native thread. When JavaScript does not keep up events are dropped and counted. */
  void emit(Event event) override;

  /** Whether waiting for events keeps the process alive. */
  void keepAlive(Napi::Env env, bool keep);
  /** No event reaches JavaScript any more once those that wait are delivered. */
  void close();
  std::uint64_t dropped() const { return dropped_.get(); }

 private:
  void deliver(Napi::Env env, const Napi::Function& callback);

  /** Node ends the function before the objects that use it when it ends itself. */
  struct Gate {
    std::mutex mutex;  // of all that changes here
    bool closed = false;
  };

  ToJs toJs_;
  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  Napi::ThreadSafeFunction function_;
  Count dropped_;
  std::deque<Event> waiting_;
  bool scheduled_ = false;
};

}  // namespace ferry::addon
