// Sends frames on the ports of one instance, with bounded patience when a transmit ring is full.
#pragma once

#include <memory>
#include <vector>

#include "../io/port.hpp"
#include "nf.hpp"
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
  void transmit(PortIndex port, ByteView frame) override;
  void flush();

 private:
  void waitAndTransmit(Port& port, ByteView frame);

  std::span<const std::unique_ptr<Port>> ports_;
  Telemetry& telemetry_;
};

}  // namespace ferry
