// One network function with its ports, its worker, and its side of a migration.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "../statelet/log_worker.hpp"
#include "../statelet/replica.hpp"
#include "../statelet/sync_thread.hpp"
#include "flow_filter.hpp"
#include "worker.hpp"

namespace ferry {

/**
 * Called from one thread. A call answers nothing when it was accepted, or an Error and has then
 * changed nothing: INSTANCE_STATE when it does not fit the state, OPTION_INVALID when an argument
 * cannot be, ADDRESS_INVALID, LISTEN_FAILED. What an accepted call leads to comes as events.
 */
class Instance {
 public:
  static constexpr std::uint32_t kMaxSilenceMs = 10'000;
  static constexpr std::uint32_t kMinWindowMs = 1;
  static constexpr std::uint32_t kMaxWindowMs = 1000;
  static constexpr std::size_t kMinHoldBytes = 64u << 10;
  static constexpr std::size_t kMaxHoldBytes = 1u << 30;
  /** So that all statelets of a file have room in a ring. */
  static constexpr std::uint64_t kMinLogBytes = 64u << 10;
  static constexpr std::uint64_t kMaxLogBytes = 48u << 20;
  static constexpr std::size_t kMaxReplicaParts = 64;

  struct Options {
    bool serving = false;  // or standby
    std::vector<MacAddress> macs;
    std::uint32_t stateletWindowMs = 50;
    std::size_t holdBytes = 64u << 20;
    /** Keeps the state in this file instead of in the function, which then gets no packet. */
    std::string logPath{};
    std::uint64_t logBytes = 32u << 20;  // greatest length of the file
  };
  using Outcome = std::optional<Error>;

  Instance(std::unique_ptr<NetworkFunction> function, Options options, EventSink& events);
  ~Instance();

  /** Starts the threads over ports that are open already, one for each MAC address; a log has none.
   */
  Outcome start(std::vector<std::unique_ptr<Port>> ports);
  void stop();

  using Part = std::optional<FlowFilter>;

  /**
   * `silenceMs`: a standby's, which tells when its source is silent for so long; 0: it is none.
   * `part`: an instance that serves takes this part in; one on standby takes what it gets.
   */
  std::variant<std::uint16_t, Error> listen(const std::string& address, std::string_view token,
                                            std::uint32_t silenceMs = 0, const Part& part = {});
  /** `standing`: to a standby, for ever. `part`: only this part moves. `commit`: no packet leaves
   * before its statelets arrived. */
  Outcome connect(const std::string& address, std::uint32_t port, std::string_view token,
                  bool standing = false, StreamContent content = StreamContent::statelets,
                  const Part& part = {}, bool commit = false);
  Outcome arm();
  Outcome prepareSwitch();
  Outcome switched();
  Outcome abort();
  Outcome resume();
  /** Another instance has this part: what is here of it is dropped. */
  Outcome forget(const FlowFilter& part);
  Outcome takeover(bool atOnce = false);
  /** Packets come by way of the controller: those that come straight from the switch wait until the
   * markers say that these are through. */
  Outcome expectRelay(std::string_view token);

  // Beside what it serves, an instance can keep a replica of what another one does. It takes no
  // packet of it before it has taken over.

  /** `parts`: what the other one serves. Answers the port that waits for its stream. */
  std::variant<std::uint16_t, Error> listenReplica(const std::string& address,
                                                   std::string_view token, std::uint32_t silenceMs,
                                                   const std::vector<FlowFilter>& parts);
  /** What comes of the replica's parts is held from now on. */
  Outcome armReplica();
  /** The other one is gone: its work is this one's, with what has arrived. A session as a source
   * ends: what is served is another. */
  Outcome takeoverReplica();
  /** Forgets the replica. */
  Outcome dropReplica();

  const Telemetry& telemetry() const { return telemetry_; }
  /** nullptr before the first listenReplica(). */
  const Telemetry* replica() const { return replica_ == nullptr ? nullptr : &replica_->telemetry; }
  /** nullptr before start() and after stop(). */
  const Worker* worker() const { return worker_.get(); }

 private:
  Mode mode() const { return telemetry_.mode.load(std::memory_order_acquire); }
  SyncPhase phase() const { return telemetry_.phase.load(std::memory_order_acquire); }
  bool keepsLog() const { return !options_.logPath.empty(); }
  Outcome startLog();
  Outcome playLog(const std::string& address, std::uint16_t port, const SessionToken& token);
  bool phaseIsOneOf(std::initializer_list<SyncPhase> phases) const;
  Error wrongState(const char* call) const;
  Outcome command(const WorkerCommand& command);
  Outcome partFault(const Part& part) const;
  Error wrongReplica(const char* call) const;
  bool takesOverReplica() const;
  bool replicaIsOneOf(std::initializer_list<SyncPhase> phases) const;
  Destination::Guest guestFor(const std::vector<FlowFilter>& parts) const;
  Hello hello(const SessionToken& token) const;

  Channel channel_;
  std::unique_ptr<NetworkFunction> function_;
  const Options options_;
  EventSink& events_;
  Telemetry telemetry_;
  std::unique_ptr<Replica> replica_;  // outlives the worker
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<LogWorker> log_;
  std::unique_ptr<SyncThread> sync_;
};

}  // namespace ferry
