#include "source.hpp"

#include <algorithm>
#include <bit>

#include "crc32c.hpp"

namespace ferry {
namespace {

constexpr std::size_t kChunkBytes = 16u << 10;
constexpr std::size_t kSnapshotAheadBytes = 256u << 10;  // written ahead of the socket, normally
constexpr std::uint64_t kSnapshotTurnNs = 75'000;        // of work between two rounds of packets
constexpr std::uint64_t kSnapshotShare = 32;     // one part in so many of a busy worker's time
constexpr std::size_t kCollectBytes = 8u << 10;  // of statelets at a time: no packet waits long
constexpr std::uint32_t kDropTurnEntries = 256;  // looked at between two rounds of packets

}  // namespace

void Source::attach(const SessionToken& token, StreamContent content, bool commit,
                    const std::optional<FlowFilter>& part) {
  token_ = token;
  content_ = content;
  commit_ = commit && content == StreamContent::statelets;
  attached_ = true;
  partial_ = part.has_value();
  if (Partition* partition = worker_.nf.partition()) partition->choose(part);
}

void Source::onNote(const WorkerNote& note, const Now& now) {
  switch (note.kind) {
    case WorkerNote::Kind::sessionUp:
      if (attached_ && !flagUp_ && worker_.phase() == SyncPhase::connecting) raiseFlag(now);
      return;
    case WorkerNote::Kind::sessionLost:
      if (!attached_) return;
      lowerFlag();
      worker_.setPhase(SyncPhase::lost);
      worker_.channel.tellSync({SyncNote::Kind::detached});
      if (resuming_) serveAgain();
      return;
    case WorkerNote::Kind::opened:
      if (attached_ && note.port < worker_.ports.size()) ends_[note.port].opened = true;
      return;
    case WorkerNote::Kind::handedOver:
      if (attached_) worker_.events.emit(HandedOverEvent{});
      return;
    case WorkerNote::Kind::returned:
      if (resuming_) takeBack(now);
      return;
  }
}

/** The packet boundary at which the snapshot is fixed and statelets begin. */
void Source::raiseFlag(const Now& now) {
  worker_.telemetry.beginSession();
  snapshotBytes_ = packetsAfterMarker_ = 0;
  snapshotCrc_ = 0;
  hintNs_ = firstMarkerNs_ = lastMovedNs_ = snapshotDueNs_ = 0;
  ends_ = {};
  severalOrigins_ = false;
  lastCollectNs_ = now.ns;
  collecting_ = timersMarked_ = false;
  copies_.clear();

  worker_.nf.discardMarks();
  worker_.nf.beginSnapshot();
  // Copies of packets are processed again: only what was there before the first of them may be
  // sent.
  if (content_ == StreamContent::statelets) worker_.nf.rollSnapshot();
  snapshotOpen_ = flagUp_ = true;
  const SnapshotBegin begin{worker_.nf.entries()};
  worker_.telemetry.snapshotEntriesTotal.set(begin.entries);
  std::array<std::uint8_t, kMaxRecordBytes> bytes;
  ByteWriter out(bytes.data(), bytes.size());
  begin.write(out);
  worker_.channel.snapshotOut.push(typeOf(FrameType::snapshotBegin), now.ns, out.view());
  worker_.channel.syncWake.signal();
  worker_.setPhase(SyncPhase::snapshot);
}

void Source::lowerFlag() {
  if (snapshotOpen_) worker_.nf.endSnapshot();
  worker_.nf.discardMarks();
  attached_ = flagUp_ = snapshotOpen_ = false;
}

void Source::fail(const char* code, const char* reason) {
  lowerFlag();
  worker_.setPhase(SyncPhase::lost);
  worker_.channel.tellSync({SyncNote::Kind::fail, 0, code, reason});
}

void Source::prepareSwitch() {
  if (worker_.phase() == SyncPhase::streaming) worker_.setPhase(SyncPhase::switching);
}

void Source::switched(const Now& now) {
  if (worker_.phase() != SyncPhase::switching || hintNs_ != 0) return;
  hintNs_ = now.ns;
  if (firstMarkerNs_ == 0) firstMarkerNs_ = now.ns;
}

void Source::abort() {
  if (!attached_ || worker_.phase() == SyncPhase::ended) {
    worker_.events.emit(ErrorEvent{
        "INSTANCE_STATE", "abort() came when there was no session to leave, or after its end."});
    return;
  }
  lowerFlag();
  worker_.setPhase(SyncPhase::none);
  worker_.channel.tellSync({SyncNote::Kind::close});
}

void Source::resume() {
  if (!hasEnded()) {
    worker_.events.emit(
        ErrorEvent{"INSTANCE_STATE", "resume() is for an instance that has ended."});
    return;
  }
  if (resuming_) return;
  if (!attached_) return serveAgain();
  resuming_ = true;
  worker_.channel.tellSync({SyncNote::Kind::reclaim});
}

void Source::forget(const FlowFilter& part) {
  if (attached_) worker_.channel.tellSync({SyncNote::Kind::close});
  lowerFlag();
  partial_ = partEnded_ = resuming_ = false;
  worker_.nf.partition()->choose(part);
  dropping_ = true;
}

/** Some at a time, so that no packet waits for it. */
void Source::dropPart() {
  if (worker_.nf.dirty()) worker_.nf.discardMarks();
  if (!worker_.nf.partition()->drop(kDropTurnEntries)) return;
  dropping_ = false;
  worker_.nf.partition()->choose(std::nullopt);
  worker_.nf.discardMarks();
  worker_.setPhase(SyncPhase::none);
}

/** What is still in the ring has not been acknowledged: its packets are this instance's again. */
void Source::takeBack(const Now& now) {
  lowerFlag();
  auto& ring = worker_.channel.reliableOut;
  while (const auto record = ring.read(ring.head())) {
    Straggler straggler{};
    if (record->type == typeOf(FrameType::straggler) && straggler.read(record->payload)) {
      const auto frame = record->payload.last(straggler.frame.size());
      const auto length = static_cast<std::uint32_t>(frame.size());
      Packet packet{frame.data(), length, length, straggler.port};
      if (worker_.nf.collectDue()) worker_.nf.discardMarks();
      worker_.process(packet, now);
    }
    ring.release(record->next);
  }
  worker_.channel.tellSync({SyncNote::Kind::close});
  serveAgain();
}

void Source::serveAgain() {
  resuming_ = partEnded_ = false;
  worker_.setMode(Mode::serving);
  worker_.setPhase(SyncPhase::none);
}

void Source::onMarker(const Marker& marker, PortIndex port, const Now& now) {
  auto& telemetry = worker_.telemetry;
  if (marker.kind != MarkerKind::ingress || marker.port != port || !flagUp_) {
    telemetry.markersForeign.add();
    return;
  }
  telemetry.markersIngress.add();
  PortEnd& end = ends_[port];
  end.origins |= std::uint64_t{1} << marker.origin;
  end.marker = std::popcount(end.origins) >= marker.origins;
  severalOrigins_ |= marker.origins > 1;
  lastMovedNs_ = now.ns;
  if (firstMarkerNs_ == 0) firstMarkerNs_ = now.ns;
}

void Source::countData(const Packet& packet, const Now& now) {
  if (!flagUp_ || (partial_ && !ofPart(packet))) return;
  worker_.telemetry.dataplanePackets.add();
  worker_.telemetry.dataplaneBytes.add(packet.length);
  lastMovedNs_ = now.ns;
  if (ends_[packet.port].marker) packetsAfterMarker_++;
}

bool Source::collectOrDiscard(const Now& now) {
  if (flagUp_ && !partEnded_) return collectOnce(now);
  worker_.nf.discardMarks();
  return true;
}

/** One statelet record; false when the stream has no room and the packets have to wait for it. */
bool Source::collectOnce(const Now& now) {
  auto& ring = worker_.channel.reliableOut;
  const auto room = ring.reserve(std::max(kCollectBytes, worker_.nf.maxRecordBytes()));
  if (room.data() == nullptr) {
    if (worker_.phase() == SyncPhase::switching) return false;
    fail("STATELET_OVERFLOW", "The destination did not keep up with the statelets.");
    return true;
  }
  ByteWriter out(room.data(), room.size());
  worker_.nf.collect(out);
  if (out.size() == 0) return true;
  ring.commit(typeOf(FrameType::statelets), now.ns, out.size());
  worker_.channel.syncWake.signal();
  worker_.telemetry.recordsWritten.add();
  worker_.telemetry.statelets.add();
  worker_.telemetry.stateletBytes.add(out.size());
  return true;
}

bool Source::copy(const Packet& packet, const Now& now) {
  if (!collectTimers(now)) return false;
  if (!copies_.fits(packet.length) && !writeCopies(now)) return false;
  if (!copying()) return true;
  if (worker_.nf.collectDue()) worker_.nf.discardMarks();
  copies_.add(packet, now.wall);
  return true;
}

/** One record of what was copied; false when the stream has no room and the packets have to wait.
 */
bool Source::writeCopies(const Now& now) {
  if (copies_.empty()) return true;
  auto& telemetry = worker_.telemetry;
  const ByteView record = copies_.view();
  if (!worker_.channel.reliableOut.push(typeOf(FrameType::packets), now.ns, record)) {
    if (worker_.phase() == SyncPhase::switching) return false;
    fail("COPY_OVERFLOW", "The destination did not keep up with the copies of the packets.");
    return true;
  }
  worker_.channel.syncWake.signal();
  telemetry.recordsWritten.add();
  telemetry.statelets.add();
  telemetry.stateletBytes.add(record.size());
  copies_.clear();
  return true;
}

bool Source::readyForTimers(const Now& now) {
  if (!copying()) return !worker_.nf.collectDue() || collectOrDiscard(now);
  if (!collectTimers(now) || !writeCopies(now)) return false;
  worker_.nf.discardMarks();
  return true;
}

void Source::afterTimers(const Now& now) {
  if (!copying()) return;
  timersMarked_ = worker_.nf.dirty();
  collectTimers(now);
}

/** What timers have marked goes before the next packet; false when there is no room for it yet. */
bool Source::collectTimers(const Now& now) {
  while (timersMarked_) {
    if (!collectOnce(now)) return false;
    timersMarked_ = copying() && worker_.nf.dirty();
  }
  return true;
}

bool Source::collectAll(const Now& now) {
  while (flagUp_ && worker_.nf.dirty()) {
    const std::uint64_t before = worker_.telemetry.recordsWritten.get();
    if (!collectOnce(now) || worker_.telemetry.recordsWritten.get() == before) return false;
  }
  return flagUp_;
}

bool Source::collectWindow(const Now& now) {
  if (copying()) return !writeCopies(now);
  if (now.ns - lastCollectNs_ >= windowNs_) {
    collecting_ = true;
    lastCollectNs_ = now.ns;
  }
  if (collecting_) collecting_ = worker_.nf.dirty() && collectOnce(now) && worker_.nf.dirty();
  return collecting_;
}

bool Source::writeChunk(const Now& now) {
  auto& ring = worker_.channel.snapshotOut;
  const auto room = ring.reserve(std::max(kChunkBytes, worker_.nf.maxRecordBytes()));
  if (room.data() == nullptr) {
    fail("SNAPSHOT_OVERFLOW", "State changed faster than its snapshot could be sent.");
    return false;
  }
  ByteWriter out(room.data(), room.size());
  const bool complete = worker_.nf.writeSnapshot(out);
  if (out.size() != 0) {
    snapshotCrc_ = crc32c(out.view(), snapshotCrc_);
    snapshotBytes_ += out.size();
    ring.commit(typeOf(FrameType::snapshot), now.ns, out.size());
  }
  worker_.telemetry.snapshotBytes.set(snapshotBytes_);
  if (complete) closeSnapshot(now);
  return !complete;
}

void Source::closeSnapshot(const Now& now) {
  worker_.nf.endSnapshot();
  snapshotOpen_ = false;
  const SnapshotEnd end{worker_.telemetry.snapshotEntriesTotal.get(), snapshotBytes_, snapshotCrc_};
  std::array<std::uint8_t, kMaxRecordBytes> bytes;
  ByteWriter out(bytes.data(), bytes.size());
  end.write(out);
  if (!worker_.channel.snapshotOut.push(typeOf(FrameType::snapshotEnd), now.ns, out.view())) {
    fail("SNAPSHOT_OVERFLOW", "State changed faster than its snapshot could be sent.");
    return;
  }
  worker_.telemetry.snapshotEntries.set(end.entries);
  worker_.setPhase(SyncPhase::streaming);
}

/**
 * Some of the snapshot: as much as fits between packets; when they come without a pause, a share of
 * the time; more only when copy-on-write would otherwise run out of room.
 */
bool Source::writeSnapshot(const Now& now) {
  const auto& ring = worker_.channel.snapshotOut;
  if (packetsCame_ && now.ns < snapshotDueNs_ && !worker_.nf.snapshotUrgent()) return false;
  bool more = true;
  bool wrote = false;
  std::uint64_t spent = 0;
  while (more && spent < kSnapshotTurnNs &&
         (ring.used() < kSnapshotAheadBytes || worker_.nf.snapshotUrgent())) {
    more = writeChunk(now);
    wrote = true;
    spent = monotonicNs() - now.ns;
  }
  if (wrote) worker_.channel.syncWake.signal();
  // A machine that took the processor away meanwhile shall not delay the rest for it.
  snapshotDueNs_ = now.ns + std::min(spent, kSnapshotTurnNs) * kSnapshotShare;
  return wrote && more;
}

bool Source::turn(const Now& now) {
  if (dropping_) {
    dropPart();
    return dropping_;
  }
  if (!flagUp_ || partEnded_) {
    if (worker_.nf.dirty()) worker_.nf.discardMarks();
    if (!flagUp_) return false;
  }
  bool busy = false;
  if (worker_.phase() == SyncPhase::snapshot) busy = writeSnapshot(now);
  packetsCame_ = false;
  if (flagUp_ && worker_.phase() != SyncPhase::ended) busy |= collectWindow(now);
  switch (worker_.phase()) {
    case SyncPhase::switching:
      lookForDrained();
      if (portsFinished(now)) busy |= finish(now);
      break;
    case SyncPhase::ended:
      lookForDrained();
      sendDrained(now);
      break;
    default:
      break;
  }
  return busy;
}

}  // namespace ferry
