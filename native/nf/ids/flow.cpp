#include "flow.hpp"

#include <algorithm>

#include "../../proto/ipv4.hpp"
#include "../../statelet/slot_index.hpp"

namespace ferry::ids {
namespace {

// The first byte of a stream's record.
constexpr unsigned kKnown = 1;
constexpr unsigned kTurnIsNew = 2;    // it has as many bytes as were read
constexpr unsigned kTurnFollows = 4;  // it has not as many more as were read: the number follows
constexpr unsigned kMatches = 8;
constexpr unsigned kReported = 16;
constexpr unsigned kTailShift = 5;  // its length, or that the length follows
constexpr unsigned kLongTail = 7;

// The first byte of a flow's delta.
constexpr unsigned kClient = 1;
constexpr unsigned kServer = 2;
constexpr unsigned kSeen = 4;
constexpr unsigned kStatus = 8;
constexpr unsigned kFlowbits = 16;
constexpr unsigned kTurnShift = 5;
constexpr unsigned kMaxDelta = 2u << kTurnShift | 31;

std::uint32_t predictedTurn(std::uint32_t turnBytes, std::uint32_t advance) {
  return std::min(turnBytes + std::min(advance, Stream::kMaxTurn), Stream::kMaxTurn);
}

template <typename Item, std::size_t Size>
void removeAt(std::array<Item, Size>& items, std::uint8_t& count, std::size_t at) {
  std::copy(items.begin() + static_cast<std::ptrdiff_t>(at) + 1, items.begin() + count,
            items.begin() + static_cast<std::ptrdiff_t>(at));
  --count;
}

std::uint16_t& numberOf(Stream::Match& match) { return match.pattern; }
std::uint16_t& numberOf(Stream::Reported& reported) { return reported.rule; }

std::uint16_t numberOf(const Stream::Match& match) { return match.pattern; }
std::uint16_t numberOf(const Stream::Reported& reported) { return reported.rule; }

template <typename Item, std::size_t Size>
void writePlaces(ByteWriter& out, std::uint32_t next, std::uint8_t count,
                 const std::array<Item, Size>& items) {
  out.fixed(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.varint(next - items[i].end);
    out.varint(numberOf(items[i]));
  }
}

template <typename Item, std::size_t Size>
bool readPlaces(ByteReader& in, std::uint32_t next, std::uint8_t& count,
                std::array<Item, Size>& items) {
  count = in.fixed<std::uint8_t>();
  if (count > Size) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t age = in.varint();
    const std::uint64_t number = in.varint();
    if (age > Stream::kSpan || number > 0xffff) return false;
    items[i].end = next - static_cast<std::uint32_t>(age);
    numberOf(items[i]) = static_cast<std::uint16_t>(number);
  }
  return true;
}

}  // namespace

std::uint32_t FlowKey::hash() const {
  const std::uint64_t one = std::uint64_t{source} << 16 | sourcePort;
  const std::uint64_t other = std::uint64_t{destination} << 16 | destinationPort;
  return hashKey(std::uint64_t{hashKey(std::min(one, other))} << 32 |
                 hashKey(std::max(one, other) << 8 | protocol));
}

void FlowKey::encode(ByteWriter& out) const {
  out.fixed(source);
  out.fixed(destination);
  out.fixed(sourcePort);
  out.fixed(destinationPort);
  out.fixed(protocol);
}

void FlowKey::decode(ByteReader& in) {
  source = in.fixed<std::uint32_t>();
  destination = in.fixed<std::uint32_t>();
  sourcePort = in.fixed<std::uint16_t>();
  destinationPort = in.fixed<std::uint16_t>();
  protocol = in.fixed<std::uint8_t>();
}

void Stream::beginTurn() {
  if (matchCount + reportedCount > 0) ++changes;
  turnBytes = 0;
  matchCount = 0;
  reportedCount = 0;
}

void Stream::advance(std::uint32_t bytes) {
  next += bytes;
  turnBytes = predictedTurn(turnBytes, bytes);
  forgetOld();
}

void Stream::forgetOld() {
  // The oldest is the first.
  while (matchCount > 0 && next - matches[0].end > kSpan) removeAt(matches, matchCount, 0);
  while (reportedCount > 0 && next - reported[0].end > kSpan) {
    removeAt(reported, reportedCount, 0);
  }
}

bool Stream::remember(std::uint16_t pattern, std::uint32_t end) {
  // Of each content the first, which most can follow, and the last two, which are the nearest.
  std::size_t same = 0;
  std::size_t second = 0;
  for (std::size_t i = 0; i < matchCount; ++i) {
    if (matches[i].pattern == pattern && ++same == 2) second = i;
  }
  const bool forgets = same == 3 || matchCount == kMaxMatches;
  if (forgets) removeAt(matches, matchCount, same == 3 ? second : 0);
  matches[matchCount++] = {end, pattern};
  ++changes;
  return !forgets;
}

void Stream::report(std::uint16_t rule, std::uint32_t end) {
  std::size_t at = 0;
  while (at < reportedCount && reported[at].rule != rule) ++at;
  if (at == reportedCount) at = 0;
  if (at < reportedCount && (reported[at].rule == rule || reportedCount == kMaxReported)) {
    removeAt(reported, reportedCount, at);
  }
  reported[reportedCount++] = {end, rule};
  ++changes;
}

void Stream::encode(ByteWriter& out, const Base& base, bool whole) const {
  const std::uint32_t read = next - base.next;
  unsigned what = known ? kKnown : 0;
  if (turnBytes != predictedTurn(base.turnBytes, read)) {
    what |= turnBytes == read ? kTurnIsNew : kTurnFollows;
  }
  const bool changed = whole || changes != base.changes;
  if (changed && (!whole || matchCount != 0)) what |= kMatches;
  if (changed && (!whole || reportedCount != 0)) what |= kReported;
  what |= std::min<unsigned>(tail.length, kLongTail) << kTailShift;
  out.fixed(static_cast<std::uint8_t>(what));
  out.varint(read);
  if ((what & kTurnFollows) != 0) out.varint(turnBytes);
  if (tail.length >= kLongTail) out.fixed(tail.length);
  out.bytes(tail.view());
  if ((what & kMatches) != 0) writePlaces(out, next, matchCount, matches);
  if ((what & kReported) != 0) writePlaces(out, next, reportedCount, reported);
}

bool Stream::decode(ByteReader& in) {
  const unsigned what = in.fixed<std::uint8_t>();
  const std::uint64_t wide = in.varint();
  if (wide > 0xffff'ffff) return false;
  const auto read = static_cast<std::uint32_t>(wide);
  known = (what & kKnown) != 0;
  next += read;
  std::uint64_t turn = predictedTurn(turnBytes, read);
  if ((what & kTurnIsNew) != 0) turn = read;
  if ((what & kTurnFollows) != 0) turn = in.varint();
  if (turn > kMaxTurn) return false;
  turnBytes = static_cast<std::uint32_t>(turn);
  tail.length = static_cast<std::uint8_t>(what >> kTailShift);
  if (tail.length == kLongTail) tail.length = in.fixed<std::uint8_t>();
  if (tail.length > Tail::kMax) return false;
  const ByteView bytes = in.bytes(tail.length);
  std::copy(bytes.begin(), bytes.end(), tail.bytes.begin());
  if ((what & kMatches) != 0 && !readPlaces(in, next, matchCount, matches)) return false;
  if ((what & kReported) != 0 && !readPlaces(in, next, reportedCount, reported)) return false;
  forgetOld();
  return !in.failed();
}

std::uint64_t Flow::id() const {
  const std::uint64_t high = hashKey(started << 8 ^ key.hash());
  return (high << 32 | key.hash()) & ((std::uint64_t{1} << 53) - 1);
}

Flow::Base Flow::base() const { return {life, {streams[0].base(), streams[1].base()}}; }

void Flow::encode(ByteWriter& out) const {
  key.encode(out);
  out.varint(started);
  out.varint(zigzag(static_cast<std::int64_t>(life.seen - started)));
  out.fixed(life.status);
  out.fixed(static_cast<std::uint8_t>(life.turn));
  out.varint(life.flowbits);
  if (key.protocol != ip_protocol::kTcp) return;
  for (const Stream& stream : streams) stream.encode(out, {}, true);
}

bool Flow::decode(ByteReader& in) {
  key.decode(in);
  started = in.varint();
  life.seen = started + static_cast<std::uint64_t>(unzigzag(in.varint()));
  life.status = in.fixed<std::uint8_t>();
  const auto turn = in.fixed<std::uint8_t>();
  life.turn = static_cast<Turn>(turn);
  life.flowbits = in.varint();
  if (turn > 2 || started >= kMaxTime || life.seen >= kMaxTime) return false;
  if (key.protocol != ip_protocol::kTcp) return !in.failed();
  for (Stream& stream : streams) {
    if (!stream.decode(in)) return false;
  }
  return !in.failed();
}

void Flow::encodeDelta(ByteWriter& out, const Base& base) const {
  unsigned what = static_cast<unsigned>(life.turn) << kTurnShift;
  // Whatever else changes in a stream does so as bytes are read.
  if (streams[0].changedSince(base.streams[0])) what |= kClient;
  if (streams[1].changedSince(base.streams[1])) what |= kServer;
  if (life.seen != base.life.seen) what |= kSeen;
  if (life.status != base.life.status) what |= kStatus;
  if (life.flowbits != base.life.flowbits) what |= kFlowbits;
  out.fixed(static_cast<std::uint8_t>(what));
  if ((what & kClient) != 0) streams[0].encode(out, base.streams[0], false);
  if ((what & kServer) != 0) streams[1].encode(out, base.streams[1], false);
  if ((what & kSeen) != 0) {
    out.varint(zigzag(static_cast<std::int64_t>(life.seen - base.life.seen)));
  }
  if ((what & kStatus) != 0) out.fixed(life.status);
  if ((what & kFlowbits) != 0) out.varint(life.flowbits);
}

bool Flow::applyDelta(ByteReader& in) {
  const Flow before = *this;
  if (readDelta(in)) return true;
  *this = before;
  return false;
}

bool Flow::readDelta(ByteReader& in) {
  const unsigned what = in.fixed<std::uint8_t>();
  const bool hasStreams = (what & (kClient | kServer)) != 0;
  if (what > kMaxDelta || (hasStreams && key.protocol != ip_protocol::kTcp)) return false;
  life.turn = static_cast<Turn>(what >> kTurnShift);
  if ((what & kClient) != 0 && !streams[0].decode(in)) return false;
  if ((what & kServer) != 0 && !streams[1].decode(in)) return false;
  if ((what & kSeen) != 0) life.seen += static_cast<std::uint64_t>(unzigzag(in.varint()));
  if ((what & kStatus) != 0) life.status = in.fixed<std::uint8_t>();
  if ((what & kFlowbits) != 0) life.flowbits = in.varint();
  return !in.failed() && life.seen < kMaxTime;
}

}  // namespace ferry::ids
