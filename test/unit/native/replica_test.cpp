// Two instances serve a part of the work each and keep each other's state: when one dies, the other
// goes on with both.
#include <chrono>

#include "core/partition.hpp"
#include "migration_lab.hpp"
#include "part_move.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

constexpr std::uint32_t kSilenceMs = 5000;
constexpr const char* kOtherToken = "ff0102030405060708090a0b0c0d0e0f";

std::size_t told(const Side& side, std::string_view what) {
  return side.log.countIf<ReplicaEvent>(
      [what](const ReplicaEvent& event) { return event.what == what; });
}

auto heard(const Side& side, std::string_view what) {
  return [&side, what, before = told(side, what)] { return told(side, what) > before; };
}

SyncPhase phaseOf(const Side& side) { return side.instance.telemetry().phase.load(); }
SyncPhase replicaPhase(const Side& side) { return side.instance.replica()->phase.load(); }

/** Its worker has begun and ended one since. */
auto turnsOf(const Side& side) {
  const Count& made = side.instance.telemetry().turns;
  return [&made, enough = made.get() + 2] { return made.get() >= enough; };
}

/** The replica at `at` has applied what `of` has written. */
auto arrived(const Side& of, const Side& at) {
  return [&of, &at] {
    return at.instance.replica()->statelets.get() == of.instance.telemetry().statelets.get();
  };
}

/** What `of` serves is kept by `at`. */
void pair(MigrationLab& lab, Side& of, Side& at, const FlowFilter& part,
          const char* token = kToken) {
  const auto synchronised = heard(at, "synchronised");
  const auto outcome = at.instance.listenReplica("127.0.0.1", token, kSilenceMs, {part});
  CHECK(std::holds_alternative<std::uint16_t>(outcome));
  if (!std::holds_alternative<std::uint16_t>(outcome)) return;
  CHECK(!of.instance.connect("127.0.0.1", std::get<std::uint16_t>(outcome), token, true));
  CHECK(lab.run(synchronised));
  CHECK(lab.run([&of] { return phaseOf(of) == SyncPhase::streaming; }));
}

struct Both {
  Setup setup;
  FlowFilter rest;
  MigrationLab& lab;

  /** The part is served by lab.destination, the rest by lab.source; each is the other's replica. */
  explicit Both(const SubjectKind& kind) : setup(kind, quick()), rest(*setup.rest), lab(setup.lab) {
    lab.run(turns(50));
    perform(lab, {lab.source, lab.destination, setup.part});
    lab.run(turns(50));
    pair(lab, lab.destination, lab.source, setup.part);
    pair(lab, lab.source, lab.destination, rest, kOtherToken);
    lab.run(turns(100));
  }

  static MigrationLab::Habits quick() {
    MigrationLab::Habits habits;
    habits.stalePackets = 0;
    return habits;
  }

  /** Everything has left the instances, and the statelets of all of it have arrived. */
  void settle() const {
    CHECK(lab.settle());
    // However long the workers were kept from running: a window later each makes whole turns.
    const auto windowOver = std::chrono::steady_clock::now() + 2 * std::chrono::milliseconds(10);
    CHECK(lab.run([=] { return std::chrono::steady_clock::now() > windowOver; }, 0));
    CHECK(lab.run(turnsOf(lab.source), 0));
    CHECK(lab.run(turnsOf(lab.destination), 0));
    CHECK(lab.run(arrived(lab.source, lab.destination), 0));
    CHECK(lab.run(arrived(lab.destination, lab.source), 0));
  }

  /** What the part's packets are sent to from now on. */
  void redirect() const {
    lab.turnAround();
    lab.redirect();
    lab.noStale();
  }

  void checkSink() const {
    CHECK(lab.settle());
    CHECK_EQ(lab.sink.delivered, lab.offered);
    CHECK_EQ(lab.sink.wrongState, 0u);
    CHECK_EQ(lab.sink.skipped, 0u);
    CHECK_EQ(lab.sink.repeatedOrLate, 0u);
    CHECK_EQ(lab.source.log.count<ErrorEvent>(), 0u);
  }
};

void oneDies(const SubjectKind& kind) {
  const Both both(kind);
  MigrationLab& lab = both.lab;
  both.settle();
  const std::uint64_t own = lab.source.instance.telemetry().entries.get();
  lab.destination.instance.stop();
  both.redirect();
  const auto serving = heard(lab.source, "serving");
  CHECK(!lab.source.instance.takeoverReplica());
  CHECK(lab.run(serving, 0));
  CHECK_EQ(lab.source.instance.replica()->takeovers.get(), 1u);
  CHECK(lab.run([&] { return lab.source.instance.telemetry().entries.get() > own; }, 0));
  lab.run(turns(100));
  both.checkSink();
  CHECK_EQ(phaseOf(lab.source), SyncPhase::none);
}

/** It lives and is fenced: what is redirected before the takeover waits for it. */
void oneIsFenced(const SubjectKind& kind) {
  const Both both(kind);
  MigrationLab& lab = both.lab;
  both.settle();
  CHECK(!lab.source.instance.armReplica());
  both.redirect();
  lab.run(turns(30));
  CHECK(lab.sink.delivered < lab.offered);
  const auto serving = heard(lab.source, "serving");
  CHECK(!lab.source.instance.takeoverReplica());
  CHECK(lab.run(serving));
  lab.run(turns(100));
  both.checkSink();
}

/** What the switch sends when nobody else can speak for the part any more. */
void order(Side& side, const char* token) {
  const Marker marker{MarkerKind::takeover, 0};
  const auto frame = buildMarker(kVirtualMacs[0], marker, *parseToken(token));
  side.ports[0]->deliver({frame.begin(), frame.end()});
}

/** The switch orders it, behind its fence; a call that comes later changes nothing. */
void switchOrders(const SubjectKind& kind) {
  const Both both(kind);
  MigrationLab& lab = both.lab;
  both.settle();
  const auto& foreign = lab.source.instance.telemetry().markersForeign;
  const std::uint64_t before = foreign.get();
  order(lab.source, "0f0e0d0c0b0a09080706050403020100");
  CHECK(lab.run([&] { return foreign.get() > before; }, 0));
  CHECK_EQ(lab.source.instance.replica()->takeovers.get(), 0u);
  const auto serving = heard(lab.source, "serving");
  order(lab.source, kToken);
  order(lab.source, kToken);
  both.redirect();
  CHECK(lab.run(serving));
  CHECK_EQ(lab.source.instance.takeoverReplica()->code, "INSTANCE_STATE");
  lab.run(turns(100));
  both.checkSink();
  CHECK_EQ(lab.source.instance.replica()->takeovers.get(), 1u);
  CHECK_EQ(phaseOf(lab.source), SyncPhase::none);
}

/** Packets of the part are nobody's while the instance that serves it lives. */
void suppressed(const SubjectKind& kind) {
  const Both both(kind);
  MigrationLab& lab = both.lab;
  both.settle();
  const std::uint64_t processed = lab.source.instance.telemetry().processedPackets.get();
  const std::uint64_t suppressedBefore = lab.source.instance.telemetry().suppressedPackets.get();
  const std::uint64_t offered = lab.offered;
  both.redirect();
  lab.run(turns(20));
  lab.run(turns(50), 0);
  const Telemetry& told = lab.source.instance.telemetry();
  const std::uint64_t taken = told.processedPackets.get() - processed;
  CHECK(told.suppressedPackets.get() > suppressedBefore);
  CHECK_EQ(taken + told.suppressedPackets.get() - suppressedBefore, lab.offered - offered);
}

void refusals(const SubjectKind& kind) {
  const Both both(kind);
  MigrationLab& lab = both.lab;
  Instance& instance = lab.source.instance;
  const auto again = instance.listenReplica("127.0.0.1", kToken, 0, {both.setup.part});
  CHECK_EQ(std::get<Error>(again).code, "INSTANCE_STATE");
  CHECK(!instance.dropReplica());
  CHECK(lab.run([&] { return replicaPhase(lab.source) == SyncPhase::none; }));
  for (const auto& outcome :
       {instance.armReplica(), instance.takeoverReplica(), instance.dropReplica()}) {
    CHECK_EQ(outcome->code, "INSTANCE_STATE");
  }
  CHECK_EQ(std::get<Error>(instance.listenReplica("127.0.0.1", kToken, 0, {})).field, "flows");
  CHECK_EQ(std::get<Error>(instance.listenReplica("127.0.0.1", "x", 0, {both.rest})).field,
           "token");
  // And it can be made anew.
  CHECK(lab.run([&] { return phaseOf(lab.destination) == SyncPhase::lost; }));
  pair(lab, lab.destination, lab.source, both.setup.part);
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const SubjectKind& kind : kSubjects) {
    std::mt19937_64 random(1);
    if (!kind.make(random)->restOfFlows()) continue;
    const std::string name(kind.name);
    registerTest(name + ": one of two that serve dies, the other goes on with both",
                 [&kind] { oneDies(kind); });
    registerTest(name + ": the same when it is only fenced", [&kind] { oneIsFenced(kind); });
    registerTest(name + ": the same by the switch's order", [&kind] { switchOrders(kind); });
    registerTest(name + ": what comes of a replica is left alone", [&kind] { suppressed(kind); });
    registerTest(name + ": a replica is refused, dropped, and made anew",
                 [&kind] { refusals(kind); });
  }
  return true;
}();

}  // namespace

TEST("a function that cannot be divided has no replica") {
  MigrationLab lab(4, {}, seed());
  const auto refused =
      lab.source.instance.listenReplica("127.0.0.1", kToken, 0, {FlowFilter{{1u << 24, 8}}});
  CHECK_EQ(std::get<Error>(refused).code, "FLOWS_UNSUPPORTED");
}
