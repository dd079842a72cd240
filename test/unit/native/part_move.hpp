// The move of a part between two instances, as a controller does it.
#pragma once

#include "check.hpp"
#include "migration_lab.hpp"
#include "subjects.hpp"
#include "tcp_proxy.hpp"

namespace ferry::test {

template <typename Kind>
auto counted(const Side& side, std::size_t wanted) {
  return [&side, wanted] { return side.log.count<Kind>() >= wanted; };
}

inline auto turns(unsigned count) {
  return [count]() mutable { return count-- == 0; };
}

inline std::uint16_t listening(Side& side, const std::optional<FlowFilter>& part) {
  const auto outcome = side.instance.listen("127.0.0.1", kToken, 0, part);
  CHECK(std::holds_alternative<std::uint16_t>(outcome));
  const auto* port = std::get_if<std::uint16_t>(&outcome);
  return port != nullptr ? *port : std::uint16_t{0};
}

struct Move {
  Side& from;
  Side& to;
  FlowFilter part;
  bool proxied = false;
};

/** The controller's part, up to the redirect. */
inline std::unique_ptr<TcpProxy> prepare(MigrationLab& lab, const Move& move) {
  const std::size_t before = move.to.log.count<SynchronisedEvent>();
  std::uint16_t port = listening(move.to, move.part);
  std::unique_ptr<TcpProxy> proxy;
  if (move.proxied) {
    proxy = std::make_unique<TcpProxy>(port, 4096, lab.random());
    port = proxy->port();
  }
  lab.run(turns(20));
  CHECK(!move.from.instance.connect("127.0.0.1", port, kToken, false, StreamContent::statelets,
                                    move.part));
  CHECK(lab.run(counted<SynchronisedEvent>(move.to, before + 1)));
  CHECK(!move.to.instance.arm());
  CHECK(
      lab.run([&] { return move.from.instance.telemetry().phase.load() == SyncPhase::streaming; }));
  CHECK(!move.from.instance.prepareSwitch());
  lab.run(turns(static_cast<unsigned>(lab.random() % 60)));
  return proxy;
}

/** Bounds of waits that were run into: the machine stood still, which may cost the order. */
inline std::uint64_t perform(MigrationLab& lab, const Move& move) {
  const std::size_t serving = move.to.log.count<ServingEvent>();
  const std::size_t closed = move.to.log.count<HandoverClosedEvent>();
  const auto proxy = prepare(lab, move);
  lab.redirect();
  CHECK(lab.run(counted<ServingEvent>(move.to, serving + 1)));
  if (proxy) proxy->cut();
  CHECK(lab.run(counted<HandoverClosedEvent>(move.to, closed + 1)));
  CHECK(!move.from.instance.forget(move.part));
  CHECK(lab.run([&] { return move.from.instance.telemetry().phase.load() == SyncPhase::none; }));
  const Telemetry& told = move.to.instance.telemetry();
  return told.markerTimeouts.get() + told.drainTimeouts.get();
}

struct Setup {
  std::mt19937_64 random{seed()};
  std::unique_ptr<Subject> subject;
  FlowFilter part;
  std::optional<FlowFilter> rest;
  MigrationLab lab;

  explicit Setup(const SubjectKind& kind, MigrationLab::Habits habits = {})
      : subject(kind.make(random)),
        part(*subject->partOfFlows()),
        rest(subject->restOfFlows()),
        lab(std::move(subject), 20, habits, seed()) {
    lab.moveOnly(part);
  }
};

}  // namespace ferry::test
