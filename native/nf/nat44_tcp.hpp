// What a NAT remembers of TCP connections that use one mapping (RFC 5382 section 5).
#pragma once

#include <cstdint>

namespace ferry {

struct TcpFlags {
  bool fin = false;
  bool syn = false;
  bool rst = false;
  bool ack = false;
};

/**
 * One connection is followed. When the inside host speaks to a second remote over the same mapping
 * while the first may be alive, `several` is set and stays: FIN and RST then say nothing about the
 * mapping as a whole, and it keeps the long timeout.
 */
class TcpTrack {
 public:
  static constexpr std::uint8_t kSynOut = 1;
  static constexpr std::uint8_t kSynIn = 2;
  static constexpr std::uint8_t kFinOut = 4;
  static constexpr std::uint8_t kFinIn = 8;
  static constexpr std::uint8_t kReset = 16;
  static constexpr std::uint8_t kSeveral = 32;
  static constexpr std::uint8_t kAllBits = 63;

  std::uint32_t remoteAddress = 0;
  std::uint16_t remotePort = 0;
  std::uint8_t bits = 0;

  /** True: RFC 5382's "established connection"; false: its "transitory" states. */
  bool established() const {
    if ((bits & kSeveral) != 0) return true;
    return (bits & kSynOut) != 0 && (bits & kSynIn) != 0 && !closing();
  }

  /** A segment from inside to this remote. */
  void outbound(const TcpFlags& flags, std::uint32_t address, std::uint16_t port) {
    if ((bits & kSeveral) != 0) return;
    const bool first = bits == 0;
    if (flags.syn && (first || closing())) {
      // An answer to a SYN tells that the SYN was let in.
      remoteAddress = address;
      remotePort = port;
      bits = static_cast<std::uint8_t>(kSynOut | (flags.ack ? kSynIn : 0));
    } else if (!follows(address, port)) {
      if (!flags.rst && !closing()) bits |= kSeveral;
    } else if (flags.rst) {
      bits |= kReset;
    } else {
      // A host that sends on did not take the RST: it may have been forged (RFC 7857 section 2).
      bits = static_cast<std::uint8_t>(bits & ~kReset);
      bits |= static_cast<std::uint8_t>((flags.syn ? kSynOut : 0) | (flags.fin ? kFinOut : 0));
    }
  }

  /** A segment from this remote to inside. A remote that is not followed changes nothing. */
  void inbound(const TcpFlags& flags, std::uint32_t address, std::uint16_t port) {
    if ((bits & kSeveral) != 0 || !follows(address, port)) return;
    bits |= static_cast<std::uint8_t>((flags.syn ? kSynIn : 0) | (flags.fin ? kFinIn : 0) |
                                      (flags.rst ? kReset : 0));
  }

  friend bool operator==(const TcpTrack&, const TcpTrack&) = default;

 private:
  bool follows(std::uint32_t address, std::uint16_t port) const {
    return remoteAddress == address && remotePort == port;
  }
  bool closing() const {
    return (bits & kReset) != 0 || ((bits & kFinOut) != 0 && (bits & kFinIn) != 0);
  }
};

}  // namespace ferry
