// A NAT between emulated hosts: frames in, frames out, every checksum looked at.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "frames.hpp"
#include "nf/nat44.hpp"
#include "subject.hpp"

namespace ferry::test {

constexpr PortIndex kInside = Nat44Config::kInside;
constexpr PortIndex kOutside = Nat44Config::kOutside;

inline Nat44Config testConfig() {
  Nat44Config config;
  config.inside = {*parseMac("02:fe:00:00:00:01"), ip("10.0.0.1"), 16};
  config.outside = {*parseMac("02:fe:00:00:00:02"), ip("203.0.113.1"), 24};
  config.gateway = ip("203.0.113.254");
  config.pool = {ip("203.0.113.1"), ip("203.0.113.2")};
  config.capacity = 1000;
  return config;
}

struct Recorder final : Output {
  std::vector<std::pair<PortIndex, Frame>> frames;

  void transmit(PortIndex port, ByteView frame) override {
    frames.emplace_back(port, Frame(frame.begin(), frame.end()));
  }
};

struct NatFixture {
  Nat44Config config;
  Nat44 nat;
  Recorder output;
  TimeMs now = 1'700'000'000'000;
  Verdict verdict{};
  Frame last;  // the frame as the NAT left it

  explicit NatFixture(const Nat44Config& with = testConfig()) : config(with), nat(config) {}

  Verdict receive(PortIndex port, const Frame& frame) {
    last = frame;
    last.resize(frame.size() + 64);
    Packet packet{last.data(), static_cast<std::uint32_t>(frame.size()),
                  static_cast<std::uint32_t>(last.size()), port};
    verdict = nat.process(packet, now, output);
    last.resize(packet.length);
    if (verdict.action == Action::forward) CHECK_EQ(wrongChecksum(last), "");
    return verdict;
  }

  /** The frame that leaves when this one comes in; empty when it is not forwarded to `out`. */
  Frame through(PortIndex port, PortIndex out, const Frame& frame) {
    const Verdict result = receive(port, frame);
    return result.action == Action::forward && result.port == out ? last : Frame{};
  }
  Frame fromInside(Spec spec) {
    spec.to = config.inside.mac;
    return through(kInside, kOutside, makeFrame(spec));
  }
  Frame fromOutside(Spec spec) {
    spec.to = config.outside.mac;
    return through(kOutside, kInside, makeFrame(spec));
  }

  /** Makes a host known to the NAT by an ARP request to it. */
  void meet(PortIndex port, std::uint32_t address) {
    receive(port, makeArp(kBroadcastMac, 1, address, hostMac(address), config.port(port).address));
  }
  /** Hosts that tests use: two inside, a server, the gateway. */
  void meetAll() {
    for (const char* host : {"10.0.0.2", "10.0.0.3"}) meet(kInside, ip(host));
    for (const char* host : {"203.0.113.9", "203.0.113.254"}) meet(kOutside, ip(host));
    output.frames.clear();
  }

  std::uint64_t count(const std::string& name) {
    for (const Counter& counter : nat.counters()) {
      if (counter.name == name) return counter.value;
    }
    CHECK_EQ("no counter " + name, "");
    return 0;
  }
};

}  // namespace ferry::test
