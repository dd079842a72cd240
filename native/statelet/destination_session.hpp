// The destination's end of the stream: one source, by its token; records go to the worker in order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../core/telemetry.hpp"
#include "connection.hpp"
#include "inbound.hpp"
#include "records.hpp"
#include "session.hpp"
#include "silence_watch.hpp"

namespace ferry {

/**
 * Listens until a source says HELLO with the right token, then takes its frames. When the stream
 * is cut after the snapshot is complete it waits for the same source to come again.
 */
class DestinationSession final : public Session {
 public:
  static constexpr std::size_t kMaxCandidates = 4;
  static constexpr std::uint64_t kGreetingNs = 2000 * kMs;
  /** Takeover waits so long for bytes that are still on their way, and no longer than the second.
   */
  static constexpr std::uint64_t kTakeoverQuietNs = 20 * kMs;
  static constexpr std::uint64_t kTakeoverNs = 200 * kMs;

  /**
   * `expected`: what the source's HELLO has to say. `silenceNs`: a standby's, which tells when its
   * source is silent for so long; 0: it is none.
   */
  DestinationSession(Channel& channel, Telemetry& telemetry, EventSink& events, Descriptor listener,
                     Hello expected, std::uint64_t silenceNs);

  void step(std::uint64_t now) override;
  void onNote(const SyncNote& note) override;
  void waitFor(std::vector<pollfd>& descriptors) const override;
  int timeoutMs() const override;
  void takeover(std::uint64_t now, bool atOnce) override;
  bool standing() const override { return silence_.active(); }
  bool finished() const override { return state_ == State::finished; }
  bool replaceable() const override { return finished() || released_; }

 private:
  enum class State : std::uint8_t { open, losing, finished };
  struct Candidate {
    Connection connection;
    std::uint64_t sinceNs;
  };

  void acceptCandidates(std::uint64_t now);
  bool greet(Candidate& candidate, std::uint64_t now);
  void refuse(Connection& connection, const char* code, const char* reason);
  void adopt(Connection connection, std::uint64_t now);
  void exchange(std::uint64_t now);
  bool readFrames(std::uint64_t now);
  void writeFrames(std::uint64_t now);
  bool beginFrame(std::uint64_t now);
  void noteHeard(std::uint64_t now);
  void watchSilence(std::uint64_t now);
  void goOnTakingOver(std::uint64_t now);
  void cut(std::string reason);
  void lose(std::string code, std::string reason);
  void close();

  Channel& channel_;
  Telemetry& telemetry_;
  EventSink& events_;
  Descriptor listener_;
  const Hello expected_;

  State state_ = State::open;
  std::vector<Candidate> candidates_;
  std::unique_ptr<Connection> active_;
  Inbound inbound_;
  bool begun_ = false;
  bool released_ = false;
  bool stalled_ = false;  // the worker's ring is full: the peer is not read from
  std::uint64_t heardNs_ = 0;
  std::uint64_t stepNs_ = 0;
  std::uint64_t beatNs_ = 0;
  std::uint64_t progressNs_ = 0;
  std::uint64_t takeoverNs_ = 0;
  bool takeoverAtOnce_ = false;
  SilenceWatch silence_;

  // Told again over each new connection; the source takes them once.
  unsigned opened_ = 0;
  unsigned openedTold_ = 0;
  bool doneTold_ = false;
  bool welcomed_ = false;
  std::uint64_t ackTold_ = 0;

  std::string lostCode_;
  std::string lostReason_;
};

}  // namespace ferry
