#include "icmp_answers.hpp"

#include <algorithm>

namespace ferry {

void makeEchoReply(const EthernetView& ethernet, const Ipv4View& ip, const IcmpView& icmp,
                   const RouterPort& port) {
  const std::uint32_t us = ip.destination();
  ip.setDestination(ip.source());
  ip.setSource(us);
  ip.setTtl(64);
  icmp.setType(icmp_type::kEchoReply);
  icmp.renewChecksum();
  ethernet.setDestination(ethernet.source());
  ethernet.setSource(port.mac);
}

std::size_t makeIcmpError(Bytes frame, const EthernetView& received, const Ipv4View& about,
                          const RouterPort& port, std::uint8_t type, std::uint8_t code,
                          std::uint16_t mtu) {
  constexpr std::size_t kHeaders = Ipv4View::kMinHeader + IcmpView::kHeader;
  constexpr std::size_t kMaxQuote = 576 - kHeaders;
  const bool icmp = about.protocol() == ip_protocol::kIcmp;
  const bool echo = icmp && !about.payload().empty() &&
                    (about.payload()[0] == icmp_type::kEchoRequest ||
                     about.payload()[0] == icmp_type::kEchoReply);
  if (about.fragmentOffset() != 0 || (icmp && !echo)) return 0;

  const std::size_t quote = std::min(about.packet().size(), kMaxQuote);
  const auto ethernet = EthernetView::parse(frame);
  ethernet->setDestination(received.source());
  ethernet->setSource(port.mac);
  ethernet->setType(ether_type::kIpv4);
  const Bytes packet = ethernet->payload().first(kHeaders + quote);
  const Bytes message = packet.subspan(Ipv4View::kMinHeader);
  message[0] = type;
  message[1] = code;
  store16(message.data() + 6, mtu);
  std::copy_n(about.packet().begin(), quote, message.begin() + IcmpView::kHeader);
  store16(message.data() + IcmpView::kChecksumOffset, checksum(message));
  writeIpv4Header(packet, {.tos = 0xc0,  // internetwork control (RFC 1812 section 4.3.2.5)
                           .protocol = ip_protocol::kIcmp,
                           .source = port.address,
                           .destination = about.source()});
  return EthernetView::kHeader + packet.size();
}

}  // namespace ferry
