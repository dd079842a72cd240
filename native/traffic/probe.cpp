#include "probe.hpp"

#include <algorithm>

#include "../proto/checksum.hpp"
#include "../proto/ethernet.hpp"
#include "../proto/ipv4.hpp"
#include "../proto/udp.hpp"

namespace ferry::traffic {

namespace {

constexpr std::size_t kUdpAt = EthernetView::kHeader + Ipv4View::kMinHeader;
constexpr std::size_t kPayloadAt = kUdpAt + UdpView::kHeader;
constexpr std::size_t kPayloadBytes = 22;
constexpr std::uint16_t kMagic = 0x4659;
constexpr std::uint8_t kFiller = 0xa5;

// Senders of probes always make the checksum, so that 0, "none", is a fault as well.
bool udpChecksumOk(const Ipv4View& ip, const UdpView& udp) {
  const std::uint64_t pseudo =
      pseudoHeaderSum(ip.source(), ip.destination(), ip_protocol::kUdp, udp.length());
  return udp.checksum() != 0 && checksumFold(checksumSum(ip.payload(), pseudo)) == 0xffff;
}

}  // namespace

ProbeStatus readProbe(Bytes frame, Probe& probe) {
  const auto ethernet = EthernetView::parse(frame);
  if (!ethernet || ethernet->type() != ether_type::kIpv4) return ProbeStatus::foreign;
  // The header alone first: whom a damaged packet was for is worth knowing.
  const auto header = Ipv4View::parseQuoted(ethernet->payload());
  if (!header || header->protocol() != ip_protocol::kUdp || header->isFragment() ||
      header->payload().size() < UdpView::kHeader) {
    return ProbeStatus::foreign;
  }
  const std::uint8_t* ports = header->payload().data();
  probe.sourceMac = ethernet->source();
  probe.source = {header->source(), load16(ports)};
  probe.destination = {header->destination(), load16(ports + 2)};

  const auto ip = Ipv4View::parse(ethernet->payload());
  if (!ip || !ip->checksumOk()) return ProbeStatus::corrupted;
  const auto udp = UdpView::parse(ip->payload(), false);
  if (!udp || udp->length() != ip->payload().size() || !udpChecksumOk(*ip, *udp)) {
    return ProbeStatus::corrupted;
  }

  if (udp->length() < UdpView::kHeader + kPayloadBytes) return ProbeStatus::foreign;
  const std::uint8_t* payload = ip->payload().data() + UdpView::kHeader;
  if (load16(payload) != kMagic || payload[2] > static_cast<std::uint8_t>(ProbeKind::toClient)) {
    return ProbeStatus::foreign;
  }
  probe.kind = static_cast<ProbeKind>(payload[2]);
  probe.flow = load32(payload + 2) & 0xffffff;
  probe.run = load32(payload + 6);
  probe.sequence = load32(payload + 10);
  probe.sentNs = std::uint64_t{load32(payload + 14)} << 32 | load32(payload + 18);
  return ProbeStatus::intact;
}

ProbeWriter::ProbeWriter(std::uint32_t frameBytes, const MacAddress& ownMac)
    : frameBytes_(frameBytes) {
  frame_.fill(kFiller);
  const auto ethernet = EthernetView::parse(frame_);
  ethernet->setDestination(MacAddress{});
  ethernet->setSource(ownMac);
  ethernet->setType(ether_type::kIpv4);
  store16(&frame_[kUdpAt + 4], static_cast<std::uint16_t>(frameBytes - kUdpAt));
  store16(&frame_[kPayloadAt], kMagic);
  const std::size_t fillerAt = kPayloadAt + kPayloadBytes;
  fillerSum_ = checksumSum({&frame_[fillerAt], frameBytes - fillerAt});
}

void ProbeWriter::setNextHop(const MacAddress& mac) {
  std::copy(mac.begin(), mac.end(), frame_.begin());
}

ByteView ProbeWriter::write(const Probe& probe) {
  const Bytes frame = Bytes(frame_).first(frameBytes_);
  Ipv4Fields fields;
  fields.protocol = ip_protocol::kUdp;
  fields.source = probe.source.address;
  fields.destination = probe.destination.address;
  writeIpv4Header(frame.subspan(EthernetView::kHeader), fields);

  std::uint8_t* payload = &frame_[kPayloadAt];
  store32(payload + 2, static_cast<std::uint32_t>(probe.kind) << 24 | probe.flow);
  store32(payload + 6, probe.run);
  store32(payload + 10, probe.sequence);
  store32(payload + 14, static_cast<std::uint32_t>(probe.sentNs >> 32));
  store32(payload + 18, static_cast<std::uint32_t>(probe.sentNs));

  std::uint8_t* udp = &frame_[kUdpAt];
  store16(udp, probe.source.port);
  store16(udp + 2, probe.destination.port);
  store16(udp + UdpView::kChecksumOffset, 0);
  // Ports, length and payload are an even number of bytes, so that the filler's sum can be added.
  const std::uint64_t sum = fillerSum_ + pseudoHeaderSum(fields.source, fields.destination,
                                                         fields.protocol, frameBytes_ - kUdpAt);
  const std::uint16_t made = checksum({udp, UdpView::kHeader + kPayloadBytes}, sum);
  store16(udp + UdpView::kChecksumOffset, made == 0 ? 0xffff : made);  // 0 would mean "none"
  return frame;
}

}  // namespace ferry::traffic
