// The destination's last steps: a part joins, held packets are processed, the hand-over closes.
#include <algorithm>

#include "destination.hpp"

namespace ferry {
namespace {

constexpr std::uint64_t kAbsorbTurnNs = 75'000;  // of absorbing between two rounds of packets
constexpr std::uint32_t kAbsorbEntries = 64;     // between two looks at the clock
constexpr unsigned kAllPorts = (1u << kMaxPorts) - 1;

}  // namespace

/** Whether the part can join what is here, some entries at a time; true when it can. Later would
 * be too late to find that it cannot. */
bool Destination::checkGuest() {
  if (guest_ == nullptr) return true;
  const std::uint64_t begin = monotonicNs();
  while (monotonicNs() - begin < kAbsorbTurnNs) {
    const MergeCheck check = worker_.nf.partition()->checkMerge(*guest_, kAbsorbEntries);
    if (check.fault) {
      fail(check.fault->code, check.fault->reason);
      return false;
    }
    if (check.done) return true;
  }
  return false;
}

/** Absorbs some of the guest; true when there is nothing (more) to absorb. */
bool Destination::takenIn(const Now& now) {
  if (guest_ == nullptr) return true;
  if (!absorbing_ && !ended_) guest_->recover(now.wall);
  absorbing_ = true;
  const std::uint64_t begin = monotonicNs();
  while (monotonicNs() - begin < kAbsorbTurnNs) {
    worker_.nf.discardMarks();
    if (worker_.nf.partition()->absorb(*guest_, kAbsorbEntries)) return true;
  }
  return false;
}

/** A port that holds packets is ready when the source has confirmed it, or its time is up. */
bool Destination::portReady(PortHold& port) {
  if (!port.opened || port.confirmed) return true;
  if (patienceNs_ < std::max(endNs_, port.openedNs) + kDrainTimeoutNs) return false;
  port.confirmed = true;
  worker_.telemetry.drainTimeouts.add();
  return true;
}

bool Destination::readyToRelease() {
  if (!ended_) return false;
  const bool late = patienceNs_ >= endNs_ + kMarkerTimeoutNs;
  bool ready = true;
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    ready = ready && (ports_[i].egressMarker || late) && portReady(ports_[i]);
  }
  return ready;
}

/** From here on this instance speaks: what the source left over first, then what was held. */
void Destination::release(const Now& now, bool sourceGone) {
  const std::uint64_t begin = monotonicNs();
  const std::uint64_t held = held_.packets();
  auto& telemetry = worker_.telemetry;
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    if (ended_ && !ports_[i].egressMarker) telemetry.markerTimeouts.add();
    ports_[i].gated = !sourceGone && !ports_[i].confirmed;
    if (ports_[i].gated) gates_++;
  }
  partHeld_ = absorbing_ = false;
  worker_.setMode(Mode::serving);
  worker_.setPhase(SyncPhase::released);
  if (!ended_ && guest_ == nullptr) worker_.nf.recover(now.wall);
  worker_.nf.takeOver(now.wall, worker_.output);
  processHeld(stragglers_, kAllPorts, now);
  processHeld(held_, kAllPorts, now);
  worker_.output.flush();
  const std::uint64_t end = monotonicNs();
  telemetry.releaseUs.set((end - begin) / 1000);
  telemetry.takeovers.add();
  worker_.channel.tellSync({SyncNote::Kind::released});
  worker_.events.emit(ServingEvent{
      !ended_, telemetry.heldPeakPackets.get(), telemetry.heldPeakBytes.get(),
      telemetry.stragglers.get(), telemetry.markerTimeouts.get(), telemetry.drainTimeouts.get(),
      held == 0 ? 0 : (end - firstHeldNs_) / 1000, telemetry.releaseUs.get()});
  handover_ = true;
  if (sourceGone) closeHandover();
}

void Destination::processHeld(HoldBuffer& buffer, unsigned ports, const Now& now) {
  Packet packet{};
  const auto open = [ports](PortIndex port) { return (ports >> port & 1) != 0; };
  while (buffer.front(open, packet)) {
    processOne(packet, now);
    buffer.pop(packet.port);
  }
  countHeld();
}

void Destination::processOne(Packet packet, const Now& now) {
  if (worker_.nf.collectDue()) worker_.nf.discardMarks();
  worker_.process(packet, now);
}

void Destination::openGates(const Now& now) {
  const bool windowOver = patienceNs_ >= endNs_ + kHandoverNs;
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    PortHold& port = ports_[i];
    if (!port.gated) continue;
    if (!(port.opened ? portReady(port) : windowOver)) continue;
    processHeld(held_, 1u << i, now);
    port.gated = false;
    gates_--;
  }
  if (windowOver && gates_ == 0) closeHandover();
}

void Destination::closeHandover() {
  handover_ = false;
  guest_.reset();
  held_.trim();
  stragglers_.trim();
  worker_.setPhase(SyncPhase::none);
  worker_.events.emit(HandoverClosedEvent{worker_.telemetry.stragglers.get(),
                                          worker_.telemetry.drainTimeouts.get()});
}

}  // namespace ferry
