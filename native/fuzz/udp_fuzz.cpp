// Any bytes through the UDP view: every field is read and written, never beyond the end.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/udp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::vector<std::uint8_t> bytes(data, data + size);
  for (const bool fragment : {false, true}) {
    const auto view = UdpView::parse(bytes, fragment);
    if (!view) continue;
    if (!fragment && view->length() > size) std::abort();
    volatile unsigned sink = view->sourcePort() + view->destinationPort() + view->checksum();
    (void)sink;
  }
  return 0;
}
