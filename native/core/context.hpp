// What the parts of one worker share; all of it belongs to the worker's thread, bar the atomics
// inside.
#pragma once

#include <deque>

#include "../statelet/channel.hpp"
#include "clock.hpp"
#include "event.hpp"
#include "nf.hpp"
#include "port_reader.hpp"
#include "telemetry.hpp"
#include "transmitter.hpp"

namespace ferry {

/** Read once per burst. `wall` never goes back, whatever is done to the system's clock. */
struct Now {
  TimeMs wall = 0;
  std::uint64_t ns = 0;
};

struct WorkerContext {
  NetworkFunction& nf;
  Channel& channel;
  Telemetry& telemetry;
  EventSink& events;
  Transmitter& output;
  std::deque<PortReader>& ports;

  Mode mode() const { return telemetry.mode.load(std::memory_order_relaxed); }
  void setMode(Mode mode) const { telemetry.mode.store(mode, std::memory_order_relaxed); }
  SyncPhase phase() const { return telemetry.phase.load(std::memory_order_relaxed); }
  void setPhase(SyncPhase phase) const { telemetry.phase.store(phase, std::memory_order_release); }

  /** One packet through the network function and out. */
  void process(Packet& packet, const Now& now) const {
    telemetry.processedPackets.add();
    telemetry.processedBytes.add(packet.length);
    const Verdict verdict = nf.process(packet, now.wall, output);
    if (verdict.action == Action::forward) {
      output.transmit(verdict.port, {packet.data, packet.length});
    }
  }
};

}  // namespace ferry
