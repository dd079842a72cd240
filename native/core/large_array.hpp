// Memory for tables of many megabytes that are read at random.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace ferry {

/**
 * Aligns large blocks to huge pages and asks the kernel for them: most of the cost of a random
 * read in a large table is the page walk. A kernel that has none gives ordinary pages.
 */
template <typename T>
struct LargeAllocator {
  using value_type = T;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  LargeAllocator() = default;
  template <typename U>
  explicit(false) LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    const std::size_t alignment = bytes >= kHugePage ? kHugePage : alignof(std::max_align_t) * 4;
    void* block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    // The caller has bounded the size; without memory there is nothing it could do.
    if (block == nullptr) std::abort();
    if (bytes >= kHugePage) madvise(block, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) { std::free(block); }

  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

template <typename T>
using LargeArray = std::vector<T, LargeAllocator<T>>;

}  // namespace ferry
