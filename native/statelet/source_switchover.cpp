// The source's last steps: when it is done with its ports, END, and what comes after that.
#include <algorithm>

#include "source.hpp"

namespace ferry {

void Source::lookForDrained() {
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    PortEnd& end = ends_[i];
    if (end.opened && !end.drainedOpened) end.drainedOpened = worker_.ports[i].drained();
  }
}

/** Nothing moved for a while, and nothing lies in a ring. */
bool Source::quiet(const Now& now) {
  if (now.ns - std::max(lastMovedNs_, firstMarkerNs_) < kQuietNs) return false;
  return std::all_of(worker_.ports.begin(), worker_.ports.end(),
                     [](PortReader& port) { return port.drained(); });
}

bool Source::portsFinished(const Now& now) {
  const bool hinted = hintNs_ != 0 && now.ns - hintNs_ >= kHintDelayNs;
  bool everyOpened = true;
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    if (!ends_[i].marker && !hinted) return false;
    everyOpened = everyOpened && ends_[i].drainedOpened;
  }
  // Where several switches send, a first packet at destInst tells of one of them only.
  return (everyOpened && !severalOrigins_) || quiet(now);
}

/** The last statelets or copies, and the end record; nothing is processed between them and the
 * markers. */
bool Source::finish(const Now& now) {
  if (copying()) {
    if (!collectTimers(now) || !writeCopies(now)) return false;
    worker_.nf.discardMarks();
  }
  while (worker_.nf.dirty()) {
    if (!collectOnce(now)) return false;
  }
  End end{0, static_cast<std::uint8_t>(worker_.ports.size())};
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    if (ends_[i].drainedOpened) end.drainedPorts |= static_cast<std::uint8_t>(1u << i);
  }
  std::array<std::uint8_t, kMaxRecordBytes> bytes;
  ByteWriter out(bytes.data(), bytes.size());
  end.write(out);
  if (!worker_.channel.reliableOut.push(typeOf(FrameType::end), now.ns, out.view())) return false;
  worker_.telemetry.recordsWritten.add();
  for (PortEnd& port : ends_) port.drainedSent = port.drainedOpened;
  partEnded_ = partial_;
  if (!partial_) worker_.setMode(Mode::closed);
  worker_.setPhase(SyncPhase::ended);
  worker_.channel.syncWake.signal();
  sendEgressMarkers();

  const auto& telemetry = worker_.telemetry;
  EndedEvent event{telemetry.volume(),
                   telemetry.recordsWritten.get(),
                   {},
                   packetsAfterMarker_,
                   telemetry.dataplanePackets.get(),
                   telemetry.dataplaneBytes.get(),
                   (monotonicNs() - firstMarkerNs_) / 1000};
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    event.markersSeen.push_back(ends_[i].marker);
  }
  worker_.events.emit(std::move(event));
  return true;
}

void Source::sendEgressMarkers() const {
  for (PortReader& port : worker_.ports) {
    const auto frame = buildMarker(port.mac(), {MarkerKind::egress, port.index()}, token_);
    worker_.output.transmit(port.index(), frame);
  }
  worker_.output.flush();
}

bool Source::straggle(const Packet& packet, const Now& now) {
  if (!attached_ && partEnded_) {
    // The stream is gone for good: waiting would only stop the rest.
    worker_.telemetry.suppressedPackets.add();
    return true;
  }
  if (!attached_ || resuming_) return false;
  auto& ring = worker_.channel.reliableOut;
  const auto room = ring.reserve(1 + packet.length);
  if (room.data() == nullptr) return false;
  ByteWriter out(room.data(), room.size());
  Straggler{packet.port, {packet.data, packet.length}}.write(out);
  ring.commit(typeOf(FrameType::straggler), now.ns, out.size());
  worker_.channel.syncWake.signal();
  worker_.telemetry.recordsWritten.add();
  worker_.telemetry.stragglers.add();
  return true;
}

void Source::sendDrained(const Now& now) {
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) {
    PortEnd& end = ends_[i];
    if (!end.drainedOpened || end.drainedSent) continue;
    const std::array<std::uint8_t, 1> port{static_cast<std::uint8_t>(i)};
    if (!worker_.channel.reliableOut.push(typeOf(FrameType::drained), now.ns, port)) return;
    worker_.channel.syncWake.signal();
    worker_.telemetry.recordsWritten.add();
    end.drainedSent = true;
  }
}

}  // namespace ferry
