// The destination's side of a migration, as far as it touches the network function: runs in the
// worker.
#pragma once

#include <array>
#include <cstdint>

#include "../core/context.hpp"
#include "../core/hold_buffer.hpp"
#include "marker.hpp"
#include "records.hpp"

namespace ferry {

/**
 * none > listening > snapshot > catchingUp > synchronised > released > none, or lost.
 *
 * While armed it holds what arrives. It releases when the source's END is applied, an egress marker
 * has come on every port (nothing of the source can leave the switch later), and each port that
 * holds packets is confirmed: the source drained the port after it had heard of our first packet
 * there. A port without packets stays gated: its first packet asks the source in the same way,
 * until the hand-over window is over. Each wait has a bound, counted when it was needed.
 */
class Destination {
 public:
  static constexpr std::uint64_t kMarkerTimeoutNs = 100 * kMs;
  static constexpr std::uint64_t kDrainTimeoutNs = 100 * kMs;
  static constexpr std::uint64_t kHandoverNs = 1000 * kMs;
  /** Records that may be on their way and the lag still counts as none. */
  static constexpr std::uint64_t kLagBound = 8;

  Destination(const WorkerContext& context, std::size_t ports, std::size_t holdBytes)
      : worker_(context), held_(ports, holdBytes), stragglers_(ports, holdBytes) {}

  void attach(const SessionToken& token);
  /** Forgets the session it came by: the instance is about to be a source itself. */
  void detach();
  void arm();
  void onNote(const WorkerNote& note);
  void onMarker(const Marker& marker, PortIndex port);

  /** True when a packet of this port has to be held. `data`: addressed to the port's own MAC. */
  bool holds(PortIndex port, bool data) const {
    if (worker_.mode() == Mode::hold) return true;
    return gates_ != 0 && ports_[port].gated && (data || ports_[port].opened);
  }
  /** Holds a packet; false when there is no room and it must wait in the port. */
  bool hold(const Packet& packet, bool data, const Now& now);

  /** One step between bursts; true when there is more to do at once. */
  bool turn(const Now& now);

  const SessionToken& token() const { return token_; }
  bool attached() const { return attached_; }

 private:
  struct PortHold {
    bool gated = false;      // released, and this port not yet
    bool opened = false;     // OPENED was sent: a data packet is held
    bool confirmed = false;  // the source drained the port after that
    bool egressMarker = false;
    std::uint64_t openedNs = 0;  // patience
  };

  void beginSession();
  bool installSnapshot(const Now& now);
  void installRecord(const RecordRing::Record& record);
  void finishSnapshot(ByteView payload);
  bool applyRecords(const Now& now);
  bool applyRecord(const RecordRing::Record& record, const Now& now);
  void applyStatelets(ByteView payload);
  void replayPackets(std::span<std::uint8_t> payload);
  void applyEnd(ByteView payload);
  void confirmDrained(ByteView payload);
  bool takeStraggler(std::span<std::uint8_t> payload, const Now& now);
  void measureLag(const Now& now);
  void checkSynchronised();
  bool readyToRelease();
  bool portReady(PortHold& port);
  void release(const Now& now, bool sourceGone);
  void processHeld(HoldBuffer& buffer, unsigned ports, const Now& now);
  void processOne(Packet packet, const Now& now);
  void openGates(const Now& now);
  void closeHandover();
  void countHeld() const;
  void fail(const char* code, const char* reason);

  const WorkerContext& worker_;
  SessionToken token_{};
  bool attached_ = false;
  bool reading_ = false;  // records of the session are being taken

  HoldBuffer held_;
  HoldBuffer stragglers_;  // between END and the release
  std::array<PortHold, kMaxPorts> ports_{};
  unsigned gates_ = 0;  // ports gated
  bool overflowTold_ = false;
  std::uint64_t firstHeldNs_ = 0;

  std::uint64_t snapshotBytes_ = 0;
  std::uint32_t snapshotCrc_ = 0;
  std::uint64_t appliedSeq_ = 0;
  bool ended_ = false;
  bool handover_ = false;    // released, and the window is not over
  std::uint64_t endNs_ = 0;  // patience
  // Time in which this thread ran: a stall of the machine uses up no timeout.
  std::uint64_t patienceNs_ = 0;
  std::uint64_t lastTurnNs_ = 0;
};

}  // namespace ferry
