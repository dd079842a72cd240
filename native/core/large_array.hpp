// Memory for tables of many megabytes that are read at random.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace ferry {

/**
 * A fixed array whose elements start as zero bytes, which must be a value that T can have. Nothing
 * is touched until it is used: a standby with a table of a hundred megabytes starts at once, and
 * the kernel zeroes the pages as state arrives. Asks for huge pages: most of the cost of a random
 * read in a large table is the page walk. A kernel that has none gives ordinary pages.
 */
template <typename T>
requires std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>
class LargeArray {
 public:
  LargeArray() = default;
  explicit LargeArray(std::size_t size) : size_(size) {
    if (size == 0) return;
    void* block = mmap(nullptr, mappedBytes(), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED) throw std::bad_alloc();
    if (mappedBytes() >= kHugePage) madvise(block, mappedBytes(), MADV_HUGEPAGE);
    data_ = static_cast<T*>(block);
  }
  ~LargeArray() {
    if (data_ != nullptr) munmap(data_, mappedBytes());
  }
  LargeArray(LargeArray&& other) noexcept : data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
  }
  LargeArray(const LargeArray&) = delete;
  LargeArray& operator=(const LargeArray&) = delete;
  LargeArray& operator=(LargeArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  /** Every element zero bytes again; gives the memory back. */
  void clear() {
    if (size_ == 0 || madvise(data_, mappedBytes(), MADV_DONTNEED) == 0) return;
    std::memset(static_cast<void*>(data_), 0, size_ * sizeof(T));
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t kPage = 4096;

  std::size_t mappedBytes() const {
    const std::size_t bytes = size_ * sizeof(T);
    const std::size_t unit = bytes >= kHugePage ? kHugePage : kPage;
    return (bytes + unit - 1) / unit * unit;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ferry
