// Frames, records and the order that a destination insists on.
#include <random>
#include <vector>

#include "check.hpp"
#include "statelet/crc32c.hpp"
#include "statelet/inbound.hpp"
#include "statelet/marker.hpp"
#include "statelet/records.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

using Bytes8 = std::vector<std::uint8_t>;
using Status = DecodedFrame::Status;

Bytes8 wire(FrameType type, std::uint64_t seq, const Bytes8& payload) {
  const FrameHeader header = encodeFrameHeader(type, seq, payload);
  Bytes8 bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

template <typename Record>
Bytes8 written(const Record& record) {
  Bytes8 bytes(kMaxRecordBytes);
  ByteWriter out(bytes.data(), bytes.size());
  record.write(out);
  bytes.resize(out.size());
  return bytes;
}

/** Every prefix and every extension must be refused. */
template <typename Record>
void checkExact(const Bytes8& bytes) {
  Record record{};
  CHECK(record.read(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(!record.read(ByteView(bytes).first(size)));
  }
  Bytes8 longer = bytes;
  longer.push_back(0);
  CHECK(!record.read(longer));
}

SessionToken token() { return *parseToken("00112233445566778899aabbccddeeff"); }

Frame frameOf(FrameType type, std::uint64_t seq, const Bytes8& payload) {
  return {type, seq, payload};
}

}  // namespace

TEST("CRC-32C: the check value, both ways of computing it, and in pieces") {
  const std::string digits = "123456789";
  const ByteView bytes{reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()};
  CHECK_EQ(crc32c(bytes), 0xe3069283u);
  std::mt19937_64 random(seed());
  Bytes8 data(1000);
  for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
  for (std::size_t cut : {0u, 1u, 7u, 500u, 999u, 1000u}) {
    CHECK_EQ(crc32c(ByteView(data).subspan(cut), crc32c(ByteView(data).first(cut))),
             crc32cPortable(data));
  }
}

TEST("a frame decodes to what was encoded, and not before it is whole") {
  const Bytes8 payload{1, 2, 3, 4, 5};
  Bytes8 bytes = wire(FrameType::statelets, 0x1122334455667788, payload);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_EQ(decodeFrame(ByteView(bytes).first(size)).status, Status::needMore);
  }
  bytes.push_back(0xfe);
  const DecodedFrame decoded = decodeFrame(bytes);
  CHECK_EQ(decoded.status, Status::whole);
  CHECK_EQ(decoded.consumed, bytes.size() - 1);
  CHECK_EQ(decoded.frame.type, FrameType::statelets);
  CHECK_EQ(decoded.frame.seq, 0x1122334455667788u);
  CHECK(Bytes8(decoded.frame.payload.begin(), decoded.frame.payload.end()) == payload);
}

TEST("a frame spoilt at any byte is never taken for whole") {
  const Bytes8 bytes = wire(FrameType::straggler, 77, Bytes8(40, 9));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes8 spoilt = bytes;
      spoilt[at] = static_cast<std::uint8_t>(spoilt[at] ^ 1 << bit);
      CHECK(decodeFrame(spoilt).status != Status::whole);
    }
  }
}

TEST("a length over the bound is refused at once, not waited for") {
  Bytes8 bytes = wire(FrameType::snapshot, 1, {});
  bytes[4 + 2] = 0x10;  // 1 MiB
  bytes[4] = 1;         // and one
  CHECK_EQ(decodeFrame(bytes).status, Status::malformed);
  CHECK_EQ(std::string(decodeFrame(bytes).fault), "length");
}

TEST("records read back as written, and only whole") {
  const Bytes8 hello = written(Hello{kStreamVersion, true, 2, 0xfeedface, token(), "nat44"});
  checkExact<Hello>(hello);
  Hello read;
  CHECK(read.read(hello));
  CHECK(read.resume && read.ports == 2 && read.configDigest == 0xfeedface &&
        read.token == token() && read.kind == "nat44");

  checkExact<SnapshotBegin>(written(SnapshotBegin{100'000}));
  checkExact<SnapshotEnd>(written(SnapshotEnd{100'000, 5'000'000, 0x12345678}));
  checkExact<End>(written(End{3, 2}));
  checkExact<PortRecord>(written(PortRecord{1}));
  checkExact<SessionError>(written(SessionError{"SYNC_CUT", "why"}));
}

TEST("records with impossible values are refused") {
  PortRecord port{};
  CHECK(!port.read(Bytes8{8}));
  Hello hello;
  CHECK(!hello.read(written(Hello{1, false, 0, 0, token(), "nat44"})));
  CHECK(!hello.read(written(Hello{1, false, 9, 0, token(), "nat44"})));
  CHECK(!hello.read(written(Hello{1, false, 1, 0, token(), ""})));
  CHECK(!hello.read(written(Hello{1, false, 1, 0, token(), "nat\n44"})));
  Straggler straggler{};
  CHECK(!straggler.read(Bytes8(14, 0)));
  CHECK(straggler.read(Bytes8(15, 0)));
  CHECK(!straggler.read(Bytes8(1 + 65'537, 0)));
}

TEST("tokens: 32 hexadecimal digits and nothing else") {
  CHECK(parseToken("00112233445566778899aabbccddeeff").has_value());
  CHECK(parseToken("00112233445566778899AABBCCDDEEFF") == token());
  CHECK(!parseToken("00112233445566778899aabbccddeef"));
  CHECK(!parseToken("00112233445566778899aabbccddeefg"));
  CHECK(!parseToken(""));
}

TEST("a marker is the 60 bytes that the controller builds too") {
  const MacAddress mac{0x02, 0xfe, 0, 0, 0, 7};
  const auto frame = buildMarker(mac, {MarkerKind::egress, 1}, token());
  const Bytes8 expected{
      0x02, 0xfe, 0,    0,    0,    7,    0x02, 0xfe, 0xff, 0, 0, 0, 0x88, 0xb5,  // Ethernet
      'F',  'E',  'R',  'Y',  1,    2,    1,    0,                                // egress, port 1
      0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,                             // token
      0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0,    1, 0, 0, 0,    0,    0,
      0,    0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0,    0,    0};
  CHECK(Bytes8(frame.begin(), frame.end()) == expected);
  const auto parsed = parseMarker(frame, token());
  CHECK(parsed && parsed->kind == MarkerKind::egress && parsed->port == 1);
  CHECK(parsed && parsed->origin == 0 && parsed->origins == 1);
  // Changed anywhere but in the addresses and the padding, it is no marker of ours.
  for (std::size_t at = 12; at < 40; ++at) {
    if (at == 20) continue;  // the port, any of which can be
    auto spoilt = frame;
    spoilt[at] ^= 0xff;
    CHECK(!parseMarker(spoilt, token()));
  }
  for (std::size_t size = 0; size < 40; ++size) {
    CHECK(!parseMarker(ByteView(frame).first(size), token()));
  }
}

TEST("a marker's origin is one of those that there are, and there are at most 64") {
  const MacAddress mac{0x02, 0xfe, 0, 0, 0, 7};
  for (const auto& [origin, origins, good] : {std::tuple<int, int, bool>{0, 1, true},
                                              {63, 64, true},
                                              {1, 1, false},
                                              {0, 0, false},
                                              {64, 65, false},
                                              {3, 2, false}}) {
    const Marker marker{MarkerKind::ingress, 0, static_cast<std::uint8_t>(origin),
                        static_cast<std::uint8_t>(origins)};
    const auto parsed = parseMarker(buildMarker(mac, marker, token()), token());
    CHECK_EQ(parsed.has_value(), good);
    if (parsed) CHECK(parsed->origin == origin && parsed->origins == origins);
  }
}

TEST("inbound: snapshot frames in order, once, and nothing after their end") {
  Channel channel;
  Inbound inbound(channel);
  const auto status = [&](FrameType type, std::uint64_t seq) {
    return inbound.take(frameOf(type, seq, {1}), 0, false).status;
  };
  CHECK_EQ(status(FrameType::snapshot, 0), Taken::Status::violated);
  CHECK_EQ(status(FrameType::snapshotBegin, 0), Taken::Status::taken);
  CHECK_EQ(status(FrameType::snapshotBegin, 1), Taken::Status::violated);
  CHECK_EQ(status(FrameType::snapshot, 2), Taken::Status::violated);
  CHECK_EQ(status(FrameType::snapshot, 1), Taken::Status::taken);
  CHECK(!inbound.snapshotComplete());
  CHECK_EQ(status(FrameType::snapshotEnd, 2), Taken::Status::taken);
  CHECK(inbound.snapshotComplete());
  CHECK_EQ(status(FrameType::snapshot, 3), Taken::Status::violated);
}

TEST("inbound: reliable records once and without a gap") {
  Channel channel;
  Inbound inbound(channel);
  const auto status = [&](std::uint64_t seq) {
    return inbound.take(frameOf(FrameType::statelets, seq, {1}), 0, true).status;
  };
  CHECK_EQ(status(1), Taken::Status::taken);
  CHECK_EQ(status(2), Taken::Status::taken);
  CHECK_EQ(status(1), Taken::Status::taken);
  CHECK_EQ(status(2), Taken::Status::taken);
  CHECK_EQ(inbound.repeated(), 2u);
  CHECK_EQ(inbound.nextSeq(), 3u);
  CHECK_EQ(status(4), Taken::Status::violated);
  std::size_t queued = 0;
  while (const auto record = channel.reliableIn.read(channel.reliableIn.head())) {
    channel.reliableIn.release(record->next);
    queued++;
  }
  CHECK_EQ(queued, 2u);
}

TEST("inbound: a full queue waits, unless the rest of the snapshot is behind it") {
  Channel channel;
  Inbound inbound(channel);
  const Bytes8 large(kMaxStateletBytes, 1);
  std::uint64_t seq = 1;
  while (inbound.take(frameOf(FrameType::statelets, seq, large), 0, true).status ==
         Taken::Status::taken) {
    seq++;
  }
  CHECK_EQ(inbound.take(frameOf(FrameType::statelets, seq, large), 0, true).status,
           Taken::Status::full);
  const Taken lost = inbound.take(frameOf(FrameType::statelets, seq, large), 0, false);
  CHECK_EQ(lost.status, Taken::Status::violated);
  CHECK_EQ(std::string(lost.code), "STATELET_OVERFLOW");
  CHECK_EQ(inbound.nextSeq(), seq);
}

TEST("inbound: frames of the other direction and records that are too long are violations") {
  Channel channel;
  Inbound inbound(channel);
  for (const FrameType type :
       {FrameType::hello, FrameType::welcome, FrameType::ack, FrameType::opened, FrameType::done}) {
    CHECK_EQ(inbound.take(frameOf(type, 1, {}), 0, true).status, Taken::Status::violated);
  }
  const Bytes8 tooLong(kMaxStateletBytes + 1, 1);
  CHECK_EQ(inbound.take(frameOf(FrameType::statelets, 1, tooLong), 0, true).status,
           Taken::Status::violated);
}
