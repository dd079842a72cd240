// The smallest network function with state: it numbers the packets of each flow.
#pragma once

#include "core/nf.hpp"
#include "statelet/state_table.hpp"
#include "subject.hpp"

namespace ferry::test {

/** Test frame: Ethernet header, flow (4 bytes), sequence (8), number given by the function (8). */
struct CountedFrame {
  static constexpr std::size_t kFlowAt = 14;
  static constexpr std::size_t kSequenceAt = 18;
  static constexpr std::size_t kNumberAt = 26;
  static constexpr std::size_t kBytes = 64;

  template <typename T>
  static T get(ByteView frame, std::size_t at) {
    return ByteReader(frame.subspan(at)).fixed<T>();
  }
  template <typename T>
  static void put(std::span<std::uint8_t> frame, std::size_t at, T value) {
    ByteWriter(frame.data() + at, frame.size() - at).fixed(value);
  }
};

/** Slot f of the table counts flow f. Port 0 and 1 are joined. */
class CountingFunction final : public NetworkFunction {
 public:
  struct Entry {
    static constexpr std::size_t kMaxBytes = 10;
    std::uint64_t count = 0;
    void encode(ByteWriter& out) const { out.varint(count); }
    bool decode(ByteReader& in) {
      count = in.varint();
      return !in.failed();
    }
  };

  explicit CountingFunction(std::uint32_t flows) : table_(flows, 1024, 1024) { fill(); }

  std::string_view kind() const override { return "counting"; }
  std::uint64_t configDigest() const override { return table_.capacity(); }

  Verdict process(Packet& packet, TimeMs, Output&) override {
    if (packet.length < CountedFrame::kBytes) return {Action::drop, 0};
    const std::span<std::uint8_t> frame{packet.data, packet.length};
    const auto flow = CountedFrame::get<std::uint32_t>(frame, CountedFrame::kFlowAt);
    if (flow >= table_.capacity()) return {Action::drop, 0};
    CountedFrame::put(frame, CountedFrame::kNumberAt, ++table_.touch(flow).count);
    return {Action::forward, static_cast<PortIndex>(1 - packet.port)};
  }
  void expire(TimeMs, Output&) override {}
  void takeOver(TimeMs, Output&) override {}

  bool dirty() const override { return table_.dirty(); }
  bool collectDue() const override { return table_.collectDue(); }
  void collect(ByteWriter& out) override { table_.collect(out); }
  void discardMarks() override { table_.discardMarks(); }
  ApplyStatus apply(ByteView statelets) override {
    ByteReader in(statelets);
    return table_.apply(in, *this);
  }

  void beginSnapshot() override { table_.beginSnapshot(); }
  void rollSnapshot() override { table_.rollSnapshot(); }
  bool writeSnapshot(ByteWriter& out) override {
    table_.writeSnapshot(out);
    return table_.snapshotComplete();
  }
  void endSnapshot() override { table_.endSnapshot(); }
  bool snapshotUrgent() const override { return table_.snapshotUrgent(); }
  ApplyStatus install(ByteView records) override {
    ByteReader in(records);
    return table_.install(in, *this);
  }
  void reset() override { table_.reset(); }

  std::uint64_t entries() const override { return table_.size(); }
  std::size_t maxRecordBytes() const override { return decltype(table_)::kMaxSectionBytes; }
  std::span<const Counter> counters() override { return {}; }
  bool checkInvariants() const override { return true; }

  // Owner of the table.
  bool acceptable(const Entry&) const { return true; }
  std::uint32_t conflicting(const Entry&) const { return StateTable<Entry>::kNone; }
  void index(std::uint32_t) {}
  void unindex(std::uint32_t) {}

 private:
  void fill() {
    while (table_.allocate() != StateTable<Entry>::kNone) {
    }
  }

  StateTable<Entry> table_;
};

/** Flow f enters at port f % 2; a packet numbered by another state than it should have met shows.
 */
class CountingSubject final : public Subject {
 public:
  explicit CountingSubject(std::uint32_t flows) : flows_(flows) {}

  std::unique_ptr<NetworkFunction> make() const override {
    return std::make_unique<CountingFunction>(flows_);
  }
  std::vector<Offer> traffic(std::mt19937_64&) override { return {}; }
  void makePlausible(Offer&, std::uint8_t) const override {}
  std::vector<Offer> greetings() override { return {}; }

  Offer packet(std::uint32_t flow, std::uint64_t sequence) override {
    const auto port = static_cast<PortIndex>(flow % 2);
    Frame frame(CountedFrame::kBytes, 0);
    frame[0] = 0x02;
    frame[12] = 0x08;
    CountedFrame::put(std::span(frame), CountedFrame::kFlowAt, flow);
    CountedFrame::put(std::span(frame), CountedFrame::kSequenceAt, sequence);
    return {port, frame};
  }
  std::optional<Seen> seen(PortIndex, const Frame& frame) override {
    const auto sequence = CountedFrame::get<std::uint64_t>(frame, CountedFrame::kSequenceAt);
    const auto number = CountedFrame::get<std::uint64_t>(frame, CountedFrame::kNumberAt);
    return Seen{CountedFrame::get<std::uint32_t>(frame, CountedFrame::kFlowAt),
                number == sequence ? sequence : 0};
  }

 private:
  std::uint32_t flows_;
};

}  // namespace ferry::test
