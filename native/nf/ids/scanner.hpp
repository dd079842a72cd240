// Finds every content of every rule in one pass (Hyperscan), also where segments part them.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../../core/packet.hpp"
#include "rule.hpp"

struct hs_database;
struct hs_scratch;

namespace ferry::ids {

struct Pattern;

/** The end of a stream that may be the beginning of a content: what the next segment is joined to.
 */
struct Tail {
  static constexpr std::size_t kMax = Part::kMaxContent - 1;

  std::uint8_t length = 0;
  std::array<std::uint8_t, kMax> bytes{};

  ByteView view() const { return {bytes.data(), length}; }
};

/**
 * Hyperscan's own stream state is opaque, changes with every byte and depends on the processor. A
 * content that two segments part needs no more than the stream's last bytes, as far as they begin a
 * content: with those before the segment (vectored mode) the matches are those of a stream.
 */
class Scanner {
 public:
  struct Hit {
    std::uint16_t pattern;
    std::int32_t end;  // after its last byte, from the segment's first

    friend auto operator<=>(const Hit&, const Hit&) = default;
  };

  /** `error` is set when Hyperscan does not take the patterns, or not this processor. */
  Scanner(const std::vector<Pattern>& patterns, std::string& error);

  /** Appends what ends in `segment` to `hits`, at most kMaxHits; returns how many were left out. */
  std::uint32_t scan(ByteView tail, ByteView segment, std::vector<Hit>& hits);
  /** The tail after `segment`, which followed on `tail`; `side` 0 sent it to the server. */
  void advance(Tail& tail, ByteView segment, unsigned side) const;

  static constexpr std::size_t kMaxHits = 1024;
  static constexpr std::uint8_t kMaxHitsOfPattern = 32;  // in one segment

 private:
  struct Node {
    std::uint32_t child = 0;  // the first; 0: none
    std::uint32_t sibling = 0;
    std::uint8_t byte = 0;
    std::uint8_t goesOn = 0;  // on which sides a content goes on after this byte
  };
  struct DatabaseDeleter {
    void operator()(hs_database* database) const;
  };
  struct ScratchDeleter {
    void operator()(hs_scratch* scratch) const;
  };
  struct Scan;
  static int onMatch(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void* context);

  void addPrefixes(const Pattern& pattern);
  std::uint32_t childOf(std::uint32_t node, std::uint8_t byte) const;
  bool beginsContent(ByteView bytes, unsigned side) const;

  std::unique_ptr<hs_database, DatabaseDeleter> database_;
  std::unique_ptr<hs_scratch, ScratchDeleter> scratch_;
  std::vector<std::uint8_t> hitsOfPattern_;
  // The contents in lower case as a tree of bytes; node 0 is its root.
  std::vector<Node> nodes_{Node{}};
  std::array<std::uint32_t, 256> first_{};
  std::bitset<65536> pairs_;
  std::size_t longest_ = 0;
};

}  // namespace ferry::ids
