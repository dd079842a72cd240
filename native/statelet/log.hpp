// The statelet log: a snapshot and the statelets after it in a file, in the frames of the stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frame.hpp"
#include "records.hpp"

namespace ferry {

/**
 * The file begins with HELLO, whose token is zero: kind, ports and digest of those that may be
 * brought back from it. Then SNAPSHOT_BEGIN to SNAPSHOT_END, then STATELETS, numbered from 1. Every
 * frame has its checksum; the file is only appended to, and replaced as a whole by one with a newer
 * snapshot.
 */
class LogWriter {
 public:
  /** Frames are collected up to so many bytes before they are written. */
  static constexpr std::size_t kBufferBytes = 256u << 10;

  LogWriter() = default;
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /** Begins beside `path`: what is there stays until publish(). False: errno says why. */
  bool begin(const std::string& path, Hello identity);
  /** False when it cannot be written; errno says why. */
  bool append(FrameType type, std::uint64_t seq, ByteView payload);
  /** Hands what was collected to the system: it outlives this process. */
  bool flush();
  /** The snapshot is whole: from now on this is the log. */
  bool publish();
  /** Removes what was begun and not published. */
  void abandon();

  std::uint64_t bytes() const { return bytes_; }

 private:
  std::string path_;
  int fd_ = -1;
  bool published_ = false;
  std::uint64_t bytes_ = 0;
  std::vector<std::uint8_t> buffer_;
};

/** Reads a log's bytes, which lie there as long as the reader does. */
class LogReader {
 public:
  explicit LogReader(ByteView bytes) : rest_(bytes) {}

  /**
   * Whose log it is; nullopt unless it begins as one. Not whole is what has no SNAPSHOT_END: that
   * is found out by reading on.
   */
  std::optional<Hello> identity();
  /**
   * The next frame in its place; nullopt at the end. A tail that is cut short, damaged or out of
   * order is the end too (see torn()): a process that died while it wrote leaves one.
   */
  std::optional<Frame> next();
  bool torn() const { return torn_; }
  /** All of the snapshot has been read. */
  bool snapshotComplete() const { return state_ == State::statelets; }

 private:
  enum class State : std::uint8_t { begin, snapshot, statelets };

  bool inPlace(const Frame& frame) const;

  ByteView rest_;
  State state_ = State::begin;
  std::uint64_t nextChunk_ = 0;
  std::uint64_t nextSeq_ = 1;
  bool torn_ = false;
};

/** All of a file; nullopt when it cannot be read. */
std::optional<std::vector<std::uint8_t>> readFile(const std::string& path);

}  // namespace ferry
