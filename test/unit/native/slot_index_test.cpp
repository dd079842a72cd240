// The hash index and the free slots, against plain containers.
#include "statelet/slot_index.hpp"

#include <map>
#include <random>
#include <set>

#include "check.hpp"
#include "statelet/free_slots.hpp"

namespace ferry::test {
namespace {

TEST("an index full of colliding hashes finds what is in it and nothing else") {
  std::mt19937_64 random(seed());
  for (const std::uint32_t spread : {1u, 3u, 7u, 1000u}) {
    constexpr std::uint32_t kCapacity = 64;
    SlotIndex index(kCapacity);
    std::map<std::uint32_t, std::uint32_t> hashBySlot;
    for (int step = 0; step < 5000; ++step) {
      const auto slot = static_cast<std::uint32_t>(random() % kCapacity);
      if (const auto found = hashBySlot.find(slot); found != hashBySlot.end()) {
        index.erase(found->second, slot);
        hashBySlot.erase(found);
      } else {
        // The last cells, so that probing goes around the end.
        const auto hash = static_cast<std::uint32_t>(0xffffffff - random() % spread);
        index.insert(hash, slot);
        hashBySlot[slot] = hash;
      }
      for (std::uint32_t each = 0; each < kCapacity; ++each) {
        const auto found = hashBySlot.find(each);
        const std::uint32_t hash = found == hashBySlot.end() ? 0xffffffff : found->second;
        const std::uint32_t got = index.find(hash, [&](std::uint32_t s) { return s == each; });
        CHECK_EQ(got, found == hashBySlot.end() ? SlotIndex::kNone : each);
      }
    }
  }
}

TEST("clear forgets everything") {
  SlotIndex index(4);
  index.insert(9, 1);
  index.clear();
  CHECK_EQ(index.find(9, [](std::uint32_t) { return true; }), SlotIndex::kNone);
}

TEST("free slots agree with a set, for sizes around the levels of the tree") {
  std::mt19937_64 random(seed() + 1);
  for (const std::uint32_t capacity : {1u, 2u, 63u, 64u, 65u, 4095u, 4096u, 4097u}) {
    FreeSlots slots(capacity);
    std::set<std::uint32_t> free;
    for (std::uint32_t slot = 0; slot < capacity; ++slot) free.insert(slot);
    for (int step = 0; step < 3000; ++step) {
      const auto slot = static_cast<std::uint32_t>(random() % capacity);
      if (!free.contains(slot)) {
        slots.give(slot);
        free.insert(slot);
      } else if (random() % 2 == 0) {
        slots.take(slot);
        free.erase(slot);
      } else {
        CHECK_EQ(slots.takeLowest(), *free.begin());
        free.erase(free.begin());
      }
      const auto from = static_cast<std::uint32_t>(random() % capacity);
      std::uint32_t next = from;
      while (next < capacity && free.contains(next)) ++next;
      CHECK_EQ(slots.nextTaken(from), next);
    }
    while (slots.takeLowest() != FreeSlots::kNone) free.erase(free.begin());
    CHECK(free.empty());
    slots.giveAll();
    CHECK_EQ(slots.nextTaken(0), capacity);
    CHECK_EQ(slots.takeLowest(), 0u);
  }
}

}  // namespace
}  // namespace ferry::test
