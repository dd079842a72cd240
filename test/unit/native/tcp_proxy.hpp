// A TCP proxy on loopback that cuts, stalls and chops what passes.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "statelet/socket.hpp"

namespace ferry::test {

class TcpProxy {
 public:
  /** Forwards connections to 127.0.0.1:`target`, in pieces of at most `maxPiece` bytes. */
  TcpProxy(std::uint16_t target, std::size_t maxPiece, std::uint64_t seed)
      : target_(target), maxPiece_(maxPiece), random_(seed) {
    listener_ = std::move(std::get<Descriptor>(listenOn("127.0.0.1")));
    port_ = localPort(listener_);
    thread_ = std::thread(&TcpProxy::run, this);
  }
  ~TcpProxy() {
    stopping_ = true;
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  /** Closes what is open; new connections are welcome again. */
  void cut() { cuts_++; }
  /** While true bytes wait in the proxy: those to the target, those from it. */
  void stall(bool to, bool from) {
    stalledTo_ = to;
    stalledFrom_ = from;
  }
  /** While true new connections are closed at once. */
  void refuse(bool on) { refusing_ = on; }

 private:
  struct Pipe {
    Descriptor from;
    Descriptor to;
  };

  void run() {
    unsigned seenCuts = 0;
    while (!stopping_) {
      if (const unsigned cuts = cuts_; cuts != seenCuts) {
        seenCuts = cuts;
        pipes_.clear();
      }
      accept();
      bool moved = false;
      for (std::size_t i = 0; i < pipes_.size();) {
        const int forth = stalledTo_ ? 0 : move(pipes_[i].from, pipes_[i].to);
        const int back = stalledFrom_ ? 0 : move(pipes_[i].to, pipes_[i].from);
        const int result = std::max(forth, back);
        moved = moved || result == 1;
        if (result == 2) {
          pipes_.erase(pipes_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
          ++i;
        }
      }
      if (!moved) poll(nullptr, 0, 1);
    }
  }

  void accept() {
    while (true) {
      Descriptor from = acceptFrom(listener_);
      if (!from.open()) return;
      if (refusing_) continue;
      auto opened = connectTo("127.0.0.1", target_);
      if (auto* to = std::get_if<Descriptor>(&opened)) {
        pollfd writable{to->fd(), POLLOUT, 0};
        poll(&writable, 1, 1000);
        pipes_.push_back({std::move(from), std::move(*to)});
      }
    }
  }

  /** 0: nothing to do, 1: moved, 2: over. */
  int move(const Descriptor& from, const Descriptor& to) {
    char piece[65536];
    const std::size_t size = 1 + random_() % maxPiece_;
    const ssize_t got = recv(from.fd(), piece, std::min(size, sizeof piece), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN ? 0 : 2;
    if (got == 0) return 2;
    for (ssize_t sent = 0; sent < got && !stopping_;) {
      const auto left = static_cast<std::size_t>(got - sent);
      const ssize_t wrote = send(to.fd(), piece + sent, left, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (wrote < 0 && errno != EAGAIN) return 2;
      if (wrote < 0) poll(nullptr, 0, 1);
      sent += std::max<ssize_t>(wrote, 0);
    }
    return 1;
  }

  std::uint16_t target_;
  std::size_t maxPiece_;
  std::mt19937_64 random_;
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::vector<Pipe> pipes_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stalledTo_{false};
  std::atomic<bool> stalledFrom_{false};
  std::atomic<bool> refusing_{false};
  std::atomic<unsigned> cuts_{0};
  std::thread thread_;
};

}  // namespace ferry::test
