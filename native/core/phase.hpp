// The two states that everybody may look at: what happens to packets, and where synchronisation
// stands.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ferry {

/** What the worker does with data packets. */
enum class Mode : std::uint8_t {
  stopped,
  standby,  // counted and suppressed
  hold,     // kept in arrival order
  serving,  // processed
  closed,   // handed to the destination as stragglers
};

enum class SyncPhase : std::uint8_t {
  none,
  connecting,    // source: no session yet
  listening,     // destination: no session yet
  snapshot,      // both: the snapshot is on its way
  streaming,     // source: the snapshot is written, statelets go on
  catchingUp,    // destination: the snapshot is installed, statelets are being applied
  synchronised,  // destination: lag was below its bound
  switching,     // source: markers will come, a cut is healed
  ended,         // source: END is written
  released,      // destination: it serves
  lost,          // the session cannot be healed
};

inline std::string_view nameOf(Mode mode) {
  constexpr std::array<std::string_view, 5> kNames{"stopped", "standby", "hold", "serving",
                                                   "closed"};
  return kNames[static_cast<std::size_t>(mode)];
}

inline std::string_view nameOf(SyncPhase phase) {
  constexpr std::array<std::string_view, 11> kNames{
      "none",         "connecting", "listening", "snapshot", "streaming", "catchingUp",
      "synchronised", "switching",  "ended",     "released", "lost"};
  return kNames[static_cast<std::size_t>(phase)];
}

}  // namespace ferry
