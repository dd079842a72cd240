// A link in memory between two ports, with a hand in the middle that may spoil what passes.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "frames.hpp"
#include "io/port.hpp"

namespace ferry::test {

/** The frames on their way to one end. */
class MemoryQueue {
 public:
  MemoryQueue() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~MemoryQueue() { close(fd_); }
  MemoryQueue(const MemoryQueue&) = delete;
  MemoryQueue& operator=(const MemoryQueue&) = delete;

  void push(Frame frame) {
    const std::lock_guard lock(mutex_);
    frames_.push_back(std::move(frame));
    const std::uint64_t one = 1;
    if (write(fd_, &one, sizeof one) < 0) std::abort();
  }

  std::vector<Frame> pop(std::size_t most) {
    const std::lock_guard lock(mutex_);
    std::vector<Frame> taken;
    while (!frames_.empty() && taken.size() < most) {
      taken.push_back(std::move(frames_.front()));
      frames_.pop_front();
    }
    std::uint64_t count = 0;
    if (frames_.empty() && read(fd_, &count, sizeof count) < 0) count = 0;
    return taken;
  }

  int fd() const { return fd_; }

 private:
  int fd_;
  std::mutex mutex_;
  std::deque<Frame> frames_;
};

/** What becomes of a frame: the frames to deliver instead of it, in order. */
using Middle = std::function<std::vector<Frame>(Frame)>;

class MemoryPort final : public Port {
 public:
  MemoryPort(std::shared_ptr<MemoryQueue> in, std::shared_ptr<MemoryQueue> out, Middle middle)
      : in_(std::move(in)), out_(std::move(out)), middle_(std::move(middle)) {}

  std::size_t receive(std::span<Packet> burst) override {
    held_ = in_->pop(burst.size());
    for (std::size_t i = 0; i < held_.size(); ++i) {
      const auto length = static_cast<std::uint32_t>(held_[i].size());
      burst[i] = {held_[i].data(), length, length, 0};
    }
    return held_.size();
  }
  void release() override { held_.clear(); }
  TransmitResult transmit(ByteView frame) override {
    for (Frame& passed : middle_(Frame(frame.begin(), frame.end()))) out_->push(std::move(passed));
    return TransmitResult::queued;
  }
  void flush() override {}
  int pollFd() const override { return in_->fd(); }
  bool drained() override { return held_.empty(); }
  bool linkDown() const override { return false; }
  void checkLink() override {}
  PortStats stats() override { return {}; }

 private:
  std::shared_ptr<MemoryQueue> in_;
  std::shared_ptr<MemoryQueue> out_;
  Middle middle_;
  std::vector<Frame> held_;
};

inline std::vector<Frame> passOn(Frame frame) {
  std::vector<Frame> frames;
  frames.push_back(std::move(frame));
  return frames;
}

}  // namespace ferry::test
