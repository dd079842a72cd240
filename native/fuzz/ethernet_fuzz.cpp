// Any bytes through the Ethernet view: every field is read and written, never beyond the end.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/ethernet.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::vector<std::uint8_t> bytes(data, data + size);
  const auto view = EthernetView::parse(bytes);
  if (!view) return 0;
  const MacAddress source = view->source();
  const std::uint16_t type = view->type();
  if (view->payload().size() + EthernetView::kHeader != size) std::abort();
  view->setSource(view->destination());
  view->setDestination(source);
  view->setType(static_cast<std::uint16_t>(~type));
  if (view->destination() != source || view->type() == type) std::abort();
  return 0;
}
