// The destination's side of a migration, as far as it touches the network function: runs in the
// worker.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "../core/context.hpp"
#include "../core/hold_buffer.hpp"
#include "../core/partition.hpp"
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
 *
 * When a part comes to an instance that serves already, a guest (another function of the same
 * configuration) takes its state, only the part's packets are held, and before the release the
 * function absorbs the guest, some entries at a time.
 *
 * A replica is a guest that stays: until it is armed or takes over, what comes of its parts is
 * suppressed, as on a standby.
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
  using Parts = std::vector<std::unique_ptr<FlowMatcher>>;
  /** What joins: a function for its state, and the packets that are its. */
  struct Guest {
    std::unique_ptr<NetworkFunction> function;
    Parts parts;
    bool replica = false;
  };
  /** The same for a part that joins what this instance serves. */
  void attach(const SessionToken& token, Guest guest);
  /** Leaves a session that brings a part, before it has taken over; false when there is none. */
  bool abandon();
  /** Forgets the session it came by: the instance is about to be a source itself. */
  void detach();
  void arm();
  /** Of a replica that was ordered to take over: the instance has left its session as a source. */
  void letJoin() { mayJoin_ = true; }
  void onNote(const WorkerNote& note);
  /** True for an order to take over, which is passed on. */
  bool onMarker(const Marker& marker, PortIndex port);

  /** True when a packet has to be held. `data`: addressed to the port's own MAC. */
  bool holds(const Packet& packet, bool data) const {
    if (worker_.mode() == Mode::hold) return true;
    if (partHeld_) return data && ofPart(packet);
    const PortHold& port = ports_[packet.port];
    return gates_ != 0 && port.gated && (data || port.opened) && (!joining_ || ofPart(packet));
  }
  /** True when a packet is one of a replica that does not serve. */
  bool suppresses(const Packet& packet, bool data) const {
    return replica_ && guest_ != nullptr && !partHeld_ && !handover_ && data && ofPart(packet);
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
  /** What the session's state goes to. */
  NetworkFunction& target() const { return guest_ != nullptr ? *guest_ : worker_.nf; }
  bool ofPart(const Packet& packet) const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&packet](const auto& part) { return part->holds(packet); });
  }
  bool mayTakeOver() const;
  bool checkGuest();
  bool takenIn(const Now& now);

  const WorkerContext& worker_;
  std::unique_ptr<NetworkFunction> guest_;
  Parts parts_;  // of the guest
  bool replica_ = false;
  bool joining_ = false;    // a part joins what is served here
  bool mayJoin_ = false;    // a replica
  bool partHeld_ = false;   // its packets are held
  bool absorbing_ = false;  // the guest has its last statelet
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
