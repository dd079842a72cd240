// A packet gateway between emulated hosts.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frames.hpp"
#include "nf/pg.hpp"
#include "subject.hpp"

namespace ferry::test {

/** Rule 0: 10.0.0.0/28, each address 8 Mbit/s up and 16 down. Rule 1: 10.0.0.16/29 as one, with a
 * quota and nothing beyond. Rule 2: 10.0.0.24/29 in pairs, with a quota and 80 kbit/s beyond. */
inline PgConfig pgConfig() {
  PgConfig config;
  config.inside = {*parseMac("02:fe:00:00:00:01"), ip("10.0.0.1"), 24};
  config.outside = {*parseMac("02:fe:00:00:00:02"), ip("203.0.113.1"), 24};
  config.outsideGateway = ip("203.0.113.254");
  config.capacity = 64;
  PgRule plain;
  plain.net = {ip("10.0.0.0"), 28};
  plain.up = {8'000'000, 10'000};
  plain.down = {16'000'000, 20'000};
  PgRule capped = plain;
  capped.net = {ip("10.0.0.16"), 29};
  capped.each = 29;
  capped.quotaBytes = 5'000;
  PgRule throttled = capped;
  throttled.net = {ip("10.0.0.24"), 29};
  throttled.each = 31;
  throttled.throttleBps = 80'000;
  config.rules = {plain, capped, throttled};
  return config;
}

inline constexpr std::uint32_t kPgServer = 0xcb007109;  // 203.0.113.9

inline std::vector<Offer> pgGreetings(const PgConfig& config) {
  std::vector<Offer> offers;
  const auto known = [&](PortIndex port, std::uint32_t host) {
    offers.push_back(
        {port, makeArp(kBroadcastMac, 1, host, hostMac(host), config.port(port).address)});
  };
  for (std::uint32_t host = ip("10.0.0.2"); host < ip("10.0.0.40"); ++host) {
    known(RouterPorts::kInside, host);
  }
  known(RouterPorts::kOutside, kPgServer);
  known(RouterPorts::kOutside, *config.outsideGateway);
  return offers;
}

struct PgFixture {
  PgConfig config;
  Pg pg;
  TimeMs now = 1'700'000'000'000;
  Frame last;

  explicit PgFixture(const PgConfig& with = pgConfig()) : config(with), pg(config) {
    for (const Offer& offer : pgGreetings(config)) receive(offer.port, offer.frame);
  }

  bool receive(PortIndex port, const Frame& frame) {
    struct Silence final : Output {
      void transmit(PortIndex, ByteView) override {}
    } output;
    last = frame;
    Packet packet{last.data(), static_cast<std::uint32_t>(last.size()),
                  static_cast<std::uint32_t>(last.size()), port};
    const Verdict verdict = pg.process(packet, now, output);
    return verdict.action == Action::forward && verdict.port != port;
  }
  /** A packet of so many bytes of IPv4, up from or down to a subscriber; true when it passes. */
  bool up(std::uint32_t subscriber, std::size_t bytes = 1000) {
    return pass(RouterPorts::kInside, subscriber, kPgServer, bytes);
  }
  bool down(std::uint32_t subscriber, std::size_t bytes = 1000) {
    return pass(RouterPorts::kOutside, kPgServer, subscriber, bytes);
  }
  bool pass(PortIndex port, std::uint32_t source, std::uint32_t destination, std::size_t bytes) {
    Spec spec;
    spec.to = config.port(port).mac;
    spec.source = source;
    spec.destination = destination;
    spec.payload = bytes - 28;
    return receive(port, makeFrame(spec));
  }

  std::uint64_t count(const std::string& name) {
    for (const Counter& counter : pg.counters()) {
      if (counter.name == name) return counter.value;
    }
    std::abort();
  }
};

}  // namespace ferry::test
