#include "destination.hpp"

#include <algorithm>

#include "copies.hpp"
#include "crc32c.hpp"

namespace ferry {
namespace {

constexpr std::uint64_t kTurnNs = 200'000;  // of applying between two rounds of packets
constexpr std::uint64_t kMaxStepNs = 5 * kMs;

/** For copies of packets: the source sends what comes of them. */
struct Nowhere final : Output {
  void transmit(PortIndex, ByteView) override {}
};

}  // namespace

void Destination::attach(const SessionToken& token) {
  token_ = token;
  attached_ = true;
}

void Destination::attach(const SessionToken& token, Guest guest) {
  attach(token);
  worker_.nf.partition()->beginMerge();
  guest_ = std::move(guest.function);
  parts_ = std::move(guest.parts);
  replica_ = guest.replica;
  joining_ = true;
  worker_.telemetry.takeovers.set(0);
}

bool Destination::abandon() {
  // A replica that is being taken in can only become whole.
  if (guest_ == nullptr || handover_ || (replica_ && absorbing_)) return false;
  detach();
  worker_.channel.tellSync({SyncNote::Kind::close});
  worker_.setPhase(SyncPhase::none);
  return true;
}

void Destination::detach() {
  attached_ = reading_ = false;
  if (guest_ != nullptr) {
    held_.clear();
    stragglers_.clear();
  }
  guest_.reset();
  joining_ = partHeld_ = absorbing_ = replica_ = mayJoin_ = false;
  worker_.channel.snapshotIn.clear();
  worker_.channel.reliableIn.clear();
}

void Destination::arm() {
  partHeld_ = guest_ != nullptr && !handover_;
  if (worker_.mode() == Mode::standby) worker_.setMode(Mode::hold);
}

void Destination::beginSession() {
  worker_.telemetry.beginSession();
  ports_ = {};
  gates_ = 0;
  overflowTold_ = ended_ = handover_ = false;
  snapshotBytes_ = appliedSeq_ = 0;
  snapshotCrc_ = 0;
  reading_ = true;
  worker_.setPhase(SyncPhase::snapshot);
}

void Destination::onNote(const WorkerNote& note) {
  if (!attached_) return;
  if (note.kind == WorkerNote::Kind::sessionUp && worker_.phase() == SyncPhase::listening) {
    beginSession();
  } else if (note.kind == WorkerNote::Kind::sessionLost) {
    // With the snapshot installed what has come so far is applied, and takeover() stays possible.
    if (worker_.phase() <= SyncPhase::snapshot || worker_.phase() == SyncPhase::lost) {
      detach();
      worker_.setPhase(SyncPhase::lost);
    }
    worker_.channel.tellSync({SyncNote::Kind::detached});
  }
}

void Destination::fail(const char* code, const char* reason) {
  reading_ = false;
  // Once END is applied the state is whole; the release goes on without the stream.
  if (!ended_) worker_.setPhase(SyncPhase::lost);
  worker_.channel.tellSync({SyncNote::Kind::fail, 0, code, reason});
}

bool Destination::onMarker(const Marker& marker, PortIndex port) {
  if (marker.kind == MarkerKind::takeover && mayTakeOver()) {
    // What comes from here on waits for the release.
    arm();
    worker_.channel.tellSync({SyncNote::Kind::takeover});
    return true;
  }
  if (marker.kind != MarkerKind::egress || marker.port != port || !attached_) {
    worker_.telemetry.markersForeign.add();
    return false;
  }
  worker_.telemetry.markersEgress.add();
  ports_[port].egressMarker = true;
  return false;
}

/** As for the call of that name. */
bool Destination::mayTakeOver() const {
  const bool waits = replica_ ? !absorbing_ && !handover_
                              : worker_.mode() == Mode::standby || worker_.mode() == Mode::hold;
  const SyncPhase phase = worker_.phase();
  return attached_ && waits && (phase == SyncPhase::catchingUp || phase == SyncPhase::synchronised);
}

bool Destination::hold(const Packet& packet, bool data, const Now& now) {
  if (held_.packets() == 0) firstHeldNs_ = now.ns;
  if (!held_.push(packet)) {
    if (!overflowTold_) {
      overflowTold_ = true;
      worker_.telemetry.holdOverflows.add();
      worker_.events.emit(HoldOverflowEvent{held_.packets(), held_.bytes()});
    }
    return false;
  }
  countHeld();
  PortHold& port = ports_[packet.port];
  if (data && !port.opened) {
    port.opened = true;
    port.openedNs = patienceNs_;
    worker_.channel.tellSync({SyncNote::Kind::opened, packet.port});
  }
  return true;
}

void Destination::countHeld() const {
  auto& telemetry = worker_.telemetry;
  telemetry.heldPackets.set(held_.packets());
  telemetry.heldBytes.set(held_.bytes());
  telemetry.heldPeakPackets.raise(held_.packets());
  telemetry.heldPeakBytes.raise(held_.bytes());
}

bool Destination::turn(const Now& now) {
  if (!attached_) return false;
  patienceNs_ += std::min(now.ns - lastTurnNs_, kMaxStepNs);
  lastTurnNs_ = now.ns;
  bool busy = false;
  if (reading_) {
    if (worker_.phase() == SyncPhase::snapshot) {
      busy = installSnapshot(now);
    } else {
      busy = applyRecords(now);
      measureLag(now);
    }
  }
  busy = busy || absorbing_;
  if (worker_.phase() == SyncPhase::catchingUp) checkSynchronised();
  if (worker_.mode() == Mode::hold || partHeld_) {
    if (readyToRelease()) {
      if (takenIn(now)) {
        release(now, false);
      } else {
        busy = true;
      }
    }
  } else if (handover_) {
    openGates(now);
  }
  return busy;
}

bool Destination::installSnapshot(const Now& now) {
  auto& ring = worker_.channel.snapshotIn;
  while (worker_.phase() == SyncPhase::snapshot && monotonicNs() - now.ns < kTurnNs) {
    const auto record = ring.read(ring.head());
    if (!record) return false;
    installRecord(*record);
    ring.release(record->next);
  }
  return true;
}

void Destination::installRecord(const RecordRing::Record& record) {
  auto& telemetry = worker_.telemetry;
  switch (static_cast<FrameType>(record.type)) {
    case FrameType::snapshotBegin: {
      SnapshotBegin begin{};
      if (!begin.read(record.payload))
        return fail("SNAPSHOT_MALFORMED", "Impossible begin record.");
      target().reset();
      telemetry.snapshotEntriesTotal.set(begin.entries);
      return;
    }
    case FrameType::snapshot:
      if (target().install(record.payload) != ApplyStatus::ok) {
        return fail("SNAPSHOT_MALFORMED", "A snapshot record could not be installed.");
      }
      snapshotBytes_ += record.payload.size();
      snapshotCrc_ = crc32c(record.payload, snapshotCrc_);
      telemetry.snapshotBytes.set(snapshotBytes_);
      telemetry.snapshotEntries.set(target().entries());
      return;
    default:
      return finishSnapshot(record.payload);
  }
}

void Destination::finishSnapshot(ByteView payload) {
  SnapshotEnd end{};
  if (!end.read(payload) || end.bytes != snapshotBytes_ || end.crc != snapshotCrc_) {
    return fail("SNAPSHOT_MALFORMED", "The snapshot is not what the source says it sent.");
  }
  worker_.telemetry.snapshotEntries.set(target().entries());
  worker_.setPhase(SyncPhase::catchingUp);
}

bool Destination::applyRecords(const Now& now) {
  auto& ring = worker_.channel.reliableIn;
  while (reading_ && monotonicNs() - now.ns < kTurnNs) {
    const auto record = ring.read(ring.head());
    if (!record || !applyRecord(*record, now)) return false;
    ring.release(record->next);
    appliedSeq_++;
  }
  return reading_;
}

/** False when the record cannot be taken yet. */
bool Destination::applyRecord(const RecordRing::Record& record, const Now& now) {
  if (record.type == kTakeoverRecord) {
    if (handover_ || (worker_.mode() == Mode::serving && guest_ == nullptr)) return true;
    if (replica_ && !mayJoin_) return false;
    // What comes of the part from now on waits until its state is here.
    partHeld_ = guest_ != nullptr;
    if (!takenIn(now)) return false;
    release(now, true);
    return true;
  }
  switch (static_cast<FrameType>(record.type)) {
    case FrameType::statelets:
      applyStatelets(record.payload);
      return true;
    case FrameType::packets:
      replayPackets(record.payload);
      return true;
    case FrameType::end:
      applyEnd(record.payload);
      return true;
    case FrameType::straggler:
      return takeStraggler(record.payload, now);
    default:
      confirmDrained(record.payload);
      return true;
  }
}

void Destination::applyStatelets(ByteView payload) {
  if (ended_) return fail("STREAM_ORDER", "Statelets came after the end record.");
  if (target().apply(payload) != ApplyStatus::ok) {
    return fail("STATELET_MALFORMED", "A statelet could not be applied.");
  }
  worker_.telemetry.statelets.add();
  worker_.telemetry.stateletBytes.add(payload.size());
}

/** The same packets on the same state at the same times: the same state (law 1). */
void Destination::replayPackets(std::span<std::uint8_t> payload) {
  if (ended_) return fail("STREAM_ORDER", "Packets came after the end record.");
  const std::size_t bytes = payload.size();
  CopyReader copies(payload);
  PacketCopy copy{};
  Nowhere output;
  NetworkFunction& nf = worker_.nf;
  nf.silence(true);
  while (copies.next(copy) && copy.port < worker_.ports.size()) {
    const auto length = static_cast<std::uint32_t>(copy.frame.size());
    Packet packet{copy.frame.data(), length, length, copy.port};
    if (nf.collectDue()) nf.discardMarks();
    nf.process(packet, copy.now, output);
  }
  nf.silence(false);
  if (copies.failed() || copy.port >= worker_.ports.size()) {
    return fail("COPY_MALFORMED", "Impossible copies of packets.");
  }
  worker_.telemetry.statelets.add();
  worker_.telemetry.stateletBytes.add(bytes);
}

void Destination::applyEnd(ByteView payload) {
  End end{};
  if (ended_ || !end.read(payload)) return fail("STREAM_ORDER", "Impossible end record.");
  ended_ = true;
  endNs_ = patienceNs_;
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    if ((end.drainedPorts >> i & 1) != 0) ports_[i].confirmed = true;
  }
  // The source speaks no more: whether or not it was armed, what arrives now is this instance's.
  if (worker_.mode() == Mode::standby) worker_.setMode(Mode::hold);
  partHeld_ = guest_ != nullptr;
}

void Destination::confirmDrained(ByteView payload) {
  PortRecord drained{};
  if (!ended_ || !drained.read(payload) || drained.port >= worker_.ports.size()) {
    return fail("STREAM_ORDER", "Impossible drained record.");
  }
  ports_[drained.port].confirmed = true;
}

bool Destination::takeStraggler(std::span<std::uint8_t> payload, const Now& now) {
  Straggler straggler{};
  if (!ended_ || !straggler.read(payload) || straggler.port >= worker_.ports.size()) {
    fail("STREAM_ORDER", "Impossible straggler record.");
    return true;
  }
  const auto frame = payload.last(straggler.frame.size());
  const auto length = static_cast<std::uint32_t>(frame.size());
  const Packet packet{frame.data(), length, length, straggler.port};
  if (worker_.mode() == Mode::hold || partHeld_) {
    if (!stragglers_.push(packet)) return false;
  } else {
    processOne(packet, now);
  }
  worker_.telemetry.stragglers.add();
  return true;
}

void Destination::measureLag(const Now& now) {
  auto& ring = worker_.channel.reliableIn;
  const auto oldest = ring.read(ring.head());
  worker_.telemetry.lagBytes.set(ring.used());
  const bool waits = oldest && now.ns > oldest->stamp;
  worker_.telemetry.lagMs.set(waits ? (now.ns - oldest->stamp) / kMs : 0);
}

void Destination::checkSynchronised() {
  const std::int64_t newest = worker_.channel.newestHeard.load(std::memory_order_acquire);
  if (newest < 0 || !worker_.channel.reliableIn.empty()) return;
  if (static_cast<std::uint64_t>(newest) > appliedSeq_ + kLagBound) return;
  if (!checkGuest()) return;
  worker_.setPhase(SyncPhase::synchronised);
  worker_.events.emit(SynchronisedEvent{worker_.telemetry.volume()});
}

}  // namespace ferry
