#include "esp_sa.hpp"

namespace ferry {
namespace {

// The first byte of a delta: what follows beside the advance of the sequence.
constexpr std::uint8_t kPackets = 1;  // not one for each number
constexpr std::uint8_t kBytes = 2;    // not as long as the mean so far
constexpr std::uint8_t kReserved = 4;
constexpr std::uint8_t kWindow = 8;  // not all numbers came in order
constexpr std::uint8_t kAllFields = 15;
constexpr unsigned kIvShift = 20;  // numbers that a millisecond has IVs for: 2^20

std::int64_t difference(std::uint64_t after, std::uint64_t before) {
  return static_cast<std::int64_t>(after - before);
}

std::uint64_t meanBytes(const EspSa::Base& base) {
  return base.packets == 0 ? 0 : base.bytes / base.packets;
}

/** What `base` would be after so many numbers, if all came in order and as long as the mean. */
EspSa::Base predict(const EspSa::Base& base, std::uint64_t advance, const EspSa& sa) {
  EspSa::Base next = base;
  if (sa.inbound()) {
    next.window.fillTo(base.sequence() + advance, sa.window);
  } else {
    next.window.setTop(base.sequence() + advance);
  }
  next.packets += advance;
  return next;
}

bool wordsFit(ByteReader& in, ReplayWindow& window, std::uint32_t size) {
  const std::uint64_t count = in.varint();
  if (count > ReplayWindow::wordsOf(size)) return false;
  std::uint64_t index = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    index += in.varint();
    const auto value = in.fixed<std::uint64_t>();
    if (in.failed() || index >= ReplayWindow::wordsOf(size)) return false;
    window.setWord(index, value);
  }
  return true;
}

/** The words of `window` that are not those of `base`: a count, then steps of index and values. */
void putWords(ByteWriter& out, const ReplayWindow& window, const ReplayWindow& base,
              std::uint32_t size) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < ReplayWindow::wordsOf(size); ++i) {
    if (window.word(i) != base.word(i)) ++count;
  }
  out.varint(count);
  std::size_t last = 0;
  for (std::size_t i = 0; i < ReplayWindow::wordsOf(size); ++i) {
    if (window.word(i) == base.word(i)) continue;
    out.varint(i - last);
    out.fixed(window.word(i));
    last = i;
  }
}

}  // namespace

void EspSa::encode(ByteWriter& out) const {
  out.fixed(sa);
  out.fixed(window);
  out.varint(ivBase);
  out.varint(life.sequence());
  out.varint(life.reserved);
  out.varint(life.packets);
  out.varint(life.bytes);
  if (inbound()) putWords(out, life.window, ReplayWindow{}, window);
}

bool EspSa::decode(ByteReader& in) {
  sa = in.fixed<std::uint16_t>();
  window = in.fixed<std::uint16_t>();
  if (window < EspConfig::kMinWindow || window > EspConfig::kMaxWindow || window % 64 != 0) {
    return false;
  }
  ivBase = in.varint();
  life.window.setTop(in.varint());
  life.reserved = in.varint();
  life.packets = in.varint();
  life.bytes = in.varint();
  if (inbound() && !wordsFit(in, life.window, window)) return false;
  return !in.failed() && life.sequence() <= kMaxSequence && life.reserved <= 2 * kMaxSequence;
}

void EspSa::encodeDelta(ByteWriter& out, const Base& base) const {
  const std::uint64_t advance = life.sequence() - base.sequence();
  const Base predicted = predict(base, advance, *this);
  const std::int64_t packets = difference(life.packets, predicted.packets);
  const std::int64_t bytes =
      difference(life.bytes - base.bytes, meanBytes(base) * (life.packets - base.packets));
  unsigned fields = 0;
  if (packets != 0) fields |= kPackets;
  if (bytes != 0) fields |= kBytes;
  if (life.reserved != base.reserved) fields |= kReserved;
  if (life.window != predicted.window) fields |= kWindow;
  out.fixed(static_cast<std::uint8_t>(fields));
  out.varint(advance);
  if (packets != 0) out.varint(zigzag(packets));
  if (bytes != 0) out.varint(zigzag(bytes));
  if ((fields & kReserved) != 0) out.varint(zigzag(difference(life.reserved, base.reserved)));
  if ((fields & kWindow) != 0) putWords(out, life.window, predicted.window, window);
}

bool EspSa::applyDelta(ByteReader& in) {
  const auto fields = in.fixed<std::uint8_t>();
  const std::uint64_t advance = in.varint();
  if ((fields & ~kAllFields) != 0 || in.failed() || advance > kMaxSequence - life.sequence() ||
      ((fields & kWindow) != 0 && !inbound())) {
    return false;
  }
  Base next = predict(life, advance, *this);
  if ((fields & kPackets) != 0) next.packets += static_cast<std::uint64_t>(unzigzag(in.varint()));
  next.bytes += meanBytes(life) * (next.packets - life.packets);
  if ((fields & kBytes) != 0) next.bytes += static_cast<std::uint64_t>(unzigzag(in.varint()));
  if ((fields & kReserved) != 0) {
    next.reserved += static_cast<std::uint64_t>(unzigzag(in.varint()));
  }
  if ((fields & kWindow) != 0 && !wordsFit(in, next.window, window)) return false;
  if (in.failed() || next.reserved > 2 * kMaxSequence) return false;
  life = next;
  return true;
}

EspSas::EspSas(const EspConfig& config)
    : config_(config),
      table_(static_cast<std::uint32_t>(config.tunnels.size() * 2)),
      slots_(config.tunnels.size() * 2, kNone) {}

std::uint32_t EspSas::open(std::uint16_t sa, TimeMs now) {
  if (slots_[sa] != kNone) return slots_[sa];
  const std::uint32_t slot = table_.allocate();
  EspSa& entry = table_.touch(slot);
  entry.sa = sa;
  entry.window = static_cast<std::uint16_t>(config_.window);
  if (!entry.inbound()) {
    entry.ivBase = now << kIvShift;
    entry.life.reserved = config_.sequenceLease;
  }
  index(slot);
  return slot;
}

std::uint64_t EspSas::next(EspSa& sa) const {
  const std::uint64_t sequence = sa.life.sequence() + 1;
  sa.life.window.setTop(sequence);
  if (sequence + config_.sequenceLease / 2 > sa.life.reserved) {
    sa.life.reserved = sequence + config_.sequenceLease;
  }
  return sequence;
}

std::uint64_t EspSas::skipLeases(TimeMs now) {
  std::uint64_t skipped = 0;
  for (std::size_t tunnel = 0; tunnel < config_.tunnels.size(); ++tunnel) {
    // An SA that is not known here may have carried its first packets since.
    EspSa& sa = touch(open(static_cast<std::uint16_t>(tunnel * 2), now));
    if (sa.life.reserved <= sa.life.sequence() || sa.life.reserved > EspSa::kMaxSequence) continue;
    skipped += sa.life.reserved - sa.life.sequence();
    sa.life.window.setTop(sa.life.reserved);
    sa.life.reserved += config_.sequenceLease;
  }
  return skipped;
}

void EspSas::reset() {
  table_.reset();
  for (std::uint32_t& slot : slots_) slot = kNone;
}

bool EspSas::acceptable(const EspSa& sa) const {
  return sa.sa < slots_.size() && sa.window == config_.window;
}

bool EspSas::checkInvariants() const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
       slot = table_.nextLive(slot + 1)) {
    if (!acceptable(table_.at(slot)) || find(table_.at(slot).sa) != slot) return false;
    ++count;
  }
  return count == table_.size();
}

}  // namespace ferry
