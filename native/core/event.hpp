// What an instance reports by itself: rare, and never on the way of a packet.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "phase.hpp"

namespace ferry {

/** Volumes of one synchronisation as the reporting side sees them. */
struct SyncVolume {
  SyncPhase phase = SyncPhase::none;
  std::uint64_t snapshotBytes = 0;
  std::uint64_t snapshotEntries = 0;
  std::uint64_t snapshotEntriesTotal = 0;
  std::uint64_t statelets = 0;
  std::uint64_t stateletBytes = 0;
  std::uint64_t lagBytes = 0;
  std::uint64_t lagMs = 0;
};

struct ProgressEvent {
  SyncVolume volume;
};
struct ConnectedEvent {
  std::string peer;
  bool resumed;
};
struct CutEvent {
  std::string reason;
};
struct SynchronisedEvent {
  SyncVolume volume;
};
struct SyncLostEvent {
  std::string code;
  std::string reason;
};
struct EndedEvent {
  SyncVolume volume;
  std::uint64_t lastSeq;
  std::vector<bool> markersSeen;
  std::uint64_t packetsAfterMarker;
  std::uint64_t dataplanePackets;
  std::uint64_t dataplaneBytes;
  std::uint64_t drainUs;
};
struct HandedOverEvent {};
struct ServingEvent {
  bool endMissing;
  std::uint64_t heldPeakPackets;
  std::uint64_t heldPeakBytes;
  std::uint64_t stragglers;
  std::uint64_t markerTimeouts;
  std::uint64_t drainTimeouts;
  std::uint64_t holdUs;
  std::uint64_t releaseUs;
};
struct HandoverClosedEvent {
  std::uint64_t stragglers;
  std::uint64_t drainTimeouts;
};
struct HoldOverflowEvent {
  std::uint64_t heldPackets;
  std::uint64_t heldBytes;
};
struct LinkEvent {
  bool down;
  std::uint8_t port;
};
struct SilentEvent {
  std::uint64_t ns;
};
struct HeardEvent {
  std::uint64_t ns;
};
struct StalledEvent {
  std::uint64_t ns;
};
/** Of what is kept beside what the instance serves. */
struct ReplicaEvent {
  const char* what;  // synchronised, lost, serving, progress, silent, heard
  std::string code;  // lost
  std::string reason;
  std::uint64_t ns;  // silent, heard
};
struct ErrorEvent {
  std::string code;
  std::string message;
};

using Event =
    std::variant<ProgressEvent, ConnectedEvent, CutEvent, SynchronisedEvent, SyncLostEvent,
                 EndedEvent, HandedOverEvent, ServingEvent, HandoverClosedEvent, HoldOverflowEvent,
                 LinkEvent, SilentEvent, HeardEvent, StalledEvent, ReplicaEvent, ErrorEvent>;

/** Takes events from the worker and the sync thread; returns at once. */
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void emit(Event event) = 0;
};

}  // namespace ferry
