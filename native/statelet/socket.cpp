#include "socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace ferry {
namespace {

// What waits unsent in the kernel delays the statelet that comes next; this is 10 ms at 100 Mbit/s.
constexpr int kNotSentLowWater = 128 << 10;
constexpr int kPriorityBulk = 2;       // TC_PRIO_BULK
constexpr int kTrafficClass = 8 << 2;  // DSCP CS1 (RFC 8622's elder: lower effort)

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    found = nullptr;
  }
  return {found, &freeaddrinfo};
}

Error invalid(const std::string& address) {
  return {"ADDRESS_INVALID", "address", "'" + address + "' is not a numeric IP address."};
}

Error failed(const char* code, const std::string& what) {
  return {code, "address", what + ": " + std::strerror(errno)};
}

/** Options the stream can do without when the system refuses them. */
void tune(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentLowWater, sizeof kNotSentLowWater);
  setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &kPriorityBulk, sizeof kPriorityBulk);
  setsockopt(fd, IPPROTO_IP, IP_TOS, &kTrafficClass, sizeof kTrafficClass);
  setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &kTrafficClass, sizeof kTrafficClass);
  // IP_TOS sets the priority too; the one wanted is set last.
  setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &kPriorityBulk, sizeof kPriorityBulk);
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

OpenedSocket listenOn(const std::string& address) {
  const auto found = resolve(address, 0);
  if (!found) return invalid(address);
  Descriptor opened(
      socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!opened.open()) return failed("LISTEN_FAILED", "No socket");
  tune(opened.fd());  // accepted sockets inherit
  if (bind(opened.fd(), found->ai_addr, found->ai_addrlen) != 0 || listen(opened.fd(), 4) != 0) {
    return failed("LISTEN_FAILED", "Cannot listen on " + address);
  }
  return opened;
}

OpenedSocket connectTo(const std::string& address, std::uint16_t port) {
  const auto found = resolve(address, port);
  if (!found) return invalid(address);
  Descriptor opened(
      socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!opened.open()) return failed("CONNECT_FAILED", "No socket");
  tune(opened.fd());
  if (connect(opened.fd(), found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
    return failed("CONNECT_FAILED", "Cannot connect to " + address);
  }
  return opened;
}

Descriptor acceptFrom(const Descriptor& listener) {
  return Descriptor(accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

std::uint16_t localPort(const Descriptor& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  // The port is at the same place in either family's address.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

std::string peerName(const Descriptor& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char host[NI_MAXHOST] = "";
  char service[NI_MAXSERV] = "";
  if (getpeername(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host, sizeof host, service,
                  sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "unknown";
  }
  return std::string(host) + ":" + service;
}

int connectError(const Descriptor& socket) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

}  // namespace ferry
