#include "flow.hpp"

#include <algorithm>

#include "../../proto/ipv4.hpp"
#include "../../statelet/slot_index.hpp"

namespace ferry::ids {
namespace {

// The first byte of a stream's record: what follows.
constexpr std::uint8_t kKnown = 1;
constexpr std::uint8_t kTurn = 2;  // turnBytes is not what `next` tells
constexpr std::uint8_t kTail = 4;
constexpr std::uint8_t kMatches = 8;
constexpr std::uint8_t kReported = 16;
constexpr std::uint8_t kAllOfStream = 31;

// The first byte of a flow's delta.
constexpr std::uint8_t kClient = 1;
constexpr std::uint8_t kServer = 2;
constexpr std::uint8_t kSeen = 4;
constexpr std::uint8_t kStatus = 8;
constexpr std::uint8_t kFlowbits = 16;
constexpr std::uint8_t kAllOfFlow = 31;

std::uint32_t predictedTurn(std::uint32_t turnBytes, std::uint32_t advance) {
  return std::min(turnBytes + std::min(advance, Stream::kMaxTurn), Stream::kMaxTurn);
}

template <typename Item, std::size_t Size>
void removeAt(std::array<Item, Size>& items, std::uint8_t& count, std::size_t at) {
  std::copy(items.begin() + static_cast<std::ptrdiff_t>(at) + 1, items.begin() + count,
            items.begin() + static_cast<std::ptrdiff_t>(at));
  --count;
}

void writeStatus(ByteWriter& out, const Flow::Life& life) {
  out.fixed(life.status);
  out.fixed(static_cast<std::uint8_t>(life.turn));
}

bool readStatus(ByteReader& in, Flow::Life& life) {
  life.status = in.fixed<std::uint8_t>();
  const auto turn = in.fixed<std::uint8_t>();
  life.turn = static_cast<Flow::Turn>(turn);
  return turn <= 2;
}

std::uint16_t& numberOf(Stream::Match& match) { return match.pattern; }
std::uint16_t& numberOf(Stream::Reported& reported) { return reported.rule; }

template <typename Item, std::size_t Size>
bool readPlaces(ByteReader& in, bool there, std::uint32_t next, std::uint8_t& count,
                std::array<Item, Size>& items) {
  count = there ? in.fixed<std::uint8_t>() : 0;
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
  turnBytes = 0;
  tail.length = 0;
  matchCount = 0;
  reportedCount = 0;
}

void Stream::advance(std::uint32_t bytes) {
  next += bytes;
  turnBytes = predictedTurn(turnBytes, bytes);
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
}

void Stream::encode(ByteWriter& out, std::uint32_t baseNext, std::uint32_t baseTurnBytes) const {
  unsigned what = 0;
  if (known) what |= kKnown;
  if (turnBytes != predictedTurn(baseTurnBytes, next - baseNext)) what |= kTurn;
  if (tail.length != 0) what |= kTail;
  if (matchCount != 0) what |= kMatches;
  if (reportedCount != 0) what |= kReported;
  out.fixed(static_cast<std::uint8_t>(what));
  out.varint(next - baseNext);
  if ((what & kTurn) != 0) out.varint(turnBytes);
  if ((what & kTail) != 0) {
    out.fixed(tail.length);
    out.bytes(tail.view());
  }
  if ((what & kMatches) != 0) {
    out.fixed(matchCount);
    for (std::size_t i = 0; i < matchCount; ++i) {
      out.varint(next - matches[i].end);
      out.varint(matches[i].pattern);
    }
  }
  if ((what & kReported) != 0) {
    out.fixed(reportedCount);
    for (std::size_t i = 0; i < reportedCount; ++i) {
      out.varint(next - reported[i].end);
      out.varint(reported[i].rule);
    }
  }
}

bool Stream::decode(ByteReader& in, std::uint32_t baseNext, std::uint32_t baseTurnBytes) {
  const auto what = in.fixed<std::uint8_t>();
  const std::uint64_t advance = in.varint();
  if ((what & ~kAllOfStream) != 0 || advance > 0xffff'ffff) return false;
  known = (what & kKnown) != 0;
  next = baseNext + static_cast<std::uint32_t>(advance);
  turnBytes = predictedTurn(baseTurnBytes, static_cast<std::uint32_t>(advance));
  if ((what & kTurn) != 0) {
    const std::uint64_t turn = in.varint();
    if (turn > kMaxTurn) return false;
    turnBytes = static_cast<std::uint32_t>(turn);
  }
  tail.length = (what & kTail) != 0 ? in.fixed<std::uint8_t>() : 0;
  if (tail.length > Tail::kMax) return false;
  const ByteView bytes = in.bytes(tail.length);
  std::copy(bytes.begin(), bytes.end(), tail.bytes.begin());
  return readPlaces(in, (what & kMatches) != 0, next, matchCount, matches) &&
         readPlaces(in, (what & kReported) != 0, next, reportedCount, reported);
}

std::uint64_t Flow::id() const {
  const std::uint64_t high = hashKey(started << 8 ^ key.hash());
  return (high << 32 | key.hash()) & ((std::uint64_t{1} << 53) - 1);
}

Flow::Base Flow::base() const {
  return {life, {streams[0].next, streams[1].next}, {streams[0].turnBytes, streams[1].turnBytes}};
}

void Flow::encode(ByteWriter& out) const {
  key.encode(out);
  out.varint(started);
  out.varint(zigzag(static_cast<std::int64_t>(life.seen - started)));
  writeStatus(out, life);
  out.varint(life.flowbits);
  if (key.protocol != ip_protocol::kTcp) return;
  for (const Stream& stream : streams) stream.encode(out, 0, 0);
}

bool Flow::decode(ByteReader& in) {
  key.decode(in);
  started = in.varint();
  life.seen = started + static_cast<std::uint64_t>(unzigzag(in.varint()));
  if (!readStatus(in, life) || started >= kMaxTime || life.seen >= kMaxTime) return false;
  life.flowbits = in.varint();
  if (key.protocol != ip_protocol::kTcp) return !in.failed();
  for (Stream& stream : streams) {
    if (!stream.decode(in, 0, 0)) return false;
  }
  return !in.failed();
}

void Flow::encodeDelta(ByteWriter& out, const Base& base) const {
  unsigned what = 0;
  for (unsigned i = 0; i < 2; ++i) {
    // Whatever else changes in a stream does so as bytes are read.
    if (streams[i].next != base.next[i] || streams[i].turnBytes != base.turnBytes[i]) {
      what |= unsigned{kClient} << i;
    }
  }
  if (life.seen != base.life.seen) what |= kSeen;
  if (life.status != base.life.status || life.turn != base.life.turn) what |= kStatus;
  if (life.flowbits != base.life.flowbits) what |= kFlowbits;
  out.fixed(static_cast<std::uint8_t>(what));
  for (unsigned i = 0; i < 2; ++i) {
    if ((what & unsigned{kClient} << i) != 0)
      streams[i].encode(out, base.next[i], base.turnBytes[i]);
  }
  if ((what & kSeen) != 0) {
    out.varint(zigzag(static_cast<std::int64_t>(life.seen - base.life.seen)));
  }
  if ((what & kStatus) != 0) writeStatus(out, life);
  if ((what & kFlowbits) != 0) out.varint(life.flowbits);
}

bool Flow::applyDelta(ByteReader& in) {
  const auto what = in.fixed<std::uint8_t>();
  const bool hasStreams = (what & (kClient | kServer)) != 0;
  if ((what & ~kAllOfFlow) != 0 || (hasStreams && key.protocol != ip_protocol::kTcp)) return false;
  for (unsigned i = 0; i < 2; ++i) {
    Stream& stream = streams[i];
    if ((what & unsigned{kClient} << i) != 0 && !stream.decode(in, stream.next, stream.turnBytes)) {
      return false;
    }
  }
  if ((what & kSeen) != 0) life.seen += static_cast<std::uint64_t>(unzigzag(in.varint()));
  if ((what & kStatus) != 0 && !readStatus(in, life)) return false;
  if ((what & kFlowbits) != 0) life.flowbits = in.varint();
  return !in.failed() && life.seen < kMaxTime;
}

}  // namespace ferry::ids
