#include "transmitter.hpp"

#include <poll.h>

#include "clock.hpp"

namespace ferry {
namespace {

constexpr std::uint64_t kPatienceNs = 20 * kMs;

}  // namespace

void Transmitter::setCommitting(bool on) {
  if (committing_ && !on) gate_.open([this](PortIndex port, ByteView frame) { send(port, frame); });
  committing_ = on;
}

void Transmitter::send(PortIndex port, ByteView frame) {
  if (port >= ports_.size()) {
    telemetry_.txDropped.add();
    return;
  }
  if (ports_[port]->transmit(frame) == TransmitResult::ringFull) {
    waitAndTransmit(*ports_[port], frame);
  }
}

void Transmitter::waitAndTransmit(Port& port, ByteView frame) {
  const std::uint64_t begin = monotonicNs();
  std::uint64_t now = begin;
  bool full = true;
  while (full && now - begin < kPatienceNs && !port.linkDown()) {
    port.flush();
    full = port.transmit(frame) == TransmitResult::ringFull;
    if (full) {
      pollfd writable{port.pollFd(), POLLOUT, 0};
      poll(&writable, 1, 1);
    }
    now = monotonicNs();
  }
  if (full) telemetry_.txDropped.add();
  telemetry_.txWaitUs.add((now - begin) / 1000);
}

void Transmitter::flush() {
  for (const auto& port : ports_) port->flush();
}

}  // namespace ferry
