#include "js_stats.hpp"

#include "../core/clock.hpp"
#include "js_event.hpp"

namespace ferry::addon {
namespace {

Napi::Object portToJs(Napi::Env env, const std::string& interface, const PortStats& stats) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("interface", interface);
  const auto set = [&](const char* name, std::uint64_t value) {
    object.Set(name, number(env, value));
  };
  set("rxPackets", stats.rxPackets);
  set("rxBytes", stats.rxBytes);
  set("rxKernelDrops", stats.rxKernelDrops);
  set("rxTruncated", stats.rxTruncated);
  set("rxMalformed", stats.rxMalformed);
  set("rxVlanRestored", stats.rxVlanRestored);
  set("checksumsCompleted", stats.checksumsCompleted);
  set("rxResyncs", stats.rxResyncs);
  set("txPackets", stats.txPackets);
  set("txBytes", stats.txBytes);
  set("txRingFull", stats.txRingFull);
  set("txOversize", stats.txOversize);
  set("txErrors", stats.txErrors);
  set("txResyncs", stats.txResyncs);
  set("linkDown", stats.linkDown);
  return object;
}

std::uint64_t heardAgoUs(const Telemetry& telemetry) {
  const std::uint64_t heard = telemetry.heardNs.get();
  return heard == 0 ? 0 : (monotonicNs() - heard) / 1000;
}

void setTelemetry(Napi::Env env, const Telemetry& telemetry, Napi::Object& object) {
  const auto set = [&](const char* name, const Count& count) {
    object.Set(name, number(env, count.get()));
  };
  object.Set("mode", text(nameOf(telemetry.mode.load())));
  object.Set("phase", text(nameOf(telemetry.phase.load())));
  set("entries", telemetry.entries);
  set("turns", telemetry.turns);
  set("processedPackets", telemetry.processedPackets);
  set("processedBytes", telemetry.processedBytes);
  set("suppressedPackets", telemetry.suppressedPackets);
  set("txDropped", telemetry.txDropped);
  set("txWaitUs", telemetry.txWaitUs);
  set("committedPackets", telemetry.committedPackets);
  set("dataplanePackets", telemetry.dataplanePackets);
  set("dataplaneBytes", telemetry.dataplaneBytes);
  set("snapshotBytes", telemetry.snapshotBytes);
  set("snapshotEntries", telemetry.snapshotEntries);
  set("statelets", telemetry.statelets);
  set("stateletBytes", telemetry.stateletBytes);
  set("lagBytes", telemetry.lagBytes);
  set("lagMs", telemetry.lagMs);
  object.Set("heardAgoUs", number(env, heardAgoUs(telemetry)));
  set("reconnects", telemetry.reconnects);
  set("connectionsRefused", telemetry.connectionsRefused);
  set("framesMalformed", telemetry.framesMalformed);
  set("heldPackets", telemetry.heldPackets);
  set("heldPeakPackets", telemetry.heldPeakPackets);
  set("heldPeakBytes", telemetry.heldPeakBytes);
  set("holdOverflows", telemetry.holdOverflows);
  set("relayedPackets", telemetry.relayedPackets);
  set("relayWaiting", telemetry.relayWaiting);
  set("relayPortsShut", telemetry.relayPortsShut);
  set("relayTimeouts", telemetry.relayTimeouts);
  set("stragglers", telemetry.stragglers);
  set("markersIngress", telemetry.markersIngress);
  set("markersEgress", telemetry.markersEgress);
  set("markersForeign", telemetry.markersForeign);
  set("markerTimeouts", telemetry.markerTimeouts);
  set("drainTimeouts", telemetry.drainTimeouts);
  set("backPressureUs", telemetry.backPressureUs);
  set("releaseUs", telemetry.releaseUs);
}

Napi::Object replicaToJs(Napi::Env env, const Telemetry& telemetry) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("phase", text(nameOf(telemetry.phase.load())));
  object.Set("tookOver", telemetry.takeovers.get() > 0);
  object.Set("statelets", number(env, telemetry.statelets.get()));
  object.Set("lagBytes", number(env, telemetry.lagBytes.get()));
  object.Set("heardAgoUs", number(env, heardAgoUs(telemetry)));
  return object;
}

}  // namespace

Napi::Object statsToJs(Napi::Env env, const Instance& instance,
                       const std::vector<std::string>& interfaces, std::uint64_t eventsDropped) {
  Napi::Object object = Napi::Object::New(env);
  setTelemetry(env, instance.telemetry(), object);
  object.Set("eventsDropped", number(env, eventsDropped));

  Napi::Array ports = Napi::Array::New(env);
  Napi::Object counters = Napi::Object::New(env);
  std::string scheduling = "normal";
  if (const Worker* worker = instance.worker()) {
    const auto stats = worker->published().portStats();
    for (std::uint32_t i = 0; i < stats.size(); ++i) {
      ports.Set(i, portToJs(env, interfaces.at(i), stats[i]));
    }
    for (const Counter& counter : worker->published().functionCounters()) {
      counters.Set(text(counter.name), number(env, counter.value));
    }
    if (worker->scheduling() == Scheduling::nice) scheduling = "nice";
  }
  object.Set("ports", ports);
  object.Set("nf", counters);
  object.Set("scheduling", scheduling);
  if (const Telemetry* replica = instance.replica()) {
    object.Set("replica", replicaToJs(env, *replica));
  }
  return object;
}

}  // namespace ferry::addon
