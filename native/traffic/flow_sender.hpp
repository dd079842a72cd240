// Sends the probes of all flows in turn, each flow with its own numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "../io/port.hpp"
#include "options.hpp"
#include "probe.hpp"

namespace ferry::traffic {

/**
 * One direction of one run. A packet that the transmit ring refuses twice is not sent and keeps
 * its number for the next try: it was not offered.
 */
class FlowSender {
 public:
  FlowSender(const EndpointOptions& options, const MacAddress& ownMac, Port& port);

  void setNextHop(const MacAddress& mac) { writer_.setNextHop(mac); }
  /** Server: replies of `flow` go to this socket from now on. */
  void learnPeer(std::uint32_t flow, const Socket4& peer) { peers_[flow] = peer; }
  /** Where the packets of `flow` come from and go to; port 0 while a server does not know it. */
  const Socket4& peer(std::uint32_t flow) const { return peers_[flow]; }

  /** Takes `turns` turns round the flows and sends one packet for each flow with a known peer. */
  void send(std::uint64_t turns);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t refused() const { return refused_; }
  std::uint64_t firstSentNs() const { return firstSentNs_; }
  std::uint64_t lastSentNs() const { return lastSentNs_; }
  std::uint32_t sentOfFlow(std::uint32_t flow) const { return sequences_[flow]; }

 private:
  Port& port_;
  ProbeWriter writer_;
  Socket4 server_;
  std::uint32_t runId_;
  bool towardsServer_;
  std::vector<Socket4> peers_;  // the client's side of each flow, as this endpoint sees it
  std::vector<std::uint32_t> sequences_;
  std::uint32_t turn_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t firstSentNs_ = 0;
  std::uint64_t lastSentNs_ = 0;
};

/** Queues a frame; when the ring is full, starts sending and tries once more. */
bool transmitOrFlush(Port& port, ByteView frame);

}  // namespace ferry::traffic
