// What belongs to a part of a packet gateway's work: some of its subscribers.
#pragma once

#include <memory>
#include <optional>

#include "../core/nf.hpp"
#include "inside_part.hpp"
#include "pg_config.hpp"
#include "pg_subscriber.hpp"

namespace ferry {

class PgPart : public InsidePart {
 public:
  using Config = PgConfig;

  /** A prefix that cuts through a subscriber is refused. */
  static std::optional<Error> fault(const FlowFilter& filter, const PgConfig& config);
  static std::unique_ptr<NetworkFunction> another(const PgConfig& config);

  PgPart(const FlowFilter& filter, const PgConfig&) : InsidePart(filter) {}

  using InsidePart::operator();
  bool operator()(const PgSubscriber& subscriber) const { return holdsHost(subscriber.address); }
};

}  // namespace ferry
