// TCP sockets of the stream: created non-blocking, with the options that keep it behind the data.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "../core/error.hpp"

namespace ferry {

/** Owns a file descriptor. */
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

using OpenedSocket = std::variant<Descriptor, Error>;

/** Listens on a numeric address, port chosen by the kernel. Errors: ADDRESS_INVALID, LISTEN_FAILED.
 */
OpenedSocket listenOn(const std::string& address);
/** Starts to connect; writable when done. Errors: ADDRESS_INVALID, CONNECT_FAILED. */
OpenedSocket connectTo(const std::string& address, std::uint16_t port);
/** The next waiting connection, or a closed descriptor. */
Descriptor acceptFrom(const Descriptor& listener);

/** Port that a socket is bound to; 0 when it cannot be told. */
std::uint16_t localPort(const Descriptor& socket);
/** "address:port" of the peer, for events. */
std::string peerName(const Descriptor& socket);
/** The error a connect() ended with; 0: connected. */
int connectError(const Descriptor& socket);

}  // namespace ferry
