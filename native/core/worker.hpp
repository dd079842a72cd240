// The one thread that touches the network function: packets, statelets and snapshot chunks in turn.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "../statelet/destination.hpp"
#include "../statelet/relay_gate.hpp"
#include "../statelet/replica.hpp"
#include "../statelet/source.hpp"
#include "context.hpp"
#include "mailbox.hpp"
#include "priority.hpp"
#include "published_stats.hpp"

namespace ferry {

/** From the controller's side (one thread) to the worker. */
struct WorkerCommand {
  enum class Kind : std::uint8_t {
    attachSource,
    attachDestination,
    arm,
    prepareSwitch,
    switched,
    abort,
    resume,
    forget,
    expectRelay,
    attachReplica,
    armReplica,
    dropReplica,
  };
  Kind kind;
  SessionToken token{};
  StreamContent content = StreamContent::statelets;
  bool commit = false;
  /** Of a source's session about a part, and of forget. */
  std::optional<FlowFilter> part{};
  /** attachDestination of an instance that serves: what joins, the worker's from then on. */
  Destination::Guest* guest = nullptr;
  /** attachReplica: the worker's from then on. */
  ReplicaAttachment* replica = nullptr;
};

class Worker {
 public:
  struct Options {
    Mode mode;               // serving or standby
    std::uint64_t windowNs;  // one flow's changes within it are one statelet
    std::size_t holdBytes;
  };

  Worker(NetworkFunction& nf, std::vector<std::unique_ptr<Port>> ports,
         const std::vector<MacAddress>& macs, Channel& channel, Telemetry& telemetry,
         EventSink& events, const Options& options);
  ~Worker();

  void start();
  /** Joins the thread. */
  void stop();
  /** From one thread; false when the worker has fallen far behind. */
  bool command(const WorkerCommand& command);

  const PublishedStats& published() const { return published_; }
  const WorkerContext& context() const { return context_; }
  Scheduling scheduling() const { return scheduling_.load(std::memory_order_relaxed); }

 private:
  void run();
  bool turn();
  void readClock();
  void takeNotes();
  void takeCommands();
  void obey(const WorkerCommand& command);
  bool servePort(PortReader& port);
  bool handle(Packet& packet);
  bool take(Packet& packet, bool data);
  bool takeRelayed(Packet& packet);
  bool takeHeld();
  bool serve(Packet& packet, bool data);
  void attachReplica(ReplicaAttachment& attachment);
  bool takesReplicaIn() const { return replica_ != nullptr && replica_->takesOver(); }
  void leaveSession();
  void noteMarker(const Packet& packet);
  void timers();
  void commitOutput();
  void checkLinks();
  void publish();
  void countStall(bool stalled);
  void sleep();

  // What is laid out by cache lines has the rest between it.
  Mailbox<WorkerCommand> commands_;
  std::optional<WorkerCommand> next_;  // waits, as does what comes of it
  std::optional<WorkerNote> note_;
  std::vector<std::unique_ptr<Port>> ports_;
  Replica* replica_ = nullptr;  // the instance's
  std::uint64_t stallNs_ = 0;   // since when packets wait; 0: they do not
  std::uint64_t nextExpireNs_ = 0;
  std::uint64_t nextPublishNs_ = 0;
  std::uint64_t nextLinkCheckNs_ = 0;
  Transmitter output_;
  std::deque<PortReader> readers_;
  WorkerContext context_;
  Source source_;
  Destination destination_;
  RelayGate relay_;

  unsigned linksDown_ = 0;
  bool stalled_ = false;  // a packet could not be taken in this turn
  std::atomic<bool> stopping_{false};
  std::atomic<Scheduling> scheduling_{Scheduling::normal};
  std::thread thread_;

  PublishedStats published_;
  Now now_;
};

}  // namespace ferry
