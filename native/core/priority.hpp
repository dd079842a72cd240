// Makes the calling thread run before ordinary ones, as far as the system lets it.
#pragma once

#include <cstdint>

namespace ferry {

enum class Scheduling : std::uint8_t { normal, nice };

/** Nice -10 and a short time slice (not real time: a datapath at full load must not starve the
 * switch beside it). */
Scheduling raisePriority();

/** Names the calling thread (up to 15 characters) and blocks all signals for it. */
void prepareThread(const char* name);

}  // namespace ferry
