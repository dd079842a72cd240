// What an IDS counts beside what every router does.
#pragma once

#include "../router_counters.hpp"

namespace ferry::ids {

enum class Count : std::uint8_t {
  alerts = RouterCounters::kOwn,
  alertsSuppressed,  // by a threshold
  alertsDropped,     // the writer could not keep up, or could not write
  alertsWritten,
  rulesLoaded,
  rulesRefused,
  payloadBytes,  // looked at
  streamsBegun,
  flowsCreated,
  flowsExpired,      // found by the sweep
  segmentsAhead,     // kept until what lies before them comes
  segmentsRepeated,  // with nothing new
  hitsLeftOut,       // more contents in one segment than are looked at
  matchesForgotten,  // more contents in one turn than are remembered
  windowsRefused,    // no room to keep bytes for a pcre
  verifyTooCostly,   // a rule or pcre ran into its bound and was taken not to match
  trackersFull,      // no room to count for a threshold
  dropRule,          // by a drop rule
  dropBlocked,       // later packets of a TCP connection that a drop rule has ended
  dropReassembly,    // no room to keep a segment that came out of order
  dropTableFull,
  dropChecksum,  // of TCP, UDP or ICMP
  dropFragment,
};

class Counters : public RouterCounters {
 public:
  Counters()
      : RouterCounters({"alerts",        "alertsSuppressed", "alertsDropped",  "alertsWritten",
                        "rulesLoaded",   "rulesRefused",     "payloadBytes",   "streamsBegun",
                        "flowsCreated",  "flowsExpired",     "segmentsAhead",  "segmentsRepeated",
                        "hitsLeftOut",   "matchesForgotten", "windowsRefused", "verifyTooCostly",
                        "trackersFull",  "dropRule",         "dropBlocked",    "dropReassembly",
                        "dropTableFull", "dropChecksum",     "dropFragment"}) {}
};

}  // namespace ferry::ids
