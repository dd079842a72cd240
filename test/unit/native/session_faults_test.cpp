// What ends a session, and that traffic goes on whoever ends it.
#include "check.hpp"
#include "migration_lab.hpp"
#include "tcp_proxy.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

constexpr std::uint32_t kFlows = 60;
constexpr std::uint32_t kManyFlows = 300'000;

SyncPhase phaseOf(const Side& side) { return side.instance.telemetry().phase.load(); }
Mode modeOf(const Side& side) { return side.instance.telemetry().mode.load(); }

std::uint16_t listenAt(Side& side) {
  const auto listening = side.instance.listen("127.0.0.1", kToken);
  const auto* port = std::get_if<std::uint16_t>(&listening);
  CHECK(port != nullptr);
  return port != nullptr ? *port : std::uint16_t{0};
}

void synchronise(MigrationLab& lab, std::uint16_t port) {
  CHECK(!lab.source.instance.connect("127.0.0.1", port, kToken));
  CHECK(lab.run([&] { return lab.destination.log.find<SynchronisedEvent>().has_value(); }));
  CHECK(lab.run([&] { return phaseOf(lab.source) == SyncPhase::streaming; }));
}

void checkServesOn(MigrationLab& lab) {
  lab.run([turns = 0]() mutable { return turns++ == 30; });
  CHECK(lab.settle());
  CHECK_EQ(modeOf(lab.source), Mode::serving);
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.sink.wrongState + lab.sink.skipped + lab.sink.repeatedOrLate, 0u);
}

std::string lostCode(const Side& side) {
  const auto lost = side.log.find<SyncLostEvent>();
  return lost ? lost->code : "";
}

}  // namespace

TEST("nobody listens: the session is given up, the source serves on, and may try again") {
  MigrationLab lab(kFlows, {}, seed());
  const auto opened = listenOn("127.0.0.1");
  const std::uint16_t port = localPort(std::get<Descriptor>(opened));
  {
    // A listener that never answers.
    CHECK(!lab.source.instance.connect("127.0.0.1", port, kToken));
    CHECK(lab.run([&] { return lab.source.log.count<SyncLostEvent>() == 1; }));
    CHECK_EQ(lostCode(lab.source), "CONNECT_FAILED");
    checkServesOn(lab);
  }
  synchronise(lab, listenAt(lab.destination));
  checkServesOn(lab);
}

TEST("a cut before the snapshot is sent loses the session on both sides") {
  MigrationLab lab(kManyFlows, {}, seed());
  TcpProxy proxy(listenAt(lab.destination), 4096, lab.random());
  CHECK(!lab.source.instance.connect("127.0.0.1", proxy.port(), kToken));
  CHECK(lab.run([&] { return lab.destination.instance.telemetry().snapshotBytes.get() > 0; }));
  proxy.stall(true, false);
  proxy.cut();
  CHECK(lab.run([&] { return lab.source.log.find<SyncLostEvent>().has_value(); }));
  CHECK(lab.run([&] { return lab.destination.log.find<SyncLostEvent>().has_value(); }));
  CHECK_EQ(lostCode(lab.source), "SYNC_CUT");
  CHECK_EQ(lostCode(lab.destination), "SYNC_CUT");
  CHECK_EQ(phaseOf(lab.destination), SyncPhase::lost);
  checkServesOn(lab);
}

TEST("a stream that stalls before the switch is given up") {
  MigrationLab lab(kFlows, {}, seed());
  TcpProxy proxy(listenAt(lab.destination), 4096, lab.random());
  synchronise(lab, proxy.port());
  proxy.stall(true, true);
  proxy.refuse(true);
  CHECK(lab.run([&] { return lab.source.log.find<SyncLostEvent>().has_value(); }));
  CHECK(lab.source.log.find<CutEvent>().has_value());
  CHECK_EQ(lostCode(lab.source), "SYNC_CUT");
  checkServesOn(lab);
}

TEST("abort() leaves the session in every phase before the end") {
  for (const SyncPhase phase :
       {SyncPhase::connecting, SyncPhase::snapshot, SyncPhase::streaming, SyncPhase::switching}) {
    MigrationLab lab(kManyFlows, {}, seed());
    TcpProxy proxy(listenAt(lab.destination), 512, lab.random());
    proxy.refuse(phase == SyncPhase::connecting);
    CHECK(!lab.source.instance.connect("127.0.0.1", proxy.port(), kToken));
    if (phase == SyncPhase::switching) {
      CHECK(lab.run([&] { return phaseOf(lab.source) == SyncPhase::streaming; }));
      CHECK(!lab.source.instance.prepareSwitch());
    }
    CHECK(lab.run([&] { return phaseOf(lab.source) == phase; }));
    CHECK(!lab.source.instance.abort());
    CHECK(lab.run([&] { return phaseOf(lab.source) == SyncPhase::none; }));
    checkServesOn(lab);
    CHECK_EQ(lab.source.log.count<SyncLostEvent>(), 0u);
  }
}

TEST("after abort() another destination can be synchronised with") {
  MigrationLab lab(kFlows, {}, seed());
  Wire wire;
  Side other(wire, 1, CountingSubject(kFlows), false);
  CHECK(!lab.source.instance.connect("127.0.0.1", listenAt(other), kToken));
  CHECK(lab.run([&] { return phaseOf(lab.source) == SyncPhase::streaming; }));
  CHECK(!lab.source.instance.abort());
  CHECK(lab.run([&] { return phaseOf(lab.source) == SyncPhase::none; }));
  synchronise(lab, listenAt(lab.destination));
  CHECK(lab.run([&] { return other.log.find<SyncLostEvent>().has_value(); }));
  CHECK_EQ(lostCode(other), "SESSION_CLOSED");
}

TEST("takeover() without the source's end serves with all that came") {
  MigrationLab lab(kFlows, {}, seed());
  synchronise(lab, listenAt(lab.destination));
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(lab.settle());
  // Everything has left the source, and one window later its statelets have too.
  lab.run([turns = 0]() mutable { return turns++ == 50; }, 0);
  lab.source.instance.stop();
  CHECK(!lab.destination.instance.takeover());
  CHECK(lab.run([&] { return lab.destination.log.find<ServingEvent>().has_value(); }, 0));
  CHECK(lab.destination.log.find<ServingEvent>()->endMissing);
  CHECK(lab.destination.log.find<HandoverClosedEvent>().has_value());
  lab.redirect();
  lab.noStale();
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(lab.settle());
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.sink.wrongState, 0u);
}

TEST("takeover() while armed releases what is held") {
  MigrationLab lab(kFlows, {}, seed());
  synchronise(lab, listenAt(lab.destination));
  CHECK(!lab.destination.instance.arm());
  CHECK(lab.settle());
  lab.run([turns = 0]() mutable { return turns++ == 50; }, 0);
  lab.source.instance.stop();
  lab.redirect();
  lab.noStale();
  lab.run([turns = 0]() mutable { return turns++ == 30; });
  CHECK(lab.destination.instance.telemetry().heldPackets.get() > 0);
  CHECK(!lab.destination.instance.takeover());
  CHECK(lab.settle());
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.sink.wrongState + lab.sink.skipped + lab.sink.repeatedOrLate, 0u);
}

TEST("resume() lets an ended source serve again when the destination is gone") {
  MigrationLab lab(kFlows, {}, seed());
  synchronise(lab, listenAt(lab.destination));
  CHECK(!lab.destination.instance.arm());
  CHECK(!lab.source.instance.prepareSwitch());
  CHECK(lab.settle());
  lab.destination.instance.stop();
  lab.redirect();
  lab.unredirect();
  CHECK(lab.run([&] { return modeOf(lab.source) == Mode::closed; }, 0));
  lab.run([turns = 0]() mutable { return turns++ == 30; });
  CHECK(lab.source.instance.abort().has_value());
  CHECK(!lab.source.instance.resume());
  CHECK(lab.run([&] { return modeOf(lab.source) == Mode::serving; }));
  lab.run([turns = 0]() mutable { return turns++ == 30; });
  // What came while it was closed waited for the destination; nobody took it, so it is served.
  CHECK(lab.source.instance.telemetry().stragglers.get() > 0);
  CHECK(lab.settle());
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.sink.repeatedOrLate + lab.sink.skipped + lab.sink.wrongState, 0u);
}

TEST("a migrated instance can be migrated on") {
  MigrationLab lab(kFlows, {}, seed());
  synchronise(lab, listenAt(lab.destination));
  CHECK(!lab.destination.instance.arm());
  CHECK(!lab.source.instance.prepareSwitch());
  lab.redirect();
  CHECK(lab.run([&] { return lab.destination.log.find<HandoverClosedEvent>().has_value(); }));
  Wire wire;
  Side third(wire, 1, CountingSubject(kFlows), false);
  CHECK(!lab.destination.instance.connect("127.0.0.1", listenAt(third), kToken));
  CHECK(lab.run([&] { return third.log.find<SynchronisedEvent>().has_value(); }));
  CHECK_EQ(third.instance.telemetry().entries.get() > 0, true);
}

TEST("calls that do not fit the state are refused and change nothing") {
  MigrationLab lab(kFlows, {}, seed());
  const auto refused = [](const Instance::Outcome& outcome) {
    CHECK(outcome && outcome->code == "INSTANCE_STATE");
  };
  refused(lab.source.instance.arm());
  refused(lab.source.instance.prepareSwitch());
  refused(lab.source.instance.switched());
  refused(lab.source.instance.abort());
  refused(lab.source.instance.resume());
  refused(lab.source.instance.takeover());
  refused(lab.destination.instance.connect("127.0.0.1", 1, kToken));
  CHECK(std::holds_alternative<Error>(lab.source.instance.listen("127.0.0.1", kToken)));
  CHECK_EQ(lab.source.instance.connect("127.0.0.1", 1, "abc")->field, "token");
  CHECK_EQ(lab.source.instance.connect("127.0.0.1", 0, kToken)->field, "port");
  const auto named = lab.destination.instance.listen("localhost", kToken);
  CHECK(std::holds_alternative<Error>(named));
  CHECK_EQ(std::get<Error>(named).code, "ADDRESS_INVALID");
  checkServesOn(lab);
}

TEST("strangers at the destination's door are refused, and the source still gets in") {
  MigrationLab lab(kFlows, {}, seed());
  const std::uint16_t port = listenAt(lab.destination);
  // Another token, another configuration, garbage, and silence.
  MigrationLab stranger(kFlows, {}, seed());
  const std::string token = "ffffffffffffffffffffffffffffffff";
  CHECK(!stranger.source.instance.connect("127.0.0.1", port, token));
  MigrationLab different(kFlows + 1, {}, seed());
  CHECK(!different.source.instance.connect("127.0.0.1", port, kToken));
  CHECK(different.run([&] { return different.source.log.find<SyncLostEvent>().has_value(); }));
  CHECK_EQ(lostCode(different.source), "SESSION_MISMATCH");
  auto garbage = connectTo("127.0.0.1", port);
  auto silent = connectTo("127.0.0.1", port);
  pollfd writable{std::get<Descriptor>(garbage).fd(), POLLOUT, 0};
  poll(&writable, 1, 1000);
  CHECK_EQ(send(writable.fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  synchronise(lab, port);
  CHECK(
      lab.run([&] { return lab.destination.instance.telemetry().connectionsRefused.get() >= 3; }));
  CHECK(!stranger.source.log.find<ConnectedEvent>().has_value());
  checkServesOn(lab);
}
