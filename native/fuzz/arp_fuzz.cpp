// Any bytes through the ARP view: every field is read and written, never beyond the end.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/arp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::vector<std::uint8_t> bytes(data, data + size);
  const auto view = ArpView::parse(bytes);
  if (!view) return 0;
  const MacAddress sender = view->senderMac();
  const std::uint32_t address = view->senderAddress();
  view->setOperation(ArpView::kReply);
  view->setSender(view->targetMac(), view->targetAddress());
  view->setTarget(sender, address);
  if (view->targetMac() != sender || view->targetAddress() != address) std::abort();
  return 0;
}
