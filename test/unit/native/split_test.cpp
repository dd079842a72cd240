// Whole moves of a part between two instances, and back into the one that serves the rest: nothing
// lost, doubled, reordered, or treated by another state.
#include "check.hpp"
#include "core/partition.hpp"
#include "migration_lab.hpp"
#include "part_move.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

void checkSink(const MigrationLab& lab, std::uint64_t timeouts) {
  CHECK_EQ(lab.sink.delivered, lab.offered);
  for (const Side* side : {&lab.source, &lab.destination}) {
    CHECK_EQ(side->instance.telemetry().mode.load(), Mode::serving);
    CHECK_EQ(side->log.count<ErrorEvent>(), 0u);
  }
  if (timeouts != 0) return;
  CHECK_EQ(lab.sink.repeatedOrLate, 0u);
  CHECK_EQ(lab.sink.skipped, 0u);
  CHECK_EQ(lab.sink.wrongState, 0u);
}

void thereAndBack(const SubjectKind& kind, bool proxied, unsigned stall) {
  MigrationLab::Habits habits;
  habits.stallTurns = stall;
  habits.stalePackets = stall == 0 ? 40 : 200;
  Setup setup(kind, habits);
  MigrationLab& lab = setup.lab;
  lab.run(turns(50));
  const std::uint64_t whole = lab.source.instance.telemetry().entries.get();
  std::uint64_t timeouts = perform(lab, {lab.source, lab.destination, setup.part, proxied});
  CHECK(lab.run([&] { return lab.source.instance.telemetry().entries.get() < whole; }));
  lab.run(turns(50));
  lab.turnAround();
  timeouts += perform(lab, {lab.destination, lab.source, setup.part, proxied});
  CHECK(lab.settle());
  checkSink(lab, timeouts);
  CHECK_EQ(lab.source.log.count<SyncLostEvent>() + lab.destination.log.count<SyncLostEvent>(), 0u);
}

/** Both sides give up at the last moment: each serves what it has served before. */
void giveUp(const SubjectKind& kind) {
  Setup setup(kind);
  MigrationLab& lab = setup.lab;
  std::uint64_t timeouts = perform(lab, {lab.source, lab.destination, setup.part});
  lab.run(turns(50));
  const std::uint64_t rest = lab.source.instance.telemetry().entries.get();
  lab.turnAround();
  prepare(lab, {lab.destination, lab.source, setup.part});
  CHECK(!lab.source.instance.abort());
  CHECK(!lab.destination.instance.abort());
  lab.run(turns(50));
  CHECK_EQ(lab.source.instance.telemetry().phase.load(), SyncPhase::none);
  CHECK_EQ(lab.destination.instance.telemetry().phase.load(), SyncPhase::none);
  CHECK_EQ(lab.source.instance.telemetry().entries.get(), rest);
  // And once more, to the end.
  timeouts += perform(lab, {lab.destination, lab.source, setup.part});
  CHECK(lab.settle());
  checkSink(lab, timeouts);
}

/** The destination is gone after the source's end: the part is taken back, with what waited. */
void takeBack(const SubjectKind& kind) {
  Setup setup(kind);
  MigrationLab& lab = setup.lab;
  prepare(lab, {lab.source, lab.destination, setup.part});
  lab.noStale();
  lab.redirect();
  CHECK(lab.run(counted<EndedEvent>(lab.source, 1)));
  lab.destination.instance.stop();
  lab.unredirect();
  CHECK(!lab.source.instance.resume());
  CHECK(lab.run([&] { return lab.source.instance.telemetry().phase.load() == SyncPhase::none; }));
  const std::uint64_t before = lab.sink.delivered;
  CHECK(lab.run([&] { return lab.sink.delivered > before + 500; }));
  CHECK_EQ(lab.source.instance.telemetry().mode.load(), Mode::serving);
  CHECK_EQ(lab.sink.wrongState, 0u);
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const SubjectKind& kind : kSubjects) {
    std::mt19937_64 random(1);
    if (!kind.make(random)->partOfFlows()) continue;
    const std::string name(kind.name);
    registerTest(name + ": a part moves away and joins the rest again",
                 [&kind] { thereAndBack(kind, false, 0); });
    registerTest(name + ": the same with stragglers after the end",
                 [&kind] { thereAndBack(kind, false, 30); });
    registerTest(name + ": the same over a stream in pieces, cut after the release",
                 [&kind] { thereAndBack(kind, true, 0); });
    registerTest(name + ": a join that is given up leaves both as they were",
                 [&kind] { giveUp(kind); });
    registerTest(name + ": a part whose destination is gone is served again",
                 [&kind] { takeBack(kind); });
  }
  return true;
}();

}  // namespace

TEST("a function that cannot be divided says so") {
  MigrationLab lab(4, {}, seed());
  const auto refused = lab.source.instance.connect(
      "127.0.0.1", 1, kToken, false, StreamContent::statelets, FlowFilter{{1u << 24, 8}});
  CHECK(refused.has_value());
  CHECK_EQ(refused->code, "FLOWS_UNSUPPORTED");
}
