#include "ids.hpp"

#include <utility>

#include "../../proto/icmp.hpp"

namespace ferry {

CreateResult createIds(const ConfigNode& node) {
  CreateResult result;
  ids::IdsConfig config = ids::parseIdsConfig(node, result.error);
  if (!result.error.ok()) return result;
  std::string error;
  auto function = std::make_unique<ids::Ids>(std::move(config), error);
  if (error.empty()) {
    result.function = std::move(function);
  } else {
    result.error = {"CONFIG_RANGE", "rules", error};
  }
  return result;
}

namespace ids {
namespace {

constexpr std::size_t kMaxNotices = 100;

std::vector<std::string> noticesOf(const RuleSet& rules) {
  std::vector<std::string> notices;
  for (const RuleIssue& issue : rules.issues()) {
    if (notices.size() == kMaxNotices) {
      notices.push_back(std::to_string(rules.refused() - kMaxNotices) + " more rules refused");
      break;
    }
    notices.push_back(issue.source + ":" + std::to_string(issue.line) +
                      ": rule refused: " + issue.reason);
  }
  return notices;
}

}  // namespace

Ids::Ids(IdsConfig config, std::string& error)
    : config_(std::move(config)),
      notices_(noticesOf(*config_.rules)),
      scanner_(config_.rules->patterns(), error),
      alerts_(config_.alertFile, config_.maxAlertFileBytes, config_.rules),
      segments_(config_.segments),
      flows_(config_, segments_),
      trackers_(config_.trackers),
      router_(config_, counters_),
      state_(flows_, segments_, trackers_, sequence_, router_.neighbours(), router_.waiting()),
      inspector_(*config_.rules, {scanner_, segments_, trackers_, sequence_, alerts_, counters_}) {
  counters_.value(Count::rulesLoaded) = config_.rules->rules().size();
  counters_.value(Count::rulesRefused) = config_.rules->refused();
}

Verdict Ids::process(Packet& packet, TimeMs now, Output& output) {
  Verdict verdict{};
  const auto routed = router_.receive(packet, now, output, verdict);
  if (!routed) return verdict;
  if (routed->toUs) return router_.drop(RouterCount::dropDestination);
  const PortIndex port = router_.portOf(routed->ip.destination(), packet.port);
  if (port == packet.port) return router_.drop(RouterCount::dropDestination);
  if (routed->ip.ttl() <= 1) {
    return router_.refuse(*routed, icmp_type::kTimeExceeded, 0, RouterCount::dropTtl);
  }
  // Its parts could not be told from each other, so no rule about the whole would hold.
  if (routed->ip.isFragment()) return router_.drop(Count::dropFragment);
  Flight flight{*routed};
  if (const Refusal reason = inspect(flight)) return router_.drop(*reason);
  routed->ip.decrementTtl();
  return router_.send(*routed, port);
}

void Ids::expire(TimeMs now, Output& output) {
  counters_.add(Count::flowsExpired, flows_.expire(now));
  trackers_.expire(now);
  router_.expire(now, output);
}

void Ids::recover(TimeMs /*now*/) { sequence_.skip(); }

void Ids::takeOver(TimeMs /*now*/, Output& output) { router_.announce(output); }

void Ids::reset() {
  flows_.reset();
  segments_.reset();
  trackers_.reset();
  sequence_.reset();
  router_.reset();
}

std::uint64_t Ids::entries() const {
  return std::uint64_t{flows_.table().size()} + segments_.table().size() +
         trackers_.table().size() + sequence_.table().size() + router_.entries();
}

std::span<const Counter> Ids::counters() {
  counters_.value(Count::alertsWritten) = alerts_.written();
  counters_.value(Count::alertsDropped) = alerts_.dropped();
  return counters_.all();
}

bool Ids::checkInvariants() const {
  return flows_.checkInvariants() && segments_.checkInvariants() && trackers_.checkInvariants() &&
         router_.checkInvariants();
}

}  // namespace ids
}  // namespace ferry
