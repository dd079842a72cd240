#include "replica.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace ferry {
namespace {

/** What is told of each event; nothing of the others. */
struct Translation {
  using Told = std::optional<Event>;

  Told operator()(SynchronisedEvent&&) const { return ReplicaEvent{"synchronised", {}, {}, 0}; }
  Told operator()(SyncLostEvent&& event) const {
    return ReplicaEvent{"lost", std::move(event.code), std::move(event.reason), 0};
  }
  Told operator()(ServingEvent&&) const { return ReplicaEvent{"serving", {}, {}, 0}; }
  Told operator()(ProgressEvent&&) const { return ReplicaEvent{"progress", {}, {}, 0}; }
  Told operator()(SilentEvent&& event) const { return ReplicaEvent{"silent", {}, {}, event.ns}; }
  Told operator()(HeardEvent&& event) const { return ReplicaEvent{"heard", {}, {}, event.ns}; }
  Told operator()(HoldOverflowEvent&& event) const { return event; }
  Told operator()(ErrorEvent&& event) const { return std::move(event); }
  template <typename Other>
  Told operator()(Other&&) const {
    return std::nullopt;
  }
};

}  // namespace

void ReplicaEvents::emit(Event event) {
  if (auto told = std::visit(Translation{}, std::move(event))) events_.emit(*std::move(told));
}

}  // namespace ferry
