#include "relay_gate.hpp"

#include <algorithm>

namespace ferry {
namespace {

constexpr std::uint64_t kMaxStepNs = 5 * kMs;

}  // namespace

void RelayGate::shut(const SessionToken& token) {
  token_ = token;
  movedNs_ = patienceNs_;
  shutPorts_ = static_cast<unsigned>(worker_.ports.size());
  for (std::size_t i = 0; i < shutPorts_; ++i) shut_[i] = true;
  tell();
}

void RelayGate::passed() {
  worker_.telemetry.relayedPackets.add();
  movedNs_ = patienceNs_;
}

bool RelayGate::onMarker(ByteView frame, PortIndex port) {
  if (shutPorts_ == 0) return false;
  const auto marker = parseMarker(frame, token_);
  if (!marker || marker->kind != MarkerKind::relayed || marker->port != port) return false;
  open(port);
  return true;
}

bool RelayGate::hold(const Packet& packet) {
  if (!waiting()) movedNs_ = patienceNs_;
  if (!held_.push(packet)) {
    worker_.telemetry.holdOverflows.add();
    openAll();
    return false;
  }
  tell();
  return true;
}

void RelayGate::turn(std::uint64_t now) {
  patienceNs_ += std::min(now - lastTurnNs_, kMaxStepNs);
  lastTurnNs_ = now;
  if (shutPorts_ == 0 || !waiting() || patienceNs_ < movedNs_ + kPatienceNs) return;
  worker_.telemetry.relayTimeouts.add();
  openAll();
}

bool RelayGate::front(Packet& packet) {
  if (!waiting()) return false;
  return held_.front([this](PortIndex port) { return !shut_[port]; }, packet);
}

void RelayGate::pop(const Packet& packet) {
  held_.pop(packet.port);
  if (!waiting() && shutPorts_ == 0) held_.trim();
  tell();
}

void RelayGate::open(PortIndex port) {
  if (!shut_[port]) return;
  shut_[port] = false;
  shutPorts_--;
  tell();
}

void RelayGate::openAll() {
  for (std::size_t i = 0; i < worker_.ports.size(); ++i) open(static_cast<PortIndex>(i));
}

void RelayGate::tell() const {
  auto& telemetry = worker_.telemetry;
  telemetry.relayPortsShut.set(shutPorts_);
  telemetry.relayWaiting.set(held_.packets());
  telemetry.heldPeakPackets.raise(held_.packets());
  telemetry.heldPeakBytes.raise(held_.bytes());
}

}  // namespace ferry
