#include "ring.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace ferry {

RecordRing::RecordRing(std::size_t capacity, const RingLap& lap)
    : memory_(nullptr), mask_(std::bit_ceil(std::max<std::size_t>(capacity, 4096)) - 1), lap_(lap) {
  void* memory = mmap(nullptr, mask_ + 1, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<std::uint8_t*>(memory);
}

RecordRing::~RecordRing() { munmap(memory_, mask_ + 1); }

std::span<std::uint8_t> RecordRing::reserve(std::size_t bytes) {
  const std::size_t needed = recordBytes(bytes);
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const auto place = static_cast<std::size_t>(tail & mask_);
  const std::size_t toEnd = capacity() - place;
  const auto fits = [&](std::size_t skip) {
    return capacity() - (tail - cachedHead_) >= skip + needed;
  };
  if (needed > capacity()) return {};
  std::size_t skip = toEnd < needed ? toEnd : 0;
  const bool far = place >= lap_.bytes;
  if (far || !fits(skip)) cachedHead_ = head_.load(std::memory_order_acquire);
  if (far && tail - cachedHead_ <= lap_.mostHeld && fits(toEnd)) skip = toEnd;
  if (!fits(skip)) return {};
  if (skip != 0) {
    header(tail) = {0, 0, 1, 0, 0};
    skipped_.store(skip, std::memory_order_relaxed);
  }
  reserved_ = tail + skip;
  return {memory_ + (reserved_ & mask_) + sizeof(Header), bytes};
}

void RecordRing::commit(std::uint8_t type, std::uint64_t stamp, std::size_t bytes) {
  header(reserved_) = {static_cast<std::uint32_t>(bytes), type, 0, 0, stamp};
  tail_.store(reserved_ + recordBytes(bytes), std::memory_order_release);
}

bool RecordRing::push(std::uint8_t type, std::uint64_t stamp, ByteView payload) {
  const auto room = reserve(payload.size());
  if (room.data() == nullptr) return false;
  if (!payload.empty()) std::memcpy(room.data(), payload.data(), payload.size());
  commit(type, stamp, payload.size());
  return true;
}

std::optional<RecordRing::Record> RecordRing::read(std::uint64_t position) const {
  if (position == tail_.load(std::memory_order_acquire)) return std::nullopt;
  if (header(position).padding != 0) position += capacity() - (position & mask_);
  const Header& found = header(position);
  std::uint8_t* payload = memory_ + (position & mask_) + sizeof(Header);
  return Record{
      found.type, found.stamp, {payload, found.length}, position + recordBytes(found.length)};
}

void RecordRing::trim() {
  madvise(memory_, mask_ + 1, MADV_DONTNEED);
  tail_.store(0, std::memory_order_relaxed);
  head_.store(0, std::memory_order_relaxed);
  skipped_.store(0, std::memory_order_relaxed);
  reserved_ = cachedHead_ = 0;
}

}  // namespace ferry
