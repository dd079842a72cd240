#include "connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ferry {

Connection::Connection(Descriptor socket)
    : socket_(std::move(socket)), buffer_(kFrameHeaderBytes + kMaxFramePayload) {}

bool Connection::over(std::string fault) {
  fault_ = std::move(fault);
  return false;
}

bool Connection::receive() {
  if (parsed_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + parsed_, filled_ - parsed_);
    filled_ -= parsed_;
    parsed_ = 0;
  }
  if (!canReceive()) return true;
  const ssize_t got = recv(socket_.fd(), buffer_.data() + filled_, buffer_.size() - filled_, 0);
  if (got > 0) {
    filled_ += static_cast<std::size_t>(got);
    return true;
  }
  if (got == 0) return over("the peer closed the connection");
  if (errno == EAGAIN || errno == EINTR) return true;
  return over(std::strerror(errno));
}

DecodedFrame Connection::peek() const {
  return decodeFrame({buffer_.data() + parsed_, filled_ - parsed_});
}

void Connection::consume(const DecodedFrame& frame) { parsed_ += frame.consumed; }

void Connection::send(FrameType type, std::uint64_t seq, ByteView payload) {
  header_ = encodeFrameHeader(type, seq, payload);
  payload_ = payload;
  sent_ = 0;
  sending_ = true;
}

void Connection::sendCopy(FrameType type, std::uint64_t seq, ByteView payload) {
  const std::size_t size = std::min(payload.size(), own_.size());
  if (size != 0) std::memcpy(own_.data(), payload.data(), size);
  send(type, seq, {own_.data(), size});
}

bool Connection::pump() {
  while (sending_) {
    const std::size_t headerSent = std::min(sent_, header_.size());
    const std::size_t payloadSent = sent_ - headerSent;
    std::array<iovec, 2> parts{{
        {header_.data() + headerSent, header_.size() - headerSent},
        {const_cast<std::uint8_t*>(payload_.data()) + payloadSent, payload_.size() - payloadSent},
    }};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t wrote = sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
    if (wrote < 0) {
      if (errno == EAGAIN) return true;
      if (errno == EINTR) continue;
      return over(std::strerror(errno));
    }
    sent_ += static_cast<std::size_t>(wrote);
    sending_ = sent_ < header_.size() + payload_.size();
  }
  return true;
}

}  // namespace ferry
