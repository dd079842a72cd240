// A VPN concentrator and its peer: frames in, frames out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "frames.hpp"
#include "nf/esp.hpp"
#include "subject.hpp"

namespace ferry::test {

inline std::vector<std::uint8_t> espKey(std::size_t bytes, std::uint8_t seed) {
  std::vector<std::uint8_t> key(bytes + 4);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(seed + i * 3);
  return key;
}

/** Tunnel 0: AES-128, extended numbers. Tunnel 1: AES-256, 32-bit numbers. */
inline EspConfig espConfig() {
  EspConfig config;
  config.inside = {*parseMac("02:fe:00:00:00:01"), ip("10.0.0.1"), 24};
  config.outside = {*parseMac("02:fe:00:00:00:02"), ip("203.0.113.1"), 24};
  EspTunnel first;
  first.remote = ip("203.0.113.9");
  first.localNet = {ip("10.0.0.0"), 24};
  first.remoteNet = {ip("10.2.0.0"), 24};
  first.out = {0x1001, espKey(16, 1)};
  first.in = {0x2001, espKey(16, 2)};
  EspTunnel second = first;
  second.remoteNet = {ip("10.2.1.0"), 24};
  second.out = {0x1002, espKey(32, 3)};
  second.in = {0x2002, espKey(32, 4)};
  second.extendedSequence = false;
  config.tunnels = {first, second};
  return config;
}

/** The other end of every tunnel. */
inline EspConfig peerOf(const EspConfig& config) {
  EspConfig peer = config;
  peer.inside = {*parseMac("02:fe:00:00:00:11"), ip("10.2.0.1"), 16};
  peer.outside = {*parseMac("02:fe:00:00:00:12"), config.tunnels.front().remote, 24};
  for (EspTunnel& tunnel : peer.tunnels) {
    tunnel.remote = config.outside.address;
    std::swap(tunnel.localNet, tunnel.remoteNet);
    std::swap(tunnel.out, tunnel.in);
    tunnel.hardPackets = tunnel.softPackets = 0;
  }
  return peer;
}

struct EspEnd {
  EspConfig config;
  std::unique_ptr<Esp> esp;
  TimeMs now = 1'700'000'000'000;
  std::vector<Frame> sent;  // by itself: ARP, errors

  explicit EspEnd(const EspConfig& with) : config(with), esp(std::make_unique<Esp>(config)) {}

  /** Lets it know a neighbour. */
  Offer greeting(PortIndex port, std::uint32_t host, const MacAddress& mac) const {
    return {port, makeArp(kBroadcastMac, 1, host, mac, config.port(port).address)};
  }
  /** Who is next to it, when the other end is `other`. */
  std::vector<Offer> greetings(const EspConfig& other) const {
    std::vector<Offer> offers{
        greeting(RouterPorts::kOutside, other.outside.address, other.outside.mac)};
    const std::uint32_t net = config.inside.address & config.inside.mask();
    for (std::uint32_t host : {net + 2, net + 3, net + 256 + 2, net + 512 + 2}) {
      if (config.inside.connected(host)) {
        offers.push_back(greeting(RouterPorts::kInside, host, hostMac(host)));
      }
    }
    return offers;
  }

  /** The frame that goes on; empty when none does. */
  Frame receive(PortIndex port, const Frame& frame) {
    struct Recorder final : Output {
      std::vector<Frame>& frames;
      explicit Recorder(std::vector<Frame>& into) : frames(into) {}
      void transmit(PortIndex, ByteView made) override {
        frames.emplace_back(made.begin(), made.end());
      }
    } output(sent);
    Frame bytes = frame;
    Packet packet{bytes.data(), static_cast<std::uint32_t>(bytes.size()),
                  static_cast<std::uint32_t>(bytes.size()), port};
    const Verdict verdict = esp->process(packet, now, output);
    if (verdict.action != Action::forward) return {};
    return {packet.data, packet.data + packet.length};
  }
  Frame fromInside(Spec spec) {
    spec.to = config.inside.mac;
    return receive(RouterPorts::kInside, makeFrame(spec));
  }
  Frame fromOutside(const Frame& frame) { return receive(RouterPorts::kOutside, frame); }

  std::uint64_t count(const std::string& name) {
    for (const Counter& counter : esp->counters()) {
      if (counter.name == name) return counter.value;
    }
    std::abort();
  }
};

/** Both ends, each knowing the other and the hosts behind it. */
struct EspPair {
  EspEnd local;
  EspEnd peer;

  explicit EspPair(const EspConfig& config = espConfig()) : local(config), peer(peerOf(config)) {
    for (const Offer& offer : local.greetings(peer.config)) local.receive(offer.port, offer.frame);
    for (const Offer& offer : peer.greetings(local.config)) peer.receive(offer.port, offer.frame);
    local.sent.clear();
    peer.sent.clear();
  }
};

/** A packet from the local side through this tunnel; turned: from the remote side. */
inline Spec espSpec(unsigned tunnel, bool turned = false) {
  Spec spec;
  spec.source = ip("10.0.0.2");
  spec.destination = ip("10.2.0.2") + tunnel * 256;
  spec.sourcePort = 4000;
  spec.destinationPort = 5000;
  spec.payload = 100;
  if (turned) std::swap(spec.source, spec.destination);
  return spec;
}

}  // namespace ferry::test
