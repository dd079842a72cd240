// The calls about what an instance keeps beside its own work.
#include "instance.hpp"
#include "partition.hpp"

namespace ferry {

bool Instance::replicaIsOneOf(std::initializer_list<SyncPhase> phases) const {
  const SyncPhase phase = replica_ == nullptr
                              ? SyncPhase::none
                              : replica_->telemetry.phase.load(std::memory_order_acquire);
  return std::find(phases.begin(), phases.end(), phase) != phases.end();
}

bool Instance::takesOverReplica() const { return replica_ != nullptr && replica_->takesOver(); }

Error Instance::wrongReplica(const char* call) const {
  const SyncPhase phase = replica_ == nullptr ? SyncPhase::none : replica_->telemetry.phase.load();
  return {"INSTANCE_STATE", "",
          std::string(call) + "() does not fit an instance that is " + std::string(nameOf(mode())) +
              " with a replica that is " + std::string(nameOf(phase)) + "."};
}

Destination::Guest Instance::guestFor(const std::vector<FlowFilter>& parts) const {
  const Partition& partition = *function_->partition();
  Destination::Guest guest;
  guest.function = partition.another();
  for (const FlowFilter& part : parts) guest.parts.push_back(partition.matcher(part));
  return guest;
}

std::variant<std::uint16_t, Error> Instance::listenReplica(const std::string& address,
                                                           std::string_view token,
                                                           std::uint32_t silenceMs,
                                                           const std::vector<FlowFilter>& parts) {
  const auto parsed = parseToken(token);
  if (!parsed) return Error{"OPTION_INVALID", "token", "A token is 32 hexadecimal digits."};
  if (silenceMs > kMaxSilenceMs) {
    return Error{"OPTION_INVALID", "silenceMs", "A silence is told after 10,000 ms at most."};
  }
  if (parts.empty() || parts.size() > kMaxReplicaParts) {
    return Error{"OPTION_INVALID", "flows", "A replica has 1 to 64 parts."};
  }
  for (const FlowFilter& part : parts) {
    if (auto fault = partFault(part)) return *fault;
  }
  if (mode() != Mode::serving || !replicaIsOneOf({SyncPhase::none, SyncPhase::lost}) ||
      phaseIsOneOf({SyncPhase::listening, SyncPhase::catchingUp, SyncPhase::synchronised})) {
    return wrongReplica("listenReplica");
  }
  auto opened = listenOn(address);
  if (auto* error = std::get_if<Error>(&opened)) return std::move(*error);
  auto listener = std::move(std::get<Descriptor>(opened));
  const std::uint16_t port = localPort(listener);
  if (replica_ == nullptr) {
    replica_ =
        std::make_unique<Replica>(worker_->context(), options_.macs.size(), options_.holdBytes);
    replica_->sync.start();
  }
  auto attachment =
      std::make_unique<ReplicaAttachment>(ReplicaAttachment{*replica_, *parsed, guestFor(parts)});
  attachment->guest.replica = true;
  WorkerCommand attach{WorkerCommand::Kind::attachReplica};
  attach.replica = attachment.get();
  if (auto error = command(attach)) return *error;
  static_cast<void>(attachment.release());
  replica_->ordered.store(false, std::memory_order_release);
  replica_->telemetry.phase.store(SyncPhase::listening, std::memory_order_release);
  replica_->sync.listen(std::move(listener), hello(*parsed), silenceMs * kMs);
  return port;
}

Instance::Outcome Instance::armReplica() {
  if (!replicaIsOneOf({SyncPhase::catchingUp, SyncPhase::synchronised})) {
    return wrongReplica("armReplica");
  }
  return command({WorkerCommand::Kind::armReplica});
}

Instance::Outcome Instance::takeoverReplica() {
  if (!replicaIsOneOf({SyncPhase::catchingUp, SyncPhase::synchronised})) {
    return wrongReplica("takeoverReplica");
  }
  // The switch may have ordered it already.
  if (!replica_->ordered.exchange(true)) replica_->sync.takeover(true);
  return std::nullopt;
}

Instance::Outcome Instance::dropReplica() {
  if (takesOverReplica() || !replicaIsOneOf({SyncPhase::listening, SyncPhase::snapshot,
                                             SyncPhase::catchingUp, SyncPhase::synchronised})) {
    return wrongReplica("dropReplica");
  }
  return command({WorkerCommand::Kind::dropReplica});
}

}  // namespace ferry
