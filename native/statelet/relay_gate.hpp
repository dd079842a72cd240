// Frames that have come by way of the controller are older than those that come straight from the
// switch: those wait until the last of the others is through.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "../core/context.hpp"
#include "../core/hold_buffer.hpp"
#include "marker.hpp"
#include "records.hpp"

namespace ferry {

/** Destination of a frame that the controller passes on; the port's own has to be put back. A
 * broadcast has the group bit set. */
inline constexpr MacAddress kRelayMac{0x02, 0xfe, 0xff, 0x00, 0x00, 0x01};

/** True for a frame that the controller passes on. */
inline bool isRelayed(const Packet& packet) {
  return packet.data[5] == kRelayMac[5] && (packet.data[0] & 0xfe) == kRelayMac[0] &&
         std::equal(kRelayMac.begin() + 1, kRelayMac.end(), packet.data + 1);
}

/**
 * Shut, it holds every data packet that comes straight from the switch, in arrival order; what the
 * controller passes on does not come here. A port opens by its marker of kind `relayed`, which
 * follows the last frame on the same way. Should that be lost, or what waits outgrow its bound,
 * every port opens by itself: then order may be broken, and nothing is lost.
 */
class RelayGate {
 public:
  /** With packets waiting, and none from the controller. */
  static constexpr std::uint64_t kPatienceNs = 2000 * kMs;

  RelayGate(const WorkerContext& context, std::size_t ports, std::size_t holdBytes)
      : worker_(context), held_(ports, holdBytes) {}

  /** Shuts every port, also one that has opened before. */
  void shut(const SessionToken& token);
  /** A frame that the controller passed on was taken. */
  void passed();
  /** True when it was this gate's. */
  bool onMarker(ByteView frame, PortIndex port);

  bool holds(PortIndex port) const { return shut_[port] || (waiting() && !held_.empty(port)); }
  /** Keeps a packet; false when there is no room: then every port opens. */
  bool hold(const Packet& packet);

  /** Once between bursts. */
  void turn(std::uint64_t now);
  /** The packet that may go next, oldest first; false: none. */
  bool front(Packet& packet);
  void pop(const Packet& packet);

 private:
  bool waiting() const { return held_.packets() != 0; }
  void open(PortIndex port);
  void openAll();
  void tell() const;

  const WorkerContext& worker_;
  HoldBuffer held_;
  SessionToken token_{};
  std::array<bool, kMaxPorts> shut_{};
  unsigned shutPorts_ = 0;
  // Time in which this thread ran: a stall of the machine uses up no patience.
  std::uint64_t patienceNs_ = 0;
  std::uint64_t lastTurnNs_ = 0;
  std::uint64_t movedNs_ = 0;  // patience when a frame was passed on, or the first began to wait
};

}  // namespace ferry
