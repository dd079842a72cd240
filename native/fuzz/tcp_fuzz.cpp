// Any bytes through the TCP view: every field is read and written, never beyond the end.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/tcp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::vector<std::uint8_t> bytes(data, data + size);
  const auto view = TcpView::parse(bytes);
  if (!view) return 0;
  volatile unsigned sink = view->sourcePort() + view->destinationPort() + view->checksum() +
                           view->syn() + view->fin() + view->rst() + view->ack();
  (void)sink;
  return 0;
}
