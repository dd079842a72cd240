// The IDS alone: no I/O, one core. Prints one JSON line.
//
//   ids_memory RULES FLOWS PACKET_BYTES MILLISECONDS RATE_PPS
//
// packetsPerSecond is of the thread's own time. FLOWS (1 to 100,000) TCP connections to port 80
// with benign web traffic, a request to four segments of answers, flows in a shuffled order.
// Statelets are collected as if packets came at RATE_PPS and the window was 50 ms; with 0 nobody
// synchronises.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/config.hpp"
#include "nf/ids/ids.hpp"
#include "traffic/arp_endpoint.hpp"

namespace ferry {
namespace {

constexpr std::uint32_t kFirstClient = 0x0a000101;  // 10.0.1.1
constexpr std::uint32_t kClients = 250;
constexpr std::uint32_t kServer = 0xcb007109;  // 203.0.113.9
constexpr MacAddress kHostMac{0x02, 0xfa, 0, 0, 0, 1};
constexpr std::size_t kHeaders = 14 + 20 + 20;
constexpr unsigned kTurnSegments = 5;  // a request and its answer

struct NoOutput final : Output {
  void transmit(PortIndex, ByteView) override {}
};

/** Web traffic as browsers and servers write it, of exactly this length. */
std::string request(std::mt19937_64& random, std::size_t length) {
  std::string text = "GET /articles/" + std::to_string(random() % 10'000) +
                     "/index.html?page=" + std::to_string(random() % 100) +
                     " HTTP/1.1\r\nHost: www.example.net\r\nUser-Agent: Mozilla/5.0 (X11; Linux "
                     "x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: text/html,"
                     "application/xhtml+xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n"
                     "Connection: keep-alive\r\nCookie: session=";
  while (text.size() + 4 < length) text += "0123456789abcdef"[random() % 16];
  text.resize(std::max<std::size_t>(length, 4) - 4);
  return text + "\r\n\r\n";
}

std::string answer(std::mt19937_64& random, std::size_t length, bool first) {
  static const std::array<std::string, 24> kWords{
      "the ",   "of ",     "<p>",   "</p>\n",    "and ",   "network ", "to ",        "a ",
      "state ", "moves ",  "from ", "host ",     "while ", "packets ", "<a href=\"", "\">",
      "</a> ",  "without", " ",     "function ", "in ",    "is ",      "that ",      "<br>\n"};
  std::string text;
  if (first) {
    text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 16000\r\n"
        "Server: example\r\n\r\n<!DOCTYPE html><html><head><title>An article</title></head>";
  }
  while (text.size() < length) text += kWords[random() % kWords.size()];
  text.resize(length);
  return text;
}

std::shared_ptr<const ids::RuleSet> readRules(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return nullptr;
  std::string text(1u << 20, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  auto rules = std::make_shared<ids::RuleSet>(
      ids::Variables{{"HOME_NET", "203.0.113.0/24"}, {"EXTERNAL_NET", "!$HOME_NET"}});
  rules->add(path, text);
  for (const ids::RuleIssue& issue : rules->issues()) {
    std::fprintf(stderr, "%s:%u: %s\n", issue.source.c_str(), issue.line, issue.reason.c_str());
  }
  rules->finish();
  return rules;
}

ids::IdsConfig configFor(std::uint32_t flows, std::shared_ptr<const ids::RuleSet> rules) {
  ids::IdsConfig config;
  config.inside = {{0x02, 0xfe, 0, 0, 0, 1}, 0x0a000001, 16};
  config.outside = {{0x02, 0xfe, 0, 0, 0, 2}, 0xcb007101, 24};
  config.capacity = std::max<std::uint32_t>(flows, 1'000);
  config.rules = std::move(rules);
  return config;
}

class IdsBench {
 public:
  IdsBench(std::uint32_t flows, std::size_t packetBytes, std::shared_ptr<const ids::RuleSet> rules)
      : config_(configFor(flows, std::move(rules))) {
    std::string error;
    ids_ = std::make_unique<ids::Ids>(config_, error);
    meet(0, kFirstClient);
    meet(1, kServer);
    for (std::uint32_t i = 1; i < kClients; ++i) meet(0, kFirstClient + i);
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < kTexts; ++i) {
      texts_[i][0] = request(random, packetBytes - kHeaders);
      for (unsigned j = 1; j < kTurnSegments; ++j) {
        texts_[i][j] = answer(random, packetBytes - kHeaders, j == 1);
      }
    }
    buffer_.resize(packetBytes);
    order_.resize(flows);
    std::iota(order_.begin(), order_.end(), 0U);
    std::shuffle(order_.begin(), order_.end(), random);
    for (std::uint32_t flow = 0; flow < flows; ++flow) open(flow);
    ids_->discardMarks();
  }

  /** Packets per second; 0 when one was not forwarded. */
  double run(std::uint64_t durationNs, std::uint64_t ratePps) {
    const std::uint64_t window = ratePps == 0 ? 4'096 : std::max<std::uint64_t>(ratePps / 20, 1);
    // The thread's own time, whatever else the machine does.
    const std::uint64_t begin = clockNs(CLOCK_THREAD_CPUTIME_ID);
    std::uint64_t packets = 0;
    std::uint64_t now = begin;
    for (std::size_t turn = 0; now - begin < durationNs; ++turn) {
      const std::uint32_t flow = order_[turn % order_.size()];
      if (!send(flow)) return 0;
      if (++packets % window == 0) collect(ratePps != 0);
      if (packets % 64 == 0) now = clockNs(CLOCK_THREAD_CPUTIME_ID);
    }
    packetBytes_ = packets * buffer_.size();
    return static_cast<double>(packets) * 1e9 / static_cast<double>(now - begin);
  }

  double stateletFactor() const {
    return static_cast<double>(stateletBytes_) / static_cast<double>(packetBytes_);
  }
  std::uint64_t alerts() {
    for (const Counter& counter : ids_->counters()) {
      if (counter.name == "alerts") return counter.value;
    }
    return 0;
  }

 private:
  static constexpr std::size_t kTexts = 64;

  struct FlowState {
    std::array<std::uint32_t, 2> next{1, 1};
    std::uint32_t step = 0;
  };

  void collect(bool keep) {
    now_ += 50;
    NoOutput output;
    ids_->expire(now_, output);
    if (!keep) return ids_->discardMarks();
    while (ids_->dirty()) {
      ByteWriter out(collected_.data(), collected_.size());
      ids_->collect(out);
      stateletBytes_ += out.size();
    }
  }

  void meet(PortIndex port, std::uint32_t address) {
    traffic::ArpFrame frame = traffic::arpRequest(kHostMac, address, config_.port(port).address);
    pass(port, frame.data(), frame.size());
  }

  bool pass(PortIndex port, std::uint8_t* data, std::size_t length) {
    Packet packet{data, static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(length),
                  port};
    return ids_->process(packet, now_, output_).action == Action::forward;
  }

  bool segment(std::uint32_t flow, unsigned side, std::uint8_t flags, std::string_view payload) {
    std::uint8_t* frame = buffer_.data();
    std::memcpy(frame, config_.port(static_cast<PortIndex>(side)).mac.data(), 6);
    std::memcpy(frame + 6, kHostMac.data(), 6);
    store16(frame + 12, ether_type::kIpv4);
    Ipv4Fields fields;
    fields.protocol = ip_protocol::kTcp;
    fields.source = side == 0 ? kFirstClient + flow % kClients : kServer;
    fields.destination = side == 0 ? kServer : kFirstClient + flow % kClients;
    std::uint8_t* tcp = frame + 34;
    std::memset(tcp, 0, 20);
    const auto port = static_cast<std::uint16_t>(10'000 + flow / kClients);
    store16(tcp, side == 0 ? port : 80);
    store16(tcp + 2, side == 0 ? 80 : port);
    store32(tcp + 4, flowStates_[flow].next[side]);
    tcp[12] = 0x50;
    tcp[13] = flags;
    std::memcpy(tcp + 20, payload.data(), payload.size());
    const std::size_t length = kHeaders + payload.size();
    writeIpv4Header(Bytes(frame + 14, length - 14), fields);
    store16(tcp + 16,
            checksum({tcp, length - 34}, pseudoHeaderSum(fields.source, fields.destination,
                                                         fields.protocol, length - 34)));
    flowStates_[flow].next[side] +=
        static_cast<std::uint32_t>(payload.size()) + ((flags & 2) != 0 ? 1 : 0);
    return pass(static_cast<PortIndex>(side), frame, length);
  }

  void open(std::uint32_t flow) {
    flowStates_.emplace_back();
    segment(flow, 0, 0x02, {});
    segment(flow, 1, 0x12, {});
    segment(flow, 0, 0x10, {});
    flowStates_[flow].step = flow * 7;
  }

  bool send(std::uint32_t flow) {
    const std::uint32_t step = flowStates_[flow].step++;
    const unsigned place = step % kTurnSegments;
    return segment(flow, place == 0 ? 0 : 1, 0x18,
                   texts_[(step / kTurnSegments + flow) % kTexts][place]);
  }

  const ids::IdsConfig config_;
  std::unique_ptr<ids::Ids> ids_;
  NoOutput output_;
  TimeMs now_ = 1'700'000'000'000;
  std::array<std::array<std::string, kTurnSegments>, kTexts> texts_;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint32_t> order_;
  std::vector<FlowState> flowStates_;
  std::vector<std::uint8_t> collected_ = std::vector<std::uint8_t>(65'536);
  std::uint64_t stateletBytes_ = 0;
  std::uint64_t packetBytes_ = 0;
};

}  // namespace
}  // namespace ferry

int main(int count, char** arguments) {
  const auto number = [&](int index) {
    return index < count ? std::strtoul(arguments[index], nullptr, 10) : 0;
  };
  const auto flows = number(2);
  const auto packetBytes = number(3);
  const auto durationMs = number(4);
  const auto rules = count == 6 ? ferry::readRules(arguments[1]) : nullptr;
  if (rules == nullptr || flows < 1 || flows > 100'000 || packetBytes < 200 ||
      packetBytes > 1'514 || durationMs < 1 || durationMs > 60'000) {
    std::fprintf(stderr,
                 "usage: ids_memory RULES FLOWS(1..100000) PACKET_BYTES(200..1514) "
                 "MILLISECONDS(1..60000) RATE_PPS(0: no statelets)\n");
    return 2;
  }
  ferry::IdsBench bench(static_cast<std::uint32_t>(flows), packetBytes, rules);
  const double rate = bench.run(durationMs * 1'000'000, number(5));
  if (rate == 0) {
    std::fprintf(stderr, "ids_memory: the IDS did not forward every packet\n");
    return 1;
  }
  std::printf("{\"packetsPerSecond\":%.0f,\"stateletFactor\":%.5f,\"alerts\":%llu}\n", rate,
              bench.stateletFactor(), static_cast<unsigned long long>(bench.alerts()));
  return 0;
}
