// The thread that does the stream's sockets: at most one session at a time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "destination_session.hpp"
#include "source_session.hpp"
#include "stall_watch.hpp"

namespace ferry {

class SyncThread {
 public:
  SyncThread(Channel& channel, Telemetry& telemetry, EventSink& events)
      : channel_(channel), telemetry_(telemetry), events_(events) {}
  ~SyncThread() { stop(); }
  SyncThread(const SyncThread&) = delete;
  SyncThread& operator=(const SyncThread&) = delete;

  void start();
  /** Joins the thread; a session is cut. */
  void stop();

  // From any one thread. A new session begins when the one before it is over.
  void connect(SourceSession::Options options);
  void listen(Descriptor listener, Hello expected, std::uint64_t silenceNs);
  void takeover(bool atOnce);

 private:
  void run();
  void takeRequests(std::uint64_t now);
  /** With the mutex held. */
  bool nextCanBegin() const;
  bool hasWork();
  void watchWorker(std::uint64_t now);
  void wait();

  Channel& channel_;
  Telemetry& telemetry_;
  EventSink& events_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  std::mutex mutex_;  // of the two requests
  std::unique_ptr<Session> next_;
  bool takeoverAsked_ = false;
  bool takeoverAtOnce_ = false;

  std::unique_ptr<Session> session_;
  bool raised_ = false;  // runs at the worker's priority
  StallWatch stall_;
};

}  // namespace ferry
