// The side of EndpointLoop that other threads see: commands in, published counters out.
#include <unistd.h>

#include <utility>

#include "endpoint_loop.hpp"

namespace ferry::traffic {

namespace {

constexpr std::uint64_t kPublishEveryNs = 50'000'000;

}  // namespace

bool EndpointLoop::askStart() {
  const std::lock_guard lock(shared_);
  if (published_.phase != Phase::idle || startAsked_ || prefillAsked_) return false;
  startAsked_ = true;
  wake();
  return true;
}

bool EndpointLoop::askPrefill(PrefillCommand command) {
  const std::lock_guard lock(shared_);
  if (published_.phase != Phase::idle || startAsked_ || prefillAsked_) return false;
  prefillAsked_ = std::move(command);
  wake();
  return true;
}

void EndpointLoop::askStop() {
  const std::lock_guard lock(shared_);
  stopAsked_ = true;
  wake();
}

void EndpointLoop::askClose() {
  const std::lock_guard lock(shared_);
  closeAsked_ = true;
  wake();
}

void EndpointLoop::wake() {
  asked_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  // An eventfd refuses only when it is already pending, and then the thread wakes anyway.
  [[maybe_unused]] const ssize_t written = write(wakeFd_, &one, sizeof one);
}

EndpointStats EndpointLoop::stats() const {
  const std::lock_guard lock(shared_);
  EndpointStats stats = published_;
  if (startAsked_ || prefillAsked_) stats.phase = Phase::resolving;
  return stats;
}

std::optional<EndpointReport> EndpointLoop::report() const {
  const std::lock_guard lock(shared_);
  return report_;
}

std::optional<Error> EndpointLoop::failure() const {
  const std::lock_guard lock(shared_);
  return failure_;
}

void EndpointLoop::enter(Phase phase) {
  phase_ = phase;
  const EndpointStats stats = currentStats();
  const std::lock_guard lock(shared_);
  published_ = stats;
}

void EndpointLoop::publish(std::uint64_t nowNs) {
  nextPublishNs_ = nowNs + kPublishEveryNs;
  enter(phase_);
}

EndpointStats EndpointLoop::currentStats() const {
  EndpointStats stats;
  stats.phase = phase_;
  stats.sent = sender_.sent();
  stats.skipped = skipped_;
  stats.refused = sender_.refused();
  stats.corrupted = corrupted_;
  stats.foreign = foreign_;
  stats.prefillSent = prefillSender_.sent();
  stats.prefillReceived = prefillRecord_.received();
  stats.received = receiver_.totals();
  stats.p50Ns = receiver_.latency().percentileNs(0.5);
  stats.p99Ns = receiver_.latency().percentileNs(0.99);
  stats.maxNs = receiver_.latency().maxNs();
  stats.maxSchedulingStallNs = maxStallNs_;
  return stats;
}

void EndpointLoop::finish() {
  phase_ = Phase::finished;
  EndpointReport report;
  report.totals = currentStats();
  report.firstSentNs = sender_.firstSentNs();
  report.lastSentNs = sender_.lastSentNs();
  receiver_.latency().forEach([&report](std::uint64_t ns, std::uint64_t packets) {
    report.latency.emplace_back(ns, packets);
  });
  for (std::uint32_t flow = 0; flow < options_.flows; ++flow) {
    report.sentOfFlow.push_back(sender_.sentOfFlow(flow));
    report.receivedOfFlow.push_back(receiver_.flow(flow).received());
  }
  report.port = port_->stats();
  const std::lock_guard lock(shared_);
  published_ = report.totals;
  report_ = std::move(report);
}

void EndpointLoop::fail(Error error) {
  phase_ = Phase::failed;
  const EndpointStats stats = currentStats();
  const std::lock_guard lock(shared_);
  published_ = stats;
  failure_ = std::move(error);
}

}  // namespace ferry::traffic
