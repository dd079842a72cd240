// Everything the worker and the sync thread share: rings of records, small notes, two wake-ups.
#pragma once

#include <atomic>
#include <cstdint>

#include "../core/mailbox.hpp"
#include "../core/ring.hpp"
#include "../core/wakeup.hpp"
#include "frame.hpp"

namespace ferry {

/** From the sync thread to the worker. */
struct WorkerNote {
  enum class Kind : std::uint8_t {
    sessionUp,    // the peers know each other
    sessionLost,  // it cannot be healed; the worker answers `detached`
    opened,       // source: the destination got its first packet on `port`
    handedOver,   // source: the destination serves
    returned,     // source: reliableOut is left to the worker, to take back what nobody took
  };
  Kind kind;
  PortIndex port = 0;
};

/** From the worker to the sync thread. */
struct SyncNote {
  enum class Kind : std::uint8_t {
    detached,  // nothing more is written for the session that was lost
    close,     // leave the session quietly
    reclaim,   // source: stop reading reliableOut and answer `returned`
    fail,      // leave the session: `code` and `reason` say why
    opened,    // destination: first packet on `port`
    released,  // destination: it serves
    takeover,  // destination: the switch has ordered it
  };
  Kind kind;
  PortIndex port = 0;
  const char* code = nullptr;  // literals
  const char* reason = nullptr;
};

/** A record of reliableIn that no peer can send: release with what is here. */
inline constexpr std::uint8_t kTakeoverRecord = 0xff;

struct Channel {
  /** `inBytes`: of records that wait at a destination until the snapshot is installed. */
  explicit Channel(std::size_t inBytes = kReliableBytes) : reliableIn(inBytes) {}

  static constexpr std::size_t kReliableBytes = 64u << 20;
  // Normally a small part is used; all of it only when copy-on-write runs out of room because the
  // link is slower than the state changes.
  static constexpr std::size_t kSnapshotOutBytes = 256u << 20;
  static constexpr std::size_t kSnapshotInBytes = 4u << 20;
  // Of what is acknowledged all is free again now and then; the snapshot always waits in part.
  static constexpr RingLap kReliableLap{8u << 20, 0};
  static constexpr RingLap kSnapshotLap{4u << 20, 512u << 10};

  /** Written by the worker, kept until the destination has acknowledged. */
  RecordRing reliableOut{kReliableBytes, kReliableLap};
  RecordRing snapshotOut{kSnapshotOutBytes, kSnapshotLap};
  /** Written by the sync thread, applied by the worker. */
  RecordRing reliableIn;
  RecordRing snapshotIn{kSnapshotInBytes};

  Mailbox<WorkerNote> toWorker;
  Mailbox<SyncNote> toSync;
  Wakeup workerWake;
  Wakeup syncWake;

  /** Source: newest record that the destination has acknowledged. */
  std::atomic<std::uint64_t> acked{0};
  /** Destination: newest record that the source has told of since its snapshot ended; -1: none. */
  std::atomic<std::int64_t> newestHeard{-1};

  void tellWorker(const WorkerNote& note) {
    toWorker.push(note);
    workerWake.signal();
  }
  void tellSync(const SyncNote& note) {
    toSync.push(note);
    syncWake.signal();
  }
};

}  // namespace ferry
