// Law 5 of docs/statelets.md for every NF that can be divided, by random packet sequences: a part
// and the rest make the whole, and merging them gives the whole back, byte for byte.
#include <string>

#include "core/partition.hpp"
#include "walk.hpp"

namespace ferry::test {
namespace {

/** The chosen part of `walk`'s function, taken at a random point while packets go on. */
std::unique_ptr<NetworkFunction> takePart(Walk& walk) {
  NetworkFunction& live = *walk.live.nf;
  auto part = walk.subject->make();
  std::vector<Frame> statelets;
  live.beginSnapshot();
  if (walk.pick(2) == 0) live.rollSnapshot();
  bool complete = false;
  while (!complete) {
    Frame bytes(live.maxRecordBytes() + walk.pick(500));
    ByteWriter out(bytes.data(), bytes.size());
    complete = live.writeSnapshot(out);
    CHECK(!out.overflowed());
    CHECK(part->install(out.view()) == ApplyStatus::ok);
    for (std::uint64_t steps = walk.pick(20); steps > 0; --steps) walk.step();
    if (walk.pick(3) == 0) statelets.push_back(collected(live));
  }
  live.endSnapshot();
  for (std::uint64_t steps = walk.pick(300); steps > 0; --steps) walk.step();
  for (const Frame& bytes : statelets) CHECK(part->apply(bytes) == ApplyStatus::ok);
  drainInto(live, *part, std::max<std::size_t>(4096, live.maxRecordBytes()));
  return part;
}

void forgetPart(NetworkFunction& live, std::uint32_t atATime) {
  while (!live.partition()->drop(atATime)) live.discardMarks();
  live.partition()->choose(std::nullopt);
  live.discardMarks();
}

void mergeInto(NetworkFunction& live, NetworkFunction& part, std::uint32_t atATime) {
  for (bool done = false; !done;) {
    const MergeCheck check = live.partition()->checkMerge(part, atATime);
    CHECK(!check.fault.has_value());
    done = check.done || check.fault.has_value();
  }
  while (!live.partition()->absorb(part, atATime)) live.discardMarks();
  live.partition()->choose(std::nullopt);
}

void splitAndMerge(const SubjectKind& kind) {
  std::uint64_t moved = 0;
  for (std::uint64_t round = 0; round < 10; ++round) {
    Walk walk(kind, seed() + 400 + round);
    NetworkFunction& live = *walk.live.nf;
    for (std::uint64_t steps = walk.pick(1000); steps > 0; --steps) walk.step();
    const auto filter = walk.subject->partOfTraffic();
    CHECK(!live.partition()->fault(*filter).has_value());
    live.partition()->choose(filter);
    const auto part = takePart(walk);
    CHECK(part->checkInvariants());
    CHECK(joined(snapshotOf(live)) == joined(snapshotOf(*part)));
    moved += part->entries();
    live.partition()->choose(std::nullopt);
    const Frame whole = joined(snapshotOf(live));
    live.partition()->choose(filter);
    forgetPart(live, static_cast<std::uint32_t>(1 + walk.pick(30)));
    CHECK(live.checkInvariants());
    const Frame rest = joined(snapshotOf(live));
    mergeInto(live, *part, static_cast<std::uint32_t>(1 + walk.pick(30)));
    CHECK(live.checkInvariants());
    CHECK(joined(snapshotOf(live)) == whole);
    CHECK(rest != whole || part->entries() == 0);
  }
  CHECK(moved > 10);
}

/** A table of the whole is full: its parts have more room, and do more. */
bool full(NetworkFunction& nf) {
  for (const Counter& counter : nf.counters()) {
    for (const auto name : {"dropTableFull", "dropReassembly"}) {
      if (counter.name == name && counter.value > 0) return true;
    }
  }
  return false;
}

/** Frames go where a switch would send them; what leaves must be what the whole would have sent. */
void actAsOne(const SubjectKind& kind) {
  std::uint64_t ofPart = 0;
  std::uint64_t forwarded = 0;
  for (std::uint64_t round = 0; round < 6; ++round) {
    Walk walk(kind, seed() + 500 + round);
    // Few: small tables shall not be full from the beginning.
    for (std::uint64_t steps = walk.pick(60); steps > 0; --steps) walk.step();
    Bench whole(*walk.subject);
    for (const Frame& chunk : snapshotOf(*walk.live.nf)) {
      CHECK(whole.nf->install(chunk) == ApplyStatus::ok);
    }
    Bench& rest = walk.live;
    const auto filter = walk.subject->partOfTraffic();
    rest.nf->partition()->choose(filter);
    Bench part(*walk.subject);
    for (const Frame& chunk : snapshotOf(*rest.nf)) {
      CHECK(part.nf->install(chunk) == ApplyStatus::ok);
    }
    part.nf->partition()->choose(filter);
    while (!rest.nf->partition()->drop(50)) rest.nf->discardMarks();
    const auto offer = [&](Offer offered) {
      const bool toAll = load16(offered.frame.data() + 12) != 0x0800;
      const auto length = static_cast<std::uint32_t>(offered.frame.size());
      const bool isPart =
          rest.nf->partition()->holds({offered.frame.data(), length, length, offered.port});
      const Frame sent = whole.receive(offered);
      if (full(*whole.nf)) return;
      if (toAll) {
        rest.receive(offered);
        part.receive(offered);
        return;
      }
      ofPart += isPart ? 1 : 0;
      forwarded += sent.empty() ? 0 : 1;
      CHECK((isPart ? part : rest).receive(offered) == sent);
    };
    for (const Offer& greeting : walk.subject->greetings()) {
      whole.now = rest.now;
      part.now = rest.now;
      offer(greeting);
    }
    for (int step = 0; step < 400; ++step) {
      rest.now += walk.pick(20);
      whole.now = part.now = rest.now;
      for (const Offer& next : walk.subject->traffic(walk.random)) offer(next);
    }
  }
  CHECK(ofPart > 10);
  CHECK(forwarded > 30);
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const SubjectKind& kind : kSubjects) {
    std::mt19937_64 random(1);
    if (!kind.make(random)->partOfTraffic()) continue;
    const std::string name(kind.name);
    registerTest(name + ": law 5, a part and the rest make the whole, byte for byte",
                 [&kind] { splitAndMerge(kind); });
    registerTest(name + ": a part and the rest do what the whole does, packet by packet",
                 [&kind] { actAsOne(kind); });
  }
  return true;
}();

}  // namespace
}  // namespace ferry::test
