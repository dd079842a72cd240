// The NF that a fuzzer attacks, chosen by the first byte of its input, and what must hold of it
// whatever happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "../test/unit/native/subjects.hpp"

namespace ferry::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

struct Silence final : Output {
  std::uint64_t bytes = 0;
  void transmit(PortIndex, ByteView frame) override {
    for (const std::uint8_t byte : frame) bytes += byte;
  }
};

/** Three functions of one subject, made once; empty whenever one is taken. */
struct Target {
  std::unique_ptr<test::Subject> subject;
  std::unique_ptr<NetworkFunction> live;
  std::unique_ptr<NetworkFunction> replica;
  std::unique_ptr<NetworkFunction> other;

  explicit Target(const test::SubjectKind& kind) {
    std::mt19937_64 random(1);
    subject = kind.make(random);
    live = subject->make();
    replica = subject->make();
    other = subject->make();
  }
};

/** The target that the first byte names; `data` is what follows it. */
inline Target& targetOf(const std::uint8_t*& data, std::size_t& size) {
  static std::vector<Target> targets = [] {
    std::vector<Target> made;
    for (const test::SubjectKind& kind : test::kSubjects) made.emplace_back(kind);
    return made;
  }();
  Target& target = targets[size == 0 ? 0 : data[0] % targets.size()];
  if (size > 0) {
    ++data;
    --size;
  }
  target.live->reset();
  target.replica->reset();
  return target;
}

/** Indexes agree with tables, and the state can be moved: its snapshot installs to the same. */
inline void requireSound(const Target& target) {
  require(target.live->checkInvariants());
  const test::Frame snapshot = test::joined(test::snapshotOf(*target.live, 65536));
  target.other->reset();
  require(target.other->install(snapshot) == ApplyStatus::ok);
  require(target.other->checkInvariants());
  require(test::joined(test::snapshotOf(*target.other, 65536)) == snapshot);
}

}  // namespace ferry::fuzz
