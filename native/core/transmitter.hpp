// Sends frames on the ports of one instance, with bounded patience when a transmit ring is full.
#pragma once

#include <memory>
#include <vector>

#include "../io/port.hpp"
#include "nf.hpp"
#include "output_gate.hpp"
#include "telemetry.hpp"

namespace ferry {

class Transmitter final : public Output {
 public:
  Transmitter(std::span<const std::unique_ptr<Port>> ports, Telemetry& telemetry)
      : ports_(ports), telemetry_(telemetry) {}

  /**
   * Queues a frame. A full ring is waited for up to 20 ms (back-pressure: the receive rings fill
   * meanwhile); then the frame is dropped and counted as txDropped.
   */
  void transmit(PortIndex port, ByteView frame) override {
    if (!committing_) return send(port, frame);
    if (!gate_.hold(port, frame)) return telemetry_.txDropped.add();
    telemetry_.committedPackets.add();
  }
  void flush();

  // Output commit.

  /** While on, frames are held until release(); off lets those that there are leave. */
  void setCommitting(bool on);
  OutputGate& gate() { return gate_; }
  void release(std::uint64_t acked) {
    gate_.release(acked, [this](PortIndex port, ByteView frame) { send(port, frame); });
  }

 private:
  void send(PortIndex port, ByteView frame);
  void waitAndTransmit(Port& port, ByteView frame);

  std::span<const std::unique_ptr<Port>> ports_;
  Telemetry& telemetry_;
  OutputGate gate_;
  bool committing_ = false;
};

}  // namespace ferry
