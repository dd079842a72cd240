// Emulated switches that ask a controller where packets go, and measure how fast it answers.
//
//   switch_swarm PORT SWITCHES WINDOW DURATION_MS
//
// Each of SWITCHES (1 to 2000) connects to 127.0.0.1:PORT, shows every host of its own once, and
// then keeps WINDOW (1 to 1024) packet-ins outstanding: from hosts that the controller has seen to
// hosts that it has seen, another pair each time, whole packets in no buffer as Open vSwitch sends
// them. The answer to a packet-in is the packet-out with the same packet. Prints one JSON object.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "bench/swarm_switch.hpp"

namespace ferry::swarm {
namespace {

constexpr std::uint64_t kHandshakeNs = 60'000 * kMs;
/** After the handshake and after the hosts were shown: a controller may act a little later. */
constexpr std::uint64_t kSettleNs = 1'000 * kMs;
constexpr std::uint64_t kWarmUpNs = 2'000 * kMs;
constexpr std::uint64_t kLostCheckNs = 100 * kMs;
/** Hosts of all switches together, and of one. */
constexpr std::uint32_t kHosts = 4096;
constexpr std::uint32_t kMaxHostsEach = 256;

struct Options {
  std::uint16_t port = 0;
  std::uint32_t switches = 0;
  std::uint32_t window = 0;
  std::uint32_t durationMs = 0;
};

Descriptor connectTo(std::uint16_t port) {
  Descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!made.open() || connect(made.fd(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error("cannot connect to the controller");
  }
  const int on = 1;
  setsockopt(made.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

class Swarm {
 public:
  explicit Swarm(const Options& options) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const std::uint32_t hosts = std::clamp(kHosts / options.switches & ~3U, 8U, kMaxHostsEach);
    for (std::uint32_t number = 1; number <= options.switches; ++number) {
      auto& made = switches_.emplace_back(
          std::make_unique<Switch>(connectTo(options.port), number, hosts, options.window));
      epoll_event event{EPOLLIN, {.ptr = made.get()}};
      epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, made->fd(), &event);
      write(*made);
    }
  }

  void greet() {
    const std::uint64_t limit = monotonicNs() + kHandshakeNs;
    for (const auto& each : switches_) {
      while (!each->known()) {
        if (monotonicNs() > limit) throw std::runtime_error("no features request came");
        turn(limit);
      }
    }
    runUntil(monotonicNs() + kSettleNs);
  }

  void announce() {
    for (const auto& each : switches_) {
      each->announce();
      write(*each);
    }
    runUntil(monotonicNs() + kSettleNs);
  }

  void start() {
    for (const auto& each : switches_) {
      each->start();
      write(*each);
    }
    runUntil(monotonicNs() + kWarmUpNs);
  }

  Totals measure(std::uint64_t durationNs) {
    answered_ = totals_.answers;
    totals_ = {};
    runUntil(monotonicNs() + durationNs);
    answered_ += totals_.answers;
    return totals_;
  }

  /** Answers since the start, those of the warm-up included. */
  std::uint64_t answered() const { return answered_; }

 private:
  void runUntil(std::uint64_t end) {
    while (monotonicNs() < end) turn(end);
  }

  /** Waits for what comes and handles it, until `end` at most. */
  void turn(std::uint64_t end) {
    std::uint64_t now = monotonicNs();
    if (now >= nextLostCheckNs_) {
      nextLostCheckNs_ = now + kLostCheckNs;
      for (const auto& each : switches_) {
        each->giveUpLost(now, totals_);
        write(*each);
      }
    }
    const std::uint64_t wait = std::min(end, nextLostCheckNs_);
    std::array<epoll_event, 256> events;
    const int waitMs = wait > now ? static_cast<int>((wait - now) / kMs) + 1 : 0;
    const int count = epoll_wait(epoll_.fd(), events.data(), events.size(), waitMs);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto& each = *static_cast<Switch*>(event.data.ptr);
      if ((event.events & ~static_cast<unsigned>(EPOLLOUT)) != 0 && !each.read(totals_)) closed();
      write(each);
    }
  }

  void write(Switch& each) {
    if (!each.write()) closed();
    epoll_event event{each.wantsToWrite() ? EPOLLIN | EPOLLOUT : EPOLLIN, {.ptr = &each}};
    if (each.wantsToWrite() != each.watchesWrites) {
      each.watchesWrites = each.wantsToWrite();
      epoll_ctl(epoll_.fd(), EPOLL_CTL_MOD, each.fd(), &event);
    }
  }

  [[noreturn]] static void closed() {
    throw std::runtime_error("the controller closed a connection");
  }

  Descriptor epoll_;
  std::vector<std::unique_ptr<Switch>> switches_;
  Totals totals_;
  std::uint64_t answered_ = 0;
  std::uint64_t nextLostCheckNs_ = 0;
};

double processorSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void run(const Options& options) {
  Swarm swarm(options);
  swarm.greet();
  swarm.announce();
  swarm.start();
  const double processorBefore = processorSeconds();
  const std::uint64_t begin = monotonicNs();
  const Totals totals = swarm.measure(options.durationMs * kMs);
  const double seconds = static_cast<double>(monotonicNs() - begin) / 1e9;
  const auto perSecond = [seconds](std::uint64_t count) {
    return static_cast<double>(count) / seconds;
  };
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e3; };
  std::printf(
      "{\"answersPerSecond\":%.1f,\"flowModsPerSecond\":%.1f,\"answersInAll\":%llu,"
      "\"lost\":%llu,\"errors\":%llu,"
      "\"p50Us\":%.2f,\"p99Us\":%.2f,\"maxUs\":%.2f,\"generatorLoad\":%.3f}\n",
      perSecond(totals.answers), perSecond(totals.flowMods),
      static_cast<unsigned long long>(swarm.answered()),
      static_cast<unsigned long long>(totals.lost), static_cast<unsigned long long>(totals.errors),
      us(totals.latency.percentileNs(0.5)), us(totals.latency.percentileNs(0.99)),
      us(totals.latency.maxNs()), (processorSeconds() - processorBefore) / seconds);
}

bool parse(const char* text, std::uint32_t max, std::uint32_t& value) {
  char* end = nullptr;
  const unsigned long parsed = std::strtoul(text, &end, 10);
  value = static_cast<std::uint32_t>(parsed);
  return *text != '\0' && *end == '\0' && parsed >= 1 && parsed <= max;
}

}  // namespace
}  // namespace ferry::swarm

int main(int count, char** arguments) {
  ferry::swarm::Options options;
  std::uint32_t port = 0;
  using ferry::swarm::parse;
  if (count != 5 || !parse(arguments[1], 65'535, port) ||
      !parse(arguments[2], 2'000, options.switches) ||
      !parse(arguments[3], 1'024, options.window) ||
      !parse(arguments[4], 600'000, options.durationMs)) {
    std::fprintf(stderr, "usage: switch_swarm PORT SWITCHES WINDOW DURATION_MS\n");
    return 2;
  }
  options.port = static_cast<std::uint16_t>(port);
  try {
    ferry::swarm::run(options);
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "switch_swarm: %s\n", error.what());
    return 1;
  }
  return 0;
}
