// Marker frames: they say "the switch has heard" (ingress), chase the last output (egress), or
// order who has the state to take over (takeover): the switch lets nobody else speak any more.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "../core/packet.hpp"
#include "../io/packet_filter.hpp"
#include "../io/port.hpp"
#include "token.hpp"

namespace ferry {

/**
 * Layout of the 60 bytes: destination MAC, source 02:fe:ff:00:00:00, EtherType 0x88B5, 'F' 'E' 'R'
 * 'Y', version 1, kind, port, 0, token (16 bytes), origin, origins, zeros. The controller builds
 * the same.
 */
enum class MarkerKind : std::uint8_t {
  ingress = 1,
  egress = 2,
  relayed = 3,   // nothing more comes by way of the controller
  takeover = 4,  // to a standby, or to who keeps a replica
};

struct Marker {
  MarkerKind kind;
  PortIndex port;
  // Each switch where frames enter sends its own: the number of this one, and how many there are.
  std::uint8_t origin = 0;
  std::uint8_t origins = 1;
};

inline constexpr std::uint8_t kMaxMarkerOrigins = 64;

inline constexpr std::size_t kMarkerBytes = 60;
inline constexpr MacAddress kMarkerSource{0x02, 0xfe, 0xff, 0x00, 0x00, 0x00};

inline bool isMarkerFrame(ByteView frame) {
  return frame.size() >= 14 && frame[12] == kMarkerEtherType >> 8 &&
         frame[13] == (kMarkerEtherType & 0xff);
}

/** The marker, if the frame is a whole one that carries this token. */
inline std::optional<Marker> parseMarker(ByteView frame, const SessionToken& token) {
  if (!isMarkerFrame(frame) || frame.size() < 40) return std::nullopt;
  const ByteView body = frame.subspan(14);
  const bool known = body[0] == 'F' && body[1] == 'E' && body[2] == 'R' && body[3] == 'Y' &&
                     body[4] == 1 && body[5] >= 1 && body[5] <= 4 && body[7] == 0;
  if (!known || !sameToken(token, body.subspan(8, 16))) return std::nullopt;
  const std::uint8_t origin = body[24];
  const std::uint8_t origins = body[25];
  if (origins == 0 || origins > kMaxMarkerOrigins || origin >= origins) return std::nullopt;
  return Marker{static_cast<MarkerKind>(body[5]), body[6], origin, origins};
}

inline std::array<std::uint8_t, kMarkerBytes> buildMarker(const MacAddress& destination,
                                                          Marker marker,
                                                          const SessionToken& token) {
  std::array<std::uint8_t, kMarkerBytes> frame{};
  auto* cursor = frame.data();
  const auto append = [&cursor](const auto& bytes) {
    for (const auto byte : bytes) *cursor++ = static_cast<std::uint8_t>(byte);
  };
  append(destination);
  append(kMarkerSource);
  append(std::array<unsigned, 2>{kMarkerEtherType >> 8, kMarkerEtherType & 0xff});
  append(std::array<unsigned, 8>{'F', 'E', 'R', 'Y', 1, static_cast<unsigned>(marker.kind),
                                 marker.port, 0});
  append(token);
  append(std::array<std::uint8_t, 2>{marker.origin, marker.origins});
  return frame;
}

}  // namespace ferry
