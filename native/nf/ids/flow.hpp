// One flow as the IDS knows it: who speaks to whom, how far each stream was read, what was found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "../../core/packet.hpp"
#include "../../statelet/bytes.hpp"
#include "scanner.hpp"

namespace ferry::ids {

inline constexpr TimeMs kMaxTime = TimeMs{1} << 48;

/** Addresses and ports of a packet, or of a flow as its first packet had them. */
struct FlowKey {
  static constexpr std::size_t kBytes = 13;

  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t sourcePort = 0;  // 0 where the protocol has none
  std::uint16_t destinationPort = 0;
  std::uint8_t protocol = 0;

  FlowKey reversed() const { return {destination, source, destinationPort, sourcePort, protocol}; }
  /** The same for both directions. */
  std::uint32_t hash() const;
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};

/**
 * One direction of a TCP connection. Positions count from the beginning of the turn: the bytes that
 * one side sends until the other side sends some. So a request is looked at from its first byte,
 * however many came before it on the same connection.
 */
struct Stream {
  static constexpr std::size_t kMaxMatches = 16;
  static constexpr std::size_t kMaxReported = 4;
  static constexpr std::uint32_t kMaxTurn = 1u << 24;  // positions stop counting here
  /** How far apart the parts of one attack may lie when segments part them, in bytes. */
  static constexpr std::uint32_t kSpan = 65'535;
  static constexpr std::size_t kMaxBytes =
      1 + 5 + 4 + 1 + Tail::kMax + 1 + kMaxMatches * 6 + 1 + kMaxReported * 6;

  /** Where a content was found: the sequence number after its last byte. */
  struct Match {
    std::uint32_t end = 0;
    std::uint16_t pattern = 0;
  };
  /** Up to where a rule with several parts was reported. */
  struct Reported {
    std::uint32_t end = 0;
    std::uint16_t rule = 0;
  };

  // What most segments look at, and most statelets say, comes first: one cache line.
  std::uint32_t next = 0;       // sequence number of the first byte not yet read
  std::uint32_t turnBytes = 0;  // read in this turn
  /** Counts up as `matches` and `reported` change, but for what is forgotten by its age. Not state:
   * it tells what a statelet has to hold. */
  std::uint16_t changes = 0;
  bool known = false;
  std::uint8_t matchCount = 0;
  std::uint8_t reportedCount = 0;
  Tail tail;
  std::array<Match, kMaxMatches> matches{};
  std::array<Reported, kMaxReported> reported{};

  /** The tail stays: a content that the other side's bytes part is a content still. */
  void beginTurn();
  /** Counts bytes as read, and forgets what lies too far behind. */
  void advance(std::uint32_t bytes);
  /** Returns false when another match had to be forgotten for it. */
  bool remember(std::uint16_t pattern, std::uint32_t end);
  void report(std::uint16_t rule, std::uint32_t end);

  /** What it was when it was told last; all zero when it was not. */
  struct Base {
    std::uint32_t next = 0;
    std::uint32_t turnBytes = 0;
    std::uint16_t changes = 0;
  };
  Base base() const { return {next, turnBytes, changes}; }
  bool changedSince(const Base& base) const {
    return next != base.next || turnBytes != base.turnBytes || changes != base.changes;
  }
  /** What changed; with all that can be left out of a change if `whole`. */
  void encode(ByteWriter& out, const Base& base, bool whole) const;
  /** On a stream equal to the base. */
  bool decode(ByteReader& in);

 private:
  void forgetOld();
};

struct alignas(64) Flow {
  enum Status : std::uint8_t {
    kSynSeen = 1,
    kSynAnswered = 2,
    kEstablished = 4,
    kFinOfClient = 8,
    kFinOfServer = 16,
    kReset = 32,
    kBlocked = 64,  // by a drop rule: nothing of it is forwarded any more
    kReplied = 128,
  };
  enum class Turn : std::uint8_t { none, client, server };

  struct Life {
    TimeMs seen = 0;  // when a packet came last; a second or less behind
    std::uint64_t flowbits = 0;
    std::uint8_t status = 0;
    Turn turn = Turn::none;
  };
  struct Base {
    Life life;
    std::array<Stream::Base, 2> streams;
  };
  static constexpr std::size_t kMaxBytes = FlowKey::kBytes + 7 + 7 + 2 + 10 + 2 * Stream::kMaxBytes;

  FlowKey key;  // from the client, who sent the first packet
  TimeMs started = 0;
  Life life;
  std::array<Stream, 2> streams;  // of the client, of the server

  bool has(std::uint8_t status) const { return (life.status & status) != 0; }
  void add(std::uint8_t status) { life.status = static_cast<std::uint8_t>(life.status | status); }
  bool closed() const { return has(kReset) || (has(kFinOfClient) && has(kFinOfServer)); }
  /** The same at every instance that has the flow; 53 bits, so that any JSON reader keeps it. */
  std::uint64_t id() const;

  Base base() const;
  /** The few lines of this large entry that most deltas look at. */
  void prefetchDelta() const {
    __builtin_prefetch(this);
    __builtin_prefetch(&streams[1]);
  }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  void encodeDelta(ByteWriter& out, const Base& base) const;
  /** False, and nothing is changed, when it is malformed. */
  bool applyDelta(ByteReader& in);

 private:
  bool readDelta(ByteReader& in);
};

/** True when what comes first of a stream lies in one cache line. */
constexpr bool inOneLine(std::size_t stream) {
  return stream / 64 == (stream + offsetof(Stream, tail)) / 64;
}
static_assert(inOneLine(offsetof(Flow, streams)) &&
              inOneLine(offsetof(Flow, streams) + sizeof(Stream)));

}  // namespace ferry::ids
