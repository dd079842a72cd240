#include "source_session.hpp"

#include <algorithm>
#include <cstring>

namespace ferry {
namespace {

constexpr unsigned kFramesAStep = 64;  // then the peer is listened to again

}  // namespace

SourceSession::SourceSession(Channel& channel, Telemetry& telemetry, EventSink& events,
                             Options options, std::uint64_t now)
    : channel_(channel),
      telemetry_(telemetry),
      events_(events),
      options_(std::move(options)),
      attemptNs_(now),
      deadlineNs_(now + kConnectNs) {
  channel_.acked.store(0, std::memory_order_release);
}

bool SourceSession::healing() const {
  const SyncPhase phase = telemetry_.phase.load(std::memory_order_acquire);
  return phase == SyncPhase::switching || phase == SyncPhase::ended;
}

void SourceSession::step(std::uint64_t now) {
  // If this thread itself was not run for a while, the peer has not been silent for it.
  if (stepNs_ != 0 && now - stepNs_ > kSilenceNs / 4) heardNs_ += now - stepNs_;
  stepNs_ = now;
  switch (state_) {
    case State::waiting:
      if (now >= deadlineNs_ && !healing()) {
        return lose(everUp_ ? "SYNC_CUT" : "CONNECT_FAILED",
                    "The destination could not be reached: " + lostReason_);
      }
      if (now >= attemptNs_) startConnecting(now);
      return;
    case State::connecting:
      return checkConnected(now);
    case State::greeting:
    case State::up:
      return exchange(now);
    case State::losing:
    case State::finished:
      return;
  }
}

void SourceSession::startConnecting(std::uint64_t now) {
  auto opened = connectTo(options_.address, options_.port);
  attemptNs_ = now;
  if (const auto* error = std::get_if<Error>(&opened)) {
    if (error->code == "ADDRESS_INVALID") return lose(error->code, error->message);
    return cut(error->message, now);
  }
  connecting_ = std::move(std::get<Descriptor>(opened));
  state_ = State::connecting;
  checkConnected(now);
}

void SourceSession::checkConnected(std::uint64_t now) {
  pollfd ready{connecting_.fd(), POLLOUT, 0};
  if (poll(&ready, 1, 0) <= 0) {
    if (now - attemptNs_ > kSilenceNs) cut("no answer", now);
    return;
  }
  if (const int error = connectError(connecting_); error != 0) {
    return cut(std::strerror(error), now);
  }
  connection_ = std::make_unique<Connection>(std::move(connecting_));
  connecting_ = Descriptor();
  Hello hello = options_.hello;
  hello.resume = everUp_;
  std::array<std::uint8_t, kMaxRecordBytes> bytes;
  ByteWriter out(bytes.data(), bytes.size());
  hello.write(out);
  inFlight_ = FrameType::hello;
  connection_->sendCopy(FrameType::hello, 0, out.view());
  heardNs_ = now;
  state_ = State::greeting;
  exchange(now);
}

void SourceSession::exchange(std::uint64_t now) {
  if (!connection_->receive()) return cut(connection_->fault(), now);
  if (!readFrames(now)) return;
  if (now - heardNs_ > kSilenceNs) return cut("nothing heard for 2 s", now);
  if (!writeFrames(now)) return cut(connection_->fault(), now);
  if (state_ != State::up) return;
  measureLag(now);
  const bool lasting = options_.standing && snapshotSent_;
  if (now - progressNs_ >= (lasting ? kStandingProgressNs : kHeartbeatNs) && !handedOver_) {
    progressNs_ = now;
    events_.emit(ProgressEvent{telemetry_.volume()});
  }
}

/** False when the connection or the session ended with one of the frames. */
bool SourceSession::readFrames(std::uint64_t now) {
  while (true) {
    const DecodedFrame decoded = connection_->peek();
    if (decoded.status == DecodedFrame::Status::needMore) return true;
    if (decoded.status == DecodedFrame::Status::malformed) {
      telemetry_.framesMalformed.add();
      cut(std::string("malformed frame: ") + decoded.fault, now);
      return false;
    }
    heardNs_ = now;
    if (!take(decoded.frame, now)) return false;
    connection_->consume(decoded);
  }
}

bool SourceSession::take(const Frame& frame, std::uint64_t now) {
  if (frame.type == FrameType::error) {
    SessionError error;
    const bool readable = error.read(frame.payload);
    lose(readable ? error.code : "STREAM_PROTOCOL", readable ? error.reason : "unreadable error");
    return false;
  }
  if (frame.type == FrameType::welcome) return welcome(frame, now);
  if (state_ == State::up) {
    PortRecord opened{};
    switch (frame.type) {
      case FrameType::heartbeat:
        return true;
      case FrameType::ack:
        if (acknowledge(frame.seq)) return true;
        break;
      case FrameType::opened:
        if (!opened.read(frame.payload)) break;
        channel_.tellWorker({WorkerNote::Kind::opened, opened.port});
        return true;
      case FrameType::done:
        if (!handedOver_) channel_.tellWorker({WorkerNote::Kind::handedOver});
        handedOver_ = true;
        return true;
      default:
        break;
    }
  }
  telemetry_.framesMalformed.add();
  lose("STREAM_PROTOCOL", "The destination sent a frame that has no place here.");
  return false;
}

/** The destination names the record it expects next. */
bool SourceSession::welcome(const Frame& frame, std::uint64_t now) {
  if (state_ != State::greeting || frame.seq <= ackedSeq_ || !acknowledge(frame.seq - 1)) {
    lose("STREAM_PROTOCOL", "The destination expects a record that was never sent, or is gone.");
    return false;
  }
  sendPosition_ = channel_.reliableOut.head();
  nextSeq_ = frame.seq;
  state_ = State::up;
  backoffNs_ = kMinBackoffNs;
  beatNs_ = 0;
  if (everUp_) telemetry_.reconnects.add();
  events_.emit(ConnectedEvent{peerName(connection_->socket()), everUp_});
  if (!everUp_) channel_.tellWorker({WorkerNote::Kind::sessionUp});
  everUp_ = true;
  progressNs_ = now;
  return true;
}

bool SourceSession::acknowledge(std::uint64_t seq) {
  releaseSent();
  if (seq > highestSent_) return false;
  std::uint64_t position = channel_.reliableOut.head();
  while (ackedSeq_ < seq) {
    const auto record = channel_.reliableOut.read(position);
    if (!record) return false;
    position = record->next;
    ackedSeq_++;
  }
  channel_.reliableOut.release(position);
  channel_.acked.store(ackedSeq_, std::memory_order_release);
  if (options_.commit) channel_.workerWake.signal();
  return true;
}

/** Notes what has been sent whole. */
void SourceSession::releaseSent() {
  if (connection_ == nullptr || !connection_->idle()) return;
  if (isReliable(inFlight_)) highestSent_ = std::max(highestSent_, nextSeq_ - 1);
  if (snapshotNext_ != 0) {
    channel_.snapshotOut.release(snapshotNext_);
    snapshotNext_ = 0;
    if (inFlight_ == FrameType::snapshotEnd) {
      snapshotSent_ = true;
      beatNs_ = 0;  // tells the destination at once how far it is behind
    }
  }
}

/** False when the connection is over. */
bool SourceSession::writeFrames(std::uint64_t now) {
  for (unsigned i = 0; i < kFramesAStep; ++i) {
    if (!connection_->pump()) return false;
    if (!connection_->idle()) return true;
    releaseSent();
    if (state_ != State::up || !beginFrame(now)) return true;
  }
  return connection_->pump();
}

/** The next frame by rank: heartbeat, reliable records, snapshot. */
bool SourceSession::beginFrame(std::uint64_t now) {
  if (now - beatNs_ >= (options_.standing ? kBeatNs : kHeartbeatNs)) {
    beatNs_ = now;
    inFlight_ = FrameType::heartbeat;
    connection_->sendCopy(inFlight_, telemetry_.recordsWritten.get(), {});
    return true;
  }
  if (const auto record = channel_.reliableOut.read(sendPosition_)) {
    inFlight_ = static_cast<FrameType>(record->type);
    connection_->send(inFlight_, nextSeq_++, record->payload);
    sendPosition_ = record->next;
    return true;
  }
  if (const auto record = channel_.snapshotOut.read(channel_.snapshotOut.head())) {
    inFlight_ = static_cast<FrameType>(record->type);
    snapshotNext_ = record->next;
    connection_->send(inFlight_, snapshotSeq_++, record->payload);
    return true;
  }
  return false;
}

void SourceSession::measureLag(std::uint64_t now) {
  const auto oldest = channel_.reliableOut.read(channel_.reliableOut.head());
  telemetry_.lagBytes.set(channel_.reliableOut.used());
  telemetry_.lagMs.set(oldest && now > oldest->stamp ? (now - oldest->stamp) / kMs : 0);
}

/** The connection is over; whether the session is depends on how far it has come. */
void SourceSession::cut(std::string reason, std::uint64_t now) {
  const bool wasUp = state_ == State::up;
  connection_.reset();
  connecting_ = Descriptor();
  inFlight_ = FrameType::heartbeat;
  lostReason_ = reason;
  if (everUp_ && !snapshotSent_) {
    return lose("SYNC_CUT", "The stream was cut before the snapshot was sent: " + reason);
  }
  if (wasUp) {
    if (!handedOver_) events_.emit(CutEvent{std::move(reason)});
    deadlineNs_ = now + kHealNs;
  }
  state_ = State::waiting;
  attemptNs_ = now + backoffNs_;
  backoffNs_ = std::min(backoffNs_ * 2, kMaxBackoffNs);
}

void SourceSession::lose(std::string code, std::string reason) {
  connection_.reset();
  lostCode_ = std::move(code);
  lostReason_ = std::move(reason);
  state_ = State::losing;
  channel_.tellWorker({WorkerNote::Kind::sessionLost});
}

/** Tells the peer why, if a frame can be sent at once. */
void SourceSession::farewell(const char* code, const char* reason) {
  if (connection_ == nullptr || !connection_->idle()) return;
  std::array<std::uint8_t, kMaxRecordBytes> bytes;
  ByteWriter out(bytes.data(), bytes.size());
  SessionError{code, reason}.write(out);
  connection_->sendCopy(FrameType::error, 0, out.view());
  connection_->pump();
}

void SourceSession::finish() {
  connection_.reset();
  channel_.reliableOut.clear();
  channel_.snapshotOut.clear();
  channel_.reliableOut.trim();
  channel_.snapshotOut.trim();
  telemetry_.lagBytes.set(0);
  telemetry_.lagMs.set(0);
  state_ = State::finished;
}

void SourceSession::onNote(const SyncNote& note) {
  switch (note.kind) {
    case SyncNote::Kind::close:
      if (state_ != State::losing) farewell("SESSION_CLOSED", "The source left the session.");
      return finish();
    case SyncNote::Kind::reclaim:
      if (state_ == State::losing || state_ == State::finished) return;
      connection_.reset();
      connecting_ = Descriptor();
      state_ = State::losing;
      channel_.tellWorker({WorkerNote::Kind::returned});
      return;
    case SyncNote::Kind::fail:
      farewell(note.code, note.reason);
      finish();
      events_.emit(SyncLostEvent{note.code, note.reason});
      return;
    case SyncNote::Kind::detached:
      if (state_ != State::losing) return;
      finish();
      events_.emit(SyncLostEvent{lostCode_, lostReason_});
      return;
    default:
      return;
  }
}

void SourceSession::waitFor(std::vector<pollfd>& descriptors) const {
  if (state_ == State::connecting) descriptors.push_back({connecting_.fd(), POLLOUT, 0});
  if (connection_ == nullptr) return;
  const auto events = static_cast<short>(connection_->idle() ? POLLIN : POLLIN | POLLOUT);
  descriptors.push_back({connection_->fd(), events, 0});
}

int SourceSession::timeoutMs() const {
  if (state_ == State::up && connection_->idle() &&
      (channel_.reliableOut.read(sendPosition_) ||
       channel_.snapshotOut.read(channel_.snapshotOut.head()))) {
    return 0;
  }
  if (state_ == State::up && options_.standing) return kBeatMs;
  return state_ == State::losing || state_ == State::finished ? 1000 : 10;
}

}  // namespace ferry
