// Any frame through the reader of probes: never beyond its end, and intact only when it is.
#include <cstdlib>
#include <vector>

#include "proto/ethernet.hpp"
#include "proto/ipv4.hpp"
#include "traffic/probe.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::vector<std::uint8_t> frame(data, data + size);
  traffic::Probe probe;
  if (traffic::readProbe(frame, probe) != traffic::ProbeStatus::intact) return 0;
  const auto ip = Ipv4View::parse(Bytes(frame).subspan(EthernetView::kHeader));
  if (!ip || !ip->checksumOk() || probe.flow > 0xffffff) std::abort();
  return 0;
}
