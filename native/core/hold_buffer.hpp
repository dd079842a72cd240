// Packets that wait for their turn to be processed: bounded, in arrival order.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ring.hpp"

namespace ferry {

/** One queue a port under one bound for all of them; owned by the worker. */
class HoldBuffer {
 public:
  HoldBuffer(std::size_t ports, std::size_t maxBytes);

  /** Copies a packet in; false when the bound does not allow it. */
  bool push(const Packet& packet);

  /** The packet that came first among the ports for which `open(port)`; false when there is none.
   */
  template <typename Open>
  bool front(Open open, Packet& packet) {
    std::optional<RecordRing::Record> oldest;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      if (!open(static_cast<PortIndex>(i))) continue;
      const auto record = queues_[i]->read(queues_[i]->head());
      if (record && (!oldest || record->stamp < oldest->stamp)) oldest = record;
    }
    if (!oldest) return false;
    const auto length = static_cast<std::uint32_t>(oldest->payload.size());
    packet = {oldest->payload.data(), length, length, oldest->type};
    return true;
  }
  /** Forgets the first packet of a port. */
  void pop(PortIndex port);

  /** Forgets every packet. */
  void clear();

  bool empty(PortIndex port) const { return queues_[port]->empty(); }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t bytes() const { return bytes_; }
  /** Gives the memory back to the system; only while nothing is held. */
  void trim();

 private:
  std::vector<std::unique_ptr<RecordRing>> queues_;
  std::size_t maxBytes_;
  std::uint64_t arrivals_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace ferry
