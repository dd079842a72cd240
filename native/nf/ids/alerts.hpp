// Alerts on their way from the packet path to a file of JSON lines (EVE).
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "../../core/mailbox.hpp"
#include "flow.hpp"
#include "rule_set.hpp"

namespace ferry::ids {

struct Alert {
  TimeMs time = 0;
  std::uint64_t flowId = 0;
  std::uint64_t sequence = 0;  // goes on over a migration: no gap, no number twice
  FlowKey key;                 // as in the packet
  std::uint16_t rule = 0;
  bool blocked = false;
  bool toServer = false;
  std::uint8_t icmpType = 0;
  std::uint8_t icmpCode = 0;
};

/** The line of an alert, with its line break. */
std::string eveLine(const Alert& alert, const Rule& rule);

/**
 * raise() only copies into a bounded queue; a thread writes what is in it about every 50 ms. The
 * file is opened for each batch and only appended to: several instances may share it, it may be
 * moved away, and a process without alerts has no file open (which a checkpoint would have to find
 * unchanged).
 */
class Alerts {
 public:
  /** Without a file alerts are counted only. */
  Alerts(std::string file, std::uint64_t maxFileBytes, std::shared_ptr<const RuleSet> rules);
  ~Alerts();
  Alerts(const Alerts&) = delete;
  Alerts& operator=(const Alerts&) = delete;

  /** By the worker. */
  void raise(const Alert& alert);
  /** Silent: what is raised is forgotten. By the worker. */
  void silence(bool silent) { silent_ = silent; }
  std::uint64_t written() const { return written_.load(std::memory_order_relaxed); }
  std::uint64_t dropped() const { return full_ + unwritten_.load(std::memory_order_relaxed); }

 private:
  void run();
  void write();

  const std::string file_;
  const std::uint64_t maxFileBytes_;
  const std::shared_ptr<const RuleSet> rules_;
  std::unique_ptr<Mailbox<Alert, 4096>> queue_;
  std::uint64_t full_ = 0;  // by the worker, as silent_
  bool silent_ = false;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> unwritten_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ferry::ids
