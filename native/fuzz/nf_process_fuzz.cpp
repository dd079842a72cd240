// Any packets through an NF, and the laws with them: its statelets make an equal replica.
//
// Input: steps of { control, time, length, frame bytes }. Most frames would fail at the first
// check, so control bits ask the subject to make some things right, or for a packet of its own.
#include <algorithm>
#include <vector>

#include "nf_subject.hpp"

namespace {

using namespace ferry;
using fuzz::require;

void pass(NetworkFunction& nf, const test::Offer& offer, TimeMs now, Output& output) {
  test::Frame frame = offer.frame;
  Packet packet{frame.data(), static_cast<std::uint32_t>(frame.size()),
                static_cast<std::uint32_t>(frame.size()), offer.port};
  const Verdict verdict = nf.process(packet, now, output);
  if (verdict.action != Action::forward) return;
  require(verdict.port <= 1 && packet.length >= 34);
  const test::Frame sent(packet.data, packet.data + packet.length);
  require(test::slowChecksum(sent.data() + 14, (sent[14] & 15u) * 4) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::vector<std::uint8_t> statelets(65536);
  fuzz::Target& target = fuzz::targetOf(data, size);
  NetworkFunction& live = *target.live;
  fuzz::Silence output;
  TimeMs now = 1'000'000;

  ByteReader in({data, size});
  while (!in.done()) {
    const auto control = in.fixed<std::uint8_t>();
    now += std::uint64_t{in.fixed<std::uint8_t>()} << (control >> 5) * 2;
    const std::size_t length = in.fixed<std::uint8_t>();
    const ByteView bytes = in.bytes(std::min(length, in.remaining()));
    if ((control & 31) == 31) {
      std::mt19937_64 random(length);
      for (const test::Offer& offer : target.subject->traffic(random)) {
        pass(live, offer, now, output);
      }
    } else {
      test::Offer offer{static_cast<PortIndex>(control & 1), {bytes.begin(), bytes.end()}};
      if ((control & 30) != 0) target.subject->makePlausible(offer, control);
      pass(live, offer, now, output);
    }
    if ((control & 0xe0) == 0xe0) live.expire(now, output);
  }
  while (live.dirty()) {
    ByteWriter out(statelets.data(), statelets.size());
    live.collect(out);
    require(!out.overflowed() && target.replica->apply(out.view()) == ApplyStatus::ok);
  }
  require(target.replica->checkInvariants());
  require(test::joined(test::snapshotOf(live)) == test::joined(test::snapshotOf(*target.replica)));
  fuzz::requireSound(target);
  require(test::balanced(live));
  return 0;
}
