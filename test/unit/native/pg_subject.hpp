// A packet gateway under the tests of the laws.
#pragma once

#include "pg_fixture.hpp"

namespace ferry::test {

class PgSubject final : public Subject {
 public:
  explicit PgSubject(std::mt19937_64& random) : config_(pgConfig()) {
    config_.capacity = static_cast<std::uint32_t>(4 + random() % 30);
    config_.rules[1].quotaBytes = 1'000 + random() % 20'000;
    config_.rules[2].quotaBytes = 1'000 + random() % 20'000;
    // Flows of migrations pass whatever they send.
    PgRule open;
    open.net = {kOpen, 24};
    open.each = 25;
    config_.rules.push_back(open);
    config_.insideGateway = ip("10.0.0.2");
  }

  std::unique_ptr<NetworkFunction> make() const override { return std::make_unique<Pg>(config_); }

  std::vector<Offer> traffic(std::mt19937_64& random) override {
    const auto pick = [&](std::uint64_t below) {
      return static_cast<std::uint32_t>(random() % below);
    };
    if (pick(10) == 0) {
      const auto greetings = pgGreetings(config_);
      return {greetings[pick(greetings.size())]};
    }
    const auto port = static_cast<PortIndex>(pick(2));
    const std::uint32_t subscriber = ip("10.0.0.2") + pick(40);
    const std::uint32_t server = pick(4) == 0 ? ip("198.51.100.7") : kPgServer;
    Spec spec;
    spec.to = config_.port(port).mac;
    spec.source = port == RouterPorts::kInside ? subscriber : server;
    spec.destination = port == RouterPorts::kInside ? server : subscriber;
    if (pick(20) == 0) spec.destination = spec.source + 1;
    spec.payload = pick(4) == 0 ? pick(1400) : 470;
    spec.ttl = static_cast<std::uint8_t>(pick(20) == 0 ? 1 : 64);
    // Bursts, so that buckets run empty.
    const Offer offer{port, makeFrame(spec)};
    return std::vector<Offer>(pick(15) == 0 ? 30 : 1, offer);
  }

  void makePlausible(Offer& offer, std::uint8_t control) const override {
    std::uint8_t* header = plausibleIpv4(offer.frame, config_.port(offer.port).mac, control);
    if (header == nullptr) return;
    const bool inside = offer.port == RouterPorts::kInside;
    if ((control & 8) != 0) {
      store32(header + (inside ? 12 : 16), ip("10.0.0.0") + header[15] % 40);
      store32(header + (inside ? 16 : 12), kPgServer);
    }
    store16(header + 10, 0);
    store16(header + 10, slowChecksum(header, 20));
  }

  std::vector<Offer> greetings() override { return pgGreetings(config_); }

  /** Even flows go up, odd ones down, of two subscribers. */
  Offer packet(std::uint32_t flow, std::uint64_t sequence) override {
    const auto port = static_cast<PortIndex>(flow % 2);
    Spec spec;
    spec.to = config_.port(port).mac;
    spec.source = kOpen + 5 + (flow / 2 % 2) * 128;
    spec.destination = kPgServer;
    if (port == RouterPorts::kOutside) std::swap(spec.source, spec.destination);
    Frame frame = makeFrame(spec);
    putTag(frame, flow, sequence);
    return {port, frame};
  }
  std::optional<Seen> seen(PortIndex, const Frame& frame) override { return tagOf(frame); }

  std::optional<FlowFilter> partOfTraffic() const override {
    return FlowFilter{{ip("10.0.0.0"), 28}};
  }
  std::optional<FlowFilter> partOfFlows() const override { return FlowFilter{{kOpen, 25}}; }
  std::optional<FlowFilter> restOfFlows() const override { return FlowFilter{{kOpen + 128, 25}}; }

 private:
  static constexpr std::uint32_t kOpen = 0x0a090000;  // 10.9.0.0

  PgConfig config_;
};

}  // namespace ferry::test
