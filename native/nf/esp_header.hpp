// The bytes of ESP in tunnel mode around a packet (RFC 4303 section 2, RFC 4106 section 3).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "../proto/ipv4.hpp"
#include "esp_cipher.hpp"

namespace ferry {

inline constexpr std::uint8_t kEspProtocol = 50;
inline constexpr std::uint8_t kIpInIp = 4;       // next header of tunnel mode
inline constexpr std::size_t kEspHeader = 8;     // SPI, low 32 bits of the sequence number
inline constexpr std::size_t kEspTrailer = 2;    // pad length, next header
inline constexpr std::size_t kEspAlignment = 4;  // of the encrypted text
inline constexpr std::size_t kEspAround =
    Ipv4View::kMinHeader + kEspHeader + EspCipher::kIv + EspCipher::kIcv;

/** Bytes of the encrypted text of a packet: with padding and trailer. */
constexpr std::size_t textLength(std::size_t inside) {
  return (inside + kEspTrailer + kEspAlignment - 1) / kEspAlignment * kEspAlignment;
}
/** Bytes of the outer IPv4 packet. */
constexpr std::size_t sealedLength(std::size_t inside) { return kEspAround + textLength(inside); }
/** The longest packet whose outer packet has at most `mtu` bytes. */
constexpr std::size_t longestInside(std::size_t mtu) {
  return (mtu - kEspAround) / kEspAlignment * kEspAlignment - kEspTrailer;
}

/** What is authenticated beside the text: SPI and sequence number (RFC 4106 section 5). */
class EspAad {
 public:
  EspAad(std::uint32_t spi, std::uint64_t sequence, bool extended) {
    store32(bytes_.data(), spi);
    if (extended) {
      store32(bytes_.data() + 4, static_cast<std::uint32_t>(sequence >> 32));
      size_ = 12;
    }
    store32(bytes_.data() + size_ - 4, static_cast<std::uint32_t>(sequence));
  }
  ByteView bytes() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, 12> bytes_{};
  std::size_t size_ = 8;
};

/** Puts a packet with its padding and trailer into `outer`; returns the text to encrypt. */
inline Bytes layOut(Bytes outer, ByteView inside) {
  const Bytes text = outer.subspan(kEspAround - EspCipher::kIcv, textLength(inside.size()));
  std::copy(inside.begin(), inside.end(), text.begin());
  const std::size_t padding = text.size() - inside.size() - kEspTrailer;
  for (std::size_t i = 0; i < padding; ++i) {
    text[inside.size() + i] = static_cast<std::uint8_t>(i + 1);
  }
  text[text.size() - 2] = static_cast<std::uint8_t>(padding);
  text[text.size() - 1] = kIpInIp;
  return text;
}

/** The packet in a decrypted text; nullopt when padding or next header are not as they must be. */
inline std::optional<Bytes> insideOf(Bytes text) {
  const std::size_t padding = text[text.size() - 2];
  if (text[text.size() - 1] != kIpInIp || padding + kEspTrailer > text.size()) return std::nullopt;
  const std::size_t length = text.size() - kEspTrailer - padding;
  for (std::size_t i = 0; i < padding; ++i) {
    if (text[length + i] != i + 1) return std::nullopt;
  }
  return text.first(length);
}

inline void writeEspHeader(Bytes outer, std::uint32_t spi, std::uint64_t sequence,
                           std::uint64_t iv) {
  std::uint8_t* esp = outer.data() + Ipv4View::kMinHeader;
  store32(esp, spi);
  store32(esp + 4, static_cast<std::uint32_t>(sequence));
  store32(esp + 8, static_cast<std::uint32_t>(iv >> 32));
  store32(esp + 12, static_cast<std::uint32_t>(iv));
}

/** DSCP, congestion bits and "don't fragment" are the packet's own (RFC 4301 section 5.1.2). */
inline void writeOuterHeader(Bytes outer, const Ipv4View& inner, std::uint32_t source,
                             std::uint32_t destination, std::uint16_t identification) {
  const bool dontFragment = inner.dontFragment();
  writeIpv4Header(outer, {.tos = inner.header()[1],
                          .protocol = kEspProtocol,
                          .identification = dontFragment ? std::uint16_t{0} : identification,
                          .source = source,
                          .destination = destination});
  if (!dontFragment) return;
  store16(outer.data() + 6, 0x4000);
  store16(outer.data() + 10, 0);
  store16(outer.data() + 10, checksum(outer.first(Ipv4View::kMinHeader)));
}

/** RFC 6040 section 4.2; false when the packet has to be dropped. */
inline bool carryCongestion(const Ipv4View& outer, const Ipv4View& inner) {
  constexpr std::uint8_t kCongested = 3;
  if ((outer.header()[1] & kCongested) != kCongested) return true;
  std::uint8_t* tos = inner.header().data() + 1;
  if ((*tos & kCongested) == 0) return false;
  if ((*tos & kCongested) == kCongested) return true;
  ChecksumDelta delta;
  const std::uint16_t before = load16(tos - 1);
  *tos |= kCongested;
  delta.replace16(before, load16(tos - 1));
  store16(tos + 9, delta.apply(inner.headerChecksum()));
  return true;
}

/**
 * The 64-bit number whose low half was sent: the one that is nearest above the window's lower edge
 * (RFC 4303 appendix A2.2). `top` is the highest seen, `window` the size.
 */
constexpr std::uint64_t inferSequence(std::uint32_t low, std::uint64_t top, std::uint32_t window) {
  const auto topLow = static_cast<std::uint32_t>(top);
  const std::uint64_t topHigh = top >> 32;
  const std::uint32_t edge = topLow - window + 1;  // modulo 2^32
  std::uint64_t high = topHigh;
  if (topLow >= window - 1) {
    if (low < edge) ++high;
  } else if (low >= edge) {
    // Before the first 2^32 there is nothing: it is far ahead, as its ICV has to prove.
    if (topHigh > 0) --high;
  }
  return high << 32 | low;
}

}  // namespace ferry
