#include "js_event.hpp"

namespace ferry::addon {
namespace {

/** Builds one object; each overload knows one kind of event. */
class Builder {
 public:
  Builder(Napi::Env env, const std::vector<std::string>& interfaces)
      : env_(env), object_(Napi::Object::New(env)), interfaces_(interfaces) {}

  Napi::Object operator()(const ProgressEvent& event) {
    return type("progress").volume(event.volume).object_;
  }
  Napi::Object operator()(const ConnectedEvent& event) {
    type("connected");
    object_.Set("peer", event.peer);
    object_.Set("resumed", event.resumed);
    return object_;
  }
  Napi::Object operator()(const CutEvent& event) {
    type("cut");
    object_.Set("reason", event.reason);
    return object_;
  }
  Napi::Object operator()(const SynchronisedEvent& event) {
    return type("synchronised").volume(event.volume).object_;
  }
  Napi::Object operator()(const SyncLostEvent& event) {
    type("syncLost");
    object_.Set("code", event.code);
    object_.Set("reason", event.reason);
    return object_;
  }
  Napi::Object operator()(const EndedEvent& event) {
    type("ended").volume(event.volume);
    set("lastSeq", event.lastSeq);
    auto markers = Napi::Array::New(env_, event.markersSeen.size());
    for (std::uint32_t i = 0; i < event.markersSeen.size(); ++i) {
      markers.Set(i, Napi::Boolean::New(env_, event.markersSeen[i]));
    }
    object_.Set("markersSeen", markers);
    set("packetsAfterMarker", event.packetsAfterMarker);
    set("dataplanePackets", event.dataplanePackets);
    set("dataplaneBytes", event.dataplaneBytes);
    set("drainUs", event.drainUs);
    return object_;
  }
  Napi::Object operator()(const HandedOverEvent&) { return type("handedOver").object_; }
  Napi::Object operator()(const ServingEvent& event) {
    type("serving");
    object_.Set("endMissing", event.endMissing);
    set("heldPeakPackets", event.heldPeakPackets);
    set("heldPeakBytes", event.heldPeakBytes);
    set("stragglers", event.stragglers);
    set("markerTimeouts", event.markerTimeouts);
    set("drainTimeouts", event.drainTimeouts);
    set("holdUs", event.holdUs);
    set("releaseUs", event.releaseUs);
    return object_;
  }
  Napi::Object operator()(const HandoverClosedEvent& event) {
    type("handoverClosed");
    set("stragglers", event.stragglers);
    set("drainTimeouts", event.drainTimeouts);
    return object_;
  }
  Napi::Object operator()(const HoldOverflowEvent& event) {
    type("holdOverflow");
    set("heldPackets", event.heldPackets);
    set("heldBytes", event.heldBytes);
    return object_;
  }
  Napi::Object operator()(const LinkEvent& event) {
    type(event.down ? "linkDown" : "linkUp");
    set("port", event.port);
    object_.Set("interface", interfaces_.at(event.port));
    return object_;
  }
  Napi::Object operator()(const SilentEvent& event) {
    return type("silent").milliseconds("silentMs", event.ns).object_;
  }
  Napi::Object operator()(const HeardEvent& event) {
    return type("heard").milliseconds("silentMs", event.ns).object_;
  }
  Napi::Object operator()(const StalledEvent& event) {
    return type("stalled").milliseconds("stalledMs", event.ns).object_;
  }
  Napi::Object operator()(const ReplicaEvent& event) {
    type("replica").milliseconds("silentMs", event.ns);
    object_.Set("what", event.what);
    object_.Set("code", event.code);
    object_.Set("reason", event.reason);
    return object_;
  }
  Napi::Object operator()(const ErrorEvent& event) {
    type("error");
    object_.Set("code", event.code);
    object_.Set("message", event.message);
    return object_;
  }

 private:
  Builder& type(const char* name) {
    object_.Set("type", name);
    return *this;
  }
  Builder& volume(const SyncVolume& volume) {
    object_.Set("phase", text(nameOf(volume.phase)));
    set("snapshotBytes", volume.snapshotBytes);
    set("snapshotEntries", volume.snapshotEntries);
    set("snapshotEntriesTotal", volume.snapshotEntriesTotal);
    set("statelets", volume.statelets);
    set("stateletBytes", volume.stateletBytes);
    set("lagBytes", volume.lagBytes);
    set("lagMs", volume.lagMs);
    return *this;
  }
  Builder& milliseconds(const char* name, std::uint64_t ns) {
    object_.Set(name, Napi::Number::New(env_, static_cast<double>(ns) / 1e6));
    return *this;
  }
  void set(const char* name, std::uint64_t value) { object_.Set(name, number(env_, value)); }

  Napi::Env env_;
  Napi::Object object_;
  const std::vector<std::string>& interfaces_;
};

}  // namespace

Napi::Object eventToJs(Napi::Env env, const Event& event,
                       const std::vector<std::string>& interfaces) {
  return std::visit(Builder(env, interfaces), event);
}

}  // namespace ferry::addon
