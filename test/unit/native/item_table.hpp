// A table of items with a unique key each, what is sent of it, and what it holds: for its tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "check.hpp"
#include "statelet/state_table.hpp"

namespace ferry::test {

/** A key, and a count that deltas carry. */
struct Item {
  struct Base {
    std::uint64_t count = 0;
  };
  static constexpr std::size_t kMaxBytes = 4 + 10;

  std::uint32_t key = 0;
  std::uint64_t count = 0;

  Base base() const { return {count}; }
  void encode(ByteWriter& out) const {
    out.fixed(key);
    out.varint(count);
  }
  bool decode(ByteReader& in) {
    key = in.fixed<std::uint32_t>();
    count = in.varint();
    return !in.failed();
  }
  void encodeDelta(ByteWriter& out, const Base& base) const { out.varint(count - base.count); }
  bool applyDelta(ByteReader& in) {
    count += in.varint();
    return !in.failed();
  }
  friend bool operator==(const Item&, const Item&) = default;
};

/** An item whose changes are sent whole. */
struct PlainItem {
  static constexpr std::size_t kMaxBytes = 4;
  std::uint32_t key = 0;
  void encode(ByteWriter& out) const { out.fixed(key); }
  bool decode(ByteReader& in) {
    key = in.fixed<std::uint32_t>();
    return !in.failed();
  }
};

using Table = StateTable<Item>;
using Bytes = std::vector<std::uint8_t>;
using Contents = std::map<std::uint32_t, std::pair<std::uint32_t, std::uint64_t>>;

/** An owner with one unique key an entry. */
struct Store {
  Table items;
  std::map<std::uint32_t, std::uint32_t> slotByKey;

  explicit Store(std::uint32_t capacity, std::uint32_t marks = 16384, std::uint32_t copies = 16384)
      : items(capacity, marks, copies) {}

  bool acceptable(const Item& item) const { return item.key != 0; }
  std::uint32_t conflicting(const Item& item) const {
    const auto found = slotByKey.find(item.key);
    return found == slotByKey.end() ? Table::kNone : found->second;
  }
  void index(std::uint32_t slot) { slotByKey[items.at(slot).key] = slot; }
  void unindex(std::uint32_t slot) { slotByKey.erase(items.at(slot).key); }

  bool add(std::uint32_t key) {
    const std::uint32_t slot = items.allocate();
    if (slot == Table::kNone) return false;
    items.touch(slot).key = key;
    index(slot);
    return true;
  }
  void remove(std::uint32_t key) {
    const std::uint32_t slot = slotByKey.at(key);
    unindex(slot);
    items.release(slot);
  }
  Contents contents() const {
    Contents all;
    for (std::uint32_t slot = 0; slot < items.capacity(); ++slot) {
      if (items.live(slot)) all[slot] = {items.at(slot).key, items.at(slot).count};
    }
    return all;
  }
  /** One step: a key of a few is added, removed or counted up. */
  void step(std::mt19937_64& random) {
    const auto key = static_cast<std::uint32_t>(1 + random() % (items.capacity() * 2));
    if (!slotByKey.contains(key)) {
      add(key);
    } else if (random() % 3 == 0) {
      remove(key);
    } else {
      items.touch(slotByKey.at(key)).count += random() % 1000;
    }
  }
  bool consistent() const {
    for (const auto& [key, slot] : slotByKey) {
      if (!items.live(slot) || items.at(slot).key != key) return false;
    }
    return slotByKey.size() == items.size() && contents().size() == items.size();
  }
};

inline Bytes collectOnce(Table& table, std::size_t room) {
  Bytes bytes(room);
  ByteWriter out(bytes.data(), bytes.size());
  table.collect(out);
  CHECK(!out.overflowed());
  bytes.resize(out.size());
  return bytes;
}

inline Bytes snapshotOnce(Table& table, std::size_t room) {
  Bytes bytes(room);
  ByteWriter out(bytes.data(), bytes.size());
  table.writeSnapshot(out);
  CHECK(!out.overflowed());
  bytes.resize(out.size());
  return bytes;
}

inline ApplyStatus applyTo(Store& store, const Bytes& bytes) {
  ByteReader in({bytes.data(), bytes.size()});
  const ApplyStatus status = store.items.apply(in, store);
  if (status == ApplyStatus::ok) CHECK(in.done());
  return status;
}

inline ApplyStatus installTo(Store& store, const Bytes& bytes) {
  ByteReader in({bytes.data(), bytes.size()});
  return store.items.install(in, store);
}

}  // namespace ferry::test
