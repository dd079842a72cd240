// A NAT44 under the tests of the laws.
#pragma once

#include <algorithm>
#include <map>

#include "nf/nat44.hpp"
#include "subject.hpp"

namespace ferry::test {

class Nat44Subject : public Subject {
 public:
  explicit Nat44Subject(std::mt19937_64& random) {
    config_.inside = {*parseMac("02:fe:00:00:00:01"), ip("10.0.0.1"), 28};
    config_.outside = {*parseMac("02:fe:00:00:00:02"), ip("203.0.113.1"), 28};
    config_.gateway = ip("203.0.113.14");
    config_.pool = {ip("203.0.113.1"), ip("203.0.113.2")};
    config_.capacity = static_cast<std::uint32_t>(40 + random() % 180);
    config_.firstPort = kFirstPort;
    config_.lastPort = static_cast<std::uint16_t>(2039 + random() % 60);
  }

  std::unique_ptr<NetworkFunction> make() const override {
    return std::make_unique<Nat44>(config_);
  }

  std::vector<Offer> traffic(std::mt19937_64& random) override {
    const auto pick = [&](std::uint64_t below) {
      return static_cast<std::uint32_t>(random() % below);
    };
    const auto port = static_cast<PortIndex>(pick(2));
    switch (pick(12)) {
      case 0:
        return {arp(random, port)};
      case 1: {
        const Spec about = spec(random, static_cast<PortIndex>(1 - port));
        Spec turned = about;
        turned.source = about.destination;
        turned.destination = about.source;
        const Frame quoted = makeFrame(pick(2) == 0 ? about : turned);
        return {{port, makeIcmpError(config_.port(port).mac, spec(random, port).source,
                                     sourceOf(quoted), quoted, 28 + pick(60))}};
      }
      default:
        break;
    }
    const Spec packet = spec(random, port);
    if (pick(10) != 0) return {{port, makeFrame(packet)}};
    std::vector<Offer> fragments;
    for (const Frame& fragment : makeFragments(packet, 48)) fragments.push_back({port, fragment});
    return fragments;
  }

  void makePlausible(Offer& offer, std::uint8_t control) const override {
    Frame& frame = offer.frame;
    std::uint8_t* header = plausibleIpv4(frame, config_.port(offer.port).mac, control);
    if (header == nullptr) return;
    if ((control & 8) != 0) {
      const bool inside = offer.port == Nat44Config::kInside;
      store32(header + (inside ? 12 : 16), ip("10.0.0.0") + header[15] % 16);
      store32(header + (inside ? 16 : 12), ip("203.0.113.0") + header[19] % 16);
    }
    store16(header + 10, 0);
    store16(header + 10, slowChecksum(header, 20));
    if ((control & 16) != 0 && header[9] == kIcmp && frame.size() >= 42) {
      store16(frame.data() + 36, 0);
      store16(frame.data() + 36, slowChecksum(frame.data() + 34, frame.size() - 34));
    }
  }

  std::vector<Offer> greetings() override {
    std::vector<Offer> offers{
        {Nat44Config::kInside,
         makeArp(kBroadcastMac, 1, kClient, hostMac(kClient), config_.inside.address)},
        {Nat44Config::kInside,
         makeArp(kBroadcastMac, 1, kClient + 2, hostMac(kClient + 2), config_.inside.address)},
        {Nat44Config::kOutside,
         makeArp(kBroadcastMac, 1, kServer, hostMac(kServer), config_.outside.address)}};
    // One packet for each mapping, so that its translation is known.
    for (std::uint16_t i = 0; i < kMappings; ++i) {
      offers.push_back(fromClient(static_cast<std::uint16_t>(kFirstPort + i)));
      putTag(offers.back().frame, kGreeting, 0);
    }
    return offers;
  }

  /** Flows of even number go out, the odd ones come in by the mapping of the one before. */
  Offer packet(std::uint32_t flow, std::uint64_t sequence) override {
    Offer offer = fromClient(portOfFlow(flow));
    if (flow % 2 == 1) {
      const Endpoint mapped = translated_[portOfFlow(flow)];
      Spec spec;
      spec.to = config_.outside.mac;
      spec.source = kServer;
      spec.sourcePort = 53;
      spec.destination = mapped.address;
      spec.destinationPort = mapped.port;
      offer = {Nat44Config::kOutside, makeFrame(spec)};
    }
    putTag(offer.frame, flow, sequence);
    return offer;
  }

  std::optional<Seen> seen(PortIndex port, const Frame& frame) override {
    const auto tag = tagOf(frame);
    if (!tag) return std::nullopt;
    if (port == Nat44Config::kInside) {
      const bool right = destinationOf(frame) == clientOf(portOfFlow(tag->flow)) &&
                         destinationPortOf(frame) == portOfFlow(tag->flow);
      return Seen{tag->flow, right ? tag->sequence : 0};
    }
    const Endpoint outside{sourceOf(frame), sourcePortOf(frame), kUdp};
    if (tag->flow == kGreeting) {
      // Ports are preserved as long as they are free.
      translated_[sourcePortOf(frame)] = outside;
      return std::nullopt;
    }
    const bool right = translated_[portOfFlow(tag->flow)] == outside;
    return Seen{tag->flow, right ? tag->sequence : 0};
  }

 protected:
  static constexpr std::uint32_t kClient = 0x0a000002;

  /** The host that the flows of this port are of. */
  virtual std::uint32_t clientOf(std::uint16_t /*port*/) const { return kClient; }

  Nat44Config config_;

 private:
  static constexpr std::uint32_t kServer = 0xcb007109;
  static constexpr std::uint16_t kFirstPort = 2000;
  static constexpr std::uint16_t kMappings = 20;
  static constexpr std::uint32_t kGreeting = 0xffffffff;

  static std::uint16_t portOfFlow(std::uint32_t flow) {
    return static_cast<std::uint16_t>(kFirstPort + flow / 2 % kMappings);
  }

  Offer fromClient(std::uint16_t port) const {
    Spec spec;
    spec.to = config_.inside.mac;
    spec.source = clientOf(port);
    spec.sourcePort = port;
    spec.destination = kServer;
    spec.destinationPort = 53;
    return {Nat44Config::kInside, makeFrame(spec)};
  }

  Offer arp(std::mt19937_64& random, PortIndex port) const {
    const std::uint32_t host =
        port == Nat44Config::kInside ? insideHost(random) : outsideHost(random);
    return {port, makeArp(kBroadcastMac, static_cast<std::uint16_t>(1 + random() % 2), host,
                          hostMac(host), config_.port(port).address)};
  }

  static std::uint32_t insideHost(std::mt19937_64& random) {
    return kClient + static_cast<std::uint32_t>(random() % 6);
  }
  static std::uint32_t outsideHost(std::mt19937_64& random) {
    return random() % 4 == 0 ? ip("198.51.100.7")
                             : kServer + static_cast<std::uint32_t>(random() % 4);
  }

  Spec spec(std::mt19937_64& random, PortIndex port) const {
    const auto pick = [&](std::uint64_t below) {
      return static_cast<std::uint32_t>(random() % below);
    };
    const bool inside = port == Nat44Config::kInside;
    Spec spec;
    spec.to = config_.port(port).mac;
    constexpr std::array kProtocols{kUdp, kTcp, kIcmp};
    spec.protocol = kProtocols[pick(kProtocols.size())];
    spec.source = inside ? insideHost(random) : outsideHost(random);
    spec.sourcePort = static_cast<std::uint16_t>(inside ? 1990 + pick(60) : 50 + pick(3));
    const bool toPool = !inside || pick(5) == 0;
    spec.destination = toPool ? config_.pool[pick(config_.pool.size())] : outsideHost(random);
    spec.destinationPort = static_cast<std::uint16_t>(
        toPool ? config_.firstPort + pick(config_.lastPort - config_.firstPort + 1u)
               : 50 + pick(3));
    if (spec.protocol == kIcmp && !inside) spec.sourcePort = spec.destinationPort;
    spec.icmpType = inside ? 8 : 0;
    constexpr std::array kFlags{kSyn, kSyn, kAck, kFin, kRst};
    spec.tcpFlags = kFlags[pick(kFlags.size())];
    spec.ttl = static_cast<std::uint8_t>(pick(20) == 0 ? 1 : 64);
    spec.payload = pick(4) == 0 ? pick(200) : 100;
    spec.udpChecksum = pick(5) != 0;
    spec.identification = static_cast<std::uint16_t>(pick(4));
    return spec;
  }

  std::map<std::uint16_t, Endpoint> translated_;  // by client port
};

/** With port blocks and a limit, small enough that hosts meet both. */
class Nat44BlocksSubject final : public Nat44Subject {
 public:
  explicit Nat44BlocksSubject(std::mt19937_64& random) : Nat44Subject(random) {
    config_.lastPort = static_cast<std::uint16_t>(2047 + random() % 60);
    config_.portBlocks = {16, 2 + static_cast<std::uint32_t>(random() % 2)};
    config_.mappingsPerSubscriber = static_cast<std::uint32_t>(25 + random() % 60);
  }
};

/** Hosts that have a pool address of their own, so that the work can be divided. */
class Nat44PairedSubject final : public Nat44Subject {
 public:
  explicit Nat44PairedSubject(std::mt19937_64& random) : Nat44Subject(random) {
    // Clients are 10.0.0.2 to .7, flows of either half of them.
    config_.pairedNets = {{ip("10.0.0.0"), 30}, {ip("10.0.0.4"), 30}};
    config_.capacity = 1000;
  }

  /** None from one inside host to another by an outside address: those of other parts cannot. */
  std::vector<Offer> traffic(std::mt19937_64& random) override {
    auto offers = Nat44Subject::traffic(random);
    std::erase_if(offers, [&](const Offer& offer) {
      return offer.port == Nat44Config::kInside && load16(offer.frame.data() + 12) == 0x0800 &&
             std::find(config_.pool.begin(), config_.pool.end(), destinationOf(offer.frame)) !=
                 config_.pool.end();
    });
    return offers;
  }

  std::optional<FlowFilter> partOfTraffic() const override {
    return FlowFilter{{ip("10.0.0.4"), 30}};
  }
  std::optional<FlowFilter> partOfFlows() const override { return partOfTraffic(); }
  std::optional<FlowFilter> restOfFlows() const override {
    return FlowFilter{{ip("10.0.0.0"), 30}};
  }

 protected:
  std::uint32_t clientOf(std::uint16_t port) const override {
    return port % 2 == 0 ? kClient : kClient + 2;
  }
};

}  // namespace ferry::test
