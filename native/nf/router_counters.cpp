#include "router_counters.hpp"

#include <array>

namespace ferry {
namespace {

constexpr std::array<std::string_view, RouterCounters::kOwn> kNames{
    "receivedInside", "receivedOutside",    "forwarded",       "consumed",      "icmpErrorsSent",
    "echoReplies",    "arpReplies",         "arpRequests",     "arpConflicts",  "waitingSent",
    "waitingDropped", "dropPort",           "dropMalformed",   "dropEtherType", "dropNotForUs",
    "dropIpChecksum", "dropSource",         "dropDestination", "dropNoRoute",   "dropTtl",
    "dropIcmp",       "dropNeighboursFull", "dropWaitingFull",
};

}  // namespace

RouterCounters::RouterCounters(std::initializer_list<std::string_view> own) {
  for (const std::string_view name : kNames) counters_.push_back({name, 0});
  for (const std::string_view name : own) counters_.push_back({name, 0});
}

}  // namespace ferry
