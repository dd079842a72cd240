// The least that a controller can do for switch_swarm: what it reaches is the limit of the
// generator and of the loopback, which no controller can pass on this machine.
//
//   swarm_limit PORT
//
// Listens on 127.0.0.1:PORT until it is killed. Greets each switch, and answers each packet-in with
// a flow-mod of constant bytes and a packet-out of constant bytes with the same packet, both as
// long as Ferry's. Nothing is checked, learned or looked up; all that was read at once is answered
// at once.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/swarm_frames.hpp"
#include "statelet/socket.hpp"

namespace ferry::swarm {
namespace {

constexpr int kBacklog = 1024;
/** Where the packet stands in a packet-in of switch_swarm. */
constexpr std::size_t kDataAt = kHeaderBytes + 16 + 16 + 2;

/** A flow for a source at a port, on to the next table; and the head of a packet-out. */
std::string answerHead() {
  constexpr std::size_t kFlowBytes = kHeaderBytes + 40 + 24 + 8;
  constexpr std::size_t kPacketOutBytes = kHeaderBytes + 16 + 16 + Probe::kBytes;
  std::string head;
  Writer writer(head);
  writer.header(Type::flowMod, kFlowBytes, 0).u64(1).u64(0).u8(0).u8(0).u16(300).u16(0);
  writer.u16(2000).u32(kNoBuffer).u32(kNoBuffer).u32(kNoBuffer).u16(1).zeros(2);
  writer.u16(1).u16(22).u32(0x80000004).u32(1).u32(0x80000806).mac(0x020000000001).zeros(2);
  writer.u16(1).u16(8).u8(1).zeros(3);
  writer.header(Type::packetOut, kPacketOutBytes, 0).u32(kNoBuffer).u32(1).u16(16).zeros(6);
  writer.u16(0).u16(16).u32(2).zeros(8);
  return head;
}

class Guest {
 public:
  explicit Guest(Descriptor socket) : socket_(std::move(socket)) {
    Writer(out_)
        .header(Type::hello, kHeaderBytes, 1)
        .header(Type::featuresRequest, kHeaderBytes, 2);
    write();
  }

  /** False when the connection is over. */
  bool serve() {
    std::array<std::uint8_t, 65'536> chunk;
    const ssize_t got = recv(socket_.fd(), chunk.data(), chunk.size(), 0);
    if (got <= 0) return got < 0 && errno == EINTR;
    in_.insert(in_.end(), chunk.begin(), chunk.begin() + got);
    std::size_t at = 0;
    while (in_.size() - at >= kHeaderBytes) {
      const Bytes rest(in_.data() + at, in_.size() - at);
      const std::size_t length = readU16(rest, 2);
      if (length < kHeaderBytes) return false;
      if (length > rest.size()) break;
      if (static_cast<Type>(rest[1]) == Type::packetIn && length == kDataAt + Probe::kBytes) {
        out_.append(head_);
        out_.append(reinterpret_cast<const char*>(rest.data()) + kDataAt, Probe::kBytes);
      }
      at += length;
    }
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
    return write();
  }

 private:
  /** Waits for room: the generator reads whatever happens. */
  bool write() {
    std::size_t sent = 0;
    while (sent < out_.size()) {
      const ssize_t took = send(socket_.fd(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
      if (took < 0 && errno != EINTR) return false;
      if (took > 0) sent += static_cast<std::size_t>(took);
    }
    out_.clear();
    return true;
  }

  Descriptor socket_;
  std::vector<std::uint8_t> in_;
  std::string out_;
  const std::string head_ = answerHead();
};

Descriptor listenOn(std::uint16_t port) {
  Descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(made.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!made.open() || bind(made.fd(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      listen(made.fd(), kBacklog) != 0) {
    throw std::runtime_error("cannot listen on this port");
  }
  return made;
}

[[noreturn]] void run(std::uint16_t port) {
  const Descriptor listener = listenOn(port);
  const Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  const auto watch = [&epoll](int fd) {
    epoll_event event{EPOLLIN, {.fd = fd}};
    epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener.fd());
  std::unordered_map<int, std::unique_ptr<Guest>> guests;
  while (true) {
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(epoll.fd(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener.fd()) {
        if (!guests.at(fd)->serve()) guests.erase(fd);
        continue;
      }
      const int accepted = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);
      if (accepted < 0) continue;
      const int on = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(accepted);
      guests[accepted] = std::make_unique<Guest>(Descriptor(accepted));
    }
  }
}

}  // namespace
}  // namespace ferry::swarm

int main(int count, char** arguments) {
  char* end = nullptr;
  const unsigned long port = count == 2 ? std::strtoul(arguments[1], &end, 10) : 0;
  if (port < 1 || port > 65'535 || *end != '\0') {
    std::fprintf(stderr, "usage: swarm_limit PORT\n");
    return 2;
  }
  try {
    ferry::swarm::run(static_cast<std::uint16_t>(port));
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "swarm_limit: %s\n", error.what());
    return 1;
  }
}
