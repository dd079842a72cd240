// The laws of docs/statelets.md for every NF, by random packet sequences.
//   1 replay: applying the statelets gives byte-identical snapshots
//   2 point in time: a snapshot plus the statelets after it is the live state
#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "check.hpp"
#include "statelet/copies.hpp"
#include "walk.hpp"

namespace ferry::test {
namespace {

void checkEqual(NetworkFunction& live, NetworkFunction& replica) {
  CHECK(joined(snapshotOf(live)) == joined(snapshotOf(replica)));
  CHECK(live.checkInvariants());
  CHECK(replica.checkInvariants());
  CHECK_EQ(live.entries(), replica.entries());
}

void replay(const SubjectKind& kind) {
  std::uint64_t forwarded = 0;
  for (std::uint64_t round = 0; round < 10; ++round) {
    Walk walk(kind, seed() + round);
    const auto replica = walk.subject->make();
    CHECK_EQ(replica->configDigest(), walk.live.nf->configDigest());
    NetworkFunction& live = *walk.live.nf;
    for (int step = 0; step < 800; ++step) {
      walk.step();
      if (walk.pick(25) != 0) continue;
      // Room for one record at least; the rest stays marked while packets go on.
      CHECK(replica->apply(collected(live, live.maxRecordBytes() + walk.pick(300))) ==
            ApplyStatus::ok);
      CHECK(replica->checkInvariants());
    }
    drainInto(live, *replica, 65536);
    checkEqual(live, *replica);
    CHECK(balanced(live));
    forwarded += walk.forwarded;
  }
  CHECK(forwarded > 100);  // the traffic is such that much of it gets through
}

/** `rolling`: what changes before its turn is in the snapshot as it is then, and in no statelet. */
void pointInTime(const SubjectKind& kind, bool rolling) {
  for (std::uint64_t round = 0; round < 10; ++round) {
    Walk walk(kind, seed() + 100 + round);
    NetworkFunction& live = *walk.live.nf;
    for (std::uint64_t steps = walk.pick(1000); steps > 0; --steps) walk.step();
    const auto replica = walk.subject->make();
    std::vector<Frame> statelets;
    live.beginSnapshot();
    if (rolling) live.rollSnapshot();
    bool complete = false;
    while (!complete) {
      Frame bytes(live.maxRecordBytes() + walk.pick(500));
      ByteWriter out(bytes.data(), bytes.size());
      complete = live.writeSnapshot(out);
      CHECK(!out.overflowed());
      CHECK(replica->install(out.view()) == ApplyStatus::ok);
      for (std::uint64_t steps = walk.pick(20); steps > 0; --steps) walk.step();
      if (walk.pick(3) == 0) {
        statelets.push_back(collected(live, std::max<std::size_t>(3000, live.maxRecordBytes())));
      }
    }
    live.endSnapshot();
    for (std::uint64_t steps = walk.pick(300); steps > 0; --steps) walk.step();
    for (const Frame& bytes : statelets) CHECK(replica->apply(bytes) == ApplyStatus::ok);
    drainInto(live, *replica, std::max<std::size_t>(4096, live.maxRecordBytes()));
    checkEqual(live, *replica);
  }
}

void restored(const SubjectKind& kind) {
  for (std::uint64_t round = 0; round < 6; ++round) {
    Walk walk(kind, seed() + 200 + round);
    for (int step = 0; step < 500; ++step) walk.step();
    Bench other(*walk.subject);
    for (const Frame& chunk : snapshotOf(*walk.live.nf)) {
      CHECK(other.nf->install(chunk) == ApplyStatus::ok);
    }
    // Without sweeps: where a sweep has come to is not state.
    for (int step = 0; step < 500; ++step) walk.step(&other);
    checkEqual(*walk.live.nf, *other.nf);
  }
}

/** What strategy `duplicate` does: copies of packets, and of what timers change the statelets. */
void copied(const SubjectKind& kind) {
  CopyBatch batch;
  for (std::uint64_t round = 0; round < 6; ++round) {
    Walk walk(kind, seed() + 400 + round);
    NetworkFunction& live = *walk.live.nf;
    Bench replica(*walk.subject);
    const auto replay = [&] {
      Frame record(batch.view().begin(), batch.view().end());
      batch.clear();
      CopyReader copies(record);
      PacketCopy copy{};
      while (copies.next(copy)) {
        const auto length = static_cast<std::uint32_t>(copy.frame.size());
        Packet packet{copy.frame.data(), length, length, copy.port};
        replica.nf->process(packet, copy.now, replica.output);
      }
      CHECK(!copies.failed());
      replica.nf->discardMarks();
    };
    for (int step = 0; step < 500; ++step) {
      walk.live.now += walk.pick(100) == 0 ? walk.pick(400'000) : walk.pick(20);
      if (walk.pick(12) == 0) {
        if (!batch.empty()) replay();
        live.discardMarks();
        live.expire(walk.live.now, walk.live.output);
        drainInto(live, *replica.nf, 65536);
      }
      for (const Offer& offer : walk.subject->traffic(walk.random)) {
        const auto length = static_cast<std::uint32_t>(offer.frame.size());
        Frame frame = offer.frame;
        const Packet packet{frame.data(), length, length, offer.port};
        if (!batch.fits(length)) replay();
        batch.add(packet, walk.live.now);
        walk.live.receive(offer);
      }
    }
    if (!batch.empty()) replay();
    checkEqual(live, *replica.nf);
  }
}

void emptied(const SubjectKind& kind) {
  Walk walk(kind, seed() + 300);
  for (int step = 0; step < 300; ++step) walk.step();
  walk.live.nf->reset();
  const auto fresh = walk.subject->make();
  checkEqual(*walk.live.nf, *fresh);
}

/** What a bad peer sends may be refused at any byte: the state stays sound, and can be moved. */
void damaged(const SubjectKind& kind) {
  for (std::uint64_t round = 0; round < 10; ++round) {
    Walk walk(kind, seed() + 400 + round);
    NetworkFunction& live = *walk.live.nf;
    const auto replica = walk.subject->make();
    const auto other = walk.subject->make();
    for (int step = 0; step < 300; ++step) {
      walk.step();
      if (walk.pick(10) != 0) continue;
      Frame bytes = collected(live, std::max<std::size_t>(2000, live.maxRecordBytes()));
      for (std::uint64_t i = walk.pick(3); i > 0 && !bytes.empty(); --i) {
        // A run of them is one long number.
        const std::size_t from = walk.pick(bytes.size());
        const std::size_t to = std::min<std::size_t>(bytes.size(), from + 1 + walk.pick(12));
        const auto value = static_cast<std::uint8_t>(walk.pick(2) == 0 ? 0xff : walk.pick(256));
        std::fill(bytes.begin() + from, bytes.begin() + to, value);
      }
      replica->apply(bytes);
      CHECK(replica->checkInvariants());
      other->reset();
      CHECK(other->install(joined(snapshotOf(*replica))) == ApplyStatus::ok);
    }
  }
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const SubjectKind& kind : kSubjects) {
    const std::string name(kind.name);
    registerTest(name + ": law 1, applying the statelets gives byte-identical snapshots",
                 [&kind] { replay(kind); });
    registerTest(name + ": law 2, a snapshot at a random point plus the statelets after it",
                 [&kind] { pointInTime(kind, false); });
    registerTest(name + ": law 2, the same with a snapshot that rolls",
                 [&kind] { pointInTime(kind, true); });
    registerTest(name + ": a restored instance does what the live one does, packet by packet",
                 [&kind] { restored(kind); });
    registerTest(name + ": law 1, processing copies of the packets gives byte-identical snapshots",
                 [&kind] { copied(kind); });
    registerTest(name + ": damaged statelets leave state that is sound and can be moved",
                 [&kind] { damaged(kind); });
    registerTest(name + ": reset() leaves what a new one has", [&kind] { emptied(kind); });
  }
  return true;
}();

}  // namespace
}  // namespace ferry::test
