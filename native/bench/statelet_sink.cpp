// Takes a stream of statelets and throws it away: what sending them costs, and nothing else.
//
//   statelet_sink ADDRESS
//
// Prints {"port":N}, accepts any source on it, acknowledges what comes, and ends with its input.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <optional>

#include "core/clock.hpp"
#include "statelet/connection.hpp"
#include "statelet/session.hpp"

namespace ferry {
namespace {

/** One source's connection, answered as a destination would that is always up to date. */
class Sink {
 public:
  explicit Sink(Descriptor socket) : connection_(std::move(socket)) {}

  int fd() const { return connection_.fd(); }
  bool wantsToWrite() const { return !connection_.idle(); }

  /** False when the connection is over. */
  bool step() {
    const bool alive = connection_.receive();
    for (DecodedFrame decoded = connection_.peek(); decoded.status != Status::needMore;
         decoded = connection_.peek()) {
      if (decoded.status == Status::malformed) return false;
      if (decoded.frame.type == FrameType::hello) greeted_ = true;
      if (isReliable(decoded.frame.type)) newest_ = decoded.frame.seq;
      connection_.consume(decoded);
    }
    while (connection_.pump() && connection_.idle()) {
      if (!answer()) return alive;
    }
    return alive;
  }

 private:
  using Status = DecodedFrame::Status;

  bool answer() {
    const std::uint64_t now = monotonicNs();
    if (!greeted_) return false;
    if (!welcomed_) {
      welcomed_ = true;
      connection_.sendCopy(FrameType::welcome, 1, {});
    } else if (newest_ > acknowledged_) {
      acknowledged_ = newest_;
      connection_.sendCopy(FrameType::ack, newest_, {});
    } else if (now - beatNs_ >= Session::kHeartbeatNs) {
      beatNs_ = now;
      connection_.sendCopy(FrameType::heartbeat, newest_, {});
    } else {
      return false;
    }
    return true;
  }

  Connection connection_;
  bool greeted_ = false;
  bool welcomed_ = false;
  std::uint64_t newest_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t beatNs_ = 0;
};

void serve(const Descriptor& listener) {
  std::optional<Sink> sink;
  for (;;) {
    std::array<pollfd, 3> wait{};
    wait[0] = {STDIN_FILENO, POLLIN, 0};
    wait[1] = {listener.fd(), POLLIN, 0};
    const bool writing = sink && sink->wantsToWrite();
    wait[2] = {sink ? sink->fd() : -1, static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN), 0};
    if (poll(wait.data(), wait.size(), 50) < 0) return;
    std::array<char, 64> ignored;
    if (wait[0].revents != 0 && read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0) return;
    if (sink && !sink->step()) sink.reset();
    if (Descriptor accepted = acceptFrom(listener); accepted.open()) {
      sink.emplace(std::move(accepted));
    }
  }
}

}  // namespace
}  // namespace ferry

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: statelet_sink ADDRESS\n");
    return 2;
  }
  auto listener = ferry::listenOn(arguments[1]);
  if (const auto* error = std::get_if<ferry::Error>(&listener)) {
    std::fprintf(stderr, "statelet_sink: %s: %s\n", error->code.c_str(), error->message.c_str());
    return 1;
  }
  const auto* socket = std::get_if<ferry::Descriptor>(&listener);
  std::printf("{\"port\":%u}\n", static_cast<unsigned>(ferry::localPort(*socket)));
  std::fflush(stdout);
  ferry::serve(*socket);
  return 0;
}
