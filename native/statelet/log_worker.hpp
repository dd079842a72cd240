// Keeps a statelet log in the place of a network function, and plays it to one.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../core/event.hpp"
#include "../core/telemetry.hpp"
#include "channel.hpp"
#include "log.hpp"

namespace ferry {

/**
 * The other side of the sync thread's rings, as the worker of an instance is. Destination: none >
 * listening > snapshot > catchingUp > synchronised, each record into the file as it comes. play()
 * ends that; source: connecting > streaming > ended, when the other side has acknowledged all of
 * the file. Ends with LOG_UNWRITABLE or LOG_FULL (SyncLostEvent) what it cannot keep.
 */
class LogWorker {
 public:
  struct Options {
    std::string path;
    std::uint64_t maxBytes;
    Hello identity;
  };

  LogWorker(Channel& channel, Telemetry& telemetry, EventSink& events, Options options);
  ~LogWorker() { stop(); }
  LogWorker(const LogWorker&) = delete;
  LogWorker& operator=(const LogWorker&) = delete;

  void start();
  /** Joins the thread. */
  void stop();
  /** The next session is one that the file is played in, behind what is still in the rings. */
  void play() { playing_.store(true, std::memory_order_release); }

 private:
  void run();
  bool turn();
  void takeNotes();
  void beginSession();
  bool storeSnapshot();
  bool storeRecords();
  void store(const RecordRing::Record& record);
  void checkSynchronised();
  bool feed();
  bool feedFrame(const Frame& frame);
  void lose();
  void fail(const char* code, const char* reason);

  SyncPhase phase() const { return telemetry_.phase.load(std::memory_order_relaxed); }
  void setPhase(SyncPhase phase) { telemetry_.phase.store(phase, std::memory_order_release); }

  Channel& channel_;
  Telemetry& telemetry_;
  EventSink& events_;
  const Options options_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> playing_{false};
  std::thread thread_;

  LogWriter writer_;
  std::uint64_t nextChunk_ = 0;
  std::uint64_t appliedSeq_ = 0;
  bool storing_ = false;
  bool sealed_ = false;  // nothing more comes from the source

  std::vector<std::uint8_t> file_;
  std::optional<LogReader> reader_;
  std::optional<Frame> waiting_;  // for room in a ring
  bool connected_ = false;
};

}  // namespace ferry
