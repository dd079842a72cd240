// Any packets through the NAT, and the laws with them: its statelets make an equal replica.
//
// Input: steps of { control, time, length, frame bytes }. Most frames would fail at the first
// check, so control bits ask for a MAC, an address or a checksum to be made right.
#include <algorithm>
#include <vector>

#include "nat44_subject.hpp"

namespace {

using namespace ferry;
using fuzz::require;

void makePlausible(std::vector<std::uint8_t>& frame, std::uint8_t control,
                   const Nat44Config& config) {
  if (frame.size() < EthernetView::kHeader + Ipv4View::kMinHeader) return;
  const PortIndex port = control & 1;
  const auto ethernet = EthernetView::parse(frame);
  ethernet->setDestination(config.port(port).mac);
  ethernet->setType((control & 2) != 0 ? ether_type::kArp : ether_type::kIpv4);
  if ((control & 2) != 0) {
    store32(frame.data() + 14, 0x00010800);
    store16(frame.data() + 18, 0x0604);
    return;
  }
  std::uint8_t* ip = frame.data() + EthernetView::kHeader;
  ip[0] = 0x45;
  store16(ip + 2, static_cast<std::uint16_t>(frame.size() - EthernetView::kHeader));
  if ((control & 4) != 0) store16(ip + 6, 0);
  if ((control & 8) != 0) {
    const std::uint8_t inside = ip[15] % 16;
    const std::uint8_t outside = ip[19] % 16;
    store32(ip + (port == 0 ? 12 : 16), port == 0 ? 0x0a000000u + inside : 0xcb007100u + inside);
    store32(ip + (port == 0 ? 16 : 12), 0xcb007100u + outside);
  }
  store16(ip + 10, 0);
  store16(ip + 10, checksum({ip, Ipv4View::kMinHeader}));
  if ((control & 16) != 0 && ip[9] == ip_protocol::kIcmp) {
    const auto icmp = IcmpView::parse(Bytes(frame).subspan(34));
    if (icmp) icmp->renewChecksum();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Nat44Config config = fuzz::subjectConfig();
  static Nat44 live(config);
  static Nat44 replica(config);
  static std::vector<std::uint8_t> statelets(65536);
  live.reset();
  replica.reset();
  fuzz::Silence output;
  TimeMs now = 1'000'000;

  ByteReader in({data, size});
  while (!in.done()) {
    const auto control = in.fixed<std::uint8_t>();
    now += std::uint64_t{in.fixed<std::uint8_t>()} << (control >> 5) * 2;
    const std::size_t length = in.fixed<std::uint8_t>();
    const ByteView bytes = in.bytes(std::min(length, in.remaining()));
    std::vector<std::uint8_t> frame(bytes.begin(), bytes.end());
    if ((control & 31) != 0) makePlausible(frame, control, config);
    Packet packet{frame.data(), static_cast<std::uint32_t>(frame.size()),
                  static_cast<std::uint32_t>(frame.size()), static_cast<PortIndex>(control & 1)};
    const Verdict verdict = live.process(packet, now, output);
    require(packet.length <= packet.capacity);
    if (verdict.action == Action::forward) {
      const auto ip = Ipv4View::parse(Bytes(frame).subspan(EthernetView::kHeader));
      require(ip && ip->checksumOk() && verdict.port <= 1);
    }
    if ((control & 0xe0) == 0xe0) live.expire(now, output);
  }
  while (live.dirty()) {
    ByteWriter out(statelets.data(), statelets.size());
    live.collect(out);
    require(!out.overflowed() && replica.apply(out.view()) == ApplyStatus::ok);
  }
  require(replica.checkInvariants());
  require(fuzz::snapshotOf(live) == fuzz::snapshotOf(replica));
  fuzz::requireSound(live);
  fuzz::requireBalanced(live);
  return 0;
}
