#include "worker.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "../proto/ethernet.hpp"

namespace ferry {
namespace {

constexpr std::uint64_t kExpireNs = kMs;
constexpr std::uint64_t kPublishNs = 10 * kMs;
constexpr std::uint64_t kLinkCheckNs = 100 * kMs;
constexpr int kSleepMs = 1;
constexpr int kIdleSleepMs = 10;  // nothing to expire, nobody to wait for

}  // namespace

Worker::Worker(NetworkFunction& nf, std::vector<std::unique_ptr<Port>> ports,
               const std::vector<MacAddress>& macs, Channel& channel, Telemetry& telemetry,
               EventSink& events, const Options& options)
    : ports_(std::move(ports)),
      output_(ports_, telemetry),
      context_{nf, channel, telemetry, events, output_, readers_},
      source_(context_, options.windowNs),
      destination_(context_, ports_.size(), options.holdBytes),
      relay_(context_, ports_.size(), options.holdBytes),
      published_(nf, ports_.size()) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    readers_.emplace_back(*ports_[i], static_cast<PortIndex>(i), macs[i]);
  }
  context_.setMode(options.mode);
}

Worker::~Worker() { stop(); }

void Worker::start() { thread_ = std::thread(&Worker::run, this); }

void Worker::stop() {
  stopping_.store(true, std::memory_order_release);
  context_.channel.workerWake.signal();
  if (thread_.joinable()) thread_.join();
}

bool Worker::command(const WorkerCommand& command) {
  const bool taken = commands_.push(command);
  context_.channel.workerWake.signal();
  return taken;
}

void Worker::run() {
  prepareThread("ferry-worker");
  scheduling_.store(raisePriority(), std::memory_order_relaxed);
  readClock();
  if (context_.mode() == Mode::serving) context_.nf.takeOver(now_.wall, output_);
  while (!stopping_.load(std::memory_order_acquire)) {
    if (!turn()) sleep();
  }
  output_.flush();
  publish();
  context_.setMode(Mode::stopped);
}

void Worker::readClock() {
  now_.ns = monotonicNs();
  now_.wall = std::max(now_.wall, wallMs());
}

bool Worker::turn() {
  context_.telemetry.turns.add();
  stalled_ = false;
  readClock();
  takeCommands();
  takeNotes();
  bool busy = false;
  for (PortReader& port : readers_) busy |= servePort(port);
  readClock();
  if (takesReplicaIn()) {
    leaveSession();
    replica_->destination.letJoin();
  }
  busy |= source_.turn(now_);
  busy |= destination_.turn(now_);
  busy |= takeHeld();
  if (replica_ != nullptr) {
    replica_->telemetry.turns.add();
    busy |= replica_->destination.turn(now_);
  }
  timers();
  commitOutput();
  output_.flush();
  countStall(stalled_);
  return busy;
}

bool Worker::servePort(PortReader& port) {
  if (!port.fill()) return false;
  readClock();
  // After the burst was taken: whatever was commanded before one of its packets was sent is obeyed
  // before that packet is looked at (arm() before the switch redirects, for one).
  takeCommands();
  bool moved = false;
  while (port.pending()) {
    if (!handle(port.front())) {
      stalled_ = true;
      break;
    }
    port.pop();
    moved = true;
  }
  return moved;
}

/** False when the packet has to wait. */
bool Worker::handle(Packet& packet) {
  if (isMarkerFrame({packet.data, packet.length})) {
    noteMarker(packet);
    return true;
  }
  if (isRelayed(packet)) return takeRelayed(packet);
  const bool data = (packet.data[0] & 1) == 0;  // not to a group
  if (data && relay_.holds(packet.port)) return relay_.hold(packet);
  return take(packet, data);
}

bool Worker::take(Packet& packet, bool data) {
  switch (context_.mode()) {
    case Mode::serving:
      return serve(packet, data);
    case Mode::hold:
      return destination_.hold(packet, data, now_);
    case Mode::closed:
      return source_.straggle(packet, now_);
    case Mode::standby:
    case Mode::stopped:
      context_.telemetry.suppressedPackets.add();
      return true;
  }
  return true;
}

/** Under the address that the frame had before the controller marked it, unless it has to wait. */
bool Worker::takeRelayed(Packet& packet) {
  const bool data = (packet.data[0] & 1) == 0;
  const auto readdress = [&packet](const MacAddress& mac) {
    std::copy(mac.begin(), mac.end(), packet.data);
  };
  readdress(data ? readers_[packet.port].mac() : kBroadcastMac);
  if (take(packet, data)) {
    relay_.passed();
    return true;
  }
  readdress(kRelayMac);
  if (!data) packet.data[0] |= 1;
  return false;
}

/** What waited for frames by way of the controller; true when more may go at once. */
bool Worker::takeHeld() {
  relay_.turn(now_.ns);
  Packet packet{};
  for (unsigned i = 0; i < PortReader::kBurst; ++i) {
    if (!relay_.front(packet)) return false;
    if (!take(packet, true)) {
      stalled_ = true;
      return false;
    }
    relay_.pop(packet);
  }
  return true;
}

bool Worker::serve(Packet& packet, bool data) {
  if (output_.gate().tight()) return false;
  if (destination_.holds(packet, data)) return destination_.hold(packet, data, now_);
  if (replica_ != nullptr) {
    Destination& replica = replica_->destination;
    if (replica.holds(packet, data)) return replica.hold(packet, data, now_);
    if (replica.suppresses(packet, data)) {
      context_.telemetry.suppressedPackets.add();
      return true;
    }
  }
  if (source_.gaveAway(packet)) return source_.straggle(packet, now_);
  if (!source_.readyForPacket(packet, now_)) return false;
  if (data) source_.countData(packet, now_);
  context_.process(packet, now_);
  return true;
}

void Worker::noteMarker(const Packet& packet) {
  const ByteView frame{packet.data, packet.length};
  if (relay_.onMarker(frame, packet.port)) return;
  if (replica_ != nullptr && replica_->destination.attached()) {
    if (const auto marker = parseMarker(frame, replica_->destination.token())) {
      if (replica_->destination.onMarker(*marker, packet.port)) replica_->ordered.store(true);
      return;
    }
  }
  if (source_.attached()) {
    if (const auto marker = parseMarker(frame, source_.token())) {
      return source_.onMarker(*marker, packet.port, now_);
    }
  } else if (destination_.attached()) {
    if (const auto marker = parseMarker(frame, destination_.token())) {
      destination_.onMarker(*marker, packet.port);
      return;
    }
  }
  context_.telemetry.markersForeign.add();
}

void Worker::takeCommands() {
  for (;;) {
    if (!next_) next_ = commands_.pop();
    // A session that began now would miss what joins.
    if (!next_ || (next_->kind == WorkerCommand::Kind::attachSource && takesReplicaIn())) return;
    obey(*std::exchange(next_, std::nullopt));
  }
}

/** Who has only what was here before must not be told of what joins. */
void Worker::leaveSession() {
  if (source_.attached() && context_.phase() != SyncPhase::ended) source_.abort();
}

void Worker::takeNotes() {
  for (;;) {
    if (!note_) note_ = context_.channel.toWorker.pop();
    if (!note_) break;
    // A note may be the consequence of a command that came after the last look, or that waits.
    takeCommands();
    if (next_) break;
    const WorkerNote note = *std::exchange(note_, std::nullopt);
    if (source_.attached()) {
      source_.onNote(note, now_);
    } else {
      destination_.onNote(note);
    }
  }
  if (replica_ == nullptr) return;
  while (const auto note = replica_->channel.toWorker.pop()) {
    takeCommands();
    replica_->destination.onNote(*note);
  }
}

void Worker::obey(const WorkerCommand& command) {
  switch (command.kind) {
    case WorkerCommand::Kind::attachSource:
      destination_.detach();
      return source_.attach(command.token, command.content, command.commit, command.part);
    case WorkerCommand::Kind::attachDestination:
      if (command.guest == nullptr) return destination_.attach(command.token);
      return destination_.attach(command.token,
                                 std::move(*std::unique_ptr<Destination::Guest>(command.guest)));
    case WorkerCommand::Kind::arm:
      return destination_.arm();
    case WorkerCommand::Kind::prepareSwitch:
      return source_.prepareSwitch();
    case WorkerCommand::Kind::switched:
      return source_.switched(now_);
    case WorkerCommand::Kind::abort:
      if (!destination_.abandon()) source_.abort();
      return;
    case WorkerCommand::Kind::resume:
      return source_.resume();
    case WorkerCommand::Kind::forget:
      destination_.detach();
      return source_.forget(*command.part);
    case WorkerCommand::Kind::expectRelay:
      return relay_.shut(command.token);
    case WorkerCommand::Kind::attachReplica:
      return attachReplica(*std::unique_ptr<ReplicaAttachment>(command.replica));
    case WorkerCommand::Kind::armReplica:
      return replica_->destination.arm();
    case WorkerCommand::Kind::dropReplica:
      replica_->destination.abandon();
      return;
  }
}

void Worker::attachReplica(ReplicaAttachment& attachment) {
  replica_ = &attachment.replica;
  replica_->destination.detach();
  replica_->destination.attach(attachment.token, std::move(attachment.guest));
}

/** What packets of this turn have changed is on its way before what they led to may leave. */
void Worker::commitOutput() {
  output_.setCommitting(source_.committing());
  if (!source_.committing()) return;
  OutputGate& gate = output_.gate();
  if (gate.unsealed() && source_.collectAll(now_)) {
    gate.seal(context_.telemetry.recordsWritten.get());
  }
  output_.release(context_.channel.acked.load(std::memory_order_acquire));
}

void Worker::timers() {
  if (context_.mode() == Mode::serving && now_.ns >= nextExpireNs_) {
    nextExpireNs_ = now_.ns + kExpireNs;
    if (source_.readyForTimers(now_)) {
      context_.nf.expire(now_.wall, output_);
      source_.afterTimers(now_);
    }
  }
  if (now_.ns >= nextPublishNs_) {
    nextPublishNs_ = now_.ns + kPublishNs;
    publish();
  }
  if (now_.ns >= nextLinkCheckNs_) {
    nextLinkCheckNs_ = now_.ns + kLinkCheckNs;
    checkLinks();
  }
}

void Worker::publish() {
  context_.telemetry.entries.set(context_.nf.entries());
  published_.publish(context_.nf);
  for (std::size_t i = 0; i < ports_.size(); ++i) published_.publish(i, ports_[i]->stats());
}

void Worker::checkLinks() {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    ports_[i]->checkLink();
    const bool down = ports_[i]->linkDown();
    const unsigned bit = 1u << i;
    if (down == ((linksDown_ & bit) != 0)) continue;
    linksDown_ ^= bit;
    context_.events.emit(LinkEvent{down, static_cast<std::uint8_t>(i)});
  }
}

void Worker::countStall(bool stalled) {
  if (stallNs_ != 0) {
    context_.telemetry.backPressureUs.add((now_.ns - stallNs_) / 1000);
  }
  stallNs_ = stalled ? now_.ns : 0;
}

void Worker::sleep() {
  std::array<pollfd, kMaxPorts + 2> wait{};
  nfds_t count = 0;
  wait[count++] = {context_.channel.workerWake.fd(), POLLIN, 0};
  if (replica_ != nullptr) wait[count++] = {replica_->channel.workerWake.fd(), POLLIN, 0};
  // A port whose burst is unfinished stays readable: polling it would spin.
  for (PortReader& port : readers_) {
    if (!port.pending()) wait[count++] = {port.port().pollFd(), POLLIN, 0};
  }
  const bool waiting =
      context_.mode() == Mode::serving || source_.attached() || destination_.attached() || stalled_;
  if (poll(wait.data(), count, waiting ? kSleepMs : kIdleSleepMs) <= 0) return;
  if ((wait[0].revents & POLLIN) != 0) context_.channel.workerWake.clear();
  if (replica_ != nullptr && (wait[1].revents & POLLIN) != 0) {
    replica_->channel.workerWake.clear();
  }
  for (nfds_t i = 1; i < count; ++i) {
    if ((wait[i].revents & (POLLERR | POLLNVAL)) != 0) nextLinkCheckNs_ = 0;
  }
}

}  // namespace ferry
