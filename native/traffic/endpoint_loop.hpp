// The thread of a traffic endpoint: receives, sends on time, sleeps in between.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "arp_endpoint.hpp"
#include "flow_sender.hpp"
#include "pacer.hpp"
#include "prefill.hpp"
#include "receiver.hpp"
#include "report.hpp"

namespace ferry::traffic {

struct PrefillCommand {
  std::vector<EntryRange> ranges;
  std::uint64_t ratePps = 0;
};

/** run() is the thread; everything public beside it may be called from another thread. */
class EndpointLoop {
 public:
  EndpointLoop(const EndpointOptions& options, const MacAddress& mac, std::unique_ptr<Port> port,
               int wakeFd);
  ~EndpointLoop();
  EndpointLoop(const EndpointLoop&) = delete;
  EndpointLoop& operator=(const EndpointLoop&) = delete;

  void run();

  /** False when the phase does not allow it; nothing changes then. */
  bool askStart();
  bool askPrefill(PrefillCommand command);
  void askStop();
  void askClose();

  EndpointStats stats() const;
  std::optional<EndpointReport> report() const;
  std::optional<Error> failure() const;
  const PrefillRecord& prefillRecord() const { return prefillRecord_; }

 private:
  bool receive();
  void take(Bytes frame, std::uint64_t arrivedNs);
  void takeArp(const ArpView& arp);
  void takeData(const Probe& probe, std::uint64_t arrivedNs);
  void obey(std::uint64_t nowNs);
  void resolve(std::uint64_t nowNs);
  void nextHopIs(const MacAddress& mac);
  void advance(std::uint64_t nowNs, bool arrived);
  void beginSending(std::uint64_t nowNs);
  void send(std::uint64_t nowNs);
  void drain(std::uint64_t nowNs, bool arrived);
  void enter(Phase phase);
  void finish();
  void fail(Error error);
  void publish(std::uint64_t nowNs);
  EndpointStats currentStats() const;
  std::uint64_t wakeAtNs(std::uint64_t nowNs) const;
  void sleepUntil(std::uint64_t wakeNs);
  void wake();

  const EndpointOptions options_;
  const MacAddress mac_;
  const std::unique_ptr<Port> port_;
  const int wakeFd_;

  FlowSender sender_;
  Receiver receiver_;
  PrefillSender prefillSender_;
  PrefillRecord prefillRecord_;
  std::optional<Pacer> pacer_;

  Phase phase_ = Phase::idle;
  Phase afterResolving_ = Phase::idle;
  bool nextHopKnown_ = false;
  std::uint64_t prefillRatePps_ = 0;
  std::uint64_t resolvingSinceNs_ = 0;
  std::uint64_t nextRequestNs_ = 0;
  std::uint64_t stopAtNs_ = 0;
  std::uint64_t quietNs_ = 0;
  std::uint64_t drainedNs_ = 0;
  std::uint64_t lastTurnNs_ = 0;
  bool ringFull_ = false;
  std::uint64_t skipped_ = 0;
  std::uint64_t corrupted_ = 0;
  std::uint64_t foreign_ = 0;
  std::uint64_t maxStallNs_ = 0;
  std::uint64_t nextPublishNs_ = 0;

  std::atomic<bool> asked_{false};
  mutable std::mutex shared_;  // guards what follows; held for a copy only
  bool startAsked_ = false;
  bool stopAsked_ = false;
  bool closeAsked_ = false;
  std::optional<PrefillCommand> prefillAsked_;
  EndpointStats published_;
  std::optional<EndpointReport> report_;
  std::optional<Error> failure_;
};

}  // namespace ferry::traffic
