// Takes packets from one port one at a time; a burst may wait half done when something downstream
// is full.
#pragma once

#include <array>

#include "../io/port.hpp"

namespace ferry {

class PortReader {
 public:
  static constexpr std::size_t kBurst = 64;

  PortReader(Port& port, PortIndex index, const MacAddress& mac)
      : port_(port), index_(index), mac_(mac) {}

  /** Receives a burst unless one is still unfinished; true when there are packets. */
  bool fill() {
    if (next_ < count_) return true;
    count_ = port_.receive(packets_);
    next_ = 0;
    for (std::size_t i = 0; i < count_; ++i) packets_[i].port = index_;
    return count_ > 0;
  }

  bool pending() const { return next_ < count_; }
  Packet& front() { return packets_[next_]; }
  /** Done with the front packet; the burst is given back after its last. */
  void pop() {
    if (++next_ < count_) return;
    port_.release();
    count_ = next_ = 0;
  }

  /** True when every frame that has reached this port so far has been taken. */
  bool drained() { return !pending() && port_.drained(); }

  Port& port() { return port_; }
  PortIndex index() const { return index_; }
  const MacAddress& mac() const { return mac_; }

 private:
  Port& port_;
  PortIndex index_;
  MacAddress mac_;
  std::array<Packet, kBurst> packets_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

}  // namespace ferry
