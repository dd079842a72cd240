// One flow's statelets, good and bad.
#include <random>

#include "check.hpp"
#include "frames.hpp"
#include "nf/ids/flow.hpp"

namespace ferry::test {
namespace {

using ids::Flow;

Frame encoded(const Flow& flow) {
  Frame bytes(4096);
  ByteWriter out(bytes.data(), bytes.size());
  flow.encode(out);
  bytes.resize(out.size());
  return bytes;
}

Flow tcpFlow() {
  Flow flow{};
  flow.key = {0x0a000001, 0x0a000102, 40'000, 80, ip_protocol::kTcp};
  flow.started = 1'000'000;
  flow.life.seen = flow.started + 500;
  for (ids::Stream& stream : flow.streams) {
    stream.known = true;
    stream.next = 7000;
  }
  return flow;
}

TEST("what a flow is told is applied whole or not at all") {
  std::mt19937_64 random(seed());
  std::uint64_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    Flow flow = tcpFlow();
    const Frame before = encoded(flow);
    Frame bytes(random() % 40);
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(random() % 3 == 0 ? 0xff : random() % 16);
    }
    ByteReader in({bytes.data(), bytes.size()});
    if (flow.applyDelta(in)) {
      Flow read{};
      const Frame after = encoded(flow);
      ByteReader again({after.data(), after.size()});
      CHECK(read.decode(again) && again.done());
    } else {
      refused++;
      CHECK(encoded(flow) == before);
    }
  }
  CHECK(refused > 100);
}

}  // namespace
}  // namespace ferry::test
