// How the work of a network function is divided: a part of its traffic with the state that is its.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "error.hpp"
#include "flow_filter.hpp"
#include "packet.hpp"

namespace ferry {

class NetworkFunction;

/** Tells the packets of one part, whatever part a Partition has chosen. */
class FlowMatcher {
 public:
  virtual ~FlowMatcher() = default;
  virtual bool holds(const Packet& packet) const = 0;
};

/** Why two states cannot be one: literals. */
struct MergeFault {
  const char* code;
  const char* reason;
};

struct MergeCheck {
  std::optional<MergeFault> fault;
  bool done;  // all was looked at
};

/**
 * Chooses a part, which the function's snapshots and statelets then speak of alone; forgets it once
 * another instance has it; takes in what another had. The worker calls everything but
 * fault(), another() and matcher(). docs/partial-migration.md.
 */
class Partition {
 public:
  virtual ~Partition() = default;

  /** Why the state cannot be divided so; nullopt when it can. From any thread. */
  virtual std::optional<Error> fault(const FlowFilter& filter) const = 0;
  /** A new function of the same configuration, empty. From any thread. */
  virtual std::unique_ptr<NetworkFunction> another() const = 0;
  /** Of a filter that has no fault(); lives no longer than the function. From any thread. */
  virtual std::unique_ptr<FlowMatcher> matcher(const FlowFilter& filter) const = 0;

  /** The part that is meant from now on; nullopt: everything. `filter` has no fault(). */
  virtual void choose(const std::optional<FlowFilter>& filter) = 0;
  /** Whether a packet that has come in is of the chosen part. */
  virtual bool holds(const Packet& packet) const = 0;
  /** Forgets what belongs to the chosen part alone; looks at `most` entries. True when all is gone.
   */
  virtual bool drop(std::uint32_t most) = 0;

  /** Another function is about to be taken in, from its first entry on. */
  virtual void beginMerge() = 0;
  /** Looks at `most` entries of another function: whether they can be taken in. */
  virtual MergeCheck checkMerge(NetworkFunction& other, std::uint32_t most) = 0;
  /** Takes in `most` entries of another function; true when all are here. Where both have an entry,
   * its own stays. */
  virtual bool absorb(NetworkFunction& other, std::uint32_t most) = 0;
};

}  // namespace ferry
