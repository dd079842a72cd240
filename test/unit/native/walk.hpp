// A function under random traffic, as the tests of the laws drive it.
#pragma once

#include <memory>
#include <random>

#include "check.hpp"
#include "subjects.hpp"

namespace ferry::test {

struct Recorder final : Output {
  std::vector<Frame> frames;
  void transmit(PortIndex, ByteView frame) override {
    frames.emplace_back(frame.begin(), frame.end());
  }
};

/** A function with a clock and what it sent last. */
struct Bench {
  std::unique_ptr<NetworkFunction> nf;
  TimeMs now = 1'700'000'000'000;
  Recorder output;

  explicit Bench(const Subject& subject) : nf(subject.make()) {}

  /** The frame that goes on, behind a byte with its port; empty when none does. */
  Frame receive(const Offer& offer) {
    Frame frame = offer.frame;
    frame.resize(offer.frame.size() + 64);
    Packet packet{frame.data(), static_cast<std::uint32_t>(offer.frame.size()),
                  static_cast<std::uint32_t>(frame.size()), offer.port};
    output.frames.clear();
    const Verdict verdict = nf->process(packet, now, output);
    if (verdict.action != Action::forward) return {};
    Frame sent(packet.data, packet.data + packet.length);
    CHECK_EQ(wrongChecksum(sent), "");
    sent.insert(sent.begin(), verdict.port);
    return sent;
  }
};

class Walk {
 public:
  Walk(const SubjectKind& kind, std::uint64_t seed)
      : random(seed), subject(kind.make(random)), live(*subject) {}

  /** `others` take the same packets and no timers; what they send must be what `live` sends. */
  void step(Bench* other = nullptr) {
    live.now += pick(100) == 0 ? pick(400'000) : pick(20);
    if (other != nullptr) {
      other->now = live.now;
    } else if (pick(12) == 0) {
      live.nf->expire(live.now, live.output);
    }
    for (const Offer& offer : subject->traffic(random)) {
      const Frame sent = live.receive(offer);
      if (!sent.empty()) ++forwarded;
      if (other == nullptr) continue;
      CHECK(other->receive(offer) == sent);
      CHECK(other->output.frames == live.output.frames);
    }
  }

  std::uint64_t pick(std::uint64_t below) { return random() % below; }

  std::mt19937_64 random;
  std::unique_ptr<Subject> subject;
  Bench live;
  std::uint64_t forwarded = 0;
};

inline void drainInto(NetworkFunction& from, NetworkFunction& to, std::size_t room) {
  while (from.dirty()) CHECK(to.apply(collected(from, room)) == ApplyStatus::ok);
}

}  // namespace ferry::test
