// The source's side of a migration, as far as it touches the network function: runs in the worker.
#pragma once

#include <array>
#include <cstdint>

#include "../core/context.hpp"
#include "../core/partition.hpp"
#include "copies.hpp"
#include "marker.hpp"
#include "records.hpp"

namespace ferry {

/**
 * none > connecting > snapshot > streaming > switching > ended, or lost. Until `ended` the instance
 * serves as if nothing happened, and abort() takes it out. A port is finished when its ingress
 * marker (or, late, the controller's hint) has come and either the destination has reported its
 * first packet there and the ring has been drained since, or nothing has moved for kQuietNs.
 *
 * What follows the snapshot is statelets, or copies of the packets; then what timers change goes as
 * statelets all the same, because where a sweep has come to is not state.
 *
 * When a part moves, all of this is about its state and its packets alone: the rest is served on,
 * also when the part has ended, and forget() brings an instance from there back to `none`.
 */
class Source {
 public:
  static constexpr std::uint64_t kQuietNs = 3 * kMs;
  static constexpr std::uint64_t kHintDelayNs = 20 * kMs;

  Source(const WorkerContext& context, std::uint64_t windowNs)
      : worker_(context), windowNs_(windowNs) {}

  // What the controller and the sync thread ask for.
  /** `part`: what moves, of a function that can be divided so; nullopt: everything. */
  void attach(const SessionToken& token, StreamContent content, bool commit,
              const std::optional<FlowFilter>& part);
  void prepareSwitch();
  void switched(const Now& now);
  void abort();
  /** After the end: serves again, beginning with the stragglers that the destination has not got.
   */
  void resume();
  /** Another instance has this part: leaves the session it went by, if any, and drops the state. */
  void forget(const FlowFilter& part);
  void onNote(const WorkerNote& note, const Now& now);

  // Packets, in the worker's loop.
  void onMarker(const Marker& marker, PortIndex port, const Now& now);
  void countData(const Packet& packet, const Now& now);
  /** Before a packet is processed: room for its marks, or a copy of it; false: it must wait. */
  bool readyForPacket(const Packet& packet, const Now& now) {
    packetsCame_ = true;
    if (copying()) return copy(packet, now);
    return !worker_.nf.collectDue() || collectOrDiscard(now);
  }
  /** Before timers change state; false: they must wait. */
  bool readyForTimers(const Now& now);
  void afterTimers(const Now& now);
  /** True for a packet of a part that has ended. */
  bool gaveAway(const Packet& packet) const { return partEnded_ && ofPart(packet); }
  /** Hands a packet that came after the end to the destination; false: it must wait. */
  bool straggle(const Packet& packet, const Now& now);

  // Output commit: no packet leaves before the destination has what it changed.

  /** True from the end of the snapshot to the end of the session. */
  bool committing() const { return commit_ && flagUp_ && worker_.phase() == SyncPhase::streaming; }
  /** Writes all that is marked; false when the stream has no room for it yet. */
  bool collectAll(const Now& now);

  /** One step between bursts; true when there is more to do at once. */
  bool turn(const Now& now);

  const SessionToken& token() const { return token_; }
  /** In a session, or on the way into one. */
  bool attached() const { return attached_; }

 private:
  struct PortEnd {
    std::uint64_t origins = 0;   // of the markers that have come, a bit each
    bool marker = false;         // from every origin
    bool opened = false;         // OPENED has come
    bool drainedOpened = false;  // ... and the ring was empty after it
    bool drainedSent = false;    // DRAINED, or the bit in END
  };

  void raiseFlag(const Now& now);
  bool copying() const { return flagUp_ && content_ == StreamContent::packets; }
  bool copy(const Packet& packet, const Now& now);
  bool writeCopies(const Now& now);
  bool collectTimers(const Now& now);
  bool collectOrDiscard(const Now& now);
  bool collectOnce(const Now& now);
  bool writeSnapshot(const Now& now);
  bool writeChunk(const Now& now);
  bool collectWindow(const Now& now);
  void closeSnapshot(const Now& now);
  void lookForDrained();
  bool portsFinished(const Now& now);
  bool quiet(const Now& now);
  bool finish(const Now& now);
  void sendEgressMarkers() const;
  void sendDrained(const Now& now);
  void lowerFlag();
  void takeBack(const Now& now);
  void serveAgain();
  void fail(const char* code, const char* reason);
  bool ofPart(const Packet& packet) const { return worker_.nf.partition()->holds(packet); }
  bool hasEnded() const { return worker_.mode() == Mode::closed || partEnded_; }
  void dropPart();

  const WorkerContext& worker_;
  const std::uint64_t windowNs_;
  SessionToken token_{};
  StreamContent content_ = StreamContent::statelets;
  bool commit_ = false;
  CopyBatch copies_;
  bool timersMarked_ = false;  // marks are of timers, and not of packets that were copied
  bool attached_ = false;
  bool flagUp_ = false;
  bool resuming_ = false;  // packets wait until the stragglers are taken back
  bool partial_ = false;   // the session is about a part
  bool partEnded_ = false;
  bool dropping_ = false;

  std::uint64_t lastCollectNs_ = 0;
  bool collecting_ = false;
  bool snapshotOpen_ = false;
  bool packetsCame_ = false;         // since the last turn()
  std::uint64_t snapshotDueNs_ = 0;  // when it may be written on though packets come
  std::uint64_t snapshotBytes_ = 0;
  std::uint32_t snapshotCrc_ = 0;

  std::array<PortEnd, kMaxPorts> ends_{};
  bool severalOrigins_ = false;
  std::uint64_t hintNs_ = 0;         // when switched() came; 0: not yet
  std::uint64_t firstMarkerNs_ = 0;  // or hint
  std::uint64_t lastMovedNs_ = 0;    // last data packet or marker
  std::uint64_t packetsAfterMarker_ = 0;
};

}  // namespace ferry
