// A standby's session: it lasts, tells silence, and ends in a takeover at any moment.
#include "check.hpp"
#include "migration_lab.hpp"
#include "tcp_proxy.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

constexpr std::uint32_t kFlows = 60;
constexpr std::uint32_t kSilenceMs = 200;  // machines stall

std::uint16_t listenAt(Side& side) {
  const auto listening = side.instance.listen("127.0.0.1", kToken, kSilenceMs);
  const auto* port = std::get_if<std::uint16_t>(&listening);
  CHECK(port != nullptr);
  return port != nullptr ? *port : std::uint16_t{0};
}

void synchronise(MigrationLab& lab, std::uint16_t port) {
  CHECK(!lab.source.instance.connect("127.0.0.1", port, kToken, true));
  CHECK(lab.run([&] { return lab.destination.log.find<SynchronisedEvent>().has_value(); }));
}

/** What the switch sends when nobody else can speak any more. */
void order(MigrationLab& lab, const char* token) {
  const Marker marker{MarkerKind::takeover, 0};
  const auto frame = buildMarker(kVirtualMacs[0], marker, *parseToken(token));
  lab.destination.ports[0]->deliver({frame.begin(), frame.end()});
}

}  // namespace

TEST("a source that falls silent is told, and that it is heard again; it serves on") {
  MigrationLab lab(kFlows, {}, seed());
  TcpProxy proxy(listenAt(lab.destination), 4096, lab.random());
  synchronise(lab, proxy.port());
  lab.run([turns = 0]() mutable { return turns++ == 100; });
  proxy.stall(true, true);
  CHECK(lab.run([&] { return lab.destination.log.find<SilentEvent>().has_value(); }));
  CHECK(lab.destination.log.find<SilentEvent>()->ns >= kSilenceMs * kMs);
  proxy.stall(false, false);
  CHECK(lab.run([&] { return lab.destination.log.find<HeardEvent>().has_value(); }));
  CHECK(lab.settle());
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.source.log.count<SyncLostEvent>(), 0u);
}

TEST("takeover() at once, with a source that still lives: all that came is served with") {
  MigrationLab lab(kFlows, {}, seed());
  synchronise(lab, listenAt(lab.destination));
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(lab.settle());
  // Everything has left the source, and one window later its statelets have too.
  lab.run([turns = 0]() mutable { return turns++ == 50; }, 0);
  lab.redirect();
  lab.noStale();
  CHECK(!lab.destination.instance.takeover(true));
  CHECK(lab.run([&] { return lab.destination.log.find<ServingEvent>().has_value(); }, 0));
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(lab.settle());
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.sink.wrongState, 0u);
}

TEST("the switch's order to take over is obeyed by who knows its token, once") {
  MigrationLab lab(kFlows, {}, seed());
  order(lab, kToken);  // before there is a session
  synchronise(lab, listenAt(lab.destination));
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(lab.settle());
  lab.run([turns = 0]() mutable { return turns++ == 50; }, 0);
  const auto& foreign = lab.destination.instance.telemetry().markersForeign;
  const std::uint64_t before = foreign.get();
  order(lab, "ff0102030405060708090a0b0c0d0e0f");
  CHECK(lab.run([&] { return foreign.get() == before + 1; }, 0));
  CHECK_EQ(lab.destination.log.count<ServingEvent>(), 0u);
  lab.redirect();
  lab.noStale();
  order(lab, kToken);
  order(lab, kToken);
  CHECK(lab.run([&] { return lab.destination.log.find<ServingEvent>().has_value(); }, 0));
  lab.run([turns = 0]() mutable { return turns++ == 50; });
  CHECK(lab.settle());
  CHECK_EQ(lab.sink.delivered, lab.offered);
  CHECK_EQ(lab.sink.wrongState, 0u);
  CHECK_EQ(lab.destination.log.count<ServingEvent>(), 1u);
}

TEST("one that took over can have a standby of its own") {
  MigrationLab lab(kFlows, {}, seed());
  synchronise(lab, listenAt(lab.destination));
  CHECK(lab.settle());
  lab.run([turns = 0]() mutable { return turns++ == 50; }, 0);
  lab.source.instance.stop();
  lab.redirect();
  lab.noStale();
  CHECK(!lab.destination.instance.takeover(true));
  CHECK(lab.run([&] { return lab.destination.log.find<HandoverClosedEvent>().has_value(); }, 0));
  Wire wire;
  Side next(wire, 1, CountingSubject(kFlows), false);
  CHECK(!lab.destination.instance.connect("127.0.0.1", listenAt(next), kToken, true));
  CHECK(lab.run([&] { return next.log.find<SynchronisedEvent>().has_value(); }));
}

TEST("a silence of more than ten seconds is refused") {
  MigrationLab lab(kFlows, {}, seed());
  const auto refused = lab.destination.instance.listen("127.0.0.1", kToken, 10'001);
  CHECK_EQ(std::get<Error>(refused).field, "silenceMs");
}
