// Any bytes at the reader of statelet logs: it ends, and gives nothing that is out of order.
#include <cstdint>
#include <cstdlib>

#include "statelet/log.hpp"

using namespace ferry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  LogReader reader({data, size});
  if (!reader.identity()) return 0;
  std::uint64_t expected = 1;
  while (const auto frame = reader.next()) {
    if (frame->payload.data() < data || frame->payload.data() + frame->payload.size() > data + size)
      std::abort();
    if (frame->type != FrameType::statelets) continue;
    if (!reader.snapshotComplete() || frame->seq != expected++) std::abort();
  }
  return 0;
}
