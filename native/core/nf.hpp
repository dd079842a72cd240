// What a network function is: one datapath entry, and its state as statelets and snapshots.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "../statelet/bytes.hpp"
#include "packet.hpp"

namespace ferry {

class Partition;

/** Frames that an NF makes itself (ARP, ICMP errors). Copies the frame; a full ring counts a drop.
 */
class Output {
 public:
  virtual ~Output() = default;
  virtual void transmit(PortIndex port, ByteView frame) = 0;
};

/** One named counter; names are stable and end in their unit where it is not packets. */
struct Counter {
  std::string_view name;
  std::uint64_t value;
};

enum class ApplyStatus : std::uint8_t { ok, malformed, noSpace };

/**
 * A network function. One thread, the worker, calls every method, so state is touched by the
 * datapath or by synchronisation and never by both (law 6). Only the constructor and reset(), which
 * no packet waits for, may allocate or make a system call; nothing ever takes a lock. Tables are
 * mapped untouched, so the first entry in a page of them costs a page fault.
 *
 * Announcing: while it processes packets an NF marks what changed (StateTable::touch). collect()
 * turns the marks into statelets; what one flow did since the last collect() is one statelet.
 * The snapshot begun at T, then everything collected after T, applied in order, gives the live
 * state (law 2); every state change is deterministic in (state, packet, now) (law 1).
 */
class NetworkFunction {
 public:
  virtual ~NetworkFunction() = default;

  virtual std::string_view kind() const = 0;
  /** Two instances may exchange state only when their digests agree (capacity, addresses, pools).
   */
  virtual std::uint64_t configDigest() const = 0;

  /** Processes one packet in place. */
  virtual Verdict process(Packet& packet, TimeMs now, Output& output) = 0;
  /** Timers: bounded work, called about every millisecond while serving, and never on a standby. */
  virtual void expire(TimeMs now, Output& output) = 0;
  /**
   * Called before takeOver() when the last statelets of the instance before may be missing: what
   * must never be done twice, like using a sequence number, skips ahead here.
   */
  virtual void recover(TimeMs /*now*/) {}
  /** Called once when this instance begins to speak for its flows (gratuitous ARP and the like). */
  virtual void takeOver(TimeMs now, Output& output) = 0;

  /**
   * While silent, a packet changes state as ever and tells nobody of it but by its verdict and
   * Output: the packets processed are copies of what another instance deals with.
   */
  virtual void silence(bool /*silent*/) {}

  /** True when collect() would write something. */
  virtual bool dirty() const = 0;
  /** True when marks are nearly used up: the worker collects before the next packet. */
  virtual bool collectDue() const = 0;
  /**
   * Writes statelets until everything marked is written or `out` has no room for one more; call
   * again while dirty(). While nobody synchronises the worker calls discardMarks() instead.
   */
  virtual void collect(ByteWriter& out) = 0;
  virtual void discardMarks() = 0;
  /** Applies what one collect() call wrote. */
  virtual ApplyStatus apply(ByteView statelets) = 0;

  /** Fixes the snapshot's point in time at this packet boundary; marks made so far are dropped. */
  virtual void beginSnapshot() = 0;
  /**
   * Called right after beginSnapshot() when all that changes from there on will be collected, and
   * applied after the snapshot: then an entry may be written as it is when its turn comes, and
   * need not be marked before. What would be announced of it is in the snapshot already.
   */
  virtual void rollSnapshot() {}
  /**
   * Writes records until `out` is full or the snapshot is complete; returns true when complete.
   * But for rollSnapshot(), entries changed meanwhile are written as they were at beginSnapshot()
   * (copy on write).
   */
  virtual bool writeSnapshot(ByteWriter& out) = 0;
  virtual void endSnapshot() = 0;
  /** Bytes that copy-on-write has kept aside; the worker writes the snapshot on before they run
   * out. */
  virtual bool snapshotUrgent() const = 0;
  /** Installs what one writeSnapshot() call wrote; the instance must have been reset() before the
   * first. */
  virtual ApplyStatus install(ByteView records) = 0;
  virtual void reset() = 0;

  /** Entries of state held, for progress and reports. */
  virtual std::uint64_t entries() const = 0;
  /** Upper bound of the bytes of one statelet or snapshot record: the room that `out` must have. */
  virtual std::size_t maxRecordBytes() const = 0;
  virtual std::span<const Counter> counters() = 0;
  /** Walks all state and its indexes: false when they disagree. For tests. */
  virtual bool checkInvariants() const = 0;
  /** What of the configuration could not be used though the rest is: told once, as events. */
  virtual std::span<const std::string> notices() const { return {}; }
  /** How its work is divided; nullptr: it can only move as a whole. */
  virtual Partition* partition() { return nullptr; }
};

}  // namespace ferry
