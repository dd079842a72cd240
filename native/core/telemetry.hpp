// Counters of an instance that any thread may read while their one owner writes them.
#pragma once

#include <atomic>
#include <cstdint>

#include "event.hpp"
#include "phase.hpp"

namespace ferry {

/** A 64-bit number with one writer: no locked instruction on the packet path. */
class Count {
 public:
  void add(std::uint64_t n = 1) { set(get() + n); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  void raise(std::uint64_t value) {
    if (value > get()) set(value);
  }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct Telemetry {
  std::atomic<Mode> mode{Mode::stopped};
  std::atomic<SyncPhase> phase{SyncPhase::none};

  // Written by the worker.
  Count turns;
  Count processedPackets;
  Count processedBytes;
  Count suppressedPackets;
  Count txDropped;
  Count txWaitUs;
  Count committedPackets;  // frames that waited for an acknowledgement
  Count dataplanePackets;  // taken in while the statelet flag is up
  Count dataplaneBytes;
  Count entries;
  Count snapshotBytes;
  Count snapshotEntries;
  Count snapshotEntriesTotal;
  Count statelets;  // STATELETS records written (source) or applied (destination)
  Count stateletBytes;
  Count recordsWritten;  // reliable records of the session: the newest sequence number
  Count heldPackets;
  Count heldBytes;
  Count heldPeakPackets;
  Count heldPeakBytes;
  Count holdOverflows;
  Count relayedPackets;  // that the controller passed on, since the process began
  Count relayWaiting;    // that came straight from the switch and wait for those
  Count relayPortsShut;  // where packets wait so
  Count relayTimeouts;
  Count stragglers;
  Count markersIngress;
  Count markersEgress;
  Count markersForeign;
  Count markerTimeouts;
  Count drainTimeouts;
  Count backPressureUs;
  Count releaseUs;
  Count takeovers;  // of what the session brought; from its begin

  // Written by the sync thread.
  Count lagBytes;
  Count lagMs;
  Count heardNs;  // destination: when the last frame came; 0: none
  Count reconnects;
  Count connectionsRefused;
  Count framesMalformed;

  /** Forgets what one session counted; by the worker, when a session begins. */
  void beginSession() {
    for (Count* count :
         {&dataplanePackets, &dataplaneBytes, &snapshotBytes, &snapshotEntries,
          &snapshotEntriesTotal, &statelets, &stateletBytes, &recordsWritten, &heldPeakPackets,
          &heldPeakBytes, &holdOverflows, &stragglers, &markersIngress, &markersEgress,
          &markersForeign, &markerTimeouts, &drainTimeouts, &backPressureUs, &releaseUs}) {
      count->set(0);
    }
  }

  SyncVolume volume() const {
    return {phase.load(std::memory_order_relaxed),
            snapshotBytes.get(),
            snapshotEntries.get(),
            snapshotEntriesTotal.get(),
            statelets.get(),
            stateletBytes.get(),
            lagBytes.get(),
            lagMs.get()};
  }
};

}  // namespace ferry
