// Any bytes through the IPv4 view: every field is read and written, never beyond the end.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/ipv4.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::vector<std::uint8_t> bytes(data, data + size);
  const auto quoted = Ipv4View::parseQuoted(bytes);
  const auto view = Ipv4View::parse(bytes);
  if (view && !quoted) std::abort();
  if (!quoted) return 0;
  if (quoted->headerLength() + quoted->payload().size() != size) std::abort();
  if (!view) return 0;
  if (view->headerLength() + view->payload().size() != view->totalLength()) std::abort();
  const bool intact = view->checksumOk();
  const std::uint32_t source = view->source();
  view->setSource(view->destination());
  view->setDestination(source);
  if (view->ttl() != 0) view->decrementTtl();
  // What was intact stays so, what was not does not become so.
  if (view->checksumOk() != intact) std::abort();
  std::uint64_t sum = view->fragmentOffset() + view->identification() + view->protocol();
  for (const std::uint8_t byte : view->payload()) sum += byte;
  volatile std::uint64_t sink = sum;
  (void)sink;
  return 0;
}
