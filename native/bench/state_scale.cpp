// A whole instance while its state is copied to another one: what that costs.
//
//   state_scale destination KIND FLOWS
//   state_scale source KIND FLOWS ACTIVE PACKET_BYTES MILLISECONDS PORT
//
// The destination prints {"port":N}, then a line once it is synchronised, and ends with its input.
// The source has FLOWS entries and passes packets of ACTIVE of them as fast as it can, from and to
// memory: for a while with nobody to send state to, then while a snapshot of all of it is taken,
// then while statelets alone go. The two ports are half of ACTIVE apart, so that with all active
// no two packets of a round meet the same entry. A packet waits at most from one round of its port
// to the next: the longest round is told in the worker's own processor time too, which leaves out
// what other programs took.
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/instance.hpp"
#include "ids_flows.hpp"
#include "nat_flows.hpp"
#include "pg_flows.hpp"

namespace ferry::bench {
namespace {

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";
constexpr std::uint64_t kLimitNs = 120'000 * kMs;

/** What is measured: a function, and packets for it. */
struct Kind {
  std::string_view name;
  std::unique_ptr<NetworkFunction> (*make)(std::uint32_t flows);
  std::unique_ptr<Flows> (*flows)(std::uint32_t flows, std::uint32_t packetBytes);
};

template <typename Packets>
std::unique_ptr<Flows> flowsOf(std::uint32_t flows, std::uint32_t packetBytes) {
  return std::make_unique<Packets>(flows, packetBytes);
}

std::unique_ptr<NetworkFunction> makeIds(std::uint32_t flows) {
  std::string error;
  auto made = std::make_unique<ids::Ids>(idsConfigFor(flows), error);
  if (error.empty()) return made;
  std::fprintf(stderr, "state_scale: %s\n", error.c_str());
  std::exit(1);
}

constexpr std::array kKinds{
    Kind{"nat44",
         [](std::uint32_t flows) -> std::unique_ptr<NetworkFunction> {
           return std::make_unique<Nat44>(natConfigFor(flows));
         },
         flowsOf<NatFlows>},
    Kind{"pg",
         [](std::uint32_t flows) -> std::unique_ptr<NetworkFunction> {
           return std::make_unique<Pg>(pgConfigFor(flows));
         },
         flowsOf<PgFlows>},
    Kind{"ids", makeIds, flowsOf<IdsFlows>},
};

std::size_t residentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/** What the worker did in one part of the run; it writes, others read when it has gone on. */
struct Part {
  std::atomic<std::uint64_t> packets{0};
  std::atomic<std::uint64_t> wallNs{0};
  std::atomic<std::uint64_t> cpuNs{0};
  std::atomic<std::uint64_t> longestWallNs{0};
  std::atomic<std::uint64_t> longestCpuNs{0};
};

/** Looks at the clock once a round of the worker. */
class Meter {
 public:
  explicit Meter(const Telemetry& telemetry) : telemetry_(telemetry) {}

  enum : std::size_t { kQuiet, kSnapshot, kStreaming, kParts };
  const Part& part(std::size_t index) const { return parts_[index]; }
  /** Forgets the rounds before: mappings were cold. */
  void begin() { begun_.store(true, std::memory_order_release); }

  void round(std::uint64_t packets) {
    const std::uint64_t wall = monotonicNs();
    const std::uint64_t cpu = clockNs(CLOCK_THREAD_CPUTIME_ID);
    const std::size_t phase = phaseNow();
    // The round in which the snapshot was fixed, and the one that wrote its last piece, are its.
    const std::size_t index =
        phase == kSnapshot || phase_ == kSnapshot ? std::size_t{kSnapshot} : phase;
    if (begun_.load(std::memory_order_acquire)) {
      Part& part = parts_[index];
      part.packets += packets;
      part.wallNs += wall - wall_;
      part.cpuNs += cpu - cpu_;
      raise(part.longestWallNs, wall - wall_);
      raise(part.longestCpuNs, cpu - cpu_);
    }
    wall_ = wall;
    cpu_ = cpu;
    phase_ = phase;
  }

 private:
  std::size_t phaseNow() const {
    switch (telemetry_.phase.load(std::memory_order_acquire)) {
      case SyncPhase::snapshot:
        return kSnapshot;
      case SyncPhase::streaming:
        return kStreaming;
      default:
        return kQuiet;
    }
  }
  static void raise(std::atomic<std::uint64_t>& highest, std::uint64_t value) {
    if (value > highest) highest = value;
  }

  const Telemetry& telemetry_;
  std::array<Part, kParts> parts_;
  std::atomic<bool> begun_{false};
  std::uint64_t wall_ = 0;
  std::uint64_t cpu_ = 0;
  std::size_t phase_ = kQuiet;
};

/** A port that always has packets, or with no headers never. */
class EndlessPort final : public Port {
 public:
  struct Options {
    std::span<Header> headers;
    std::size_t first;  // to be sent first
    std::uint32_t packetBytes;
    std::uint32_t sequenceStep;
    Meter* meter;  // of one port of an instance
  };

  explicit EndlessPort(const Options& options)
      : headers_(options.headers),
        packetBytes_(options.packetBytes),
        sequenceStep_(options.sequenceStep),
        buffer_(PortReader::kBurst * options.packetBytes),
        meter_(options.meter),
        fd_(eventfd(headers_.empty() ? 0 : 1, EFD_CLOEXEC)),
        next_(options.first) {}
  ~EndlessPort() override { close(fd_); }
  EndlessPort(const EndlessPort&) = delete;
  EndlessPort& operator=(const EndlessPort&) = delete;

  std::size_t receive(std::span<Packet> burst) override {
    if (meter_ != nullptr) meter_->round(2 * burst.size());
    if (headers_.empty()) return 0;
    for (std::size_t i = 0; i < burst.size(); ++i) {
      std::uint8_t* frame = buffer_.data() + i * packetBytes_;
      std::memcpy(frame, headers_[next_].data(), kHeaderBytes);
      if (sequenceStep_ != 0) advance(headers_[next_]);
      burst[i] = {frame, packetBytes_, packetBytes_, 0};
      next_ = next_ + 1 == headers_.size() ? 0 : next_ + 1;
    }
    return burst.size();
  }
  void release() override {}
  TransmitResult transmit(ByteView) override {
    ++sent_;
    return TransmitResult::queued;
  }
  void flush() override {}
  int pollFd() const override { return fd_; }
  bool drained() override { return true; }
  bool linkDown() const override { return false; }
  void checkLink() override {}
  PortStats stats() override {
    PortStats stats;
    stats.txPackets = sent_;
    return stats;
  }

 private:
  /** To the next segment of the same connection. */
  void advance(Header& header) const {
    std::uint8_t* tcp = header.data() + 14 + Ipv4View::kMinHeader;
    const std::uint32_t sequence = load32(tcp + 4);
    ChecksumDelta delta;
    delta.replace32(sequence, sequence + sequenceStep_);
    store32(tcp + 4, sequence + sequenceStep_);
    store16(tcp + TcpView::kChecksumOffset, delta.apply(load16(tcp + TcpView::kChecksumOffset)));
  }

  std::span<Header> headers_;
  std::uint32_t packetBytes_;
  std::uint32_t sequenceStep_;
  std::vector<std::uint8_t> buffer_;
  Meter* meter_;
  int fd_;
  std::size_t next_;
  std::uint64_t sent_ = 0;
};

/** Keeps what tells that a session came about, or was lost. */
class Watcher final : public EventSink {
 public:
  void emit(Event event) override {
    if (std::holds_alternative<SynchronisedEvent>(event)) synchronisedNs = monotonicNs();
    if (const auto* lost = std::get_if<SyncLostEvent>(&event)) {
      std::fprintf(stderr, "state_scale: %s: %s\n", lost->code.c_str(), lost->reason.c_str());
      failed = true;
    }
  }

  std::atomic<std::uint64_t> synchronisedNs{0};
  std::atomic<bool> failed{false};
};

/** False when the session was lost or the time was up. */
template <typename Done>
bool waitUntil(const Watcher& watcher, Done&& done) {
  const std::uint64_t begin = monotonicNs();
  while (!done()) {
    if (watcher.failed || monotonicNs() - begin > kLimitNs) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

Instance::Options optionsOf(bool serving) {
  Instance::Options options;
  options.serving = serving;
  options.macs = {benchPorts().inside.mac, benchPorts().outside.mac};
  return options;
}

int destination(const Kind& kind, std::uint32_t flows) {
  const std::size_t before = residentBytes();
  Watcher watcher;
  Instance instance(kind.make(flows), optionsOf(false), watcher);
  std::vector<std::unique_ptr<Port>> ports;
  for (int i = 0; i < 2; ++i) {
    ports.push_back(std::make_unique<EndlessPort>(EndlessPort::Options{{}, 0, 64, 0, nullptr}));
  }
  if (instance.start(std::move(ports))) return 1;
  const auto port = instance.listen("127.0.0.1", kToken);
  if (!std::holds_alternative<std::uint16_t>(port)) return 1;
  std::printf("{\"port\":%u}\n", static_cast<unsigned>(std::get<std::uint16_t>(port)));
  std::fflush(stdout);
  if (!waitUntil(watcher, [&] { return watcher.synchronisedNs != 0; })) return 1;
  std::printf("{\"synchronisedNs\":%llu,\"memoryBytes\":%zu}\n",
              static_cast<unsigned long long>(watcher.synchronisedNs), residentBytes() - before);
  std::fflush(stdout);
  std::array<char, 64> ignored;
  while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) continue;
  instance.stop();
  return 0;
}

struct SourceOptions {
  const Kind& kind;
  std::uint32_t flows;
  std::uint32_t active;
  std::uint32_t packetBytes;
  std::uint64_t partMs;
  std::uint32_t port;
};

void print(const char* name, const Part& part) {
  std::printf(
      "\"%s\":{\"packets\":%llu,\"wallNs\":%llu,\"cpuNs\":%llu,\"longestWallNs\":%llu,"
      "\"longestCpuNs\":%llu},",
      name, static_cast<unsigned long long>(part.packets),
      static_cast<unsigned long long>(part.wallNs), static_cast<unsigned long long>(part.cpuNs),
      static_cast<unsigned long long>(part.longestWallNs),
      static_cast<unsigned long long>(part.longestCpuNs));
}

int source(const SourceOptions& options) {
  const auto flows = options.kind.flows(options.flows, options.packetBytes);
  const std::size_t before = residentBytes();
  auto function = options.kind.make(options.flows);
  flows->open(*function, wallMs());
  Watcher watcher;
  Instance instance(std::move(function), optionsOf(true), watcher);
  const std::size_t filled = residentBytes() - before;
  const Telemetry& telemetry = instance.telemetry();
  Meter meter(telemetry);
  std::vector<std::unique_ptr<Port>> ports;
  for (const PortIndex port : {RouterPorts::kInside, RouterPorts::kOutside}) {
    const bool inside = port == RouterPorts::kInside;
    ports.push_back(std::make_unique<EndlessPort>(EndlessPort::Options{
        std::span(flows->of(port)).first(options.active), inside ? 0 : options.active / 2,
        options.packetBytes, flows->sequenceStep(), inside ? &meter : nullptr}));
  }
  if (instance.start(std::move(ports))) return 1;
  const auto partTime = std::chrono::milliseconds(options.partMs);
  std::this_thread::sleep_for(partTime / 2);
  meter.begin();
  std::this_thread::sleep_for(partTime);
  if (const auto error = instance.connect("127.0.0.1", options.port, kToken)) {
    std::fprintf(stderr, "state_scale: %s: %s\n", error->code.c_str(), error->message.c_str());
    return 1;
  }
  std::size_t peak = filled;
  std::uint64_t flagNs = 0;
  const bool streaming = waitUntil(watcher, [&] {
    const SyncPhase phase = telemetry.phase.load(std::memory_order_acquire);
    if (flagNs == 0 && phase == SyncPhase::snapshot) flagNs = monotonicNs();
    peak = std::max(peak, residentBytes() - before);
    return phase == SyncPhase::streaming;
  });
  if (!streaming) return 1;
  std::this_thread::sleep_for(partTime);
  peak = std::max(peak, residentBytes() - before);
  const double factor = static_cast<double>(telemetry.stateletBytes.get()) /
                        static_cast<double>(telemetry.dataplaneBytes.get());
  const std::uint64_t snapshotBytes = telemetry.snapshotBytes.get();
  const std::uint64_t entries = telemetry.snapshotEntries.get();
  instance.stop();
  std::printf("{");
  print("quiet", meter.part(Meter::kQuiet));
  print("snapshot", meter.part(Meter::kSnapshot));
  print("streaming", meter.part(Meter::kStreaming));
  std::printf(
      "\"flagNs\":%llu,\"snapshotBytes\":%llu,\"snapshotEntries\":%llu,"
      "\"stateletFactor\":%.6f,\"filledBytes\":%zu,\"peakBytes\":%zu}\n",
      static_cast<unsigned long long>(flagNs), static_cast<unsigned long long>(snapshotBytes),
      static_cast<unsigned long long>(entries), factor, filled, peak);
  return watcher.failed ? 1 : 0;
}

}  // namespace
}  // namespace ferry::bench

int main(int count, char** arguments) {
  const auto refuse = [] {
    std::fprintf(stderr,
                 "usage: state_scale destination KIND FLOWS(1..1000000)\n"
                 "       state_scale source KIND FLOWS ACTIVE(1..FLOWS) PACKET_BYTES(64..1514) "
                 "MILLISECONDS(1..10000) PORT\n"
                 "KIND: nat44, pg or ids\n");
    std::exit(2);
  };
  const auto number = [&](int index, unsigned long least, unsigned long most) {
    const unsigned long value = index < count ? std::strtoul(arguments[index], nullptr, 10) : 0;
    if (value < least || value > most) refuse();
    return static_cast<std::uint32_t>(value);
  };
  const std::string_view role = count > 1 ? arguments[1] : "";
  const std::string_view name = count > 2 ? arguments[2] : "";
  const auto* kind = std::ranges::find(ferry::bench::kKinds, name, &ferry::bench::Kind::name);
  if (kind == ferry::bench::kKinds.end() || (role != "source" && role != "destination")) refuse();
  const std::uint32_t flows = number(3, 1, 1'000'000);
  if (role == "destination") return ferry::bench::destination(*kind, flows);
  const std::uint32_t active = number(4, 1, flows);
  return ferry::bench::source(
      {*kind, flows, active, number(5, 64, 1'514), number(6, 1, 10'000), number(7, 1, 65'535)});
}
