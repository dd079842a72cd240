// A part of a router's work by the addresses of the hosts inside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "../core/error.hpp"
#include "../core/flow_filter.hpp"
#include "../proto/byte_order.hpp"
#include "../proto/ethernet.hpp"
#include "router_port.hpp"
#include "subnet.hpp"
#include "waiting_frames.hpp"

namespace ferry {

/** Source and destination as a switch reads them: no more of the packet has to be right. */
struct Ipv4Ends {
  std::uint32_t source;
  std::uint32_t destination;
};

inline std::optional<Ipv4Ends> ipv4Ends(ByteView frame) {
  constexpr std::size_t kHeader = EthernetView::kHeader + Ipv4View::kMinHeader;
  if (frame.size() < kHeader || load16(frame.data() + 12) != ether_type::kIpv4) {
    return std::nullopt;
  }
  return Ipv4Ends{load32(frame.data() + 26), load32(frame.data() + 30)};
}

/** The ports of UDP or TCP; nullopt where the first bytes of either are not. */
struct PortEnds {
  std::uint16_t source;
  std::uint16_t destination;
};

inline std::optional<PortEnds> portEnds(ByteView frame) {
  if (!ipv4Ends(frame)) return std::nullopt;
  const std::uint8_t* header = frame.data() + EthernetView::kHeader;
  const std::size_t at = EthernetView::kHeader + std::size_t{header[0] & 0x0fu} * 4;
  const bool hasPorts = header[9] == ip_protocol::kUdp || header[9] == ip_protocol::kTcp;
  if (!hasPorts || (load16(header + 6) & 0x1fff) != 0 || frame.size() < at + 4) return std::nullopt;
  return PortEnds{load16(frame.data() + at), load16(frame.data() + at + 2)};
}

/** A part is of so many hosts: a prefix that filter gives, and nothing else. */
inline std::optional<Error> insideFault(const FlowFilter& filter) {
  if (filter.spi == 0 && !filter.hasPorts() && filter.source.length != 0) return std::nullopt;
  return Error{"FLOWS_UNSUPPORTED", "flows", "The state of this function is divided by src alone."};
}

/** What a Part of a function that is divided by inside prefixes is made of. */
class InsidePart {
 public:
  explicit InsidePart(const FlowFilter& filter)
      : net_{filter.source.address & prefixMask(filter.source.length), filter.source.length} {}

  bool holdsHost(std::uint32_t address) const { return net_.contains(address); }
  /** A packet that came in by its port. */
  bool holds(const Packet& packet) const {
    const auto ends = ipv4Ends({packet.data, packet.length});
    return ends &&
           holdsHost(packet.port == RouterPorts::kInside ? ends->source : ends->destination);
  }
  /** A frame that is to leave by its port. */
  bool operator()(const WaitingFrame& waiting) const {
    const auto ends = ipv4Ends({waiting.frame.data(), waiting.length});
    return ends &&
           holdsHost(waiting.port == RouterPorts::kInside ? ends->destination : ends->source);
  }

 private:
  Subnet net_;
};

}  // namespace ferry
