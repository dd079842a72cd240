#include "endpoint_loop.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "../core/clock.hpp"
#include "../core/priority.hpp"

namespace ferry::traffic {

namespace {

constexpr std::uint64_t kMillisecondNs = 1'000'000;
constexpr std::uint64_t kRequestEveryNs = 100 * kMillisecondNs;
constexpr std::uint64_t kResolveForNs = 5'000 * kMillisecondNs;
constexpr std::uint64_t kIdleSleepNs = 100 * kMillisecondNs;
constexpr std::uint64_t kDrainSleepNs = 10 * kMillisecondNs;
constexpr std::uint64_t kRingFullSleepNs = kMillisecondNs;
constexpr std::uint64_t kQuietNs = 200 * kMillisecondNs;
constexpr std::uint64_t kDrainNs = 1'000 * kMillisecondNs;
// A machine that stood still did not listen either: a turn counts as at most this much quiet.
constexpr std::uint64_t kLongestTurnNs = 20 * kMillisecondNs;
constexpr std::size_t kBurst = 64;
constexpr std::size_t kBurstsPerTurn = 8;

}  // namespace

EndpointLoop::EndpointLoop(const EndpointOptions& options, const MacAddress& mac,
                           std::unique_ptr<Port> port, int wakeFd)
    : options_(options),
      mac_(mac),
      port_(std::move(port)),
      wakeFd_(wakeFd),
      sender_(options_, mac_, *port_),
      receiver_(options_.flows),
      prefillSender_(options_, mac_, *port_) {}

EndpointLoop::~EndpointLoop() { close(wakeFd_); }

void EndpointLoop::run() {
  prepareThread("ferry-traffic");
  // Late packets should be the network's fault; but flat out nothing may run before what it loads.
  if (!options_.flatOut) raisePriority();
  lastTurnNs_ = monotonicNs();
  for (bool closing = false; !closing;) {
    const bool arrived = receive();
    const std::uint64_t nowNs = monotonicNs();
    obey(nowNs);
    advance(nowNs, arrived);
    port_->flush();
    lastTurnNs_ = nowNs;
    if (nowNs >= nextPublishNs_) publish(nowNs);
    if (!arrived) sleepUntil(wakeAtNs(nowNs));
    if (asked_.load(std::memory_order_acquire)) {
      const std::lock_guard lock(shared_);
      closing = closeAsked_;
    }
  }
}

bool EndpointLoop::receive() {
  std::array<Packet, kBurst> burst;
  for (std::size_t i = 0; i < kBurstsPerTurn; ++i) {
    const std::size_t count = port_->receive(burst);
    if (count == 0) return i != 0;
    // A packet's time is when it reached the interface, not when this thread came to read it.
    const std::uint64_t nowNs = monotonicNs();
    const std::uint64_t wallNs = clockNs(CLOCK_REALTIME);
    for (std::size_t j = 0; j < count; ++j) {
      const Packet& packet = burst[j];
      const std::uint64_t waitedNs =
          packet.arrivedNs != 0 && packet.arrivedNs < wallNs ? wallNs - packet.arrivedNs : 0;
      take({packet.data, packet.length}, nowNs - std::min(waitedNs, nowNs));
    }
    port_->release();
  }
  return true;
}

void EndpointLoop::take(Bytes frame, std::uint64_t arrivedNs) {
  const auto ethernet = EthernetView::parse(frame);
  if (ethernet && ethernet->type() == ether_type::kArp) {
    if (const auto arp = ArpView::parse(ethernet->payload())) takeArp(*arp);
    return;
  }
  Probe probe;
  const ProbeStatus status = readProbe(frame, probe);
  if (status == ProbeStatus::foreign || !ownsAddress(options_, probe.destination.address)) return;
  if (phase_ == Phase::finished || phase_ == Phase::failed) return;
  if (status == ProbeStatus::corrupted) {
    ++corrupted_;
  } else if (probe.run != options_.runId) {
    ++foreign_;
  } else if (options_.role == Role::server && probe.kind == ProbeKind::prefill) {
    prefillRecord_.mark(probe.flow);
  } else {
    takeData(probe, arrivedNs);
  }
}

void EndpointLoop::takeArp(const ArpView& arp) {
  if (arp.operation() == ArpView::kRequest && ownsAddress(options_, arp.targetAddress())) {
    const ArpFrame reply = arpReply(mac_, arp);
    transmitOrFlush(*port_, reply);
  }
  if (options_.role == Role::client && arp.senderAddress() == options_.nextHop) {
    nextHopIs(arp.senderMac());
  }
}

void EndpointLoop::takeData(const Probe& probe, std::uint64_t arrivedNs) {
  const bool server = options_.role == Role::server;
  if (probe.flow >= options_.flows ||
      probe.kind != (server ? ProbeKind::toServer : ProbeKind::toClient)) {
    ++foreign_;
    return;
  }
  bool holds = false;
  if (server) {
    nextHopIs(probe.sourceMac);
    if (sender_.peer(probe.flow).port == 0) sender_.learnPeer(probe.flow, probe.source);
    holds = sender_.peer(probe.flow) == probe.source && probe.destination == options_.server;
    if (phase_ == Phase::idle) beginSending(monotonicNs());
  } else {
    holds = sender_.peer(probe.flow) == probe.destination && probe.source == options_.server;
  }
  receiver_.arrive(probe.flow, probe.sequence, probe.sentNs, arrivedNs, holds);
}

void EndpointLoop::nextHopIs(const MacAddress& mac) {
  nextHopKnown_ = true;
  sender_.setNextHop(mac);
  prefillSender_.setNextHop(mac);
}

void EndpointLoop::obey(std::uint64_t nowNs) {
  if (!asked_.exchange(false, std::memory_order_acq_rel)) return;
  bool start = false;
  bool stop = false;
  std::optional<PrefillCommand> prefill;
  {
    const std::lock_guard lock(shared_);
    start = std::exchange(startAsked_, false);
    stop = std::exchange(stopAsked_, false);
    prefill = std::exchange(prefillAsked_, std::nullopt);
    if (start || prefill) published_.phase = Phase::resolving;  // refuses the next one from here on
    if (closeAsked_) asked_.store(true, std::memory_order_release);
  }
  if (prefill) {
    prefillSender_.begin(std::move(prefill->ranges));
    prefillRatePps_ = prefill->ratePps;
  }
  if (start || prefill) {
    afterResolving_ = start ? Phase::sending : Phase::prefilling;
    resolvingSinceNs_ = nowNs;
    nextRequestNs_ = nowNs;
    enter(Phase::resolving);
  }
  if (!stop) return;
  if (phase_ == Phase::sending) {
    stopAtNs_ = nowNs;
  } else if (phase_ == Phase::idle || phase_ == Phase::resolving || phase_ == Phase::prefilling) {
    finish();
  }
}

void EndpointLoop::advance(std::uint64_t nowNs, bool arrived) {
  switch (phase_) {
    case Phase::resolving:
      resolve(nowNs);
      break;
    case Phase::prefilling:
      if (prefillSender_.send(pacer_->grant(nowNs))) enter(Phase::idle);
      break;
    case Phase::sending:
      send(nowNs);
      break;
    case Phase::draining:
      drain(nowNs, arrived);
      break;
    case Phase::idle:
    case Phase::finished:
    case Phase::failed:
      break;
  }
}

void EndpointLoop::resolve(std::uint64_t nowNs) {
  if (nextHopKnown_) {
    if (afterResolving_ == Phase::sending) {
      beginSending(nowNs);
    } else {
      pacer_.emplace(prefillRatePps_, nowNs);
      enter(Phase::prefilling);
    }
  } else if (nowNs - resolvingSinceNs_ > kResolveForNs) {
    fail({"TRAFFIC_NEXT_HOP", "nextHop",
          "Nobody answered ARP for nextHop within 5 s: check that the gateway runs and is "
          "linked."});
  } else if (nowNs >= nextRequestNs_) {
    const ArpFrame request = arpRequest(mac_, options_.firstClient.address, options_.nextHop);
    transmitOrFlush(*port_, request);
    nextRequestNs_ = nowNs + kRequestEveryNs;
  }
}

void EndpointLoop::beginSending(std::uint64_t nowNs) {
  pacer_.emplace(options_.ratePps, nowNs);
  stopAtNs_ = nowNs + options_.durationMs * kMillisecondNs;
  enter(Phase::sending);
}

void EndpointLoop::send(std::uint64_t nowNs) {
  if (nowNs >= stopAtNs_) {
    skipped_ = pacer_->skipped();
    enter(Phase::draining);
    return;
  }
  if (options_.flatOut) {
    const std::uint64_t refusedBefore = sender_.refused();
    if (options_.role == Role::client) sender_.send(kBurst);
    ringFull_ = sender_.refused() != refusedBefore;
    return;
  }
  const std::uint64_t plannedNs = pacer_->wakeAtNs();
  if (nowNs > plannedNs) maxStallNs_ = std::max(maxStallNs_, nowNs - plannedNs);
  sender_.send(pacer_->grant(nowNs));
  skipped_ = pacer_->skipped();
}

void EndpointLoop::drain(std::uint64_t nowNs, bool arrived) {
  const std::uint64_t turnNs = std::min(nowNs - lastTurnNs_, kLongestTurnNs);
  drainedNs_ += turnNs;
  quietNs_ = arrived ? 0 : quietNs_ + turnNs;
  if (quietNs_ >= kQuietNs || drainedNs_ >= kDrainNs) finish();
}

std::uint64_t EndpointLoop::wakeAtNs(std::uint64_t nowNs) const {
  switch (phase_) {
    case Phase::resolving:
      return nextRequestNs_;
    case Phase::prefilling:
      return pacer_->wakeAtNs();
    case Phase::sending:
      if (!options_.flatOut) return std::min(pacer_->wakeAtNs(), stopAtNs_);
      if (options_.role == Role::server) return stopAtNs_;
      return ringFull_ ? nowNs + kRingFullSleepNs : nowNs;
    case Phase::draining:
      return nowNs + kDrainSleepNs;
    case Phase::idle:
    case Phase::finished:
    case Phase::failed:
      return nowNs + kIdleSleepNs;
  }
  return nowNs;
}

void EndpointLoop::sleepUntil(std::uint64_t wakeNs) {
  const std::uint64_t nowNs = monotonicNs();
  if (wakeNs <= nowNs) return;
  const std::uint64_t sleepNs = std::min(wakeNs - nowNs, kIdleSleepNs);
  const timespec timeout = {0, static_cast<long>(sleepNs)};
  const auto events = static_cast<short>(ringFull_ ? POLLIN | POLLOUT : POLLIN);
  std::array<pollfd, 2> waited = {pollfd{wakeFd_, POLLIN, 0}, pollfd{port_->pollFd(), events, 0}};
  // A port that is down may stay readable with an error: then only time and commands wake.
  const nfds_t count = port_->linkDown() ? 1 : waited.size();
  if (ppoll(waited.data(), count, &timeout, nullptr) <= 0) {
    if (port_->linkDown()) port_->checkLink();
    return;
  }
  if ((waited[0].revents & POLLIN) != 0) {
    std::uint64_t wakes = 0;
    // Nothing depends on the value: the flags under the lock say what was asked.
    if (read(wakeFd_, &wakes, sizeof wakes) < 0) return;
  }
  if ((waited[1].revents & POLLERR) != 0) port_->checkLink();
}

}  // namespace ferry::traffic
