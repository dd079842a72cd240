// An IDS under the tests of the laws.
#pragma once

#include "nf/ids/ids.hpp"
#include "payload_frame.hpp"
#include "subject.hpp"

namespace ferry::test {

class IdsSubject final : public Subject {
 public:
  explicit IdsSubject(std::mt19937_64& random) {
    config_.inside = {*parseMac("02:fe:00:00:00:01"), ip("10.0.0.1"), 28};
    config_.outside = {*parseMac("02:fe:00:00:00:02"), ip("203.0.113.1"), 28};
    config_.outsideGateway = ip("203.0.113.14");
    config_.capacity = static_cast<std::uint32_t>(kFlows + random() % 100);
    config_.segments = static_cast<std::uint32_t>(16 + random() % 60);
    config_.trackers = static_cast<std::uint32_t>(2 + random() % 20);
    config_.rules = rules();
    dividedByPort_ = random() % 2 == 0;
  }

  std::unique_ptr<NetworkFunction> make() const override {
    std::string error;
    auto made = std::make_unique<ids::Ids>(config_, error);
    if (!error.empty()) std::abort();
    return made;
  }

  std::vector<Offer> traffic(std::mt19937_64& random) override {
    const auto pick = [&](std::uint64_t below) {
      return static_cast<std::uint32_t>(random() % below);
    };
    const auto port = static_cast<PortIndex>(pick(2));
    if (pick(12) == 0) {
      const std::uint32_t host = (port == 0 ? kClient : kServer) + pick(3);
      return {{port, makeArp(kBroadcastMac, static_cast<std::uint16_t>(1 + pick(2)), host,
                             hostMac(host), config_.port(port).address)}};
    }
    Spec spec = flow(port, pick(4), pick(3));
    constexpr std::array kProtocols{kTcp, kTcp, kTcp, kTcp, kUdp, kIcmp};
    spec.protocol = kProtocols[pick(kProtocols.size())];
    constexpr std::array<std::uint8_t, 10> kFlags{kSyn, kAck, kAck, kAck, kAck,
                                                  kAck, kAck, kFin, kRst, kSyn | kAck};
    spec.tcpFlags = kFlags[pick(kFlags.size())];
    if (pick(20) == 0) spec.ttl = 1;
    std::string payload;
    for (std::uint32_t words = pick(4); words > 0; --words) {
      payload += kWords[pick(kWords.size())];
      if (pick(3) == 0) payload.resize(pick(payload.size() + 1));
    }
    if (pick(20) == 0) payload.resize(pick(1'400), '.');
    // Mostly the next bytes of the stream, else a few before or after them.
    std::uint32_t& next = next_[spec.sourcePort % next_.size()];
    const std::uint32_t sequence = next + (pick(3) == 0 ? pick(24) - 12 : 0);
    next = sequence + static_cast<std::uint32_t>(payload.size());
    return {{port, frameWith(spec, payload, sequence, next_[spec.destinationPort % next_.size()])}};
  }

  void makePlausible(Offer& offer, std::uint8_t control) const override {
    Frame& frame = offer.frame;
    if (frame.size() < 34) return;
    std::copy_n(config_.port(offer.port).mac.begin(), 6, frame.begin());
    store16(frame.data() + 12, 0x0800);
    std::uint8_t* header = frame.data() + 14;
    header[0] = 0x45;
    store16(header + 2, static_cast<std::uint16_t>(frame.size() - 14));
    store16(header + 6, 0);
    header[8] |= 2;
    constexpr std::array kProtocols{kTcp, kTcp, kUdp, kIcmp};
    header[9] = kProtocols[(control >> 3) % kProtocols.size()];
    const bool inside = offer.port == RouterPorts::kInside;
    store32(header + (inside ? 12 : 16), kClient + header[15] % 2);
    store32(header + (inside ? 16 : 12), kServer + header[19] % 2);
    store16(header + 10, 0);
    store16(header + 10, slowChecksum(header, 20));
    if ((control & 2) != 0) mendTransport(frame);
  }

  std::vector<Offer> greetings() override {
    return {
        {0, makeArp(kBroadcastMac, 1, kClient, hostMac(kClient), config_.inside.address)},
        {0, makeArp(kBroadcastMac, 1, kClient + 1, hostMac(kClient + 1), config_.inside.address)},
        {1, makeArp(kBroadcastMac, 1, kServer, hostMac(kServer), config_.outside.address)}};
  }

  /** Each flow is a connection that began before, with an attack in every third segment. */
  Offer packet(std::uint32_t flow, std::uint64_t sequence) override {
    const auto port = static_cast<PortIndex>(flow % 2);
    Spec spec = this->flow(port, 0, 0);
    (port == 0 ? spec.source : spec.destination) = clientOf(flow);
    spec.protocol = kTcp;
    spec.tcpFlags = kAck;
    spec.sourcePort = static_cast<std::uint16_t>(1'000 + flow % kFlows);
    std::string payload(kTagged, '.');
    payload.replace(8, 4, kAttackIn3.substr(sequence % 3 * 4, 4));
    const auto tag = static_cast<std::uint32_t>(sequence);
    store32(reinterpret_cast<std::uint8_t*>(payload.data()), flow);
    store32(reinterpret_cast<std::uint8_t*>(payload.data()) + 4, tag);
    return {port, frameWith(spec, payload, tag * static_cast<std::uint32_t>(kTagged))};
  }

  std::optional<Seen> seen(PortIndex port, const Frame& frame) override {
    if (frame.size() < 54 + kTagged || load16(frame.data() + 12) != 0x0800 || frame[23] != kTcp) {
      return std::nullopt;
    }
    const std::uint32_t to = port == 0 ? clientOf(load32(frame.data() + 54)) : kServer;
    const bool right = destinationOf(frame) == to && macAt(frame, 0) == hostMac(to) &&
                       ttlOf(frame) == 63 && wrongChecksum(frame).empty();
    return Seen{load32(frame.data() + 54), right ? load32(frame.data() + 58) : 0};
  }

  std::optional<FlowFilter> partOfTraffic() const override {
    if (dividedByPort_) return FlowFilter{{}, 0, 40'001};
    return FlowFilter{{kClient + 1, 32}};
  }
  std::optional<FlowFilter> partOfFlows() const override { return FlowFilter{{kClient + 1, 32}}; }
  std::optional<FlowFilter> restOfFlows() const override { return FlowFilter{{kClient, 32}}; }

 private:
  static constexpr std::uint32_t kClient = 0x0a000002;
  static constexpr std::uint32_t kServer = 0xcb007109;
  static constexpr std::uint32_t kFlows = 64;

  static std::uint32_t clientOf(std::uint32_t flow) { return kClient + flow / 2 % 2; }
  static constexpr std::size_t kTagged = 12;
  static constexpr std::string_view kAttackIn3 = "thisabcdefgh";
  static constexpr std::array<std::string_view, 8> kWords{"GET ",  "/evil", "cmd=", "id=12345",
                                                          "login", "go",    "bad",  "xyz"};

  static std::shared_ptr<const ids::RuleSet> rules() {
    auto rules = std::make_shared<ids::RuleSet>(ids::Variables{});
    std::uint32_t line = 0;
    for (
        const std::string_view rule : {
            R"(alert tcp any any -> any any (content:"GET "; content:"/evil"; distance:0; sid:1;))",
            R"(alert tcp any any -> any any (content:"/evil"; content:!"xyz"; sid:2;))",
            R"(alert ip any any -> any any (content:"id="; pcre:"/id=\d+[a-z]/"; sid:3;))",
            R"(alert ip any any -> any any (content:"LOGIN"; nocase; flowbits:set,in; noalert; sid:4;))",
            R"(alert ip any any -> any any (content:"go"; flowbits:isset,in; sid:5;))",
            R"(drop ip any any -> any any (content:"badbad"; sid:6;))",
            R"(alert ip any any -> any any (content:"cmd="; threshold:type limit, track by_src, count 2, seconds 1; sid:7;))",
            R"(alert tcp any any -> any any (content:"this"; content:"abcd"; content:"efgh"; sid:8;))",
        }) {
      rules->addRule("subject", ++line, rule);
    }
    if (rules->refused() != 0) std::abort();
    rules->finish();
    return rules;
  }

  Spec flow(PortIndex port, std::uint32_t number, std::uint32_t host) const {
    Spec spec;
    spec.to = config_.port(port).mac;
    spec.source = (port == 0 ? kClient : kServer) + host % 2;
    spec.destination = port == 0 ? kServer : kClient;
    spec.sourcePort = static_cast<std::uint16_t>(port == 0 ? 40'000 + number : 80);
    spec.destinationPort = static_cast<std::uint16_t>(port == 0 ? 80 : 40'000 + number);
    return spec;
  }

  static void mendTransport(Frame& frame) {
    constexpr std::size_t kAt = 34;
    const std::size_t length = frame.size() - kAt;
    const std::uint8_t protocol = frame[23];
    const std::size_t checksumAt = protocol == kTcp ? 16 : protocol == kUdp ? 6 : 2;
    if (length < 20) return;
    if (protocol == kTcp) frame[kAt + 12] = 0x50;
    if (protocol == kUdp) store16(frame.data() + kAt + 4, static_cast<std::uint16_t>(length));
    store16(frame.data() + kAt + checksumAt, 0);
    const std::uint32_t pseudo =
        protocol == kIcmp ? 0 : pseudoSum(sourceOf(frame), destinationOf(frame), protocol, length);
    store16(frame.data() + kAt + checksumAt, slowChecksum(frame.data() + kAt, length, pseudo));
  }

  ids::IdsConfig config_;
  bool dividedByPort_ = false;
  std::array<std::uint32_t, 4> next_{};
};

}  // namespace ferry::test
