#include "frame.hpp"

#include "bytes.hpp"
#include "crc32c.hpp"

namespace ferry {
namespace {

constexpr std::uint8_t kMagic = 0xfe;
constexpr std::size_t kCheckedHeaderBytes = 16;

bool knownType(std::uint8_t type) {
  return (type >= static_cast<std::uint8_t>(FrameType::hello) &&
          type <= static_cast<std::uint8_t>(FrameType::packets)) ||
         (type >= static_cast<std::uint8_t>(FrameType::welcome) &&
          type <= static_cast<std::uint8_t>(FrameType::error));
}

DecodedFrame malformed(const char* fault) {
  return {DecodedFrame::Status::malformed, {}, 0, fault};
}

}  // namespace

FrameHeader encodeFrameHeader(FrameType type, std::uint64_t seq, ByteView payload) {
  FrameHeader header{};
  ByteWriter out(header.data(), header.size());
  out.fixed(kMagic);
  out.fixed(static_cast<std::uint8_t>(type));
  out.fixed(std::uint16_t{0});
  out.fixed(static_cast<std::uint32_t>(payload.size()));
  out.fixed(seq);
  out.fixed(crc32c(payload, crc32c(out.view())));
  return header;
}

DecodedFrame decodeFrame(ByteView bytes) {
  // What is wrong already is said at once, not when the rest has come.
  if (!bytes.empty() && bytes[0] != kMagic) return malformed("magic");
  if (bytes.size() > 1 && !knownType(bytes[1])) return malformed("type");
  if (bytes.size() < kFrameHeaderBytes) return {DecodedFrame::Status::needMore, {}, 0, nullptr};
  ByteReader in(bytes.subspan(2));
  const auto zero = in.fixed<std::uint16_t>();
  const auto length = in.fixed<std::uint32_t>();
  const auto seq = in.fixed<std::uint64_t>();
  const auto crc = in.fixed<std::uint32_t>();
  if (zero != 0) return malformed("reserved bytes");
  if (length > kMaxFramePayload) return malformed("length");
  if (in.remaining() < length) return {DecodedFrame::Status::needMore, {}, 0, nullptr};
  const ByteView payload = in.bytes(length);
  if (crc32c(payload, crc32c(bytes.first(kCheckedHeaderBytes))) != crc) {
    return malformed("checksum");
  }
  return {DecodedFrame::Status::whole,
          {static_cast<FrameType>(bytes[1]), seq, payload},
          kFrameHeaderBytes + length,
          nullptr};
}

}  // namespace ferry
