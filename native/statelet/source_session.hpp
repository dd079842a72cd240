// The source's end of the stream: connects, sends statelets before snapshot chunks, heals a cut.
#pragma once

#include <memory>
#include <string>

#include "../core/telemetry.hpp"
#include "connection.hpp"
#include "records.hpp"
#include "session.hpp"

namespace ferry {

/**
 * waiting > connecting > greeting > up, back to waiting after a cut, or losing > finished.
 *
 * A cut before the whole snapshot was sent loses the session. After that the stream goes on where
 * the destination says (reliable records stay in their ring until acknowledged): for kHealNs, or
 * for as long as it takes once the switch was prepared.
 */
class SourceSession final : public Session {
 public:
  static constexpr std::uint64_t kConnectNs = 5000 * kMs;
  static constexpr std::uint64_t kHealNs = 3000 * kMs;
  static constexpr std::uint64_t kMinBackoffNs = 10 * kMs;
  static constexpr std::uint64_t kMaxBackoffNs = 200 * kMs;

  struct Options {
    std::string address;
    std::uint16_t port;
    Hello hello;
    /** For a standby: statelets for ever, beats in between. */
    bool standing = false;
    /** The worker waits for acknowledgements: each wakes it. */
    bool commit = false;
  };

  SourceSession(Channel& channel, Telemetry& telemetry, EventSink& events, Options options,
                std::uint64_t now);

  void step(std::uint64_t now) override;
  void onNote(const SyncNote& note) override;
  void waitFor(std::vector<pollfd>& descriptors) const override;
  int timeoutMs() const override;
  void takeover(std::uint64_t, bool) override {}
  bool standing() const override { return options_.standing; }
  bool finished() const override { return state_ == State::finished; }
  bool replaceable() const override { return finished(); }

 private:
  enum class State : std::uint8_t { waiting, connecting, greeting, up, losing, finished };

  void startConnecting(std::uint64_t now);
  void checkConnected(std::uint64_t now);
  void exchange(std::uint64_t now);
  bool readFrames(std::uint64_t now);
  bool take(const Frame& frame, std::uint64_t now);
  bool welcome(const Frame& frame, std::uint64_t now);
  bool acknowledge(std::uint64_t seq);
  bool writeFrames(std::uint64_t now);
  bool beginFrame(std::uint64_t now);
  void releaseSent();
  void measureLag(std::uint64_t now);
  void cut(std::string reason, std::uint64_t now);
  void lose(std::string code, std::string reason);
  void farewell(const char* code, const char* reason);
  void finish();
  bool healing() const;

  Channel& channel_;
  Telemetry& telemetry_;
  EventSink& events_;
  const Options options_;

  State state_ = State::waiting;
  Descriptor connecting_;
  std::unique_ptr<Connection> connection_;
  std::uint64_t attemptNs_ = 0;   // when the next attempt is due, or this one began
  std::uint64_t deadlineNs_ = 0;  // when to give up, unless healing
  std::uint64_t backoffNs_ = kMinBackoffNs;
  std::uint64_t heardNs_ = 0;
  std::uint64_t stepNs_ = 0;
  std::uint64_t beatNs_ = 0;
  std::uint64_t progressNs_ = 0;
  bool everUp_ = false;
  bool handedOver_ = false;

  std::uint64_t sendPosition_ = 0;  // in reliableOut
  std::uint64_t nextSeq_ = 1;       // of the record there
  std::uint64_t highestSent_ = 0;   // sent whole, over any connection
  std::uint64_t ackedSeq_ = 0;
  std::uint64_t snapshotSeq_ = 0;
  std::uint64_t snapshotNext_ = 0;  // position to release once the chunk in flight is sent
  FrameType inFlight_ = FrameType::heartbeat;
  bool snapshotSent_ = false;  // SNAPSHOT_END included

  std::string lostCode_;
  std::string lostReason_;
};

}  // namespace ferry
