#include "instance.hpp"

#include <algorithm>

#include "partition.hpp"

namespace ferry {
namespace {

Error badToken() { return {"OPTION_INVALID", "token", "A token is 32 hexadecimal digits."}; }

}  // namespace

Instance::Instance(std::unique_ptr<NetworkFunction> function, Options options, EventSink& events)
    : channel_(std::max(Channel::kReliableBytes, options.holdBytes)),
      function_(std::move(function)),
      options_(std::move(options)),
      events_(events) {}

Instance::~Instance() { stop(); }

Instance::Outcome Instance::start(std::vector<std::unique_ptr<Port>> ports) {
  if (keepsLog()) return startLog();
  if (worker_ != nullptr || mode() != Mode::stopped) return wrongState("start");
  if (ports.empty() || ports.size() > kMaxPorts || ports.size() != options_.macs.size()) {
    return Error{"OPTION_INVALID", "ports", "An instance has 1 to 8 ports, each with its MAC."};
  }
  const Worker::Options options{options_.serving ? Mode::serving : Mode::standby,
                                options_.stateletWindowMs * kMs, options_.holdBytes};
  worker_ = std::make_unique<Worker>(*function_, std::move(ports), options_.macs, channel_,
                                     telemetry_, events_, options);
  sync_ = std::make_unique<SyncThread>(channel_, telemetry_, events_);
  worker_->start();
  sync_->start();
  for (const std::string& notice : function_->notices()) {
    events_.emit(ErrorEvent{"CONFIG_PARTLY_USED", notice});
  }
  return std::nullopt;
}

Instance::Outcome Instance::startLog() {
  if (log_ != nullptr || mode() != Mode::stopped) return wrongState("start");
  log_ = std::make_unique<LogWorker>(
      channel_, telemetry_, events_,
      LogWorker::Options{options_.logPath, options_.logBytes, hello({})});
  sync_ = std::make_unique<SyncThread>(channel_, telemetry_, events_);
  log_->start();
  sync_->start();
  return std::nullopt;
}

void Instance::stop() {
  if (sync_ != nullptr) sync_->stop();
  if (replica_ != nullptr) replica_->sync.stop();
  if (log_ != nullptr) log_->stop();
  if (worker_ != nullptr) worker_->stop();
}

bool Instance::phaseIsOneOf(std::initializer_list<SyncPhase> phases) const {
  return std::find(phases.begin(), phases.end(), phase()) != phases.end();
}

Error Instance::wrongState(const char* call) const {
  return {"INSTANCE_STATE", "",
          std::string(call) + "() does not fit an instance that is " + std::string(nameOf(mode())) +
              " with synchronisation " + std::string(nameOf(phase())) + "."};
}

Instance::Outcome Instance::command(const WorkerCommand& command) {
  if (log_ != nullptr || worker_->command(command)) return std::nullopt;
  return Error{"INSTANCE_BUSY", "", "The datapath has not taken the calls before this one."};
}

Instance::Outcome Instance::partFault(const Part& part) const {
  if (!part) return std::nullopt;
  if (const Partition* partition = function_->partition()) return partition->fault(*part);
  return Error{"FLOWS_UNSUPPORTED", "flows", "This function can only move as a whole."};
}

Hello Instance::hello(const SessionToken& token) const {
  return {kStreamVersion,
          false,
          static_cast<std::uint8_t>(options_.macs.size()),
          function_->configDigest(),
          token,
          std::string(function_->kind())};
}

std::variant<std::uint16_t, Error> Instance::listen(const std::string& address,
                                                    std::string_view token, std::uint32_t silenceMs,
                                                    const Part& part) {
  const auto parsed = parseToken(token);
  if (!parsed) return badToken();
  if (silenceMs > kMaxSilenceMs) {
    return Error{"OPTION_INVALID", "silenceMs", "A silence is told after 10,000 ms at most."};
  }
  if (auto fault = partFault(part)) return *fault;
  const bool joins = mode() == Mode::serving && part.has_value();
  if ((mode() != Mode::standby && !joins) || !phaseIsOneOf({SyncPhase::none, SyncPhase::lost}) ||
      !replicaIsOneOf({SyncPhase::none, SyncPhase::lost})) {
    return wrongState("listen");
  }
  auto opened = listenOn(address);
  if (auto* error = std::get_if<Error>(&opened)) return std::move(*error);
  auto listener = std::move(std::get<Descriptor>(opened));
  const std::uint16_t port = localPort(listener);
  auto guest = joins ? std::make_unique<Destination::Guest>(guestFor({*part})) : nullptr;
  WorkerCommand attach{WorkerCommand::Kind::attachDestination, *parsed};
  attach.guest = guest.get();
  if (auto error = command(attach)) return *error;
  static_cast<void>(guest.release());
  telemetry_.phase.store(SyncPhase::listening, std::memory_order_release);
  sync_->listen(std::move(listener), hello(*parsed), silenceMs * kMs);
  return port;
}

Instance::Outcome Instance::connect(const std::string& address, std::uint32_t port,
                                    std::string_view token, bool standing, StreamContent content,
                                    const Part& part, bool commit) {
  const auto parsed = parseToken(token);
  if (!parsed) return badToken();
  if (auto fault = partFault(part)) return fault;
  if (port == 0 || port > 65'535) {
    return Error{"OPTION_INVALID", "port", "A port is a number from 1 to 65535."};
  }
  if (keepsLog()) return playLog(address, static_cast<std::uint16_t>(port), *parsed);
  if (mode() != Mode::serving || takesOverReplica() ||
      !phaseIsOneOf({SyncPhase::none, SyncPhase::lost})) {
    return wrongState("connect");
  }
  if (auto error = command({WorkerCommand::Kind::attachSource, *parsed, content, commit, part})) {
    return error;
  }
  telemetry_.phase.store(SyncPhase::connecting, std::memory_order_release);
  sync_->connect({address, static_cast<std::uint16_t>(port), hello(*parsed), standing, commit});
  return std::nullopt;
}

/** Behind what is still on its way into the file. */
Instance::Outcome Instance::playLog(const std::string& address, std::uint16_t port,
                                    const SessionToken& token) {
  if (!phaseIsOneOf({SyncPhase::catchingUp, SyncPhase::synchronised})) {
    return wrongState("connect");
  }
  log_->play();
  telemetry_.phase.store(SyncPhase::connecting, std::memory_order_release);
  sync_->takeover(false);
  sync_->connect({address, port, hello(token), false});
  return std::nullopt;
}

Instance::Outcome Instance::arm() {
  // One that serves is synchronised with a part that joins it.
  const bool fits = mode() == Mode::standby || mode() == Mode::serving;
  if (!fits || !phaseIsOneOf({SyncPhase::synchronised})) return wrongState("arm");
  return command({WorkerCommand::Kind::arm});
}

Instance::Outcome Instance::prepareSwitch() {
  if (mode() != Mode::serving || !phaseIsOneOf({SyncPhase::streaming})) {
    return wrongState("prepareSwitch");
  }
  return command({WorkerCommand::Kind::prepareSwitch});
}

Instance::Outcome Instance::switched() {
  if (!phaseIsOneOf({SyncPhase::streaming, SyncPhase::switching, SyncPhase::ended})) {
    return wrongState("switched");
  }
  return command({WorkerCommand::Kind::switched});
}

Instance::Outcome Instance::abort() {
  if (mode() != Mode::serving ||
      !phaseIsOneOf({SyncPhase::connecting, SyncPhase::snapshot, SyncPhase::streaming,
                     SyncPhase::switching, SyncPhase::listening, SyncPhase::catchingUp,
                     SyncPhase::synchronised})) {
    return wrongState("abort");
  }
  return command({WorkerCommand::Kind::abort});
}

Instance::Outcome Instance::resume() {
  const bool partEnded = mode() == Mode::serving && phaseIsOneOf({SyncPhase::ended});
  if (mode() != Mode::closed && !partEnded) return wrongState("resume");
  return command({WorkerCommand::Kind::resume});
}

Instance::Outcome Instance::forget(const FlowFilter& part) {
  if (auto fault = partFault(part)) return fault;
  if (mode() != Mode::serving ||
      !phaseIsOneOf({SyncPhase::none, SyncPhase::lost, SyncPhase::ended})) {
    return wrongState("forget");
  }
  // First: the worker says when it is done.
  const SyncPhase before = telemetry_.phase.exchange(SyncPhase::ended, std::memory_order_acq_rel);
  WorkerCommand forget{WorkerCommand::Kind::forget};
  forget.part = part;
  auto error = command(forget);
  if (error) telemetry_.phase.store(before, std::memory_order_release);
  return error;
}

Instance::Outcome Instance::takeover(bool atOnce) {
  if (keepsLog() || (mode() != Mode::standby && mode() != Mode::hold && mode() != Mode::serving) ||
      !phaseIsOneOf({SyncPhase::catchingUp, SyncPhase::synchronised})) {
    return wrongState("takeover");
  }
  sync_->takeover(atOnce);
  return std::nullopt;
}

Instance::Outcome Instance::expectRelay(std::string_view token) {
  const auto parsed = parseToken(token);
  if (!parsed) return badToken();
  if (keepsLog() || mode() == Mode::stopped) return wrongState("expectRelay");
  return command({WorkerCommand::Kind::expectRelay, *parsed});
}

}  // namespace ferry
