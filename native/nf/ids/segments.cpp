#include "segments.hpp"

#include <algorithm>

namespace ferry::ids {
namespace {

/** How far `to` lies after `from`, in the order of sequence numbers (RFC 9293 section 3.4). */
std::int32_t distance(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}

}  // namespace

void Segment::encode(ByteWriter& out) const {
  flow.encode(out);
  out.fixed(side);
  out.fixed(static_cast<std::uint8_t>(kind));
  out.fixed(begin);
  out.fixed(until);
  out.fixed(length);
  out.bytes(view());
}

bool Segment::decode(ByteReader& in) {
  flow.decode(in);
  side = in.fixed<std::uint8_t>();
  const auto kindByte = in.fixed<std::uint8_t>();
  kind = static_cast<Kind>(kindByte);
  begin = in.fixed<std::uint32_t>();
  until = in.fixed<std::uint32_t>();
  length = in.fixed<std::uint16_t>();
  if (side > 1 || kindByte > 1 || length == 0 || length > kMaxLength) return false;
  const ByteView view = in.bytes(length);
  std::copy(view.begin(), view.end(), bytes.begin());
  return !in.failed();
}

// A packet releases the segments of a flow at most, which the last quarter of the copies holds.
Segments::Segments(std::uint32_t capacity) : table_(capacity, capacity, 1024), index_(capacity) {}

template <typename Visit>
void Segments::each(const FlowKey& flow, unsigned side, Segment::Kind kind, Visit&& visit) const {
  if (table_.size() == 0) return;
  index_.find(flow.hash(), [&](std::uint32_t slot) {
    const Segment& segment = table_.at(slot);
    if (segment.side == side && segment.kind == kind && segment.flow == flow) visit(slot);
    return false;
  });
}

std::uint32_t Segments::firstAhead(const FlowKey& flow, unsigned side, std::uint32_t next) const {
  std::uint32_t first = kNone;
  each(flow, side, Segment::Kind::ahead, [&](std::uint32_t slot) {
    if (first == kNone ||
        distance(next, table_.at(slot).begin) < distance(next, table_.at(first).begin)) {
      first = slot;
    }
  });
  return first;
}

std::uint32_t Segments::window(const FlowKey& flow, unsigned side) const {
  std::uint32_t found = kNone;
  each(flow, side, Segment::Kind::window, [&](std::uint32_t slot) { found = slot; });
  return found;
}

std::uint32_t Segments::add(const FlowKey& flow, unsigned side, Segment::Kind kind,
                            std::uint32_t begin, ByteView bytes) {
  const std::uint32_t slot = table_.allocate();
  if (slot == kNone) return kNone;
  Segment& segment = table_.touch(slot);
  segment.flow = flow;
  segment.side = static_cast<std::uint8_t>(side);
  segment.kind = kind;
  segment.begin = begin;
  segment.length = static_cast<std::uint16_t>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), segment.bytes.begin());
  index(slot);
  return slot;
}

bool Segments::addAhead(const FlowKey& flow, unsigned side, std::uint32_t begin, ByteView bytes) {
  if (bytes.size() > Segment::kMaxLength) return false;
  std::uint32_t count = 0;
  each(flow, side, Segment::Kind::ahead, [&](std::uint32_t) { ++count; });
  const std::uint32_t end = begin + static_cast<std::uint32_t>(bytes.size());
  // What came first wins: only the gaps between what is there are filled.
  for (std::uint32_t at = begin; at != end;) {
    std::uint32_t covered = at;
    std::uint32_t limit = end;
    each(flow, side, Segment::Kind::ahead, [&](std::uint32_t slot) {
      const Segment& other = table_.at(slot);
      const std::uint32_t otherEnd = other.begin + other.length;
      if (distance(other.begin, at) >= 0 && distance(at, otherEnd) > 0) {
        covered = distance(otherEnd, end) >= 0 ? otherEnd : end;
      } else if (distance(at, other.begin) > 0 && distance(other.begin, limit) > 0) {
        limit = other.begin;
      }
    });
    if (covered != at) {
      at = covered;
      continue;
    }
    if (++count > kMaxAhead) return false;
    if (add(flow, side, Segment::Kind::ahead, at, bytes.subspan(at - begin, limit - at)) == kNone) {
      return false;
    }
    at = limit;
  }
  return true;
}

void Segments::release(std::uint32_t slot) {
  unindex(slot);
  table_.release(slot);
}

void Segments::discard(const FlowKey& flow) {
  while (table_.size() > 0) {
    const std::uint32_t slot = index_.find(
        flow.hash(), [&](std::uint32_t candidate) { return table_.at(candidate).flow == flow; });
    if (slot == kNone) return;
    release(slot);
  }
}

void Segments::reset() {
  table_.reset();
  index_.clear();
}

/** A flow has one window in each direction, and no two segments that begin with the same byte. */
std::uint32_t Segments::conflicting(const Segment& segment) const {
  std::uint32_t found = kNone;
  each(segment.flow, segment.side, segment.kind, [&](std::uint32_t slot) {
    if (segment.kind == Segment::Kind::window || table_.at(slot).begin == segment.begin) {
      found = slot;
    }
  });
  return found;
}

bool Segments::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    if (conflicting(table_.at(slot)) != slot) return false;
    ++count;
  }
  return count == table_.size();
}

}  // namespace ferry::ids
