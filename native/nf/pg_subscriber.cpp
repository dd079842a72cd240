#include "pg_subscriber.hpp"

namespace ferry {
namespace {

// The first byte of a delta: what follows, the up direction in the low half.
constexpr unsigned kPassed = 1;
constexpr unsigned kBytes = 2;  // not as predicted: the difference follows
constexpr unsigned kDropped = 4;
constexpr unsigned kPolicer = 8;
constexpr unsigned kDownShift = 4;

unsigned fieldsOf(const PgUse& now, const PgUse& base, const TrafficGrowth& passed) {
  unsigned fields = 0;
  if (passed.any) fields |= kPassed;
  if (passed.surprise != 0) fields |= kBytes;
  if (now.dropped != base.dropped) fields |= kDropped;
  if (now.policer != base.policer) fields |= kPolicer;
  return fields;
}

void encodeUse(ByteWriter& out, const PgUse& now, const PgUse& base, const TrafficGrowth& passed) {
  passed.encode(out);
  if (now.dropped != base.dropped) out.varint(now.dropped - base.dropped);
  if (now.policer == base.policer) return;
  out.varint(zigzag(static_cast<std::int64_t>(now.policer.fullAtNs() - base.policer.fullAtNs())));
}

bool applyUse(ByteReader& in, PgUse& use, unsigned fields) {
  if ((fields & kBytes) != 0 && (fields & kPassed) == 0) return false;
  if ((fields & kPassed) != 0) use.passed.applyDelta(in, (fields & kBytes) != 0);
  if ((fields & kDropped) != 0) use.dropped += in.varint();
  if ((fields & kPolicer) != 0) {
    use.policer.setFullAtNs(use.policer.fullAtNs() +
                            static_cast<std::uint64_t>(unzigzag(in.varint())));
  }
  return !in.failed();
}

void encodeWhole(ByteWriter& out, const PgUse& use) {
  out.varint(use.passed.packets);
  out.varint(use.passed.bytes);
  out.varint(use.dropped);
  out.varint(use.policer.fullAtNs());
}

void decodeWhole(ByteReader& in, PgUse& use) {
  use.passed.packets = in.varint();
  use.passed.bytes = in.varint();
  use.dropped = in.varint();
  use.policer.setFullAtNs(in.varint());
}

}  // namespace

void PgSubscriber::encode(ByteWriter& out) const {
  out.fixed(address);
  out.fixed(rule);
  encodeWhole(out, life.up);
  encodeWhole(out, life.down);
}

bool PgSubscriber::decode(ByteReader& in) {
  address = in.fixed<std::uint32_t>();
  rule = in.fixed<std::uint16_t>();
  decodeWhole(in, life.up);
  decodeWhole(in, life.down);
  return !in.failed();
}

void PgSubscriber::encodeDelta(ByteWriter& out, const Base& base) const {
  const TrafficGrowth up = life.up.passed.since(base.up.passed);
  const TrafficGrowth down = life.down.passed.since(base.down.passed);
  const unsigned fields = fieldsOf(life.up, base.up, up) | fieldsOf(life.down, base.down, down)
                                                               << kDownShift;
  out.fixed(static_cast<std::uint8_t>(fields));
  encodeUse(out, life.up, base.up, up);
  encodeUse(out, life.down, base.down, down);
}

bool PgSubscriber::applyDelta(ByteReader& in) {
  const unsigned fields = in.fixed<std::uint8_t>();
  Base next = life;
  if (!applyUse(in, next.up, fields & 15) || !applyUse(in, next.down, fields >> kDownShift)) {
    return false;
  }
  life = next;
  return true;
}

}  // namespace ferry
