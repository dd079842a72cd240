// Packet sockets made before anybody knows which interfaces they are for.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "packet_socket.hpp"

namespace ferry {

/** May be used from any thread. Each socket takes PacketSocket::kRingBytes of the kernel's memory.
 */
class SpareSockets {
 public:
  /** Makes so many, or as many as the kernel gives. */
  void make(std::size_t count);
  std::optional<PacketSocket> take();
  /** Gives back what nobody took. */
  void drop();

 private:
  std::mutex mutex_;
  std::vector<PacketSocket> sockets_;
};

}  // namespace ferry
