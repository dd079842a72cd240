// Records of copied packets: what is written is read, and nothing else is.
#include "statelet/copies.hpp"

#include "check.hpp"
#include "frames.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

/** Three packets; the record's bytes. */
Frame written(std::vector<Frame>& frames) {
  CopyBatch batch;
  frames = {Frame(14, 1), Frame(1500, 2), Frame(64u << 10, 3)};
  CHECK(batch.empty());
  TimeMs now = 1'700'000'000'000;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto length = static_cast<std::uint32_t>(frames[i].size());
    CHECK(batch.fits(length));
    batch.add({frames[i].data(), length, length, static_cast<PortIndex>(i)}, now);
    now += 300;
  }
  CHECK(!batch.fits(1500));
  return {batch.view().begin(), batch.view().end()};
}

/** How many packets a record yields; nullopt when it is malformed. */
std::optional<std::size_t> readAll(Frame record) {
  CopyReader copies(record);
  PacketCopy copy{};
  std::size_t count = 0;
  while (copies.next(copy)) count++;
  return copies.failed() ? std::nullopt : std::optional(count);
}

}  // namespace

TEST("copies come out as they were put in, each with its port and its time") {
  std::vector<Frame> frames;
  Frame record = written(frames);
  CopyReader copies(record);
  PacketCopy copy{};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(copies.next(copy));
    CHECK_EQ(copy.port, static_cast<PortIndex>(i));
    CHECK_EQ(copy.now, TimeMs{1'700'000'000'000} + 300 * i);
    CHECK(Frame(copy.frame.begin(), copy.frame.end()) == frames[i]);
  }
  CHECK(!copies.next(copy));
  CHECK(!copies.failed());
}

TEST("a record that is cut anywhere but between two packets is malformed") {
  std::vector<Frame> frames;
  const Frame record = written(frames);
  const std::size_t first = 8 + 1 + 1 + 1 + 14;
  const std::size_t second = first + 1 + 2 + 2 + 1500;
  for (std::size_t size = 0; size < second + 20; ++size) {
    const auto count =
        readAll({record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size)});
    CHECK_EQ(count.has_value(), size == first || size == second);
  }
  CHECK_EQ(readAll(record).value_or(0), 3u);
}

TEST("frames too short, lengths beyond the record and impossible times are malformed") {
  const auto record = [](TimeMs now, std::uint64_t elapsed, std::uint64_t length) {
    Frame bytes(64);
    ByteWriter out(bytes.data(), bytes.size());
    out.fixed(now);
    out.fixed(std::uint8_t{0});
    out.varint(elapsed);
    out.varint(length);
    out.bytes(Frame(14, 0));
    bytes.resize(out.size());
    return bytes;
  };
  CHECK_EQ(readAll(record(1, 0, 14)).value_or(0), 1u);
  CHECK(!readAll(record(1, 0, 13)));
  CHECK(!readAll(record(1, 0, 15)));
  CHECK(!readAll(record(1, 0, ~std::uint64_t{0})));
  CHECK(!readAll(record(1, TimeMs{1} << 48, 14)));
  CHECK(!readAll(record(~TimeMs{0}, 0, 14)));
}
