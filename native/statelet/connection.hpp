// One TCP connection that carries frames: bounded buffers, never blocks, says why it ended.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "frame.hpp"
#include "socket.hpp"

namespace ferry {

class Connection {
 public:
  explicit Connection(Descriptor socket);

  int fd() const { return socket_.fd(); }
  const Descriptor& socket() const { return socket_; }

  /** Reads what fits; false when the connection is over (see fault()). */
  bool receive();
  /** The next whole frame among what was read; valid until consume() or receive(). */
  DecodedFrame peek() const;
  void consume(const DecodedFrame& frame);
  /** True when receive() could take more. */
  bool canReceive() const { return filled_ - parsed_ < buffer_.size(); }

  /** True when a new frame may be given to send() or sendOwned(). */
  bool idle() const { return !sending_; }
  /** Begins a frame whose payload stays where it is until idle() again. */
  void send(FrameType type, std::uint64_t seq, ByteView payload);
  /** Begins a frame with a small payload of its own (up to 256 bytes). */
  void sendCopy(FrameType type, std::uint64_t seq, ByteView payload);
  /** Goes on with the frame begun; false when the connection is over. */
  bool pump();

  const std::string& fault() const { return fault_; }

 private:
  bool over(std::string fault);

  Descriptor socket_;
  std::vector<std::uint8_t> buffer_;
  std::size_t parsed_ = 0;  // consumed so far
  std::size_t filled_ = 0;

  bool sending_ = false;
  FrameHeader header_{};
  std::array<std::uint8_t, 256> own_{};
  ByteView payload_;
  std::size_t sent_ = 0;
  std::string fault_;
};

}  // namespace ferry
