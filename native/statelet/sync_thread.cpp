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

void SyncThread::listen(Descriptor listener, Hello expected) {
  const std::scoped_lock lock(mutex_);
  next_ = std::make_unique<DestinationSession>(channel_, telemetry_, events_, std::move(listener),
                                               std::move(expected));
  channel_.syncWake.signal();
}

void SyncThread::takeover() {
  const std::scoped_lock lock(mutex_);
  takeoverAsked_ = true;
  channel_.syncWake.signal();
}

void SyncThread::takeRequests(std::uint64_t now) {
  const std::scoped_lock lock(mutex_);
  if (next_ != nullptr && (session_ == nullptr || session_->replaceable())) {
    session_ = std::move(next_);
  }
  if (!takeoverAsked_) return;
  if (session_ != nullptr && !session_->finished()) {
    session_->takeover(now);
    takeoverAsked_ = false;
  } else if (channel_.reliableIn.push(kTakeoverRecord, now, {})) {
    channel_.workerWake.signal();
    takeoverAsked_ = false;
  }
}

void SyncThread::run() {
  prepareThread("ferry-sync");
  while (!stopping_.load(std::memory_order_acquire)) {
    while (const auto note = channel_.toSync.pop()) {
      if (session_ != nullptr) session_->onNote(*note);
    }
    const std::uint64_t now = monotonicNs();
    takeRequests(now);
    if (session_ != nullptr) session_->step(now);
    wait();
  }
  session_.reset();
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
