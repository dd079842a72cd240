// One end of the test traffic: emulated hosts on one interface that send, receive and count.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "../core/error.hpp"
#include "../io/port.hpp"
#include "options.hpp"
#include "prefill.hpp"
#include "report.hpp"

namespace ferry::traffic {

class EndpointLoop;

/**
 * The owner's side of an endpoint: commands go down to the one thread that sends and receives, and
 * counters come up. Methods may be called from one thread; none waits for traffic.
 *
 * idle > (resolving > prefilling > idle)* > resolving > sending > draining > finished. A server
 * goes from idle to sending by itself when the run's first packet comes, and knows its next hop
 * from it. Errors: TRAFFIC_OPTIONS, TRAFFIC_STATE (the command does not fit the phase; nothing
 * changes), TRAFFIC_NEXT_HOP (no ARP answer within 5 s), and those of the I/O when it opens.
 */
class Endpoint {
 public:
  static std::variant<std::unique_ptr<Endpoint>, Error> open(const EndpointOptions& options);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  const MacAddress& mac() const { return mac_; }

  /** Client: begins the run, which lasts durationMs. */
  std::optional<Error> start();
  /** Client: sends one packet for each entry at `ratePps`; the phase is idle again afterwards. */
  std::optional<Error> prefill(std::vector<EntryRange> ranges, std::uint64_t ratePps);
  /** Ends sending early; what is still on its way is counted as at the end of a whole run. */
  void stop();

  EndpointStats stats() const;
  /** The final account; only in phase finished. */
  std::optional<EndpointReport> report() const;
  /** Why the phase is failed. */
  std::optional<Error> failure() const;
  /** Server: see PrefillRecord::missing(). */
  std::vector<EntryRange> missingPrefill(std::uint32_t entries, std::size_t maxRanges) const;

 private:
  Endpoint(const MacAddress& mac, bool client, std::unique_ptr<EndpointLoop> loop);

  MacAddress mac_;
  bool client_;
  std::unique_ptr<EndpointLoop> loop_;
  std::thread thread_;
};

}  // namespace ferry::traffic
