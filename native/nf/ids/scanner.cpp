#include "scanner.hpp"

#include <hs/hs.h>

#include <algorithm>

#include "rule_set.hpp"

namespace ferry::ids {
namespace {

std::uint8_t lower(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte - 'A' + 'a') : byte;
}

std::size_t pairOf(std::uint8_t one, std::uint8_t two) { return std::size_t{one} << 8 | two; }

}  // namespace

void Scanner::DatabaseDeleter::operator()(hs_database* database) const {
  hs_free_database(database);
}
void Scanner::ScratchDeleter::operator()(hs_scratch* scratch) const { hs_free_scratch(scratch); }

Scanner::Scanner(const std::vector<Pattern>& patterns, std::string& error)
    : hitsOfPattern_(patterns.size()) {
  if (patterns.empty()) return;
  if (hs_valid_platform() != HS_SUCCESS) {
    error = "Hyperscan needs a processor with SSSE3.";
    return;
  }
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  for (const Pattern& pattern : patterns) {
    texts.push_back(pattern.bytes.data());
    lengths.push_back(pattern.bytes.size());
    flags.push_back(pattern.nocase ? HS_FLAG_CASELESS : 0);
    ids.push_back(static_cast<unsigned>(ids.size()));
    addPrefixes(pattern);
    longest_ = std::max(longest_, pattern.bytes.size());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* failure = nullptr;
  if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), lengths.data(),
                           static_cast<unsigned>(texts.size()), HS_MODE_VECTORED, nullptr,
                           &database, &failure) != HS_SUCCESS) {
    error = std::string("Hyperscan: ") + failure->message;
    hs_free_compile_error(failure);
    return;
  }
  database_.reset(database);
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) error = "Hyperscan has no memory.";
  scratch_.reset(scratch);
}

void Scanner::addPrefixes(const Pattern& pattern) {
  std::uint32_t node = 0;
  for (std::size_t i = 0; i < pattern.bytes.size(); ++i) {
    const std::uint8_t byte = lower(static_cast<std::uint8_t>(pattern.bytes[i]));
    std::uint32_t child = childOf(node, byte);
    if (child == 0) {
      child = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({0, nodes_[node].child, byte, 0});
      nodes_[node].child = child;
      if (node == 0) first_[byte] = child;
    }
    node = child;
    if (i + 1 < pattern.bytes.size()) {
      nodes_[node].goesOn = static_cast<std::uint8_t>(nodes_[node].goesOn | pattern.sides);
    }
  }
  if (pattern.bytes.size() > 1) {
    pairs_.set(pairOf(lower(static_cast<std::uint8_t>(pattern.bytes[0])),
                      lower(static_cast<std::uint8_t>(pattern.bytes[1]))));
  }
}

std::uint32_t Scanner::childOf(std::uint32_t node, std::uint8_t byte) const {
  if (node == 0) return first_[byte];
  std::uint32_t child = nodes_[node].child;
  while (child != 0 && nodes_[child].byte != byte) child = nodes_[child].sibling;
  return child;
}

struct Scanner::Scan {
  std::vector<Hit>& hits;
  std::vector<std::uint8_t>& hitsOfPattern;
  std::uint32_t tail;
  std::uint32_t leftOut = 0;
};

int Scanner::onMatch(unsigned id, unsigned long long, unsigned long long to, unsigned,
                     void* context) {
  Scan& scan = *static_cast<Scan*>(context);
  if (to <= scan.tail) return 0;  // was found when these bytes came
  std::uint8_t& count = scan.hitsOfPattern[id];
  if (scan.hits.size() == kMaxHits || count == kMaxHitsOfPattern) {
    ++scan.leftOut;
    return 0;
  }
  ++count;
  scan.hits.push_back({static_cast<std::uint16_t>(id),
                       static_cast<std::int32_t>(static_cast<std::uint32_t>(to) - scan.tail)});
  return 0;
}

std::uint32_t Scanner::scan(ByteView tail, ByteView segment, std::vector<Hit>& hits) {
  if (database_ == nullptr || segment.empty()) return 0;
  Scan scan{hits, hitsOfPattern_, static_cast<std::uint32_t>(tail.size())};
  std::array<const char*, 2> data{reinterpret_cast<const char*>(tail.data()),
                                  reinterpret_cast<const char*>(segment.data())};
  std::array<unsigned, 2> lengths{static_cast<unsigned>(tail.size()),
                                  static_cast<unsigned>(segment.size())};
  const unsigned from = tail.empty() ? 1 : 0;
  hs_scan_vector(database_.get(), data.data() + from, lengths.data() + from, 2 - from, 0,
                 scratch_.get(), onMatch, &scan);
  for (const Hit& hit : hits) hitsOfPattern_[hit.pattern] = 0;
  std::sort(hits.begin(), hits.end());
  return scan.leftOut;
}

/** Whether some content begins with all of `bytes` and goes on. */
bool Scanner::beginsContent(ByteView bytes, unsigned side) const {
  const std::uint8_t first = lower(bytes[0]);
  if (bytes.size() > 1 && !pairs_[pairOf(first, lower(bytes[1]))]) return false;
  std::uint32_t node = first_[first];
  for (std::size_t i = 1; i < bytes.size() && node != 0; ++i) node = childOf(node, lower(bytes[i]));
  return node != 0 && (nodes_[node].goesOn >> side & 1) != 0;
}

void Scanner::advance(Tail& tail, ByteView segment, unsigned side) const {
  if (longest_ < 2) return;
  std::array<std::uint8_t, Tail::kMax> recent;
  const std::size_t ofSegment = std::min(segment.size(), longest_ - 1);
  const std::size_t ofTail = std::min<std::size_t>(tail.length, longest_ - 1 - ofSegment);
  std::copy_n(tail.bytes.data() + (tail.length - ofTail), ofTail, recent.data());
  std::copy_n(segment.data() + (segment.size() - ofSegment), ofSegment, recent.data() + ofTail);
  const ByteView bytes{recent.data(), ofTail + ofSegment};
  std::size_t start = 0;
  while (start < bytes.size() && !beginsContent(bytes.subspan(start), side)) ++start;
  const ByteView kept = bytes.subspan(start);
  std::copy(kept.begin(), kept.end(), tail.bytes.begin());
  tail.length = static_cast<std::uint8_t>(kept.size());
}

}  // namespace ferry::ids
