#include "log_worker.hpp"

#include <poll.h>

#include <utility>

#include "../core/clock.hpp"
#include "../core/priority.hpp"
#include "destination.hpp"

namespace ferry {
namespace {

constexpr unsigned kRecordsATurn = 256;
constexpr int kSleepMs = 1;
constexpr int kIdleSleepMs = 10;

}  // namespace

LogWorker::LogWorker(Channel& channel, Telemetry& telemetry, EventSink& events, Options options)
    : channel_(channel), telemetry_(telemetry), events_(events), options_(std::move(options)) {}

void LogWorker::start() {
  telemetry_.mode.store(Mode::standby, std::memory_order_relaxed);
  thread_ = std::thread(&LogWorker::run, this);
}

void LogWorker::stop() {
  stopping_.store(true, std::memory_order_release);
  channel_.workerWake.signal();
  if (thread_.joinable()) thread_.join();
  telemetry_.mode.store(Mode::stopped, std::memory_order_relaxed);
}

void LogWorker::run() {
  prepareThread("ferry-log");
  while (!stopping_.load(std::memory_order_acquire)) {
    telemetry_.turns.add();
    if (turn()) continue;
    pollfd wake{channel_.workerWake.fd(), POLLIN, 0};
    const bool waiting = storing_ || playing_.load(std::memory_order_relaxed);
    if (::poll(&wake, 1, waiting ? kSleepMs : kIdleSleepMs) > 0) channel_.workerWake.clear();
  }
}

bool LogWorker::turn() {
  takeNotes();
  if (storing_ && !sealed_) {
    const bool busy = phase() == SyncPhase::snapshot ? storeSnapshot() : storeRecords();
    if (storing_ && phase() == SyncPhase::catchingUp) checkSynchronised();
    return busy;
  }
  return connected_ && feed();
}

void LogWorker::takeNotes() {
  while (const auto note = channel_.toWorker.pop()) {
    if (note->kind == WorkerNote::Kind::sessionLost) {
      lose();
    } else if (note->kind == WorkerNote::Kind::sessionUp) {
      if (phase() == SyncPhase::listening) beginSession();
      connected_ = phase() == SyncPhase::connecting;
    }
  }
}

void LogWorker::beginSession() {
  telemetry_.beginSession();
  nextChunk_ = appliedSeq_ = 0;
  storing_ = true;
  setPhase(SyncPhase::snapshot);
  if (!writer_.begin(options_.path, options_.identity)) {
    fail("LOG_UNWRITABLE", "The statelet log could not be begun: its disk is full or read-only.");
  }
}

/** A file with its whole snapshot stays, whatever becomes of its source. */
void LogWorker::lose() {
  if (connected_ || phase() <= SyncPhase::snapshot || phase() == SyncPhase::lost) {
    storing_ = connected_ = false;
    channel_.snapshotIn.clear();
    channel_.reliableIn.clear();
    setPhase(SyncPhase::lost);
  }
  channel_.tellSync({SyncNote::Kind::detached});
}

void LogWorker::fail(const char* code, const char* reason) {
  storing_ = false;
  setPhase(SyncPhase::lost);
  channel_.tellSync({SyncNote::Kind::fail, 0, code, reason});
}

bool LogWorker::storeSnapshot() {
  auto& ring = channel_.snapshotIn;
  for (unsigned i = 0; i < kRecordsATurn; ++i) {
    const auto record = ring.read(ring.head());
    if (!record) return false;
    const auto type = static_cast<FrameType>(record->type);
    bool written = writer_.append(type, nextChunk_++, record->payload);
    if (type == FrameType::snapshot) {
      telemetry_.snapshotBytes.set(telemetry_.snapshotBytes.get() + record->payload.size());
    } else if (type == FrameType::snapshotEnd) {
      SnapshotEnd end{};
      if (end.read(record->payload)) telemetry_.snapshotEntries.set(end.entries);
      telemetry_.entries.set(end.entries);
      written = written && writer_.publish();
    }
    ring.release(record->next);
    if (!written) {
      fail("LOG_UNWRITABLE", "The statelet log could not be written: its disk is full.");
      return false;
    }
    if (type != FrameType::snapshotEnd) continue;
    setPhase(SyncPhase::catchingUp);
    return true;
  }
  return true;
}

bool LogWorker::storeRecords() {
  auto& ring = channel_.reliableIn;
  bool busy = false;
  for (unsigned i = 0; i < kRecordsATurn && storing_ && !sealed_; ++i) {
    const auto record = ring.read(ring.head());
    if (!record) break;
    busy = true;
    store(*record);
    ring.release(record->next);
  }
  if (busy && storing_ && !writer_.flush()) {
    fail("LOG_UNWRITABLE", "The statelet log could not be written: its disk is full.");
  }
  return busy;
}

void LogWorker::store(const RecordRing::Record& record) {
  if (record.type == kTakeoverRecord) {
    sealed_ = true;
    return;
  }
  const auto type = static_cast<FrameType>(record.type);
  if (type != FrameType::statelets) {
    return fail("STREAM_ORDER", "A log takes statelets only.");
  }
  if (!writer_.append(type, ++appliedSeq_, record.payload)) {
    return fail("LOG_UNWRITABLE", "The statelet log could not be written: its disk is full.");
  }
  telemetry_.statelets.add();
  telemetry_.stateletBytes.add(record.payload.size());
  if (writer_.bytes() > options_.maxBytes) {
    writer_.flush();
    fail("LOG_FULL", "The statelet log has its greatest length: a new snapshot shortens it.");
  }
}

void LogWorker::checkSynchronised() {
  const std::int64_t newest = channel_.newestHeard.load(std::memory_order_acquire);
  if (newest < 0 || !channel_.reliableIn.empty()) return;
  if (static_cast<std::uint64_t>(newest) > appliedSeq_ + Destination::kLagBound) return;
  // play() may have come in between.
  SyncPhase expected = SyncPhase::catchingUp;
  if (!telemetry_.phase.compare_exchange_strong(expected, SyncPhase::synchronised)) return;
  events_.emit(SynchronisedEvent{telemetry_.volume()});
}

bool LogWorker::feed() {
  if (phase() == SyncPhase::ended) return false;
  if (!reader_) {
    writer_.flush();
    telemetry_.beginSession();
    auto bytes = readFile(options_.path);
    if (bytes) file_ = std::move(*bytes);
    reader_.emplace(file_);
    const auto identity = reader_->identity();
    if (!bytes || !identity || identity->configDigest != options_.identity.configDigest) {
      connected_ = false;
      fail("LOG_UNREADABLE", "There is no statelet log of this function.");
      return false;
    }
    waiting_ = reader_->next();
  }
  while (waiting_) {
    if (!feedFrame(*waiting_)) return false;
    waiting_ = reader_->next();
  }
  if (!reader_->snapshotComplete()) {
    connected_ = false;
    fail("LOG_UNREADABLE", "The statelet log ends within its snapshot.");
    return false;
  }
  if (phase() == SyncPhase::connecting) setPhase(SyncPhase::streaming);
  // Statelets are acknowledged; the snapshot before them is the other side's to tell of.
  if (!channel_.reliableOut.empty() || !channel_.snapshotOut.empty()) return false;
  setPhase(SyncPhase::ended);
  EndedEvent event{};
  event.volume = telemetry_.volume();
  event.lastSeq = telemetry_.recordsWritten.get();
  events_.emit(std::move(event));
  return false;
}

/** False when there is no room for it now. */
bool LogWorker::feedFrame(const Frame& frame) {
  const bool isStatelets = frame.type == FrameType::statelets;
  auto& ring = isStatelets ? channel_.reliableOut : channel_.snapshotOut;
  if (!ring.push(static_cast<std::uint8_t>(frame.type), monotonicNs(), frame.payload)) return false;
  if (isStatelets) {
    telemetry_.recordsWritten.add();
    telemetry_.statelets.add();
    telemetry_.stateletBytes.add(frame.payload.size());
  } else if (frame.type == FrameType::snapshot) {
    telemetry_.snapshotBytes.set(telemetry_.snapshotBytes.get() + frame.payload.size());
  }
  channel_.syncWake.signal();
  return true;
}

}  // namespace ferry
