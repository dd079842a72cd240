#include "hold_buffer.hpp"

namespace ferry {

HoldBuffer::HoldBuffer(std::size_t ports, std::size_t maxBytes) : maxBytes_(maxBytes) {
  for (std::size_t i = 0; i < ports; ++i) {
    queues_.push_back(std::make_unique<RecordRing>(maxBytes));
  }
}

bool HoldBuffer::push(const Packet& packet) {
  if (bytes_ + packet.length > maxBytes_) return false;
  if (!queues_[packet.port]->push(packet.port, arrivals_, {packet.data, packet.length})) {
    return false;
  }
  arrivals_++;
  packets_++;
  bytes_ += packet.length;
  return true;
}

void HoldBuffer::pop(PortIndex port) {
  auto& queue = *queues_[port];
  const auto record = queue.read(queue.head());
  if (!record) return;
  packets_--;
  bytes_ -= record->payload.size();
  queue.release(record->next);
}

void HoldBuffer::clear() {
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    while (!queues_[i]->empty()) pop(static_cast<PortIndex>(i));
  }
}

void HoldBuffer::trim() {
  for (const auto& queue : queues_) queue->trim();
}

}  // namespace ferry
