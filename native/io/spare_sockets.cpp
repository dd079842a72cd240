#include "spare_sockets.hpp"

namespace ferry {

void SpareSockets::make(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto made = PacketSocket::unattached();
    if (!made) return;
    const std::scoped_lock lock(mutex_);
    sockets_.push_back(std::move(*made));
  }
}

std::optional<PacketSocket> SpareSockets::take() {
  const std::scoped_lock lock(mutex_);
  if (sockets_.empty()) return std::nullopt;
  std::optional<PacketSocket> taken(std::move(sockets_.back()));
  sockets_.pop_back();
  return taken;
}

void SpareSockets::drop() {
  const std::scoped_lock lock(mutex_);
  sockets_.clear();
}

}  // namespace ferry
