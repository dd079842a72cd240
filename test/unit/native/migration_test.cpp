// Whole migrations between two instances: nothing lost, doubled, reordered, or counted by another
// state.
#include <poll.h>

#include <cerrno>

#include "check.hpp"
#include "migration_lab.hpp"
#include "statelet/socket.hpp"
#include "subjects.hpp"
#include "tcp_proxy.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

struct Plan {
  std::uint32_t flows = 60;
  MigrationLab::Habits habits;
  bool proxied = false;
  std::size_t maxPiece = 4096;
  unsigned cuts = 0;  // after the snapshot
  bool hint = false;  // switched() instead of markers
  std::size_t holdBytes = 8u << 20;
  StreamContent content = StreamContent::statelets;
};

std::uint16_t listenAt(MigrationLab& lab) {
  const auto listening = lab.destination.instance.listen("127.0.0.1", kToken);
  CHECK(std::holds_alternative<std::uint16_t>(listening));
  const auto* port = std::get_if<std::uint16_t>(&listening);
  return port != nullptr ? *port : std::uint16_t{0};
}

/** Cuts the stream now and then, with some bytes of either direction still on their way. */
class Fault {
 public:
  Fault(TcpProxy* proxy, unsigned cuts, MigrationLab& lab)
      : proxy_(proxy), cutsLeft_(cuts), lab_(lab) {}

  /** No more of it; what waits goes on. */
  void end() {
    cutsLeft_ = 0;
    if (proxy_ != nullptr) proxy_->stall(false, false);
  }

  void turn() {
    if (cutsLeft_ == 0) return;
    if (turnsLeft_ == 0) {
      const std::uint64_t kind = lab_.random();
      proxy_->stall((kind & 1) != 0, (kind & 2) != 0);
      turnsLeft_ = 1 + static_cast<unsigned>(lab_.random() % 16);
    } else if (--turnsLeft_ == 0) {
      proxy_->cut();
      proxy_->stall(false, false);
      cutsLeft_--;
    }
  }

 private:
  TcpProxy* proxy_;
  unsigned cutsLeft_;
  MigrationLab& lab_;
  unsigned turnsLeft_ = 0;
};

/** The controller's part, with faults as planned. */
void migrate(MigrationLab& lab, const Plan& plan) {
  Instance& source = lab.source.instance;
  Instance& destination = lab.destination.instance;
  const std::uint16_t port = listenAt(lab);
  std::unique_ptr<TcpProxy> proxy;
  if (plan.proxied) proxy = std::make_unique<TcpProxy>(port, plan.maxPiece, lab.random());
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(!source.connect("127.0.0.1", proxy ? proxy->port() : port, kToken, false, plan.content));
  CHECK(lab.run([&] { return lab.destination.log.find<SynchronisedEvent>().has_value(); }));
  CHECK(!destination.arm());
  CHECK(lab.run([&] { return source.telemetry().phase.load() == SyncPhase::streaming; }));
  CHECK(!source.prepareSwitch());
  Fault fault(proxy.get(), plan.cuts, lab);
  for (std::uint64_t turns = lab.random() % 60; turns > 0; --turns) {
    lab.turn();
    fault.turn();
  }
  lab.redirect();
  if (plan.hint) CHECK(!source.switched());
  CHECK(lab.run([&] {
    fault.turn();
    return lab.destination.log.find<ServingEvent>().has_value();
  }));
  fault.end();
  CHECK(lab.run([&] { return lab.source.log.find<HandedOverEvent>().has_value(); }));
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(lab.settle());
}

void checkSink(const MigrationLab& lab) {
  const Telemetry& told = lab.destination.instance.telemetry();
  CHECK_EQ(lab.sink.delivered, lab.offered);
  // A wait that ran into its bound (a machine that stood still) may cost the order, no packet.
  if (told.markerTimeouts.get() + told.drainTimeouts.get() != 0) {
    CHECK(lab.destination.log.find<ServingEvent>()->holdUs >= 100'000);
    return;
  }
  CHECK_EQ(lab.sink.repeatedOrLate, 0u);
  CHECK_EQ(lab.sink.skipped, 0u);
  CHECK_EQ(lab.sink.wrongState, 0u);
}

void checkEnd(MigrationLab& lab, const Plan& plan) {
  migrate(lab, plan);
  checkSink(lab);
  CHECK_EQ(lab.source.log.count<SyncLostEvent>(), 0u);
  CHECK_EQ(lab.destination.log.count<ErrorEvent>(), 0u);
  CHECK_EQ(lab.source.instance.telemetry().mode.load(), Mode::closed);
  CHECK_EQ(lab.destination.instance.telemetry().mode.load(), Mode::serving);
}

void runPlan(const Plan& plan, std::uint64_t variation = 0) {
  MigrationLab lab(plan.flows, plan.habits, seed() + variation, plan.holdBytes);
  checkEnd(lab, plan);
}

/** Law 3 for one kind of function, over a stream that breaks. */
void migrateSubject(const SubjectKind& kind, StreamContent content) {
  Plan plan;
  plan.content = content;
  plan.flows = 20;
  plan.proxied = true;
  plan.cuts = 3;
  std::mt19937_64 random(seed());
  MigrationLab lab(kind.make(random), plan.flows, plan.habits, seed());
  checkEnd(lab, plan);
  CHECK(lab.source.instance.telemetry().statelets.get() > 0);
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const SubjectKind& kind : kSubjects) {
    registerTest(std::string(kind.name) + ": each packet leaves once, in order, treated alike",
                 [&kind] { migrateSubject(kind, StreamContent::statelets); });
    registerTest(std::string(kind.name) + ": the same by copies of the packets",
                 [&kind] { migrateSubject(kind, StreamContent::packets); });
  }
  return true;
}();

}  // namespace

TEST("a migration under traffic loses, doubles and reorders nothing") { runPlan({}); }

TEST("a large snapshot, changing while it is sent") {
  Plan plan;
  plan.flows = 200'000;
  runPlan(plan);
}

TEST("the stream in random pieces, down to one byte") {
  Plan plan;
  plan.proxied = true;
  plan.maxPiece = 37;
  runPlan(plan);
}

TEST("cuts of the stream after the snapshot are healed, exactly once") {
  for (unsigned i = 0; i < 5; ++i) {
    Plan plan;
    plan.proxied = true;
    plan.cuts = 6;
    runPlan(plan, i);
  }
}

TEST("stragglers that come after the end are handed over, in order") {
  Plan plan;
  plan.habits.stallTurns = 30;
  plan.habits.stalePackets = 200;
  MigrationLab lab(plan.flows, plan.habits, seed());
  migrate(lab, plan);
  checkSink(lab);
  if (lab.stragglersSent > 0) {
    CHECK(lab.source.instance.telemetry().stragglers.get() > 0);
  }
  CHECK_EQ(lab.destination.instance.telemetry().stragglers.get(),
           lab.source.instance.telemetry().stragglers.get());
}

TEST("stragglers and cuts together") {
  Plan plan;
  plan.habits.stallTurns = 30;
  plan.habits.stalePackets = 200;
  plan.proxied = true;
  plan.cuts = 4;
  runPlan(plan);
}

TEST("lost ingress markers: the hint of the controller does") {
  Plan plan;
  plan.habits.loseIngress = true;
  plan.hint = true;
  runPlan(plan);
}

TEST("lost egress markers: released after the bound, and counted") {
  Plan plan;
  plan.habits.loseEgress = true;
  MigrationLab lab(plan.flows, plan.habits, seed());
  migrate(lab, plan);
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.destination.instance.telemetry().markerTimeouts.get(), 2u);
}

TEST("a port without traffic opens by itself when the hand-over window is over") {
  Plan plan;
  plan.habits.silentPort = 1;
  MigrationLab lab(plan.flows, plan.habits, seed());
  migrate(lab, plan);
  checkSink(lab);
  CHECK(lab.run([&] { return lab.destination.log.find<HandoverClosedEvent>().has_value(); }));
  CHECK_EQ(lab.destination.instance.telemetry().drainTimeouts.get(), 0u);
}

TEST("a full hold buffer keeps packets waiting, and drops none") {
  Plan plan;
  plan.habits.loseEgress = true;  // 100 ms of holding
  plan.holdBytes = 4u << 10;
  MigrationLab lab(plan.flows, plan.habits, seed(), plan.holdBytes);
  migrate(lab, plan);
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.destination.log.count<HoldOverflowEvent>(), 1u);
  CHECK(lab.destination.instance.telemetry().backPressureUs.get() > 0);
}

TEST("where several switches redirect, srcInst ends when the markers of all have come") {
  Plan plan;
  plan.habits.loseIngress = true;  // this test sends them
  MigrationLab lab(plan.flows, plan.habits, seed());
  Instance& source = lab.source.instance;
  const std::uint16_t port = listenAt(lab);
  CHECK(!source.connect("127.0.0.1", port, kToken));
  CHECK(lab.run([&] { return lab.destination.log.find<SynchronisedEvent>().has_value(); }));
  CHECK(!lab.destination.instance.arm());
  CHECK(!source.prepareSwitch());
  CHECK(lab.run([&] { return source.telemetry().phase.load() == SyncPhase::switching; }));
  lab.mark(0, 0, 2);
  lab.mark(0, 0, 2);
  lab.mark(1, 0, 1);
  // One switch is missing: whatever happens meanwhile, and though nothing moves, it serves on.
  lab.run([turns = 0]() mutable { return turns++ == 100; });
  lab.run([turns = 0]() mutable { return turns++ == 30; }, 0);
  CHECK_EQ(source.telemetry().mode.load(), Mode::serving);
  CHECK(!lab.source.log.find<EndedEvent>().has_value());
  lab.redirect();
  lab.mark(0, 1, 2);
  CHECK(lab.run([&] { return lab.destination.log.find<ServingEvent>().has_value(); }));
  CHECK(lab.settle());
  checkSink(lab);
}

TEST("copies of packets in place of statelets: a large snapshot, stragglers and cuts") {
  Plan plan;
  plan.content = StreamContent::packets;
  plan.flows = 100'000;
  plan.habits.stallTurns = 30;
  plan.habits.stalePackets = 200;
  plan.proxied = true;
  plan.cuts = 4;
  runPlan(plan);
}

TEST("copies are as many bytes as the packets, and a few") {
  Plan plan;
  plan.content = StreamContent::packets;
  MigrationLab lab(plan.flows, plan.habits, seed());
  migrate(lab, plan);
  const Telemetry& told = lab.source.instance.telemetry();
  CHECK(told.stateletBytes.get() > told.dataplaneBytes.get());
  CHECK(told.stateletBytes.get() < told.dataplaneBytes.get() + 16 * told.dataplanePackets.get());
  CHECK_EQ(lab.destination.instance.telemetry().stateletBytes.get(), told.stateletBytes.get());
}

TEST("when the hand-over is over and the source is gone, nobody listens any more") {
  MigrationLab lab(60, {}, seed());
  const std::uint16_t port = listenAt(lab);
  Instance& source = lab.source.instance;
  CHECK(!source.connect("127.0.0.1", port, kToken));
  CHECK(lab.run([&] { return lab.destination.log.find<SynchronisedEvent>().has_value(); }));
  CHECK(!lab.destination.instance.arm());
  CHECK(lab.run([&] { return source.telemetry().phase.load() == SyncPhase::streaming; }));
  CHECK(!source.prepareSwitch());
  lab.redirect();
  CHECK(lab.run([&] { return lab.destination.log.find<HandoverClosedEvent>().has_value(); }));
  source.stop();
  const auto refused = [port] {
    auto opened = connectTo("127.0.0.1", port);
    const auto* socket = std::get_if<Descriptor>(&opened);
    if (socket == nullptr) return true;
    pollfd ready{socket->fd(), POLLOUT, 0};
    return poll(&ready, 1, 1000) > 0 && connectError(*socket) == ECONNREFUSED;
  };
  CHECK(lab.run(refused));
}
