#include "sync_thread.hpp"

#include "../core/priority.hpp"

namespace ferry {
namespace {

constexpr int kIdleMs = 1000;

}  // namespace

void SyncThread::start() { thread_ = std::thread(&SyncThread::run, this); }

void SyncThread::stop() {
  stopping_.store(true, std::memory_order_release);
  channel_.syncWake.signal();
  if (thread_.joinable()) thread_.join();
}

void SyncThread::connect(SourceSession::Options options) {
  const std::scoped_lock lock(mutex_);
  next_ = std::make_unique<SourceSession>(channel_, telemetry_, events_, std::move(options),
                                          monotonicNs());
  channel_.syncWake.signal();
}

void SyncThread::listen(Descriptor listener, Hello expected, std::uint64_t silenceNs) {
  const std::scoped_lock lock(mutex_);
  next_ = std::make_unique<DestinationSession>(channel_, telemetry_, events_, std::move(listener),
                                               std::move(expected), silenceNs);
  channel_.syncWake.signal();
}

void SyncThread::takeover(bool atOnce) {
  const std::scoped_lock lock(mutex_);
  takeoverAsked_ = true;
  takeoverAtOnce_ = atOnce;
  channel_.syncWake.signal();
}

void SyncThread::takeRequests(std::uint64_t now) {
  const std::scoped_lock lock(mutex_);
  if (nextCanBegin()) {
    session_ = std::move(next_);
    // A beat that comes late, or is read late, looks like a death.
    if (session_->standing() && !raised_) raised_ = raisePriority() != Scheduling::normal;
  }
  if (!takeoverAsked_) return;
  if (session_ != nullptr && !session_->finished()) {
    session_->takeover(now, takeoverAtOnce_);
    takeoverAsked_ = false;
  } else if (channel_.reliableIn.push(kTakeoverRecord, now, {})) {
    channel_.workerWake.signal();
    takeoverAsked_ = false;
  }
}

bool SyncThread::nextCanBegin() const {
  return next_ != nullptr && (session_ == nullptr || session_->replaceable());
}

/** No signal comes for a session that has waited for the end of the one before it. */
bool SyncThread::hasWork() {
  const std::scoped_lock lock(mutex_);
  return nextCanBegin();
}

void SyncThread::run() {
  prepareThread("ferry-sync");
  while (!stopping_.load(std::memory_order_acquire)) {
    while (const auto note = channel_.toSync.pop()) {
      if (note->kind == SyncNote::Kind::takeover) {
        takeover(true);
      } else if (session_ != nullptr) {
        session_->onNote(*note);
      }
    }
    const std::uint64_t now = monotonicNs();
    takeRequests(now);
    if (session_ != nullptr) session_->step(now);
    watchWorker(now);
    if (!hasWork()) wait();
  }
  session_.reset();
}

void SyncThread::watchWorker(std::uint64_t now) {
  const bool serving = telemetry_.mode.load(std::memory_order_relaxed) == Mode::serving;
  if (const auto ns = stall_.look(telemetry_.turns.get(), serving, now)) {
    events_.emit(StalledEvent{*ns});
  }
}

void SyncThread::wait() {
  std::vector<pollfd> descriptors{{channel_.syncWake.fd(), POLLIN, 0}};
  int timeout = kIdleMs;
  if (session_ != nullptr) {
    session_->waitFor(descriptors);
    timeout = session_->timeoutMs();
  }
  if (poll(descriptors.data(), descriptors.size(), timeout) > 0 &&
      (descriptors[0].revents & POLLIN) != 0) {
    channel_.syncWake.clear();
  }
}

}  // namespace ferry
