// A VPN concentrator under the tests of the laws; its peer makes and reads what is encrypted.
#pragma once

#include <deque>

#include "esp_fixture.hpp"

namespace ferry::test {

class EspSubject final : public Subject {
 public:
  explicit EspSubject(std::mt19937_64& random) : pair_(configFor(random)) {}

  std::unique_ptr<NetworkFunction> make() const override {
    return std::make_unique<Esp>(pair_.local.config);
  }

  std::vector<Offer> traffic(std::mt19937_64& random) override {
    const auto pick = [&](std::uint64_t below) {
      return static_cast<std::uint32_t>(random() % below);
    };
    switch (pick(10)) {
      case 0: {
        const auto known = greetings();
        return {known[pick(known.size())]};
      }
      case 1: {
        Spec spec = plain(random, false);
        spec.source = pick(2) == 0 ? ip("10.9.0.1") : spec.source;
        spec.destination = pick(2) == 0 ? ip("10.0.0.1") : spec.destination;
        spec.protocol = pick(2) == 0 ? kIcmp : kUdp;
        return {{RouterPorts::kInside, makeFrame(spec)}};
      }
      case 2:
      case 3:
      case 4:
        return {{RouterPorts::kInside, makeFrame(plain(random, false))}};
      default:
        return encrypted(random);
    }
  }

  void makePlausible(Offer& offer, std::uint8_t control) const override {
    const EspConfig& config = pair_.local.config;
    const bool inside = offer.port == RouterPorts::kInside;
    Frame& frame = offer.frame;
    std::uint8_t* header = plausibleIpv4(frame, config.port(offer.port).mac, control);
    if (header == nullptr) return;
    if (!inside) header[9] = 50;
    store32(header + 12, inside ? ip("10.0.0.2") : config.tunnels[0].remote);
    store32(header + 16,
            inside ? ip("10.2.0.2") + (control >> 4 & 1) * 256u : config.outside.address);
    if (!inside && frame.size() >= 38 && (control & 8) != 0) {
      store32(header + 20, config.tunnels[control >> 4 & 1].in.spi);
    }
    store16(header + 10, 0);
    store16(header + 10, slowChecksum(header, 20));
  }

  std::vector<Offer> greetings() override {
    auto known = pair_.local.greetings(pair_.peer.config);
    known.push_back(
        pair_.local.greeting(RouterPorts::kOutside, kOtherPeer, pair_.peer.config.outside.mac));
    return known;
  }

  /** Even flows go out, odd ones come in; through tunnel 0 or 2. */
  Offer packet(std::uint32_t flow, std::uint64_t sequence) override {
    const bool in = flow % 2 == 1;
    Spec spec = espSpec(flow / 2 % 2 * 2, in);
    spec.to = in ? pair_.peer.config.inside.mac : pair_.local.config.inside.mac;
    Frame frame = makeFrame(spec);
    putTag(frame, flow, sequence);
    if (!in) return {RouterPorts::kInside, frame};
    return {RouterPorts::kOutside, fromPeer(pair_.peer.receive(RouterPorts::kInside, frame))};
  }

  std::optional<Seen> seen(PortIndex port, const Frame& frame) override {
    if (port == RouterPorts::kInside) return tagOf(frame);
    if (load16(frame.data() + 12) != 0x0800) return std::nullopt;
    // The peer refuses a number that was used before: then there is nothing to read.
    const auto tag = tagOf(pair_.peer.fromOutside(toPeer(frame)));
    return tag ? tag : Seen{0, 0};
  }

  std::optional<FlowFilter> partOfTraffic() const override {
    return FlowFilter{{}, pair_.local.config.tunnels[0].in.spi};
  }
  std::optional<FlowFilter> partOfFlows() const override { return partOfTraffic(); }

 private:
  static constexpr std::uint32_t kOtherPeer = 0xcb007108;  // 203.0.113.8

  static EspConfig configFor(std::mt19937_64& random) {
    EspConfig config = espConfig();
    config.window = static_cast<std::uint32_t>(64 + 64 * (random() % 4));
    config.sequenceLease = 1024;
    // A tunnel that ends while it is watched.
    config.tunnels[1].hardPackets = 100 + random() % 100;
    config.tunnels[1].softPackets = 50;
    // Another peer, which the one peer of the tests plays as well.
    EspTunnel third = config.tunnels[0];
    third.remoteNet = {ip("10.2.2.0"), 24};
    third.out = {0x1003, espKey(16, 5)};
    third.in = {0x2003, espKey(16, 6)};
    config.tunnels.push_back(third);
    config.tunnels[1].remote = config.tunnels[2].remote = kOtherPeer;
    return config;
  }

  static void setOuter(Frame& frame, std::size_t at, std::uint32_t address) {
    std::uint8_t* header = frame.data() + 14;
    store32(header + at, address);
    store16(header + 10, 0);
    store16(header + 10, slowChecksum(header, 20));
  }
  Frame fromPeer(Frame frame) const {
    if (frame.size() < 38) return frame;
    for (const EspTunnel& tunnel : pair_.local.config.tunnels) {
      if (tunnel.in.spi == load32(frame.data() + 34)) setOuter(frame, 12, tunnel.remote);
    }
    return frame;
  }
  Frame toPeer(Frame frame) const {
    if (frame.size() >= 34) setOuter(frame, 16, pair_.peer.config.outside.address);
    return frame;
  }

  static Spec plain(std::mt19937_64& random, bool turned) {
    Spec spec = espSpec(random() % 4 == 0 ? 1 : random() % 2 * 2, turned);
    spec.payload = random() % 4 == 0 ? random() % 1500 : random() % 200;
    spec.ttl = static_cast<std::uint8_t>(random() % 20 == 0 ? 1 : 64);
    return spec;
  }

  /** What the peer sends: now or later, whole or damaged, once or again. */
  std::vector<Offer> encrypted(std::mt19937_64& random) {
    Spec spec = plain(random, true);
    spec.to = pair_.peer.config.inside.mac;
    const Frame sealed = fromPeer(pair_.peer.receive(RouterPorts::kInside, makeFrame(spec)));
    if (!sealed.empty()) underWay_.push_back(sealed);
    if (underWay_.empty()) return {};
    const std::size_t at = random() % 3 == 0 ? random() % underWay_.size() : 0;
    Frame frame = underWay_[at];
    if (random() % 8 != 0) underWay_.erase(underWay_.begin() + static_cast<long>(at));
    if (underWay_.size() > 400) underWay_.pop_front();
    if (random() % 16 == 0) frame[14 + 20 + random() % (frame.size() - 34)] ^= 0x10;
    return {{RouterPorts::kOutside, frame}};
  }

  EspPair pair_;
  std::deque<Frame> underWay_;
};

}  // namespace ferry::test
