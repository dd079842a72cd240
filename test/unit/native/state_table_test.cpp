// StateTable against a plain model: statelets, snapshots, copy on write, bounds.
#include "item_table.hpp"

namespace ferry::test {
namespace {

TEST("replay: what is collected makes an equal table, whatever the room and the moment") {
  std::mt19937_64 random(seed());
  for (int round = 0; round < 30; ++round) {
    const auto capacity = static_cast<std::uint32_t>(1 + random() % 200);
    Store live(capacity);
    Store replica(capacity);
    for (int step = 0; step < 600; ++step) {
      live.step(random);
      // Now and then a part of what is marked, and packets go on in between.
      if (random() % 20 == 0) {
        const std::size_t room = Table::kMaxSectionBytes + random() % 100;
        CHECK(applyTo(replica, collectOnce(live.items, room)) == ApplyStatus::ok);
        CHECK(replica.consistent());
      }
    }
    while (live.items.dirty()) {
      CHECK(applyTo(replica, collectOnce(live.items, Table::kMaxSectionBytes)) == ApplyStatus::ok);
    }
    CHECK(live.contents() == replica.contents());
    CHECK(replica.consistent());
  }
}

TEST("point in time: a snapshot written while the table changes, then the statelets") {
  std::mt19937_64 random(seed() + 1);
  for (int round = 0; round < 30; ++round) {
    const auto capacity = static_cast<std::uint32_t>(1 + random() % 300);
    Store live(capacity);
    for (int step = 0; step < 400; ++step) live.step(random);
    live.items.beginSnapshot();
    const Contents then = live.contents();
    Store replica(capacity);
    std::vector<Bytes> statelets;
    while (!live.items.snapshotComplete()) {
      const std::size_t room = Table::kMaxSectionBytes + random() % 100;
      CHECK(installTo(replica, snapshotOnce(live.items, room)) == ApplyStatus::ok);
      for (std::uint64_t steps = random() % 30; steps > 0; --steps) live.step(random);
      if (random() % 4 == 0) statelets.push_back(collectOnce(live.items, 200));
    }
    live.items.endSnapshot();
    CHECK(replica.contents() == then);
    while (live.items.dirty()) statelets.push_back(collectOnce(live.items, 4096));
    for (const Bytes& bytes : statelets) CHECK(applyTo(replica, bytes) == ApplyStatus::ok);
    CHECK(replica.contents() == live.contents());
    CHECK(replica.consistent());
  }
}

TEST("a snapshot that rolls, then the statelets, whatever comes and goes meanwhile") {
  std::mt19937_64 random(seed() + 2);
  for (int round = 0; round < 60; ++round) {
    const auto capacity = static_cast<std::uint32_t>(1 + random() % 300);
    // Room for no copy at all: none is made.
    Store live(capacity, 16384, 0);
    for (int step = 0; step < 400; ++step) live.step(random);
    live.items.beginSnapshot();
    live.items.rollSnapshot();
    Store replica(capacity);
    std::vector<Bytes> statelets;
    while (!live.items.snapshotComplete()) {
      for (std::uint64_t steps = random() % 30; steps > 0; --steps) live.step(random);
      if (random() % 4 == 0) statelets.push_back(collectOnce(live.items, 200));
      const std::size_t room = Table::kMaxSectionBytes + random() % 100;
      CHECK(installTo(replica, snapshotOnce(live.items, room)) == ApplyStatus::ok);
      CHECK(replica.consistent());
    }
    live.items.endSnapshot();
    while (live.items.dirty()) statelets.push_back(collectOnce(live.items, 4096));
    for (const Bytes& bytes : statelets) CHECK(applyTo(replica, bytes) == ApplyStatus::ok);
    CHECK(replica.contents() == live.contents());
    CHECK(replica.consistent());
  }
}

TEST(
    "a snapshot that rolls holds what is there when its turn comes, and no statelet says it "
    "again") {
  Store live(100);
  for (std::uint32_t key = 1; key <= 100; ++key) live.add(key);
  live.items.beginSnapshot();
  live.items.rollSnapshot();
  for (std::uint32_t slot = 0; slot < 100; ++slot) live.items.touch(slot).count = 7;
  CHECK(!live.items.dirty());
  CHECK(!live.items.snapshotUrgent());
  Store replica(100);
  while (!live.items.snapshotComplete()) installTo(replica, snapshotOnce(live.items, 4096));
  CHECK(replica.contents() == live.contents());
  // Behind the cursor a change is a statelet again.
  live.items.touch(3).count = 8;
  CHECK_EQ(collectOnce(live.items, 4096).size(), 3u);  // header, delta, end
  // And what was left to statelets is in the next snapshot.
  live.items.beginSnapshot();
  live.items.rollSnapshot();
  live.remove(50);
  live.add(150);
  live.items.endSnapshot();
  live.items.beginSnapshot();
  Store next(100);
  while (!live.items.snapshotComplete()) installTo(next, snapshotOnce(live.items, 4096));
  CHECK(next.contents() == live.contents());
}

TEST("a snapshot that was given up leaves nothing behind for the next") {
  Store live(100);
  for (std::uint32_t key = 1; key <= 50; ++key) live.add(key);
  live.items.beginSnapshot();
  snapshotOnce(live.items, 100);
  for (std::uint32_t key = 30; key <= 50; ++key) live.remove(key);
  live.items.endSnapshot();
  CHECK(live.items.snapshotComplete());
  live.items.beginSnapshot();
  Store replica(100);
  while (!live.items.snapshotComplete()) installTo(replica, snapshotOnce(live.items, 100));
  CHECK(replica.contents() == live.contents());
}

TEST("a key that moves to another slot is applied in any order of records") {
  Store live(10);
  Store replica(10);
  for (std::uint32_t key = 1; key <= 3; ++key) live.add(key);
  applyTo(replica, collectOnce(live.items, 4096));
  // Slot 0 is marked first and ends up with the key that slot 2 had.
  live.items.touch(0).count = 5;
  live.remove(1);
  live.remove(3);
  live.add(3);
  live.items.touch(0).count = 7;
  const Bytes bytes = collectOnce(live.items, 4096);
  CHECK(applyTo(replica, bytes) == ApplyStatus::ok);
  CHECK(replica.contents() == live.contents());
  CHECK(replica.consistent());
}

TEST("an entry that changes often is one record, of a few bytes") {
  Store live(10);
  live.add(1);
  collectOnce(live.items, 4096);
  for (int i = 0; i < 100; ++i) ++live.items.touch(0).count;
  CHECK_EQ(collectOnce(live.items, 4096).size(), 3u);  // header, delta, end
  CHECK(!live.items.dirty());
}

TEST("an entry without deltas is sent whole") {
  StateTable<PlainItem> table(4);
  table.touch(table.allocate()).key = 7;
  Bytes bytes(64);
  ByteWriter out(bytes.data(), bytes.size());
  table.collect(out);
  table.touch(0).key = 9;
  const std::size_t before = out.size();
  table.collect(out);
  CHECK_EQ(out.size() - before, 1u + 4u + 1u);
}

TEST("slots are taken lowest first, whatever order they were freed in") {
  Store store(130);
  for (std::uint32_t key = 1; key <= 130; ++key) CHECK(store.add(key));
  CHECK(!store.add(131));
  for (const std::uint32_t key : {70u, 3u, 129u}) store.remove(key);
  for (const std::uint32_t slot : {2u, 69u, 128u}) CHECK_EQ(store.items.allocate(), slot);
  CHECK_EQ(store.items.allocate(), Table::kNone);
}

TEST("collectDue and snapshotUrgent speak up at three quarters") {
  Store store(1000, 100, 80);
  for (std::uint32_t key = 1; key <= 74; ++key) store.add(key);
  CHECK(!store.items.collectDue());
  store.add(75);
  CHECK(store.items.collectDue());
  store.items.beginSnapshot();
  CHECK(!store.items.collectDue());
  for (std::uint32_t slot = 0; slot < 59; ++slot) store.items.touch(slot);
  CHECK(!store.items.snapshotUrgent());
  store.items.touch(59);
  CHECK(store.items.snapshotUrgent());
  snapshotOnce(store.items, 16384);
  CHECK(!store.items.snapshotUrgent());
}

TEST("marks that did not fit make the next section void, and nothing else") {
  Store live(100, 8, 8);
  Store replica(100);
  for (std::uint32_t key = 1; key <= 9; ++key) live.add(key);
  CHECK(live.items.dirty());
  CHECK(applyTo(replica, collectOnce(live.items, 4096)) == ApplyStatus::malformed);
  CHECK(!live.items.dirty());
  // A new snapshot makes everything good.
  live.items.beginSnapshot();
  Store fresh(100);
  while (!live.items.snapshotComplete()) {
    CHECK(installTo(fresh, snapshotOnce(live.items, 4096)) == ApplyStatus::ok);
  }
  CHECK(fresh.contents() == live.contents());
}

TEST("copies that did not fit make the snapshot void, and nothing else") {
  Store live(100, 64, 8);
  Store replica(100);
  for (std::uint32_t key = 1; key <= 20; ++key) live.add(key);
  live.items.beginSnapshot();
  for (std::uint32_t slot = 0; slot < 9; ++slot) ++live.items.touch(slot).count;
  CHECK(installTo(replica, snapshotOnce(live.items, 4096)) == ApplyStatus::malformed);
  CHECK(live.items.snapshotComplete());
  // What was lost is not missing in the next one, nor are eight copies too many for it.
  live.items.beginSnapshot();
  const Contents then = live.contents();
  for (std::uint32_t slot = 0; slot < 8; ++slot) ++live.items.touch(slot).count;
  Store fresh(100);
  while (!live.items.snapshotComplete()) {
    CHECK(installTo(fresh, snapshotOnce(live.items, 4096)) == ApplyStatus::ok);
  }
  CHECK(fresh.contents() == then);
}

TEST("records that cannot be are refused") {
  const auto refused = [](const Bytes& bytes) {
    Store store(10);
    store.add(1);
    return applyTo(store, bytes) != ApplyStatus::ok && store.consistent();
  };
  const auto record = [](std::int64_t slot, Table::Op op, const Bytes& body) {
    Bytes bytes(64);
    ByteWriter out(bytes.data(), bytes.size());
    out.varint(zigzag(slot) << 2 | static_cast<std::uint64_t>(op));
    out.bytes({body.data(), body.size()});
    out.varint(3);
    bytes.resize(out.size());
    return bytes;
  };
  CHECK(refused({}));                                           // no end mark
  CHECK(refused(record(1, Table::Op::delta, {1})));             // of nothing
  CHECK(refused(record(10, Table::Op::set, {1, 0, 0, 0, 0})));  // out of range
  CHECK(refused(record(-1, Table::Op::free, {})));
  CHECK(refused(record(std::int64_t{1} << 60, Table::Op::free, {})));
  CHECK(refused(record(1, Table::Op::set, {0, 0, 0, 0, 0})));  // not acceptable
  CHECK(refused({0, 0x80}));                                   // cut short
  CHECK(refused({0x0b}));                                      // unknown control mark
  Store store(10);
  CHECK(applyTo(store, record(10, Table::Op::free, {})) == ApplyStatus::noSpace);
  // In a snapshot, deltas, repeats and repeated keys.
  CHECK(installTo(store, record(2, Table::Op::set, {5, 0, 0, 0, 1})) == ApplyStatus::ok);
  CHECK(installTo(store, record(2, Table::Op::delta, {1})) == ApplyStatus::malformed);
  CHECK(installTo(store, record(2, Table::Op::set, {6, 0, 0, 0, 1})) == ApplyStatus::malformed);
  CHECK(installTo(store, record(3, Table::Op::set, {5, 0, 0, 0, 1})) == ApplyStatus::malformed);
}

TEST("free of a slot that is free already is no error: it came and went in one window") {
  Store live(10);
  Store replica(10);
  live.add(1);
  live.remove(1);
  CHECK(applyTo(replica, collectOnce(live.items, 4096)) == ApplyStatus::ok);
  CHECK_EQ(replica.items.size(), 0u);
}

TEST("reset empties everything") {
  Store store(100);
  for (std::uint32_t key = 1; key <= 50; ++key) store.add(key);
  store.items.beginSnapshot();
  store.items.touch(3);
  store.items.reset();
  CHECK_EQ(store.items.size(), 0u);
  CHECK(!store.items.dirty());
  CHECK(store.items.snapshotComplete());
  CHECK_EQ(store.items.allocate(), 0u);
}

}  // namespace
}  // namespace ferry::test
