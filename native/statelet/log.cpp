#include "log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "bytes.hpp"

namespace ferry {
namespace {

std::string beginningOf(const std::string& path) { return path + ".next"; }

bool writeAll(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

LogWriter::~LogWriter() {
  abandon();
  if (fd_ >= 0) close(fd_);
}

bool LogWriter::begin(const std::string& path, Hello identity) {
  abandon();
  if (fd_ >= 0) close(fd_);
  path_ = path;
  published_ = false;
  bytes_ = 0;
  buffer_.clear();
  fd_ = open(beginningOf(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd_ < 0) return false;
  identity.token = {};
  std::array<std::uint8_t, kMaxRecordBytes> record;
  ByteWriter out(record.data(), record.size());
  identity.write(out);
  return append(FrameType::hello, 0, out.view());
}

bool LogWriter::append(FrameType type, std::uint64_t seq, ByteView payload) {
  const FrameHeader header = encodeFrameHeader(type, seq, payload);
  buffer_.insert(buffer_.end(), header.begin(), header.end());
  buffer_.insert(buffer_.end(), payload.begin(), payload.end());
  bytes_ += header.size() + payload.size();
  return buffer_.size() < kBufferBytes || flush();
}

bool LogWriter::flush() {
  const bool written = fd_ >= 0 && writeAll(fd_, buffer_);
  buffer_.clear();
  return written;
}

bool LogWriter::publish() {
  if (!flush() || std::rename(beginningOf(path_).c_str(), path_.c_str()) != 0) return false;
  published_ = true;
  return true;
}

void LogWriter::abandon() {
  if (fd_ >= 0 && !published_) unlink(beginningOf(path_).c_str());
}

std::optional<Hello> LogReader::identity() {
  const DecodedFrame decoded = decodeFrame(rest_);
  Hello hello;
  if (state_ != State::begin || decoded.status != DecodedFrame::Status::whole ||
      decoded.frame.type != FrameType::hello || !hello.read(decoded.frame.payload)) {
    return std::nullopt;
  }
  rest_ = rest_.subspan(decoded.consumed);
  state_ = State::snapshot;
  return hello;
}

bool LogReader::inPlace(const Frame& frame) const {
  if (state_ == State::statelets) {
    return frame.type == FrameType::statelets && frame.seq == nextSeq_ &&
           frame.payload.size() <= kMaxStateletBytes;
  }
  const bool first = nextChunk_ == 0;
  const bool known =
      first ? frame.type == FrameType::snapshotBegin
            : frame.type == FrameType::snapshot || frame.type == FrameType::snapshotEnd;
  return state_ == State::snapshot && known && frame.seq == nextChunk_;
}

std::optional<Frame> LogReader::next() {
  if (rest_.empty() || torn_) return std::nullopt;
  const DecodedFrame decoded = decodeFrame(rest_);
  torn_ = decoded.status != DecodedFrame::Status::whole || !inPlace(decoded.frame);
  if (torn_) return std::nullopt;
  rest_ = rest_.subspan(decoded.consumed);
  if (state_ == State::statelets) {
    nextSeq_++;
  } else {
    nextChunk_++;
    if (decoded.frame.type == FrameType::snapshotEnd) state_ = State::statelets;
  }
  return decoded.frame;
}

std::optional<std::vector<std::uint8_t>> readFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  bool good = fstat(fd, &status) == 0;
  if (good) bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (good && filled < bytes.size()) {
    const ssize_t got = read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  good = good && filled == bytes.size();
  close(fd);
  if (!good) return std::nullopt;
  return bytes;
}

}  // namespace ferry
