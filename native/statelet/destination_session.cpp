#include "destination_session.hpp"

#include <algorithm>

namespace ferry {

DestinationSession::DestinationSession(Channel& channel, Telemetry& telemetry, EventSink& events,
                                       Descriptor listener, Hello expected, std::uint64_t silenceNs)
    : channel_(channel),
      telemetry_(telemetry),
      events_(events),
      listener_(std::move(listener)),
      expected_(std::move(expected)),
      inbound_(channel),
      silence_(silenceNs) {
  channel_.newestHeard.store(-1, std::memory_order_release);
}

void DestinationSession::step(std::uint64_t now) {
  if (state_ != State::open) return;
  // If this thread itself was not run for a while, the peer has not been silent for it.
  if (stepNs_ != 0 && now - stepNs_ > kSilenceNs / 4) heardNs_ += now - stepNs_;
  stepNs_ = now;
  silence_.step(now);
  if (takeoverNs_ == 0) acceptCandidates(now);
  if (state_ == State::open && active_ != nullptr) exchange(now);
  if (state_ == State::open && takeoverNs_ == 0) watchSilence(now);
  if (state_ == State::open && takeoverNs_ != 0) goOnTakingOver(now);
  // Nobody comes any more; an image with a socket of this host's address could go to no other host.
  const bool handedOver = telemetry_.phase.load(std::memory_order_acquire) == SyncPhase::none;
  if (state_ == State::open && released_ && active_ == nullptr && handedOver) close();
}

void DestinationSession::acceptCandidates(std::uint64_t now) {
  while (candidates_.size() < kMaxCandidates) {
    Descriptor accepted = acceptFrom(listener_);
    if (!accepted.open()) break;
    candidates_.push_back({Connection(std::move(accepted)), now});
  }
  for (std::size_t i = 0; i < candidates_.size();) {
    if (greet(candidates_[i], now)) {
      ++i;
    } else {
      candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

/** False when the candidate is one no more: adopted, refused or gone. */
bool DestinationSession::greet(Candidate& candidate, std::uint64_t now) {
  Connection& connection = candidate.connection;
  const bool alive = connection.receive();
  const DecodedFrame decoded = connection.peek();
  if (decoded.status == DecodedFrame::Status::needMore) {
    if (alive && now - candidate.sinceNs < kGreetingNs) return true;
    telemetry_.connectionsRefused.add();
    return false;
  }
  Hello hello;
  const bool readable = decoded.status == DecodedFrame::Status::whole &&
                        decoded.frame.type == FrameType::hello && hello.read(decoded.frame.payload);
  // Who does not know the token learns nothing, not even why.
  if (!readable || !sameToken(expected_.token, hello.token)) {
    telemetry_.connectionsRefused.add();
    return false;
  }
  connection.consume(decoded);
  if (hello.version != expected_.version) {
    refuse(connection, "STREAM_VERSION", "The two sides speak different versions.");
  } else if (hello.kind != expected_.kind || hello.ports != expected_.ports ||
             hello.configDigest != expected_.configDigest) {
    refuse(connection, "SESSION_MISMATCH", "The two sides are not configured alike.");
  } else if (hello.resume && (!begun_ || !inbound_.snapshotComplete())) {
    refuse(connection, "RESUME_REFUSED", "The snapshot was not complete when the stream was cut.");
  } else if (!hello.resume && begun_) {
    refuse(connection, "SESSION_BUSY", "A session has begun already.");
  } else {
    adopt(std::move(connection), now);
  }
  return false;
}

void DestinationSession::refuse(Connection& connection, const char* code, const char* reason) {
  telemetry_.connectionsRefused.add();
  if (!connection.idle()) return;
  std::array<std::uint8_t, kMaxRecordBytes> bytes;
  ByteWriter out(bytes.data(), bytes.size());
  SessionError{code, reason}.write(out);
  connection.sendCopy(FrameType::error, 0, out.view());
  connection.pump();
}

void DestinationSession::adopt(Connection connection, std::uint64_t now) {
  active_ = std::make_unique<Connection>(std::move(connection));
  heardNs_ = progressNs_ = now;
  beatNs_ = now;
  openedTold_ = 0;
  doneTold_ = welcomed_ = stalled_ = false;
  ackTold_ = inbound_.nextSeq() - 1;
  if (begun_) telemetry_.reconnects.add();
  events_.emit(ConnectedEvent{peerName(active_->socket()), begun_});
  if (!begun_) channel_.tellWorker({WorkerNote::Kind::sessionUp});
  begun_ = true;
}

void DestinationSession::exchange(std::uint64_t now) {
  // What was read is taken before more is read, and before a cut is believed.
  if (!readFrames(now)) return;
  if (!stalled_) {
    if (!active_->receive()) return cut(active_->fault());
    if (!readFrames(now)) return;
  }
  if (stalled_) heardNs_ = now;
  if (now - heardNs_ > kSilenceNs) return cut("nothing heard for 2 s");
  writeFrames(now);
  const bool lasting = standing() && inbound_.snapshotComplete();
  const std::uint64_t pause = lasting ? kStandingProgressNs : kHeartbeatNs;
  if (active_ == nullptr || now - progressNs_ < pause || released_) return;
  progressNs_ = now;
  events_.emit(ProgressEvent{telemetry_.volume()});
}

/** False when the connection or the session ended with one of the frames. */
bool DestinationSession::readFrames(std::uint64_t now) {
  stalled_ = false;
  bool queued = false;
  while (!stalled_) {
    const DecodedFrame decoded = active_->peek();
    if (decoded.status == DecodedFrame::Status::needMore) break;
    if (decoded.status == DecodedFrame::Status::malformed) {
      telemetry_.framesMalformed.add();
      cut(std::string("malformed frame: ") + decoded.fault);
      return false;
    }
    heardNs_ = now;
    noteHeard(now);
    if (decoded.frame.type == FrameType::error) {
      SessionError error;
      const bool readable = error.read(decoded.frame.payload);
      lose(readable ? error.code : "STREAM_PROTOCOL", readable ? error.reason : "unreadable error");
      return false;
    }
    const bool installed =
        telemetry_.phase.load(std::memory_order_acquire) != SyncPhase::snapshot && begun_;
    const Taken taken = inbound_.take(decoded.frame, now, installed);
    if (taken.status == Taken::Status::violated) {
      telemetry_.framesMalformed.add();
      refuse(*active_, taken.code, taken.reason);
      lose(taken.code, taken.reason);
      return false;
    }
    stalled_ = taken.status == Taken::Status::full;
    if (!stalled_) active_->consume(decoded);
    queued = true;
  }
  if (queued) channel_.workerWake.signal();
  return true;
}

void DestinationSession::writeFrames(std::uint64_t now) {
  do {
    if (!active_->pump()) return cut(active_->fault());
  } while (active_->idle() && beginFrame(now));
}

bool DestinationSession::beginFrame(std::uint64_t now) {
  if (!welcomed_) {
    welcomed_ = true;
    active_->sendCopy(FrameType::welcome, inbound_.nextSeq(), {});
    return true;
  }
  if (const unsigned untold = opened_ & ~openedTold_; untold != 0) {
    const auto port = static_cast<std::uint8_t>(std::countr_zero(untold));
    openedTold_ |= 1u << port;
    active_->sendCopy(FrameType::opened, 0, {&port, 1});
    return true;
  }
  if (released_ && !doneTold_) {
    doneTold_ = true;
    active_->sendCopy(FrameType::done, 0, {});
    return true;
  }
  if (inbound_.nextSeq() - 1 > ackTold_) {
    ackTold_ = inbound_.nextSeq() - 1;
    active_->sendCopy(FrameType::ack, ackTold_, {});
    return true;
  }
  if (now - beatNs_ >= kHeartbeatNs) {
    beatNs_ = now;
    active_->sendCopy(FrameType::heartbeat, ackTold_, {});
    return true;
  }
  return false;
}

void DestinationSession::takeover(std::uint64_t now, bool atOnce) {
  if (takeoverNs_ == 0) takeoverNs_ = now;
  takeoverAtOnce_ = takeoverAtOnce_ || atOnce;
}

/** While the snapshot comes its source has other things to do than to beat in time. */
void DestinationSession::noteHeard(std::uint64_t now) {
  telemetry_.heardNs.set(now);
  if (!inbound_.snapshotComplete()) return;
  const std::uint64_t gap = silence_.silentNs(now);
  if (silence_.heard(now)) events_.emit(HeardEvent{gap});
}

/** Only a standby that could take over has something to tell. */
void DestinationSession::watchSilence(std::uint64_t now) {
  if (!inbound_.snapshotComplete() || !silence_.look(now)) return;
  events_.emit(SilentEvent{silence_.silentNs(now)});
}

/** Takes what is still on its way, then lets the worker release. */
void DestinationSession::goOnTakingOver(std::uint64_t now) {
  const bool waiting = !takeoverAtOnce_ && active_ != nullptr && now - takeoverNs_ < kTakeoverNs &&
                       now - std::max(takeoverNs_, heardNs_) < kTakeoverQuietNs;
  if (waiting || stalled_ || !channel_.reliableIn.push(kTakeoverRecord, now, {})) return;
  channel_.workerWake.signal();
  released_ = true;
  close();
}

void DestinationSession::cut(std::string reason) {
  active_.reset();
  if (!inbound_.snapshotComplete()) {
    return lose("SYNC_CUT", "The stream was cut before the snapshot had come: " + reason);
  }
  if (!released_ && takeoverNs_ == 0) events_.emit(CutEvent{std::move(reason)});
}

void DestinationSession::lose(std::string code, std::string reason) {
  lostCode_ = std::move(code);
  lostReason_ = std::move(reason);
  close();
  state_ = State::losing;
  channel_.tellWorker({WorkerNote::Kind::sessionLost});
}

void DestinationSession::close() {
  active_.reset();
  candidates_.clear();
  listener_ = Descriptor();
  state_ = State::finished;
}

void DestinationSession::onNote(const SyncNote& note) {
  switch (note.kind) {
    case SyncNote::Kind::opened:
      opened_ |= 1u << note.port;
      return;
    case SyncNote::Kind::released:
      released_ = true;
      return;
    case SyncNote::Kind::fail:
      if (state_ != State::open) return;
      if (active_ != nullptr) refuse(*active_, note.code, note.reason);
      return lose(note.code, note.reason);
    case SyncNote::Kind::detached:
      if (state_ != State::losing) return;
      state_ = State::finished;
      if (!released_) events_.emit(SyncLostEvent{lostCode_, lostReason_});
      return;
    case SyncNote::Kind::close:
      if (active_ != nullptr)
        refuse(*active_, "SESSION_CLOSED", "The destination left the session.");
      return close();
    case SyncNote::Kind::reclaim:
    case SyncNote::Kind::takeover:
      return;
  }
}

void DestinationSession::waitFor(std::vector<pollfd>& descriptors) const {
  if (state_ != State::open) return;
  if (candidates_.size() < kMaxCandidates) descriptors.push_back({listener_.fd(), POLLIN, 0});
  for (const Candidate& candidate : candidates_) {
    descriptors.push_back({candidate.connection.fd(), POLLIN, 0});
  }
  if (active_ == nullptr) return;
  const int events = (stalled_ ? 0 : POLLIN) | (active_->idle() ? 0 : POLLOUT);
  descriptors.push_back({active_->fd(), static_cast<short>(events), 0});
}

int DestinationSession::timeoutMs() const {
  if (state_ != State::open) return 1000;
  if (stalled_) return 1;
  if (standing() && inbound_.snapshotComplete()) return kBeatMs;
  return active_ == nullptr && candidates_.empty() && takeoverNs_ == 0 ? 1000 : 10;
}

}  // namespace ferry
