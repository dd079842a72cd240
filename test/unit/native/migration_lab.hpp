// Two instances, a switch with the habits of a real one, traffic and a strict sink, all in one
// process.
#pragma once

#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "core/instance.hpp"
#include "counting_function.hpp"
#include "statelet/marker.hpp"
#include "subject.hpp"

namespace ferry::test {

using TestFrame = Frame;

inline constexpr std::array<MacAddress, 2> kVirtualMacs{MacAddress{0x02, 0xfe, 0, 0, 0, 1},
                                                        MacAddress{0x02, 0xfe, 0, 0, 0, 2}};
inline constexpr const char* kToken = "000102030405060708090a0b0c0d0e0f";

/** Frames that instances have sent, in the order in which the switch got them. */
class Wire {
 public:
  struct Sent {
    unsigned side;
    PortIndex port;
    TestFrame frame;
  };
  void push(Sent sent) {
    const std::scoped_lock lock(mutex_);
    sent_.push_back(std::move(sent));
  }
  std::deque<Sent> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(sent_, {});
  }

 private:
  std::mutex mutex_;
  std::deque<Sent> sent_;
};

class LabPort final : public Port {
 public:
  LabPort(Wire& wire, unsigned side, PortIndex index) : wire_(wire), side_(side), index_(index) {}

  void deliver(TestFrame frame) {
    {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(frame));
    }
    arrived_.signal();
  }

  std::size_t receive(std::span<Packet> burst) override {
    const std::scoped_lock lock(mutex_);
    while (burst_.size() < burst.size() && !waiting_.empty()) {
      burst_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    if (waiting_.empty()) arrived_.clear();
    for (std::size_t i = 0; i < burst_.size(); ++i) {
      const auto length = static_cast<std::uint32_t>(burst_[i].size());
      burst[i] = {burst_[i].data(), length, length, 0};
    }
    return burst_.size();
  }
  void release() override { burst_.clear(); }
  TransmitResult transmit(ByteView frame) override {
    wire_.push({side_, index_, {frame.begin(), frame.end()}});
    return TransmitResult::queued;
  }
  void flush() override {}
  int pollFd() const override { return arrived_.fd(); }
  bool drained() override {
    const std::scoped_lock lock(mutex_);
    return waiting_.empty();
  }
  bool linkDown() const override { return false; }
  void checkLink() override {}
  PortStats stats() override { return {}; }

 private:
  Wire& wire_;
  unsigned side_;
  PortIndex index_;
  Wakeup arrived_;
  std::mutex mutex_;
  std::deque<TestFrame> waiting_;
  std::vector<TestFrame> burst_;
};

/** Keeps events for the test to look at. */
class EventLog final : public EventSink {
 public:
  void emit(Event event) override {
    const std::scoped_lock lock(mutex_);
    events_.push_back(std::move(event));
  }
  template <typename Kind>
  std::optional<Kind> find() const {
    const std::scoped_lock lock(mutex_);
    for (const Event& event : events_) {
      if (const auto* found = std::get_if<Kind>(&event)) return *found;
    }
    return std::nullopt;
  }
  template <typename Kind>
  std::size_t count() const {
    return countIf<Kind>([](const Kind&) { return true; });
  }
  template <typename Kind, typename Wanted>
  std::size_t countIf(Wanted wanted) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(events_.begin(), events_.end(), [&wanted](const Event& event) {
          const auto* found = std::get_if<Kind>(&event);
          return found != nullptr && wanted(*found);
        }));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Event> events_;
};

struct Side {
  Side(Wire& wire, unsigned number, const Subject& subject, bool serving,
       std::size_t holdBytes = 8u << 20)
      : instance(subject.make(), {serving, {kVirtualMacs[0], kVirtualMacs[1]}, 10, holdBytes},
                 log) {
    std::vector<std::unique_ptr<Port>> opened;
    for (PortIndex i = 0; i < 2; ++i) {
      opened.push_back(std::make_unique<LabPort>(wire, number, i));
      ports[i] = static_cast<LabPort*>(opened.back().get());
    }
    instance.start(std::move(opened));
  }

  EventLog log;
  std::array<LabPort*, 2> ports{};
  Instance instance;
};

/** What came out of the network function, checked as it comes. */
struct Sink {
  explicit Sink(std::uint32_t flows) : next(flows, 1) {}

  void take(const Seen& seen) {
    delivered++;
    if (seen.sequence == 0) {
      wrongState++;
      return;
    }
    std::uint64_t& wanted = next[seen.flow % next.size()];
    if (seen.sequence < wanted) repeatedOrLate++;
    if (seen.sequence > wanted) skipped++;
    wanted = std::max(wanted, seen.sequence + 1);
  }

  std::vector<std::uint64_t> next;
  std::uint64_t delivered = 0;
  std::uint64_t repeatedOrLate = 0;  // duplicated or reordered
  std::uint64_t skipped = 0;         // lost, or overtaken
  std::uint64_t wrongState = 0;      // treated by another state than the one it should have met
};

/** Two instances of a subject, or of the counting function with so many flows. */
class MigrationLab {
 public:
  struct Habits {
    unsigned stalePackets = 40;  // that still follow the old decision on a port, at most
    bool loseIngress = false;    // markers
    bool loseEgress = false;
    unsigned stallTurns = 0;  // in which the switch keeps a port's packets after the redirect
    unsigned silentPort = 2;  // a port without traffic: 0, 1, or 2 for none
    unsigned slowTurns = 20;  // by which the source's output takes longer than the destination's
  };

  MigrationLab(std::uint32_t flows, Habits habits, std::uint64_t seed,
               std::size_t holdBytes = 8u << 20)
      : MigrationLab(std::make_unique<CountingSubject>(flows), flows, habits, seed, holdBytes) {}

  MigrationLab(std::unique_ptr<Subject> subject, std::uint32_t flows, Habits habits,
               std::uint64_t seed, std::size_t holdBytes = 8u << 20)
      : subject_(std::move(subject)),
        habits_(habits),
        random_(seed),
        source(wire_, 0, *subject_, true),
        destination(wire_, 1, *subject_, false, holdBytes),
        sink(flows),
        sequence_(flows, 0) {
    greet();
  }

  /** Some packets in, what came out to the sink. */
  void turn(unsigned packets = 16) {
    for (unsigned i = 0; i < packets; ++i) offer();
    for (PortIndex port = 0; port < 2; ++port) forward(port);
    collect();
    poll(nullptr, 0, 1);
  }

  /** Runs traffic until `done`; false when it does not come in a long time. */
  template <typename Done>
  bool run(Done done, unsigned packets = 16) {
    for (unsigned i = 0; i < 60'000; ++i) {
      if (done()) return true;
      turn(packets);
    }
    return false;
  }

  /** Lets everything on its way arrive. */
  bool settle() {
    return run([this] { return sink.delivered >= offered && held_[0].empty() && held_[1].empty(); },
               0);
  }

  /** Only packets of this part are redirected. */
  void moveOnly(const FlowFilter& part) {
    judge_ = subject_->make();
    judge_->partition()->choose(part);
  }
  /** The next redirect goes the other way. */
  void turnAround() {
    collect();
    for (auto& [when, sent] : std::exchange(leaving_, {})) leave(sent);
    std::swap(from_, to_);
    redirected_ = {};
  }

  /** The bundle: new decisions for both ports, a marker for each of the source's. */
  void redirect() {
    for (PortIndex port = 0; port < 2; ++port) {
      redirected_[port] = true;
      stale_[port] = habits_.stalePackets == 0 ? 0 : random_() % habits_.stalePackets;
      stallTurns_[port] = habits_.stallTurns;
      if (habits_.loseIngress) continue;
      mark(port, 0, 1);
    }
  }

  /** An ingress marker from one of several switches. */
  void mark(PortIndex port, std::uint8_t origin, std::uint8_t origins) {
    const Marker marker{MarkerKind::ingress, port, origin, origins};
    const auto frame = buildMarker(kVirtualMacs[port], marker, *parseToken(kToken));
    side(from_).ports[port]->deliver({frame.begin(), frame.end()});
  }

  /** Nothing follows the old decision any more. */
  void noStale() { stale_ = {}; }
  /** The old decision again, for both ports. */
  void unredirect() { redirected_ = {}; }

  std::uint64_t random() { return random_(); }

 private:
  std::unique_ptr<Subject> subject_;
  Habits habits_;
  Wire wire_;
  std::mt19937_64 random_;

 public:
  Side source;
  Side destination;
  Sink sink;
  std::uint64_t offered = 0;
  std::uint64_t stragglersSent = 0;  // to the source after the redirect

 private:
  /** Lets the source know the hosts, and waits for what that makes it send. */
  void greet() {
    const std::vector<Offer> greetings = subject_->greetings();
    for (const Offer& offer : greetings) source.ports[offer.port]->deliver(offer.frame);
    const auto& processed = source.instance.telemetry().processedPackets;
    run([&] { return processed.get() >= greetings.size(); }, 0);
    if (!greetings.empty()) run([turns = 0]() mutable { return turns++ == 50; }, 0);
  }

  /** Flows of a subject enter at port flow % 2. */
  void offer() {
    const auto flow = static_cast<std::uint32_t>(random_() % sequence_.size());
    if (flow % 2 == habits_.silentPort) return;
    Offer made = subject_->packet(flow, ++sequence_[flow]);
    held_[made.port].push_back(std::move(made.frame));
    offered++;
  }

  void forward(PortIndex port) {
    if (stallTurns_[port] > 0) {
      stallTurns_[port]--;
      return;
    }
    for (TestFrame& frame : std::exchange(held_[port], {})) {
      if (!moves(port, frame)) {
        source.ports[port]->deliver(std::move(frame));
        continue;
      }
      if (redirected_[port] && stale_[port] == 0) {
        side(to_).ports[port]->deliver(std::move(frame));
        continue;
      }
      if (redirected_[port]) {
        stale_[port]--;
        stragglersSent++;
      }
      side(from_).ports[port]->deliver(std::move(frame));
    }
  }

  Side& side(unsigned number) { return number == 0 ? source : destination; }

  bool moves(PortIndex port, TestFrame& frame) const {
    const auto length = static_cast<std::uint32_t>(frame.size());
    return judge_ == nullptr || judge_->partition()->holds({frame.data(), length, length, port});
  }

  void collect() {
    turn_++;
    for (Wire::Sent& sent : wire_.take()) {
      if (sent.side == to_) {
        leave(sent);
      } else {
        leaving_.emplace_back(turn_ + habits_.slowTurns, std::move(sent));
      }
    }
    while (!leaving_.empty() && leaving_.front().first <= turn_) {
      leave(leaving_.front().second);
      leaving_.pop_front();
    }
  }

  void leave(Wire::Sent& sent) {
    if (!isMarkerFrame(sent.frame)) {
      if (const auto seen = subject_->seen(sent.port, sent.frame)) sink.take(*seen);
    } else if (!habits_.loseEgress && sent.side == from_) {
      side(to_).ports[sent.port]->deliver(std::move(sent.frame));
    }
  }

  std::unique_ptr<NetworkFunction> judge_;
  unsigned from_ = 0;
  unsigned to_ = 1;
  std::uint64_t turn_ = 0;
  std::deque<std::pair<std::uint64_t, Wire::Sent>> leaving_;  // when, and what
  std::vector<std::uint64_t> sequence_;
  std::array<std::deque<TestFrame>, 2> held_;
  std::array<bool, 2> redirected_{};
  std::array<std::uint64_t, 2> stale_{};
  std::array<unsigned, 2> stallTurns_{};
};

}  // namespace ferry::test
