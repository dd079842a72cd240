// Client and server back to back over a link in memory that loses, doubles, swaps and damages.
#include <numeric>
#include <thread>

#include "check.hpp"
#include "memory_link.hpp"
#include "proto/ipv4.hpp"
#include "proto/transport.hpp"
#include "traffic/endpoint_loop.hpp"

namespace ferry::traffic {
namespace {

using test::Frame;
using test::MemoryPort;
using test::MemoryQueue;
using test::Middle;
using test::passOn;

constexpr MacAddress kClientMac{0x02, 0xfa, 0, 0, 0, 1};
constexpr MacAddress kServerMac{0x02, 0xfa, 0, 0, 0, 2};

EndpointOptions optionsOf(Role role) {
  EndpointOptions options;
  options.role = role;
  options.runId = 42;
  options.server = {test::ip("10.0.0.2"), 5'000};
  options.flows = 8;
  options.ratePps = 4'000;
  options.packetBytes = 100;
  options.durationMs = 250;
  options.firstClient = {test::ip("10.0.1.1"), 10'000};
  options.clients = 4;
  options.nextHop = options.server.address;
  options.prefillAddress = test::ip("10.0.64.0");
  return options;
}

/** Both ends with their threads, for the time of one test. */
class Pair {
 public:
  explicit Pair(Middle toServer = passOn, Middle toClient = passOn)
      : client(optionsOf(Role::client), kClientMac,
               std::make_unique<MemoryPort>(atClient_, atServer_, std::move(toServer)),
               eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        server(optionsOf(Role::server), kServerMac,
               std::make_unique<MemoryPort>(atServer_, atClient_, std::move(toClient)),
               eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        clientThread_([this] { client.run(); }),
        serverThread_([this] { server.run(); }) {}

  ~Pair() {
    client.askClose();
    server.askClose();
    clientThread_.join();
    serverThread_.join();
  }

  static Phase waitWhile(EndpointLoop& loop, std::initializer_list<Phase> phases) {
    for (;;) {
      const Phase phase = loop.stats().phase;
      if (std::find(phases.begin(), phases.end(), phase) == phases.end()) return phase;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  void run() {
    CHECK(client.askStart());
    const auto unfinished = {Phase::idle, Phase::resolving, Phase::sending, Phase::draining};
    CHECK(waitWhile(client, unfinished) == Phase::finished);
    CHECK(waitWhile(server, unfinished) == Phase::finished);
  }

 private:
  std::shared_ptr<MemoryQueue> atClient_ = std::make_shared<MemoryQueue>();
  std::shared_ptr<MemoryQueue> atServer_ = std::make_shared<MemoryQueue>();

 public:
  EndpointLoop client;
  EndpointLoop server;

 private:
  std::thread clientThread_;
  std::thread serverThread_;
};

bool isData(Frame& frame, Probe& probe) {
  return readProbe(frame, probe) == ProbeStatus::intact && probe.kind != ProbeKind::prefill;
}

std::uint64_t missingOf(const EndpointReport& sender, const EndpointReport& receiver) {
  std::uint64_t missing = 0;
  for (std::size_t flow = 0; flow < sender.sentOfFlow.size(); ++flow) {
    missing += sender.sentOfFlow[flow] - receiver.receivedOfFlow[flow];
  }
  return missing;
}

TEST("over a clean link everything sent arrives, both ways, and nothing else is counted") {
  Pair pair;
  pair.run();
  const auto client = pair.client.report();
  const auto server = pair.server.report();
  CHECK(client && server);
  CHECK(client->totals.sent > 0 && server->totals.sent > 0);
  CHECK_EQ(server->totals.received.received, client->totals.sent);
  CHECK_EQ(client->totals.received.received, server->totals.sent);
  for (const EndpointReport& end : {*client, *server}) {
    const ReceiverTotals& totals = end.totals.received;
    CHECK_EQ(totals.missing + totals.duplicated + totals.reordered, 0U);
    CHECK_EQ(totals.flowsTranslationChanged + end.totals.corrupted + end.totals.foreign, 0U);
    CHECK(end.totals.sent + end.totals.skipped <= 1'000);
    CHECK(end.lastSentNs > end.firstSentNs);
    const std::uint64_t measured =
        std::accumulate(end.latency.begin(), end.latency.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const auto& bucket) { return sum + bucket.second; });
    CHECK_EQ(measured, totals.received);
  }
  CHECK_EQ(missingOf(*client, *server), 0U);
}

TEST("what the link loses, doubles, swaps and damages is counted exactly") {
  std::uint64_t dropped = 0;
  std::uint64_t doubled = 0;
  std::uint64_t swapped = 0;
  std::uint64_t damaged = 0;
  std::uint64_t seen = 0;
  std::vector<Frame> kept(optionsOf(Role::client).flows);
  const Middle spoil = [&](Frame frame) -> std::vector<Frame> {
    Probe probe;
    if (!isData(frame, probe)) return passOn(std::move(frame));
    const std::uint64_t turn = ++seen;
    Frame& earlier = kept[probe.flow];
    if (!earlier.empty()) {
      ++swapped;
      std::vector<Frame> both{std::move(frame), std::move(earlier)};
      earlier.clear();
      return both;
    }
    if (turn % 37 == 0) {
      ++dropped;
      return {};
    }
    if (turn % 53 == 0) {
      ++doubled;
      return {frame, frame};
    }
    if (turn % 91 == 0) {
      ++damaged;
      frame[60] ^= 1;
      return passOn(std::move(frame));
    }
    // Early enough for the next one of the flow to follow.
    if (turn % 41 == 0 && turn < 200) {
      earlier = std::move(frame);
      return {};
    }
    return passOn(std::move(frame));
  };
  Pair pair(spoil);
  pair.run();
  const auto client = pair.client.report();
  const auto server = pair.server.report();
  const ReceiverTotals& totals = server->totals.received;
  CHECK(dropped > 0 && doubled > 0 && swapped > 0 && damaged > 0);
  CHECK_EQ(missingOf(*client, *server), dropped + damaged);
  CHECK_EQ(server->totals.corrupted, damaged);
  CHECK_EQ(totals.duplicated, doubled);
  CHECK_EQ(totals.reordered, swapped);
  CHECK_EQ(totals.received, client->totals.sent - dropped - damaged);
  CHECK_EQ(missingOf(*server, *client), 0U);
}

void moveSource(Frame& frame, std::uint16_t port) {
  const auto ip = Ipv4View::parse(Bytes(frame).subspan(14));
  rewriteTransport(ip->payload(), ip_protocol::kUdp, 0, port, ChecksumDelta{});
}

TEST("a flow whose translation changes is counted once, and its peer stays the first one") {
  const Middle translate = [](Frame frame) {
    Probe probe;
    if (isData(frame, probe)) {
      const auto outside = static_cast<std::uint16_t>(probe.source.port + 1'000);
      if (probe.flow == 3 && probe.sequence > 20) moveSource(frame, outside + 7);
    }
    return passOn(std::move(frame));
  };
  Pair pair(translate);
  pair.run();
  const auto server = pair.server.report();
  CHECK_EQ(server->totals.received.flowsTranslationChanged, 1U);
  const auto client = pair.client.report();
  CHECK_EQ(client->totals.received.flowsTranslationChanged, 0U);
  CHECK_EQ(client->totals.received.received, server->totals.sent);
}

TEST("answers that come from another socket than was written to are counted") {
  const Middle otherServer = [](Frame frame) {
    Probe probe;
    if (isData(frame, probe) && probe.flow % 4 == 1) moveSource(frame, 4'999);
    return passOn(std::move(frame));
  };
  Pair pair(passOn, otherServer);
  pair.run();
  CHECK_EQ(pair.client.report()->totals.received.flowsTranslationChanged, 2U);
}

TEST("a prefill tells of its gaps, and the run after it is clean") {
  bool lossy = true;
  const Middle lose = [&lossy](Frame frame) -> std::vector<Frame> {
    Probe probe;
    const bool prefill =
        readProbe(frame, probe) == ProbeStatus::intact && probe.kind == ProbeKind::prefill;
    if (prefill && lossy && probe.flow >= 100 && probe.flow < 110) {
      lossy = probe.flow != 109;
      return {};
    }
    return passOn(std::move(frame));
  };
  Pair pair(lose);
  const auto busy = {Phase::resolving, Phase::prefilling};
  CHECK(pair.client.askPrefill({{{0, 999}}, 20'000}));
  CHECK(!pair.client.askStart());
  CHECK(Pair::waitWhile(pair.client, busy) == Phase::idle);
  const PrefillRecord& record = pair.server.prefillRecord();
  while (record.received() < 990) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto gaps = record.missing(1'000, 10);
  CHECK(gaps.size() == 1 && gaps[0].first == 100 && gaps[0].last == 109);
  CHECK(pair.client.askPrefill({gaps, 20'000}));
  CHECK(Pair::waitWhile(pair.client, busy) == Phase::idle);
  while (record.received() < 1'000) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK_EQ(pair.client.stats().prefillSent, 1'010U);
  pair.run();
  CHECK_EQ(pair.server.report()->totals.received.received, pair.client.report()->totals.sent);
}

TEST("a run that is stopped early loses nothing that was on its way") {
  Pair pair;
  CHECK(pair.client.askStart());
  while (pair.server.stats().received.received < 20) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(!pair.client.askPrefill({{{0, 9}}, 1'000}));
  pair.client.askStop();
  pair.server.askStop();
  const auto unfinished = {Phase::sending, Phase::draining};
  CHECK(Pair::waitWhile(pair.client, unfinished) == Phase::finished);
  CHECK(Pair::waitWhile(pair.server, unfinished) == Phase::finished);
  CHECK_EQ(missingOf(*pair.client.report(), *pair.server.report()), 0U);
  CHECK_EQ(missingOf(*pair.server.report(), *pair.client.report()), 0U);
}

TEST("a next hop that never answers ARP fails the run with a code") {
  Pair pair([](const Frame&) { return std::vector<Frame>{}; });
  CHECK(pair.client.askStart());
  CHECK(Pair::waitWhile(pair.client, {Phase::resolving}) == Phase::failed);
  CHECK_EQ(pair.client.failure()->code, "TRAFFIC_NEXT_HOP");
  CHECK_EQ(pair.client.stats().sent, 0U);
  CHECK(!pair.client.askStart());
}

}  // namespace
}  // namespace ferry::traffic
