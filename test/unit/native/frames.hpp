// Frames for tests, built and checked byte by byte, apart from the code under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/config_reader.hpp"
#include "proto/byte_order.hpp"

namespace ferry::test {

using Frame = std::vector<std::uint8_t>;

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kFin = 1;
constexpr std::uint8_t kSyn = 2;
constexpr std::uint8_t kRst = 4;
constexpr std::uint8_t kAck = 16;

inline std::uint32_t ip(const char* text) { return parseIpv4(text).value(); }

/** Every emulated host has the MAC 02:aa and its address. */
inline MacAddress hostMac(std::uint32_t address) {
  return {0x02,
          0xaa,
          static_cast<std::uint8_t>(address >> 24),
          static_cast<std::uint8_t>(address >> 16),
          static_cast<std::uint8_t>(address >> 8),
          static_cast<std::uint8_t>(address)};
}

/** The Internet checksum the slow way. */
inline std::uint16_t slowChecksum(const std::uint8_t* data, std::size_t length,
                                  std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < length; ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(data[i]) << 8 : data[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

struct Spec {
  MacAddress to{};
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint8_t protocol = kUdp;
  std::uint16_t sourcePort = 0;  // or ICMP identifier
  std::uint16_t destinationPort = 0;
  std::size_t payload = 32;
  std::uint8_t tcpFlags = kAck;
  std::uint8_t icmpType = 8;
  std::uint8_t ttl = 64;
  bool udpChecksum = true;
  std::size_t options = 0;  // bytes of IPv4 options, a multiple of 4
  std::uint16_t identification = 0x1234;
};

inline void putIpv4(Frame& frame, const Spec& spec, std::size_t payload, std::uint16_t fragment) {
  const std::size_t header = 20 + spec.options;
  const std::size_t at = frame.size();
  frame.resize(at + header, 1);  // option 1: no operation
  std::uint8_t* h = frame.data() + at;
  h[0] = static_cast<std::uint8_t>(0x40 | header / 4);
  h[1] = 0;
  store16(h + 2, static_cast<std::uint16_t>(header + payload));
  store16(h + 4, spec.identification);
  store16(h + 6, fragment);
  h[8] = spec.ttl;
  h[9] = spec.protocol;
  store16(h + 10, 0);
  store32(h + 12, spec.source);
  store32(h + 16, spec.destination);
  store16(h + 10, slowChecksum(h, header));
}

inline std::uint32_t pseudoSum(std::uint32_t source, std::uint32_t destination,
                               std::uint8_t protocol, std::size_t length) {
  return (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff) +
         protocol + static_cast<std::uint32_t>(length);
}

/** The transport header and payload of a whole packet. */
inline Frame makeTransport(const Spec& spec) {
  const std::size_t header = spec.protocol == kTcp ? 20 : 8;
  Frame bytes(header + spec.payload);
  for (std::size_t i = 0; i < spec.payload; ++i) {
    bytes[header + i] = static_cast<std::uint8_t>(i * 7 + spec.sourcePort);
  }
  const std::uint32_t pseudo =
      pseudoSum(spec.source, spec.destination, spec.protocol, bytes.size());
  if (spec.protocol == kIcmp) {
    bytes[0] = spec.icmpType;
    store16(bytes.data() + 4, spec.sourcePort);
    store16(bytes.data() + 6, 1);
    store16(bytes.data() + 2, slowChecksum(bytes.data(), bytes.size()));
    return bytes;
  }
  store16(bytes.data(), spec.sourcePort);
  store16(bytes.data() + 2, spec.destinationPort);
  if (spec.protocol == kTcp) {
    store32(bytes.data() + 4, 1000);
    bytes[12] = 0x50;
    bytes[13] = spec.tcpFlags;
    store16(bytes.data() + 16, slowChecksum(bytes.data(), bytes.size(), pseudo));
  } else if (spec.protocol == kUdp) {
    store16(bytes.data() + 4, static_cast<std::uint16_t>(bytes.size()));
    if (spec.udpChecksum) {
      const std::uint16_t sum = slowChecksum(bytes.data(), bytes.size(), pseudo);
      store16(bytes.data() + 6, sum == 0 ? 0xffff : sum);
    }
  }
  return bytes;
}

inline Frame ethernetTo(const MacAddress& to, const MacAddress& from, std::uint16_t type) {
  Frame frame(14);
  std::memcpy(frame.data(), to.data(), 6);
  std::memcpy(frame.data() + 6, from.data(), 6);
  store16(frame.data() + 12, type);
  return frame;
}

inline void append(Frame& frame, const std::uint8_t* data, std::size_t length) {
  frame.insert(frame.end(), data, data + length);
}

inline Frame makeFrame(const Spec& spec) {
  const Frame transport = makeTransport(spec);
  Frame frame = ethernetTo(spec.to, hostMac(spec.source), 0x0800);
  putIpv4(frame, spec, transport.size(), 0);
  append(frame, transport.data(), transport.size());
  return frame;
}

/** The packet of `spec` in fragments of at most `size` bytes (a multiple of 8) of payload. */
inline std::vector<Frame> makeFragments(const Spec& spec, std::size_t size) {
  const Frame transport = makeTransport(spec);
  std::vector<Frame> frames;
  for (std::size_t at = 0; at < transport.size(); at += size) {
    const std::size_t length = std::min(size, transport.size() - at);
    const bool more = at + length < transport.size();
    Frame frame = ethernetTo(spec.to, hostMac(spec.source), 0x0800);
    putIpv4(frame, spec, length, static_cast<std::uint16_t>(at / 8 | (more ? 0x2000 : 0)));
    append(frame, transport.data() + at, length);
    frames.push_back(frame);
  }
  return frames;
}

/** An ICMP error from `source` to `destination` about a frame, of which `quote` bytes are quoted.
 */
inline Frame makeIcmpError(const MacAddress& to, std::uint32_t source, std::uint32_t destination,
                           const Frame& about, std::size_t quote, std::uint8_t type = 3) {
  const std::size_t length = std::min(quote, about.size() - 14);
  Frame message(8);
  message[0] = type;
  message[1] = 1;
  append(message, about.data() + 14, length);
  store16(message.data() + 2, slowChecksum(message.data(), message.size()));
  Spec spec;
  spec.source = source;
  spec.destination = destination;
  spec.protocol = kIcmp;
  Frame frame = ethernetTo(to, hostMac(source), 0x0800);
  putIpv4(frame, spec, message.size(), 0);
  append(frame, message.data(), message.size());
  return frame;
}

inline Frame makeArp(const MacAddress& to, std::uint16_t operation, std::uint32_t sender,
                     const MacAddress& senderMac, std::uint32_t target) {
  Frame frame = ethernetTo(to, senderMac, 0x0806);
  frame.resize(60);
  std::uint8_t* arp = frame.data() + 14;
  store32(arp, 0x00010800);
  store16(arp + 4, 0x0604);
  store16(arp + 6, operation);
  std::memcpy(arp + 8, senderMac.data(), 6);
  store32(arp + 14, sender);
  store32(arp + 24, target);
  return frame;
}

// What a frame says.
inline MacAddress macAt(const Frame& frame, std::size_t offset) {
  MacAddress mac{};
  std::memcpy(mac.data(), frame.data() + offset, 6);
  return mac;
}
inline std::size_t transportAt(const Frame& frame) { return 14 + (frame[14] & 15u) * 4; }
inline std::uint32_t sourceOf(const Frame& frame) { return load32(frame.data() + 26); }
inline std::uint32_t destinationOf(const Frame& frame) { return load32(frame.data() + 30); }
inline std::uint8_t ttlOf(const Frame& frame) { return frame[22]; }
inline std::uint16_t sourcePortOf(const Frame& frame) {
  return load16(frame.data() + transportAt(frame) + (frame[23] == kIcmp ? 4 : 0));
}
inline std::uint16_t destinationPortOf(const Frame& frame) {
  return load16(frame.data() + transportAt(frame) + (frame[23] == kIcmp ? 4 : 2));
}
/** The packet an ICMP error quotes, as a frame with an empty Ethernet header. */
inline Frame quotedOf(const Frame& frame) {
  Frame quoted(14);
  append(quoted, frame.data() + transportAt(frame) + 8, frame.size() - transportAt(frame) - 8);
  return quoted;
}

/** All checksums of an IPv4 frame, by adding up in full; those of later fragments are not there. */
inline std::string wrongChecksum(const Frame& frame, bool quoted = false) {
  const std::uint8_t* packet = frame.data() + 14;
  const std::size_t header = (packet[0] & 15u) * 4;
  const std::size_t total = load16(packet + 2);
  if (slowChecksum(packet, header) != 0) return "ipv4";
  if ((load16(packet + 6) & 0x3fff) != 0 || frame.size() < 14 + total) return "";
  const std::uint8_t* transport = packet + header;
  const std::size_t length = total - header;
  const std::uint8_t protocol = packet[9];
  if (protocol != kIcmp && protocol != kUdp && protocol != kTcp) return "";
  if (protocol == kIcmp) {
    if (slowChecksum(transport, length) != 0) return "icmp";
    const bool error = transport[0] == 3 || transport[0] == 11 || transport[0] == 12;
    return error && !quoted ? wrongChecksum(quotedOf(frame), true) : "";
  }
  if (protocol == kUdp && load16(transport + 6) == 0) return "";
  const std::uint32_t pseudo =
      pseudoSum(load32(packet + 12), load32(packet + 16), protocol, length);
  return slowChecksum(transport, length, pseudo) == 0 ? "" : protocol == kUdp ? "udp" : "tcp";
}

}  // namespace ferry::test
