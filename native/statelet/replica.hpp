// What another instance of the same function serves, kept current beside what this one serves.
#pragma once

#include <algorithm>
#include <atomic>

#include "../core/context.hpp"
#include "destination.hpp"
#include "sync_thread.hpp"

namespace ferry {

/** Tells of what happens to a replica as that: it does not happen to the instance. */
class ReplicaEvents final : public EventSink {
 public:
  explicit ReplicaEvents(EventSink& events) : events_(events) {}
  void emit(Event event) override;

 private:
  EventSink& events_;
};

/**
 * A stream of its own, beside the instance's, whose state goes to a guest. Made by the caller's
 * thread before the worker hears of it; lives until the worker has ended.
 */
struct Replica {
  /** `own`: of the instance beside whose work it is kept. */
  Replica(const WorkerContext& own, std::size_t ports, std::size_t holdBytes)
      : channel(std::max(Channel::kReliableBytes, holdBytes)),
        events(own.events),
        context{own.nf, channel, telemetry, events, own.output, own.ports},
        destination(context, ports, holdBytes),
        sync(channel, telemetry, events) {
    // Its packets go through the instance's function, which serves.
    context.setMode(Mode::serving);
  }

  /** It was ordered to, by the switch or by a call, and does not serve yet. */
  bool takesOver() const {
    const SyncPhase phase = telemetry.phase.load(std::memory_order_acquire);
    const bool canServe = phase == SyncPhase::catchingUp || phase == SyncPhase::synchronised;
    return canServe && ordered.load(std::memory_order_acquire);
  }

  Channel channel;
  Telemetry telemetry;
  std::atomic<bool> ordered{false};
  ReplicaEvents events;
  WorkerContext context;
  Destination destination;
  SyncThread sync;
};

/** What the worker attaches; its own from then on. */
struct ReplicaAttachment {
  Replica& replica;
  SessionToken token;
  Destination::Guest guest;
};

}  // namespace ferry
