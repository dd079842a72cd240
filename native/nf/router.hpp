// What an NF that is a router hop does beside its own work: ARP, echo to itself, checks of headers,
// next hops, ICMP errors. NAT44 has its own, for it answers for a pool of addresses.
#pragma once

#include <optional>

#include "../core/nf.hpp"
#include "../proto/ethernet.hpp"
#include "../proto/ipv4.hpp"
#include "neighbours.hpp"
#include "own_addresses.hpp"
#include "router_counters.hpp"
#include "router_port.hpp"
#include "waiting_frames.hpp"

namespace ferry {

struct RouterConfig : RouterPorts {
  // Next hop of what is not connected, on each port.
  std::optional<std::uint32_t> insideGateway;
  std::optional<std::uint32_t> outsideGateway;

  const std::optional<std::uint32_t>& gateway(PortIndex port) const {
    return port == kInside ? insideGateway : outsideGateway;
  }
};

/** Reads inside: {mac, address, gateway?} and outside: {mac, address, gateway?}, both required. */
RouterConfig readRouterConfig(ConfigReader& reader, ConfigError& error);

/** An IPv4 packet under way: whole, its header checksum right, its source a possible one. */
struct RoutedPacket {
  Packet& packet;
  EthernetView ethernet;
  Ipv4View ip;
  TimeMs now;
  Output& output;
  bool toUs;  // to the address of one of our ports
};

/**
 * Neighbours and the frames that wait for them are state: an NF lists both among the tables of its
 * TableSet.
 */
class Router {
 public:
  Router(const RouterConfig& config, RouterCounters& counters);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /** The packet to route; nullopt when it was dealt with, and `verdict` says how. */
  std::optional<RoutedPacket> receive(Packet& packet, TimeMs now, Output& output, Verdict& verdict);
  /** The port by which a destination is reached from `from`: connected, else the other one. */
  PortIndex portOf(std::uint32_t destination, PortIndex from) const;
  /**
   * Sends a packet on towards its destination, by this port; `routed.packet` and `routed.ethernet`
   * may be others than were received. The TTL is the caller's.
   */
  Verdict send(const RoutedPacket& routed, PortIndex port);
  /** Drops a packet, and tells its sender why if it may. */
  template <typename Reason>
  Verdict refuse(const RoutedPacket& routed, std::uint8_t type, std::uint8_t code, Reason reason) {
    sendError(routed, type, code);
    return drop(reason);
  }
  /** Tells a packet's sender the longest packet that gets through (RFC 1191). */
  void tellTooBig(const RoutedPacket& routed, std::uint16_t mtu);
  template <typename Reason>
  Verdict drop(Reason reason) {
    counters_.add(reason);
    return {Action::drop, 0};
  }
  Verdict consumed();

  void expire(TimeMs now, Output& output) { neighbours_.expire(now, output); }
  void announce(Output& output) { neighbours_.announce(output); }
  void reset();
  bool checkInvariants() const { return neighbours_.checkInvariants(); }
  std::uint64_t entries() const {
    return std::uint64_t{neighbours_.table().size()} + waiting_.table().size();
  }

  Neighbours& neighbours() { return neighbours_; }
  WaitingFrames& waiting() { return waiting_; }

 private:
  std::optional<RoutedPacket> receiveIpv4(Packet& packet, const EthernetView& ethernet, TimeMs now,
                                          Output& output, Verdict& verdict);
  bool possibleSource(std::uint32_t source, PortIndex port) const;
  Verdict answerEcho(const RoutedPacket& routed);
  void sendError(const RoutedPacket& routed, std::uint8_t type, std::uint8_t code,
                 std::uint16_t mtu = 0);

  const RouterConfig& config_;
  RouterCounters& counters_;
  const OwnAddresses own_;
  WaitingFrames waiting_;
  Neighbours neighbours_;
};

}  // namespace ferry
