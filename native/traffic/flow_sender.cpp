#include "flow_sender.hpp"

#include "../core/clock.hpp"

namespace ferry::traffic {

bool transmitOrFlush(Port& port, ByteView frame) {
  if (port.transmit(frame) == TransmitResult::queued) return true;
  port.flush();
  return port.transmit(frame) == TransmitResult::queued;
}

FlowSender::FlowSender(const EndpointOptions& options, const MacAddress& ownMac, Port& port)
    : port_(port),
      writer_(options.packetBytes, ownMac),
      server_(options.server),
      runId_(options.runId),
      towardsServer_(options.role == Role::client),
      peers_(options.flows),
      sequences_(options.flows) {
  if (!towardsServer_) return;
  for (std::uint32_t flow = 0; flow < options.flows; ++flow) {
    peers_[flow] = clientOfFlow(options, flow);
  }
}

void FlowSender::send(std::uint64_t turns) {
  for (; turns > 0; --turns) {
    const std::uint32_t flow = turn_;
    const Socket4& peer = peers_[flow];
    if (peer.port != 0) {
      Probe probe;
      probe.source = towardsServer_ ? peer : server_;
      probe.destination = towardsServer_ ? server_ : peer;
      probe.kind = towardsServer_ ? ProbeKind::toServer : ProbeKind::toClient;
      probe.flow = flow;
      probe.run = runId_;
      probe.sequence = sequences_[flow];
      probe.sentNs = monotonicNs();
      if (!transmitOrFlush(port_, writer_.write(probe))) {
        refused_ += turns;
        return;
      }
      if (sent_ == 0) firstSentNs_ = probe.sentNs;
      lastSentNs_ = probe.sentNs;
      ++sequences_[flow];
      ++sent_;
    }
    turn_ = flow + 1 == static_cast<std::uint32_t>(peers_.size()) ? 0 : flow + 1;
  }
}

}  // namespace ferry::traffic
