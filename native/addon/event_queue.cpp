#include "event_queue.hpp"

namespace ferry::addon {

EventQueue::EventQueue(Napi::Env env, const Napi::Function& callback, ToJs toJs)
    : toJs_(std::move(toJs)),
      function_(Napi::ThreadSafeFunction::New(env, callback, "ferry events", 0, 1,
                                              [gate = gate_](Napi::Env) {
                                                const std::scoped_lock lock(gate->mutex);
                                                gate->closed = true;
                                              })) {
  function_.Unref(env);
}

void EventQueue::emit(Event event) {
  const std::scoped_lock lock(gate_->mutex);
  if (gate_->closed) return;
  if (waiting_.size() >= kMaxWaiting) {
    dropped_.add();
    return;
  }
  waiting_.push_back(std::move(event));
  if (scheduled_) return;
  const auto deliverLater = [self = shared_from_this()](Napi::Env env,
                                                        const Napi::Function& callback) {
    self->deliver(env, callback);
  };
  scheduled_ = function_.NonBlockingCall(deliverLater) == napi_ok;
}

void EventQueue::deliver(Napi::Env env, const Napi::Function& callback) {
  std::deque<Event> batch;
  {
    const std::scoped_lock lock(gate_->mutex);
    batch.swap(waiting_);
    scheduled_ = false;
  }
  for (const Event& event : batch) {
    const Napi::HandleScope scope(env);
    try {
      callback.Call({toJs_(env, event)});
    } catch (const Napi::Error& error) {
      // What the callback throws is the application's to see, as from any other callback.
      napi_fatal_exception(env, error.Value());
    }
  }
}

void EventQueue::keepAlive(Napi::Env env, bool keep) {
  if (keep) {
    function_.Ref(env);
  } else {
    function_.Unref(env);
  }
}

void EventQueue::close() {
  const std::scoped_lock lock(gate_->mutex);
  if (gate_->closed) return;
  gate_->closed = true;
  function_.Release();
}

}  // namespace ferry::addon
