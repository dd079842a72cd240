// A source that sends whatever it likes: frames in any order with any payload, at the destination's
// side of the stream and at the network function behind it.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <span>

#include "../../test/unit/native/counting_function.hpp"
#include "core/hold_buffer.hpp"
#include "statelet/destination.hpp"
#include "statelet/inbound.hpp"

using namespace ferry;

namespace {

struct NoEvents final : EventSink {
  void emit(Event) override {}
};

/** Takes every frame and brings none. */
struct SilentPort final : Port {
  std::size_t receive(std::span<Packet>) override { return 0; }
  void release() override {}
  TransmitResult transmit(ByteView frame) override {
    bytes += frame.size();
    return TransmitResult::queued;
  }
  void flush() override {}
  int pollFd() const override { return -1; }
  bool drained() override { return true; }
  bool linkDown() const override { return false; }
  void checkLink() override {}
  PortStats stats() override { return {}; }
  std::size_t bytes = 0;
};

/** The rings are large: one set serves every input. */
Channel& channel() {
  static Channel shared;
  return shared;
}

constexpr std::array<FrameType, 10> kTypes{
    FrameType::snapshotBegin, FrameType::snapshot,  FrameType::snapshotEnd, FrameType::statelets,
    FrameType::end,           FrameType::straggler, FrameType::drained,     FrameType::heartbeat,
    FrameType::hello,         FrameType::packets};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  channel().snapshotIn.clear();
  channel().reliableIn.clear();
  channel().newestHeard.store(-1);
  while (channel().toSync.pop()) {
  }
  test::CountingFunction function(64);
  Telemetry telemetry;
  NoEvents events;
  const std::array<std::unique_ptr<Port>, 2> ports{std::make_unique<SilentPort>(),
                                                   std::make_unique<SilentPort>()};
  Transmitter output(ports, telemetry);
  std::deque<PortReader> readers;
  for (PortIndex i = 0; i < 2; ++i) readers.emplace_back(*ports[i], i, MacAddress{});
  const WorkerContext context{function, channel(), telemetry, events, output, readers};
  Destination destination(context, readers.size(), 64 << 10);
  Inbound inbound(channel());
  context.setMode(Mode::standby);
  context.setPhase(SyncPhase::listening);
  destination.attach({});
  destination.onNote({WorkerNote::Kind::sessionUp});

  ByteReader in({data, size});
  Now now{1, 1};
  std::uint64_t chunk = 0;
  std::uint64_t record = 1;
  while (!in.done() && !in.failed()) {
    const std::uint8_t head = in.fixed<std::uint8_t>();
    const auto length = in.fixed<std::uint8_t>();
    const ByteView payload = in.bytes(std::min<std::size_t>(length, in.remaining()));
    const FrameType type = kTypes[(head & 0x7f) % kTypes.size()];
    // Mostly the number that is expected, or nothing would get past the first check.
    const std::uint64_t expected = isReliable(type) ? record : chunk;
    const std::uint64_t seq = (head & 0x80) != 0 ? length : expected;
    const bool installed = telemetry.phase.load() != SyncPhase::snapshot;
    const Taken taken = inbound.take({type, seq, payload}, now.ns, installed);
    if (taken.status == Taken::Status::violated) break;
    if (taken.status == Taken::Status::taken && seq == expected) {
      (isReliable(type) ? record : chunk)++;
    }
    now.ns += kMs;
    destination.turn(now);
  }
  for (int i = 0; i < 300; ++i) {
    now.ns += 5 * kMs;
    destination.turn(now);
  }
  return 0;
}
