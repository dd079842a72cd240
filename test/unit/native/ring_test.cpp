// The record ring, alone and between two threads (the same under ThreadSanitizer), and what is
// built on it.
#include "core/ring.hpp"

#include <algorithm>
#include <deque>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "check.hpp"
#include "core/hold_buffer.hpp"
#include "core/mailbox.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

std::vector<std::uint8_t> payloadOf(std::uint64_t number, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(number * 31 + i);
  return bytes;
}

bool same(std::span<const std::uint8_t> a, const std::vector<std::uint8_t>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

TEST("records come out as they went in, however the ring wraps") {
  RecordRing ring(4096);
  std::mt19937_64 random(seed());
  std::deque<std::vector<std::uint8_t>> expected;
  std::uint64_t number = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 2 == 0) {
      auto bytes = payloadOf(number, random() % 700);
      if (ring.push(static_cast<std::uint8_t>(number), number, bytes)) {
        expected.push_back(std::move(bytes));
        number++;
      }
    } else if (const auto record = ring.read(ring.head())) {
      const std::uint64_t first = number - expected.size();
      CHECK_EQ(record->type, static_cast<std::uint8_t>(first));
      CHECK_EQ(record->stamp, first);
      CHECK(same(record->payload, expected.front()));
      expected.pop_front();
      ring.release(record->next);
    } else {
      CHECK(expected.empty());
    }
  }
}

TEST("with a lap the ring begins again at its start, and counts what it holds exactly") {
  RecordRing ring(1 << 20, {8192, 1024});
  const std::uint8_t* lowest = nullptr;
  const std::uint8_t* highest = nullptr;
  std::deque<std::size_t> sizes;
  std::mt19937_64 random(seed());
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const std::size_t size = random() % 300;
    CHECK(ring.push(1, i, payloadOf(i, size)));
    sizes.push_back((16 + size + 15) / 16 * 16);
    const auto newest = ring.read(ring.head());
    lowest = lowest == nullptr ? newest->payload.data()
                               : std::min<const std::uint8_t*>(lowest, newest->payload.data());
    highest = std::max<const std::uint8_t*>(highest, newest->payload.data());
    while (sizes.size() > random() % 4) {
      const auto record = ring.read(ring.head());
      CHECK_EQ(record->stamp, i + 1 - sizes.size());
      ring.release(record->next);
      sizes.pop_front();
    }
    CHECK_EQ(ring.used(), std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}));
  }
  CHECK(highest - lowest < 12'000);
}

TEST("with a lap all of the memory can still be filled") {
  RecordRing ring(1 << 16, {4096, 512});
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(ring.push(1, i, payloadOf(i, 100)));
    ring.release(ring.read(ring.head())->next);
  }
  std::size_t count = 0;
  while (ring.push(1, 0, payloadOf(count, 100))) count++;
  CHECK(count >= (std::size_t{1} << 16) / 128 - 1);
}

TEST("a lap that waits for an empty ring takes none while something is held") {
  RecordRing ring(1 << 16, {4096, 0});
  const auto* begin = ring.reserve(100).data();
  for (std::uint64_t i = 0; i < 60; ++i) CHECK(ring.push(1, i, payloadOf(i, 100)));
  CHECK(ring.push(1, 60, payloadOf(60, 100)));
  std::uint64_t expected = 0;
  const auto takeOne = [&] {
    const auto record = ring.read(ring.head());
    CHECK(record && record->stamp == expected++);
    ring.release(record->next);
    return record->payload.data();
  };
  for (std::uint64_t i = 0; i < 60; ++i) takeOne();
  CHECK(ring.push(1, 61, payloadOf(61, 100)));  // one is held: on it goes
  takeOne();
  CHECK(takeOne() > begin + 4096);
  CHECK(ring.push(1, 62, payloadOf(62, 100)));
  CHECK(takeOne() == begin);
}

TEST("a trimmed ring begins again at its start, with all its room") {
  RecordRing ring(1 << 16, {4096, 0});
  const auto* begin = ring.reserve(100).data();
  for (std::uint64_t i = 0; i < 60; ++i) CHECK(ring.push(1, i, payloadOf(i, 100)));
  ring.clear();
  ring.trim();
  CHECK(ring.empty());
  CHECK(!ring.read(ring.head()));
  std::uint64_t count = 0;
  while (ring.push(1, count, payloadOf(count, 100))) count++;
  CHECK_EQ(count, (std::uint64_t{1} << 16) / 128);
  const auto oldest = ring.read(ring.head());
  CHECK(oldest->payload.data() == begin && oldest->stamp == 0);
}

TEST("a full ring takes nothing, and gives back room with each release") {
  RecordRing ring(4096);
  std::size_t count = 0;
  while (ring.push(1, 0, payloadOf(count, 100))) count++;
  CHECK_EQ(count, 4096u / 128u);
  CHECK(ring.reserve(100).data() == nullptr);
  const auto oldest = ring.read(ring.head());
  ring.release(oldest->next);
  CHECK(ring.push(1, 0, payloadOf(0, 100)));
  CHECK(!ring.push(1, 0, payloadOf(0, 100)));
}

TEST("a record that can never fit is refused, an empty one is not") {
  RecordRing ring(4096);
  CHECK(ring.reserve(4096).data() == nullptr);
  CHECK(ring.push(7, 0, {}));
  const auto record = ring.read(ring.head());
  CHECK(record && record->payload.empty() && record->type == 7);
}

TEST("what was read stays until it is released: a second reading finds the same") {
  RecordRing ring(4096);
  for (std::uint64_t i = 0; i < 5; ++i) ring.push(1, i, payloadOf(i, 50));
  for (int round = 0; round < 2; ++round) {
    std::uint64_t position = ring.head();
    for (std::uint64_t i = 0; i < 5; ++i) {
      const auto record = ring.read(position);
      CHECK(record && same(record->payload, payloadOf(i, 50)));
      position = record->next;
    }
    CHECK(!ring.read(position));
  }
}

TEST("less may be committed than was reserved") {
  RecordRing ring(4096);
  const auto room = ring.reserve(1000);
  room[0] = 42;
  ring.commit(1, 0, 1);
  ring.push(2, 0, payloadOf(1, 3));
  const auto first = ring.read(ring.head());
  CHECK_EQ(first->payload.size(), 1u);
  CHECK_EQ(first->payload[0], 42);
  CHECK(same(ring.read(first->next)->payload, payloadOf(1, 3)));
}

TEST("two threads: every record arrives once, whole and in order") {
  constexpr std::uint64_t kRecords = 50'000;
  RecordRing ring(16'384);
  std::thread producer([&ring] {
    std::mt19937_64 random(1);
    for (std::uint64_t i = 0; i < kRecords;) {
      const std::size_t size = random() % 300;
      const auto room = ring.reserve(size);
      if (room.data() == nullptr) {
        std::this_thread::yield();
        continue;
      }
      const auto bytes = payloadOf(i, size);
      std::copy(bytes.begin(), bytes.end(), room.begin());
      ring.commit(3, i++, size);
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kRecords;) {
    const auto record = ring.read(ring.head());
    if (!record) {
      std::this_thread::yield();
      continue;
    }
    if (record->stamp != i || !same(record->payload, payloadOf(i, record->payload.size()))) wrong++;
    ring.release(record->next);
    i++;
  }
  producer.join();
  CHECK_EQ(wrong, 0u);
  CHECK(ring.empty());
}

TEST("a mailbox between two threads keeps order and refuses what does not fit") {
  Mailbox<unsigned, 8> full;
  for (unsigned i = 0; i < 8; ++i) CHECK(full.push(i));
  CHECK(!full.push(8));

  constexpr unsigned kNotes = 20'000;
  Mailbox<unsigned, 8> box;
  std::thread writer([&box] {
    for (unsigned i = 0; i < kNotes;) {
      if (box.push(i)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  unsigned wrong = 0;
  for (unsigned i = 0; i < kNotes;) {
    const auto note = box.pop();
    if (!note) {
      std::this_thread::yield();
      continue;
    }
    if (*note != i++) wrong++;
  }
  writer.join();
  CHECK_EQ(wrong, 0u);
}

TEST("held packets come out in the order of their arrival, over all ports or one") {
  HoldBuffer buffer(2, 64 << 10);
  std::vector<std::vector<std::uint8_t>> frames;
  for (std::uint64_t i = 0; i < 10; ++i) {
    frames.push_back(payloadOf(i, 60 + i));
    const auto length = static_cast<std::uint32_t>(frames.back().size());
    const auto port = static_cast<PortIndex>(i % 3 == 0 ? 1 : 0);
    CHECK(buffer.push({frames.back().data(), length, length, port}));
  }
  CHECK_EQ(buffer.packets(), 10u);
  Packet packet{};
  const auto onlyOne = [](PortIndex port) { return port == 1; };
  for (const std::uint64_t i : {0u, 3u}) {
    CHECK(buffer.front(onlyOne, packet));
    CHECK_EQ(packet.port, 1);
    CHECK(same({packet.data, packet.length}, frames[i]));
    buffer.pop(packet.port);
  }
  const auto all = [](PortIndex) { return true; };
  for (const std::uint64_t i : {1u, 2u, 4u, 5u, 6u, 7u, 8u, 9u}) {
    CHECK(buffer.front(all, packet));
    CHECK(same({packet.data, packet.length}, frames[i]));
    buffer.pop(packet.port);
  }
  CHECK(!buffer.front(all, packet));
  CHECK_EQ(buffer.bytes(), 0u);
}

TEST("the hold buffer's bound is over all ports together") {
  HoldBuffer buffer(2, 8192);
  auto frame = payloadOf(1, 1000);
  std::size_t taken = 0;
  while (buffer.push({frame.data(), 1000, 1000, static_cast<PortIndex>(taken % 2)})) taken++;
  CHECK_EQ(taken, 8u);
}
