// IPv4 header (RFC 791 section 3.1), with options.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "byte_order.hpp"
#include "checksum.hpp"

namespace ferry {

namespace ip_protocol {
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
}  // namespace ip_protocol

/** A network prefix as a mask; `length` 0..32. */
constexpr std::uint32_t prefixMask(unsigned length) {
  return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
}

/** True for an address that a packet may come from or go to: not 0/8, 127/8, class D or E. */
constexpr bool isUnicastIpv4(std::uint32_t address) {
  const std::uint32_t first = address >> 24;
  return first != 0 && first != 127 && first < 224;
}

class Ipv4View {
 public:
  static constexpr std::size_t kMinHeader = 20;
  static constexpr std::size_t kMaxHeader = 60;

  /** nullopt when version, header length or total length do not fit the bytes given. */
  static std::optional<Ipv4View> parse(Bytes bytes) {
    const auto view = parseQuoted(bytes);
    if (!view || view->totalLength() > bytes.size()) return std::nullopt;
    return Ipv4View(bytes.first(view->totalLength()), view->headerLength());
  }

  /** The header quoted in an ICMP error: its total length may tell of more than was quoted. */
  static std::optional<Ipv4View> parseQuoted(Bytes bytes) {
    if (bytes.size() < kMinHeader || bytes[0] >> 4 != 4) return std::nullopt;
    const std::size_t header = std::size_t{bytes[0] & 0x0fu} * 4;
    if (header < kMinHeader || header > bytes.size()) return std::nullopt;
    const Ipv4View view(bytes, header);
    if (view.totalLength() < header) return std::nullopt;
    return view;
  }

  std::size_t headerLength() const { return header_; }
  std::size_t totalLength() const { return load16(at(2)); }
  std::uint16_t identification() const { return load16(at(4)); }
  bool dontFragment() const { return (load16(at(6)) & 0x4000) != 0; }
  bool moreFragments() const { return (load16(at(6)) & 0x2000) != 0; }
  /** Offset of this fragment in units of 8 bytes. */
  std::uint16_t fragmentOffset() const { return load16(at(6)) & 0x1fff; }
  bool isFragment() const { return (load16(at(6)) & 0x3fff) != 0; }
  std::uint8_t ttl() const { return *at(8); }
  std::uint8_t protocol() const { return *at(9); }
  std::uint16_t headerChecksum() const { return load16(at(10)); }
  std::uint32_t source() const { return load32(at(12)); }
  std::uint32_t destination() const { return load32(at(16)); }
  Bytes header() const { return bytes_.first(header_); }
  Bytes payload() const { return bytes_.subspan(header_); }
  /** Everything from the header's first byte to the last byte of the packet. */
  Bytes packet() const { return bytes_; }

  bool checksumOk() const { return checksumFold(checksumSum(header())) == 0xffff; }

  // The setters keep the header checksum in step.

  void setSource(std::uint32_t address) const { setAddress(12, address); }
  void setDestination(std::uint32_t address) const { setAddress(16, address); }

  void setTtl(std::uint8_t ttl) const {
    const std::uint16_t before = load16(at(8));
    *at(8) = ttl;
    ChecksumDelta delta;
    delta.replace16(before, load16(at(8)));
    store16(at(10), delta.apply(headerChecksum()));
  }

  /** The TTL must not be 0. */
  void decrementTtl() const { setTtl(static_cast<std::uint8_t>(ttl() - 1)); }

 private:
  Ipv4View(Bytes bytes, std::size_t header) : bytes_(bytes), header_(header) {}

  std::uint8_t* at(std::size_t offset) const { return bytes_.data() + offset; }

  void setAddress(std::size_t offset, std::uint32_t address) const {
    ChecksumDelta delta;
    delta.replace32(load32(at(offset)), address);
    store32(at(offset), address);
    store16(at(10), delta.apply(headerChecksum()));
  }

  Bytes bytes_;
  std::size_t header_;
};

/** The fields of a header without options to write; the caller fills the payload. */
struct Ipv4Fields {
  std::uint8_t tos = 0;
  std::uint8_t ttl = 64;
  std::uint8_t protocol = 0;
  std::uint16_t identification = 0;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
};

/** Writes a header of 20 bytes in front of the rest of `packet`, which is the whole IPv4 packet. */
inline void writeIpv4Header(Bytes packet, const Ipv4Fields& fields) {
  packet[0] = 0x45;
  packet[1] = fields.tos;
  store16(packet.data() + 2, static_cast<std::uint16_t>(packet.size()));
  store16(packet.data() + 4, fields.identification);
  store16(packet.data() + 6, 0);
  packet[8] = fields.ttl;
  packet[9] = fields.protocol;
  store16(packet.data() + 10, 0);
  store32(packet.data() + 12, fields.source);
  store32(packet.data() + 16, fields.destination);
  store16(packet.data() + 10, checksum(packet.first(Ipv4View::kMinHeader)));
}

}  // namespace ferry
