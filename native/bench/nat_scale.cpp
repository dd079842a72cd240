// A whole instance of the NAT while its state is copied to another one: what that costs.
//
//   nat_scale destination FLOWS
//   nat_scale source FLOWS ACTIVE PACKET_BYTES MILLISECONDS PORT
//
// The destination prints {"port":N}, then a line once it is synchronised, and ends with its input.
// The source has FLOWS mappings and passes packets of ACTIVE of them as fast as it can, from and to
// memory: for a while with nobody to send state to, then while a snapshot of all of it is taken,
// then while statelets alone go. A packet waits at most from one round of its port to the next:
// the longest round is told in the worker's own processor time too, which leaves out what other
// programs took.
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/instance.hpp"
#include "nat_flows.hpp"

namespace ferry::bench {
namespace {

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";
constexpr std::uint64_t kLimitNs = 120'000 * kMs;

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
  EndlessPort(const Header* headers, std::size_t count, std::uint32_t packetBytes, Meter* meter)
      : headers_(headers),
        count_(count),
        packetBytes_(packetBytes),
        buffer_(PortReader::kBurst * packetBytes),
        meter_(meter),
        fd_(eventfd(count > 0 ? 1 : 0, EFD_CLOEXEC)) {}
  ~EndlessPort() override { close(fd_); }
  EndlessPort(const EndlessPort&) = delete;
  EndlessPort& operator=(const EndlessPort&) = delete;

  std::size_t receive(std::span<Packet> burst) override {
    if (meter_ != nullptr) meter_->round(2 * burst.size());
    if (count_ == 0) return 0;
    for (std::size_t i = 0; i < burst.size(); ++i) {
      std::uint8_t* frame = buffer_.data() + i * packetBytes_;
      std::memcpy(frame, headers_[next_].data(), kHeaderBytes);
      burst[i] = {frame, packetBytes_, packetBytes_, 0};
      next_ = next_ + 1 == count_ ? 0 : next_ + 1;
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
  const Header* headers_;
  std::size_t count_;
  std::uint32_t packetBytes_;
  std::vector<std::uint8_t> buffer_;
  Meter* meter_;  // of one port of an instance
  int fd_;
  std::size_t next_ = 0;
  std::uint64_t sent_ = 0;
};

/** Keeps what tells that a session came about, or was lost. */
class Watcher final : public EventSink {
 public:
  void emit(Event event) override {
    if (std::holds_alternative<SynchronisedEvent>(event)) synchronisedNs = monotonicNs();
    if (const auto* lost = std::get_if<SyncLostEvent>(&event)) {
      std::fprintf(stderr, "nat_scale: %s: %s\n", lost->code.c_str(), lost->reason.c_str());
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

Instance::Options optionsOf(const Nat44Config& config, bool serving) {
  Instance::Options options;
  options.serving = serving;
  options.macs = {config.inside.mac, config.outside.mac};
  return options;
}

int destination(std::uint32_t flows) {
  const Nat44Config config = natConfigFor(flows);
  const std::size_t before = residentBytes();
  Watcher watcher;
  Instance instance(std::make_unique<Nat44>(config), optionsOf(config, false), watcher);
  std::vector<std::unique_ptr<Port>> ports;
  for (int i = 0; i < 2; ++i)
    ports.push_back(std::make_unique<EndlessPort>(nullptr, 0, 64, nullptr));
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
  NatFlows flows(options.flows, options.packetBytes);
  const std::size_t before = residentBytes();
  auto nat = std::make_unique<Nat44>(flows.config());
  flows.open(*nat, wallMs());
  Watcher watcher;
  Instance instance(std::move(nat), optionsOf(flows.config(), true), watcher);
  const std::size_t filled = residentBytes() - before;
  const Telemetry& telemetry = instance.telemetry();
  Meter meter(telemetry);
  std::vector<std::unique_ptr<Port>> ports;
  for (const PortIndex port : {Nat44Config::kInside, Nat44Config::kOutside}) {
    ports.push_back(std::make_unique<EndlessPort>(flows.of(port).data(), options.active,
                                                  options.packetBytes,
                                                  port == Nat44Config::kInside ? &meter : nullptr));
  }
  if (instance.start(std::move(ports))) return 1;
  const auto partTime = std::chrono::milliseconds(options.partMs);
  std::this_thread::sleep_for(partTime / 2);
  meter.begin();
  std::this_thread::sleep_for(partTime);
  if (const auto error = instance.connect("127.0.0.1", options.port, kToken)) {
    std::fprintf(stderr, "nat_scale: %s: %s\n", error->code.c_str(), error->message.c_str());
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
  const auto number = [&](int index, unsigned long least, unsigned long most) {
    const unsigned long value = index < count ? std::strtoul(arguments[index], nullptr, 10) : 0;
    if (value < least || value > most) {
      std::fprintf(stderr,
                   "usage: nat_scale destination FLOWS(1..1000000)\n"
                   "       nat_scale source FLOWS ACTIVE(1..FLOWS) PACKET_BYTES(64..1514) "
                   "MILLISECONDS(1..10000) PORT\n");
      std::exit(2);
    }
    return static_cast<std::uint32_t>(value);
  };
  const std::string_view role = count > 1 ? arguments[1] : "";
  const std::uint32_t flows = number(2, 1, 1'000'000);
  if (role == "destination") return ferry::bench::destination(flows);
  const std::uint32_t active = number(3, 1, role == "source" ? flows : 0);
  return ferry::bench::source(
      {flows, active, number(4, 64, 1'514), number(5, 1, 10'000), number(6, 1, 65'535)});
}
