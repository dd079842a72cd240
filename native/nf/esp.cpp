#include "esp.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "../proto/icmp.hpp"
#include "esp_header.hpp"

namespace ferry {
namespace {

/** The packet in a decrypted text. Bytes behind it hide its length (RFC 4303 section 2.7). */
std::optional<Ipv4View> packetIn(Bytes text) {
  const auto carried = insideOf(text);
  const auto inner = carried ? Ipv4View::parse(*carried) : std::nullopt;
  return inner && inner->checksumOk() ? inner : std::nullopt;
}

}  // namespace

CreateResult createEsp(const ConfigNode& node) {
  CreateResult result;
  const EspConfig config = parseEspConfig(node, result.error);
  if (result.error.ok()) result.function = std::make_unique<Esp>(config);
  return result;
}

Esp::Esp(const EspConfig& config)
    : config_(config),
      digest_(config.digest()),
      counters_({"encrypted", "decrypted", "softLifetimes", "sequencesSkipped", "dropNoPolicy",
                 "dropNoSa", "dropReplay", "dropAuthentication", "dropSelector", "dropInner",
                 "dropLifetime", "dropSequence", "dropTooBig", "dropFragment", "dropCongestion"}),
      bySpi_(static_cast<std::uint32_t>(config.tunnels.size())),
      sas_(config_),
      router_(config_, counters_),
      state_(sas_, router_.neighbours(), router_.waiting()) {
  for (const EspTunnel& tunnel : config_.tunnels) {
    bySpi_.insert(hashKey(tunnel.in.spi), static_cast<std::uint32_t>(ciphers_.size()));
    ciphers_.push_back({EspCipher(tunnel.out.key, EspCipher::Use::seal),
                        EspCipher(tunnel.in.key, EspCipher::Use::open)});
  }
}

Verdict Esp::process(Packet& packet, TimeMs now, Output& output) {
  Verdict verdict{};
  const auto routed = router_.receive(packet, now, output, verdict);
  if (!routed) return verdict;
  return packet.port == RouterPorts::kInside ? outbound(*routed) : inbound(*routed);
}

const EspTunnel* Esp::tunnelOf(const Ipv4View& ip) const {
  for (const EspTunnel& tunnel : config_.tunnels) {
    if (tunnel.localNet.contains(ip.source()) && tunnel.remoteNet.contains(ip.destination())) {
      return &tunnel;
    }
  }
  return nullptr;
}

bool Esp::withinLife(const EspTunnel& tunnel, const EspSa& sa, std::size_t bytes) const {
  return (tunnel.hardPackets == 0 || sa.life.packets < tunnel.hardPackets) &&
         (tunnel.hardBytes == 0 || sa.life.bytes + bytes <= tunnel.hardBytes);
}

void Esp::count(const EspTunnel& tunnel, EspSa& sa, std::size_t bytes) {
  const auto reached = [&] {
    return (tunnel.softPackets != 0 && sa.life.packets >= tunnel.softPackets) ||
           (tunnel.softBytes != 0 && sa.life.bytes >= tunnel.softBytes);
  };
  const bool before = reached();
  ++sa.life.packets;
  sa.life.bytes += bytes;
  if (!before && reached()) counters_.add(EspCount::softLifetimes);
}

/** RFC 4303 section 3.3: outer header, ESP header, IV, packet, padding, ICV. */
Verdict Esp::outbound(const RoutedPacket& routed) {
  const Ipv4View& inner = routed.ip;
  const EspTunnel* tunnel = routed.toUs ? nullptr : tunnelOf(inner);
  if (tunnel == nullptr) return router_.drop(EspCount::dropNoPolicy);
  if (inner.ttl() <= 1) {
    return router_.refuse(routed, icmp_type::kTimeExceeded, 0, RouterCount::dropTtl);
  }
  const std::size_t length = inner.totalLength();
  if (sealedLength(length) > config_.mtu) {
    router_.tellTooBig(routed, static_cast<std::uint16_t>(longestInside(config_.mtu)));
    return router_.drop(EspCount::dropTooBig);
  }
  const auto index = static_cast<std::size_t>(tunnel - config_.tunnels.data());
  EspSa& sa = sas_.touch(sas_.open(static_cast<std::uint16_t>(index * 2), routed.now));
  if (!withinLife(*tunnel, sa, length)) return router_.drop(EspCount::dropLifetime);
  const std::uint64_t last = tunnel->extendedSequence ? EspSa::kMaxSequence : 0xffffffff;
  if (sa.life.sequence() >= last) return router_.drop(EspCount::dropSequence);
  const std::uint64_t sequence = sas_.next(sa);
  count(*tunnel, sa, length);
  inner.decrementTtl();

  const Bytes frame = Bytes(sealed_).first(EthernetView::kHeader + sealedLength(length));
  const auto ethernet = EthernetView::parse(frame);
  ethernet->setType(ether_type::kIpv4);
  const Bytes outer = ethernet->payload();
  const Bytes text = layOut(outer, inner.packet());
  const std::uint64_t iv = sa.ivBase + sequence;
  writeEspHeader(outer, tunnel->out.spi, sequence, iv);
  const EspAad aad(tunnel->out.spi, sequence, tunnel->extendedSequence);
  ciphers_[index].out.seal(iv, aad.bytes(), text, text.data() + text.size());
  writeOuterHeader(outer, inner, config_.outside.address, tunnel->remote,
                   static_cast<std::uint16_t>(sequence));
  counters_.add(EspCount::encrypted);

  routed.packet.data = frame.data();
  routed.packet.length = static_cast<std::uint32_t>(frame.size());
  const RoutedPacket made{routed.packet, *ethernet,     *Ipv4View::parse(outer),
                          routed.now,    routed.output, false};
  return router_.send(made, RouterPorts::kOutside);
}

/** RFC 4303 section 3.4: SA, window, ICV, and only then what is inside. */
Verdict Esp::inbound(const RoutedPacket& routed) {
  const Ipv4View& outer = routed.ip;
  if (!routed.toUs || outer.destination() != config_.outside.address ||
      outer.protocol() != kEspProtocol) {
    return router_.drop(EspCount::dropNoPolicy);
  }
  if (outer.isFragment()) return router_.drop(EspCount::dropFragment);
  const Bytes esp = outer.payload();
  if (esp.size() < kEspHeader + EspCipher::kIv + EspCipher::kIcv + kEspTrailer) {
    return router_.drop(RouterCount::dropMalformed);
  }
  const std::uint32_t spi = load32(esp.data());
  const std::uint32_t index = bySpi_.find(hashKey(spi), [&](std::uint32_t candidate) {
    return config_.tunnels[candidate].in.spi == spi;
  });
  if (index == SlotIndex::kNone || config_.tunnels[index].remote != outer.source()) {
    return router_.drop(EspCount::dropNoSa);
  }
  const EspTunnel& tunnel = config_.tunnels[index];
  const auto number = static_cast<std::uint16_t>(index * 2 + 1);
  const std::uint32_t slot = sas_.find(number);
  static const EspSa kUnused{};
  const EspSa& known = slot == EspSas::kNone ? kUnused : sas_.at(slot);
  const std::uint64_t sequence =
      tunnel.extendedSequence
          ? inferSequence(load32(esp.data() + 4), known.life.sequence(), config_.window)
          : load32(esp.data() + 4);
  if (sequence >= EspSa::kMaxSequence || !known.life.window.fresh(sequence, config_.window)) {
    return router_.drop(EspCount::dropReplay);
  }
  const ByteView iv = esp.subspan(kEspHeader, EspCipher::kIv);
  const Bytes text = esp.subspan(kEspHeader + EspCipher::kIv,
                                 esp.size() - kEspHeader - EspCipher::kIv - EspCipher::kIcv);
  const EspAad aad(spi, sequence, tunnel.extendedSequence);
  if (!ciphers_[index].in.open(iv, aad.bytes(), text, esp.last(EspCipher::kIcv))) {
    return router_.drop(EspCount::dropAuthentication);
  }
  // The packet is the peer's: only now may it change state.
  EspSa& sa = sas_.touch(sas_.open(number, routed.now));
  sa.life.window.mark(sequence, config_.window);
  const auto inner = packetIn(text);
  const std::size_t carried = inner ? inner->totalLength() : text.size();
  if (!withinLife(tunnel, sa, carried)) return router_.drop(EspCount::dropLifetime);
  count(tunnel, sa, carried);
  return inner ? unwrap(routed, tunnel, *inner) : router_.drop(EspCount::dropInner);
}

Verdict Esp::unwrap(const RoutedPacket& routed, const EspTunnel& tunnel, const Ipv4View& inner) {
  if (!tunnel.remoteNet.contains(inner.source()) ||
      !tunnel.localNet.contains(inner.destination()) || !isUnicastIpv4(inner.source()) ||
      !isUnicastIpv4(inner.destination())) {
    return router_.drop(EspCount::dropSelector);
  }
  if (!carryCongestion(routed.ip, inner)) return router_.drop(EspCount::dropCongestion);
  if (inner.ttl() <= 1) return router_.drop(RouterCount::dropTtl);
  inner.decrementTtl();
  counters_.add(EspCount::decrypted);
  // The headers in front of it have been read: their room holds the new Ethernet header.
  std::uint8_t* begin = inner.packet().data() - EthernetView::kHeader;
  const Bytes frame{begin, EthernetView::kHeader + inner.totalLength()};
  routed.packet.data = begin;
  routed.packet.length = static_cast<std::uint32_t>(frame.size());
  routed.packet.capacity = routed.packet.length;
  const auto ethernet = EthernetView::parse(frame);
  ethernet->setType(ether_type::kIpv4);
  const RoutedPacket made{routed.packet, *ethernet, inner, routed.now, routed.output, false};
  return router_.send(made, RouterPorts::kInside);
}

void Esp::recover(TimeMs now) { counters_.add(EspCount::sequencesSkipped, sas_.skipLeases(now)); }

void Esp::takeOver(TimeMs /*now*/, Output& output) { router_.announce(output); }

void Esp::reset() {
  sas_.reset();
  router_.reset();
}

}  // namespace ferry
