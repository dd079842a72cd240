// The statelet log: what was written is read, whatever its tail is like; law 2 through a file for
// every NF; and a NAT's like brought back by a log from an instance that has died.
#include "statelet/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "check.hpp"
#include "migration_lab.hpp"
#include "statelet/crc32c.hpp"
#include "subjects.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

/** A directory that goes with the test. */
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/fyg-log-XXXXXX";
    CHECK(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Folder() {
    unlink(log().c_str());
    rmdir(path_.c_str());
  }
  std::string log() const { return path_ + "/log"; }

 private:
  std::string path_;
};

Hello identityOf(const NetworkFunction& nf) {
  return {kStreamVersion, false, 2, nf.configDigest(), {}, std::string(nf.kind())};
}

/** Begins a log with a snapshot of the function. */
void beginLog(LogWriter& writer, const std::string& path, NetworkFunction& nf) {
  CHECK(writer.begin(path, identityOf(nf)));
  std::uint8_t bytes[kMaxRecordBytes];
  ByteWriter begin(bytes, sizeof bytes);
  SnapshotBegin{nf.entries()}.write(begin);
  std::uint64_t chunk = 0;
  CHECK(writer.append(FrameType::snapshotBegin, chunk++, begin.view()));
  SnapshotEnd end{nf.entries(), 0, 0};
  for (const TestFrame& part : snapshotOf(nf, 1024)) {
    end.bytes += part.size();
    end.crc = crc32c(part, end.crc);
    CHECK(writer.append(FrameType::snapshot, chunk++, part));
  }
  ByteWriter out(bytes, sizeof bytes);
  end.write(out);
  CHECK(writer.append(FrameType::snapshotEnd, chunk, out.view()));
  CHECK(writer.publish());
}

/** Brings a function to what the log has; how many statelet records that were. */
std::uint64_t replay(ByteView bytes, NetworkFunction& nf) {
  LogReader reader(bytes);
  const auto identity = reader.identity();
  CHECK(identity && identity->configDigest == nf.configDigest() && identity->kind == nf.kind());
  std::uint64_t statelets = 0;
  while (const auto frame = reader.next()) {
    if (frame->type == FrameType::snapshot) CHECK(nf.install(frame->payload) == ApplyStatus::ok);
    if (frame->type != FrameType::statelets) continue;
    CHECK(nf.apply(frame->payload) == ApplyStatus::ok);
    statelets++;
  }
  return statelets;
}

void walk(Subject& subject, NetworkFunction& nf, std::mt19937_64& random, TimeMs& now) {
  struct Nowhere final : Output {
    void transmit(PortIndex, ByteView) override {}
  } nowhere;
  now += random() % 20;
  for (Offer& offer : subject.traffic(random)) {
    offer.frame.resize(offer.frame.size() + 64);
    const auto room = static_cast<std::uint32_t>(offer.frame.size());
    Packet packet{offer.frame.data(), room - 64, room, offer.port};
    nf.process(packet, now, nowhere);
  }
}

void law(const SubjectKind& kind) {
  Folder folder;
  std::mt19937_64 random(seed());
  const auto subject = kind.make(random);
  const auto live = subject->make();
  TimeMs now = 1'700'000'000'000;
  for (int i = 0; i < 200; ++i) walk(*subject, *live, random, now);
  live->discardMarks();
  LogWriter writer;
  beginLog(writer, folder.log(), *live);
  std::uint64_t written = 0;
  for (int i = 0; i < 300; ++i) {
    walk(*subject, *live, random, now);
    if (random() % 5 != 0) continue;
    const TestFrame statelets = collected(*live, live->maxRecordBytes() + random() % 4000);
    if (statelets.empty()) continue;
    CHECK(writer.append(FrameType::statelets, ++written, statelets));
  }
  while (live->dirty()) CHECK(writer.append(FrameType::statelets, ++written, collected(*live)));
  CHECK(writer.flush());
  const auto bytes = readFile(folder.log());
  CHECK(bytes && bytes->size() == writer.bytes());
  const auto again = subject->make();
  CHECK_EQ(replay(*bytes, *again), written);
  CHECK(joined(snapshotOf(*live)) == joined(snapshotOf(*again)));
  CHECK(again->checkInvariants());
}

/** A small log of the counting function, and where its snapshot ends. */
std::vector<std::uint8_t> smallLog(const std::string& path, std::size_t& snapshotEnd) {
  CountingSubject subject(4);
  const auto nf = subject.make();
  LogWriter writer;
  beginLog(writer, path, *nf);
  snapshotEnd = writer.bytes();
  const std::array<std::uint8_t, 5> payload{1, 2, 3, 4, 5};
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    CHECK(writer.append(FrameType::statelets, seq, payload));
  }
  CHECK(writer.flush());
  return readFile(path).value_or(std::vector<std::uint8_t>{});
}

/** Statelet records up to the end, and whether that is a torn one. */
std::pair<std::uint64_t, bool> read(ByteView bytes) {
  LogReader reader(bytes);
  if (!reader.identity()) return {0, true};
  std::uint64_t statelets = 0;
  while (const auto frame = reader.next()) {
    if (frame->type == FrameType::statelets) statelets++;
  }
  return {statelets, reader.torn() || !reader.snapshotComplete()};
}

void tornTails() {
  Folder folder;
  std::size_t snapshotEnd = 0;
  const auto whole = smallLog(folder.log(), snapshotEnd);
  constexpr std::size_t kRecord = kFrameHeaderBytes + 5;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const auto [statelets, torn] = read(ByteView(whole).first(length));
    const bool cut = length < snapshotEnd;
    CHECK_EQ(statelets, cut ? 0 : (length - snapshotEnd) / kRecord);
    CHECK_EQ(torn, cut || (length - snapshotEnd) % kRecord != 0);
  }
  for (std::size_t at = snapshotEnd; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] ^= 0x10;
    const auto [statelets, torn] = read(damaged);
    CHECK_EQ(statelets, (at - snapshotEnd) / kRecord);
    CHECK(torn);
  }
  // A record that is missing is no log beyond it.
  auto gap = whole;
  gap.erase(gap.begin() + static_cast<std::ptrdiff_t>(snapshotEnd),
            gap.begin() + static_cast<std::ptrdiff_t>(snapshotEnd + kRecord));
  CHECK_EQ(read(gap).first, 0u);
}

/** A log that is begun anew leaves the one before it alone until its snapshot is whole. */
void replaced() {
  Folder folder;
  std::size_t snapshotEnd = 0;
  const auto before = smallLog(folder.log(), snapshotEnd);
  CountingSubject subject(4);
  const auto nf = subject.make();
  {
    LogWriter writer;
    CHECK(writer.begin(folder.log(), identityOf(*nf)));
    CHECK(writer.flush());
    CHECK(readFile(folder.log()) == before);
  }
  CHECK(readFile(folder.log()) == before);
  CHECK(!readFile(folder.log() + ".next"));
  LogWriter writer;
  beginLog(writer, folder.log(), *nf);
  CHECK(readFile(folder.log()) != before);
}

struct Keeper {
  Keeper(const Subject& subject, const std::string& path, std::uint64_t maxBytes)
      : instance(subject.make(),
                 {false, {kVirtualMacs[0], kVirtualMacs[1]}, 10, 8u << 20, path, maxBytes}, log) {
    CHECK(!instance.start({}));
  }
  EventLog log;
  Instance instance;
};

bool eventually(const std::function<bool()>& done) {
  for (int i = 0; i < 30'000; ++i) {
    if (done()) return true;
    poll(nullptr, 0, 1);
  }
  return false;
}

std::uint16_t portOf(const std::variant<std::uint16_t, Error>& listening) {
  const auto* port = std::get_if<std::uint16_t>(&listening);
  CHECK(port != nullptr);
  return port == nullptr ? std::uint16_t{0} : *port;
}

/** An instance that dies; another one that goes on from its log. */
void broughtBack(const SubjectKind& kind) {
  constexpr std::uint32_t kFlows = 40;
  Folder folder;
  std::mt19937_64 random(seed());
  const auto subject = kind.make(random);
  Wire wire;
  std::vector<std::uint64_t> sequence(kFlows, 0);
  Side first(wire, 0, *subject, true);
  Keeper keeper(*subject, folder.log(), 16u << 20);
  const auto port = portOf(keeper.instance.listen("127.0.0.1", kToken, 5000));
  CHECK(!first.instance.connect("127.0.0.1", port, kToken, true));

  const std::vector<Offer> greetings = subject->greetings();
  for (const Offer& offer : greetings) first.ports[offer.port]->deliver(offer.frame);
  const auto& processed = first.instance.telemetry().processedPackets;
  CHECK(eventually([&] { return processed.get() >= greetings.size(); }));
  const auto send = [&](Side& side, std::uint32_t flow) {
    Offer made = subject->packet(flow, ++sequence[flow]);
    side.ports[made.port]->deliver(std::move(made.frame));
  };
  Sink sink(kFlows);
  const auto collect = [&] {
    for (const Wire::Sent& sent : wire.take()) {
      if (const auto seen = subject->seen(sent.port, sent.frame)) sink.take(*seen);
    }
  };
  // What the greetings make it send says how packets are to be treated.
  for (unsigned i = 0; i < 50; ++i) {
    poll(nullptr, 0, 1);
    collect();
  }
  std::uint64_t offered = 0;
  for (unsigned round = 0; round < 50; ++round) {
    for (unsigned i = 0; i < 8; ++i, ++offered) {
      send(first, static_cast<std::uint32_t>(random() % kFlows));
    }
    poll(nullptr, 0, 1);
    collect();
  }
  CHECK(eventually([&] {
    collect();
    return sink.delivered >= offered && keeper.log.find<SynchronisedEvent>();
  }));
  // Everything that has left is in the log: its window is over, and it has caught up.
  const auto& written = first.instance.telemetry().recordsWritten;
  const auto& kept = keeper.instance.telemetry().statelets;
  poll(nullptr, 0, 100);
  CHECK(eventually([&] { return kept.get() == written.get(); }));
  first.instance.stop();

  Side second(wire, 1, *subject, false);
  const auto target = portOf(second.instance.listen("127.0.0.1", kToken));
  CHECK(!keeper.instance.connect("127.0.0.1", target, kToken));
  CHECK(eventually(
      [&] { return keeper.log.find<EndedEvent>() && second.log.find<SynchronisedEvent>(); }));
  CHECK(!second.instance.takeover(true));
  CHECK(eventually([&] { return second.log.find<ServingEvent>().has_value(); }));
  CHECK_EQ(second.instance.telemetry().statelets.get(), kept.get());

  for (std::uint32_t flow = 0; flow < kFlows; ++flow, ++offered) send(second, flow);
  CHECK(eventually([&] {
    collect();
    return sink.delivered >= offered;
  }));
  CHECK_EQ(sink.wrongState, 0u);
  CHECK_EQ(sink.skipped, 0u);
  CHECK_EQ(sink.repeatedOrLate, 0u);
}

void full() {
  Folder folder;
  CountingSubject subject(30);
  Wire wire;
  Side first(wire, 0, subject, true);
  Keeper keeper(subject, folder.log(), 4096);
  const auto port = portOf(keeper.instance.listen("127.0.0.1", kToken));
  CHECK(!first.instance.connect("127.0.0.1", port, kToken, true));
  std::uint64_t sequence = 0;
  CHECK(eventually([&] {
    for (std::uint32_t flow = 0; flow < 30; ++flow) {
      Offer made = subject.packet(flow, ++sequence);
      first.ports[made.port]->deliver(std::move(made.frame));
    }
    wire.take();
    return keeper.log.find<SyncLostEvent>().has_value();
  }));
  CHECK_EQ(keeper.log.find<SyncLostEvent>()->code, "LOG_FULL");
  CHECK(eventually([&] { return first.log.find<SyncLostEvent>().has_value(); }));
  CHECK(first.instance.telemetry().mode.load() == Mode::serving);
}

TEST("tails that are torn or damaged are the end") { tornTails(); }
TEST("a log stands until the next one has its snapshot") { replaced(); }
TEST("a log that is full ends its session, and the source serves on") { full(); }

[[maybe_unused]] const bool kRegistered = [] {
  for (const SubjectKind& kind : kSubjects) {
    const std::string name(kind.name);
    registerTest(name + ": a log replayed is the live state, byte for byte",
                 [&kind] { law(kind); });
    registerTest(name + ": brought back from the log of one that has died",
                 [&kind] { broughtBack(kind); });
  }
  return true;
}();

}  // namespace
