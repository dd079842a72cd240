// Any bytes through the ICMP view: every field is read and written, never beyond the end.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/icmp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::vector<std::uint8_t> bytes(data, data + size);
  const auto view = IcmpView::parse(bytes);
  if (!view) return 0;
  if (view->isEcho() && view->isError()) std::abort();
  view->setType(static_cast<std::uint8_t>(view->type() ^ view->code()));
  const auto quoted = Ipv4View::parseQuoted(view->quoted());
  if (quoted) quoted->setSource(quoted->destination());
  view->renewChecksum();
  if (!view->checksumOk()) std::abort();
  return 0;
}
