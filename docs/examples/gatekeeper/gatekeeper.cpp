// Gatekeeper: a router hop that lets in only what was asked for. A packet from outside passes when
// an inside host has sent to its source from the same ports before, and not too long ago.
//
// Ports:    0 inside, 1 outside.
// Options:  capacity, flows that are remembered (1 to 4,194,304; default 65,536);
//           idleMs, how long without a packet (1,000 to 86,400,000; default 300,000).
// Counters: RouterCounters, and GatekeeperCount below.
// State:    flows with their packets and bytes, neighbours, frames that wait for a neighbour.
#define FERRY_NF_MAIN
#include <ferry/nf.hpp>
#include <memory>

namespace {

using namespace ferry;

struct Config : RouterConfig {
  std::uint32_t capacity = 0;
  TimeMs idleMs = 0;

  /** Two instances exchange state only when their digests are equal. */
  std::uint64_t digest() const {
    Digest digest;
    for (const RouterPort& port : {inside, outside}) digest.add(port);
    for (const auto& gateway : {insideGateway, outsideGateway}) digest.add(gateway.value_or(0));
    digest.add(capacity);
    digest.add(idleMs);
    return digest.value();
  }
};

/** As the inside host sees it; the ports are 0 for what is neither UDP nor TCP. */
struct FlowKey {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint16_t insidePort = 0;
  std::uint16_t outsidePort = 0;
  std::uint8_t protocol = 0;

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
  std::uint32_t hash() const {
    const std::uint64_t addresses = std::uint64_t{inside} << 32 | outside;
    const std::uint64_t rest =
        std::uint64_t{insidePort} << 24 | std::uint64_t{outsidePort} << 8 | protocol;
    return hashKey(addresses ^ rest * 0x9e37'79b9'7f4a'7c15);
  }
};

/** One entry of the table: how it is written whole, and how what changed of it. */
struct Flow {
  struct Base {
    Traffic out;
    Traffic in;
    TimeMs seen = 0;
  };
  static constexpr std::size_t kMaxBytes = 13 + 5 * 10;
  static constexpr TimeMs kMaxTime = TimeMs{1} << 48;

  FlowKey key;
  Base life;

  const Base& base() const { return life; }

  void encode(ByteWriter& out) const {
    out.fixed(key.inside);
    out.fixed(key.outside);
    out.fixed(key.insidePort);
    out.fixed(key.outsidePort);
    out.fixed(key.protocol);
    out.varint(life.seen);
    for (const Traffic& each : {life.out, life.in}) {
      out.varint(each.packets);
      out.varint(each.bytes);
    }
  }
  bool decode(ByteReader& in) {
    key.inside = in.fixed<std::uint32_t>();
    key.outside = in.fixed<std::uint32_t>();
    key.insidePort = in.fixed<std::uint16_t>();
    key.outsidePort = in.fixed<std::uint16_t>();
    key.protocol = in.fixed<std::uint8_t>();
    life.seen = in.varint();
    for (Traffic* each : {&life.out, &life.in}) {
      each->packets = in.varint();
      each->bytes = in.varint();
    }
    return !in.failed() && life.seen < kMaxTime;
  }

  void encodeDelta(ByteWriter& out, const Base& base) const {
    out.varint(zigzag(static_cast<std::int64_t>(life.seen - base.seen)));
    for (const auto& [now, then] : {std::pair{life.out, base.out}, {life.in, base.in}}) {
      out.varint(now.packets - then.packets);
      if (now.packets != then.packets) out.varint(zigzag(now.surprise(then)));
    }
  }
  bool applyDelta(ByteReader& in) {
    Base next = life;
    next.seen += static_cast<std::uint64_t>(unzigzag(in.varint()));
    for (Traffic* each : {&next.out, &next.in}) {
      const std::uint64_t packets = in.varint();
      if (packets == 0) continue;
      const std::uint64_t predicted = each->predictedBytes(packets);
      each->bytes += predicted + static_cast<std::uint64_t>(unzigzag(in.varint()));
      each->packets += packets;
    }
    if (in.failed() || next.seen >= kMaxTime) return false;
    life = next;
    return true;
  }
};

/** The flows and their index. */
class Flows {
 public:
  using Table = StateTable<Flow>;

  explicit Flows(const Config& config)
      : config_(config), table_(config.capacity), byKey_(config.capacity) {}

  /** A flow whose time has run out is as good as gone, whether expire() has come by or not. */
  std::uint32_t find(const FlowKey& key, TimeMs now) const {
    const std::uint32_t slot = holder(key);
    return slot != Table::kNone && now < table_.at(slot).life.seen + config_.idleMs ? slot
                                                                                    : Table::kNone;
  }
  /** Remembers a flow that is not there; kNone when the table is full. */
  std::uint32_t open(const FlowKey& key) {
    if (const std::uint32_t old = holder(key); old != Table::kNone) end(old);
    const std::uint32_t slot = table_.allocate();
    if (slot == Table::kNone) return slot;
    table_.touch(slot).key = key;
    index(slot);
    return slot;
  }
  /** The flow for writing: what changes of it is announced. */
  Flow& touch(std::uint32_t slot) { return table_.touch(slot); }

  /** Looks at a thousandth of the flows. */
  void expire(TimeMs now) {
    for (std::uint32_t left = table_.size() / 1000 + 1;
         left > 0 && !table_.collectDue() && !table_.snapshotUrgent(); --left) {
      const std::uint32_t slot = table_.nextLive(sweepAt_);
      if (slot == table_.capacity()) {
        sweepAt_ = 0;
        return;
      }
      sweepAt_ = slot + 1;
      if (now >= table_.at(slot).life.seen + config_.idleMs) end(slot);
    }
  }
  void reset() {
    table_.reset();
    byKey_.clear();
    sweepAt_ = 0;
  }
  bool checkInvariants() const {
    std::uint32_t count = 0;
    for (std::uint32_t slot = table_.nextLive(0); slot < table_.capacity();
         slot = table_.nextLive(slot + 1)) {
      if (holder(table_.at(slot).key) != slot) return false;
      ++count;
    }
    return count == table_.size();
  }

  // What StateTable asks of its owner.
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  bool acceptable(const Flow&) const { return true; }  // any flow is possible
  std::uint32_t conflicting(const Flow& flow) const { return holder(flow.key); }
  void index(std::uint32_t slot) { byKey_.insert(table_.at(slot).key.hash(), slot); }
  void unindex(std::uint32_t slot) { byKey_.erase(table_.at(slot).key.hash(), slot); }

 private:
  std::uint32_t holder(const FlowKey& key) const {
    return byKey_.find(key.hash(), [&](std::uint32_t slot) { return table_.at(slot).key == key; });
  }
  void end(std::uint32_t slot) {
    unindex(slot);
    table_.release(slot);
  }

  const Config& config_;
  Table table_;
  SlotIndex byKey_;
  std::uint32_t sweepAt_ = 0;
};

enum class GatekeeperCount : std::uint8_t {
  opened = RouterCounters::kOwn,
  dropUnasked,    // from outside, and nobody has asked
  dropTableFull,  // no room for another flow
  dropFragment,   // ports are in the first fragment alone: this small example passes none
};

class Gatekeeper final : public StatefulFunction<Gatekeeper> {
 public:
  static CreateResult create(const ConfigNode& node) {
    CreateResult result;
    ConfigReader reader(node, "", {"inside", "outside", "capacity", "idleMs"}, result.error);
    Config config{readRouterConfig(reader, result.error)};
    config.capacity = static_cast<std::uint32_t>(reader.integer("capacity", 1, 4'194'304, 65'536));
    config.idleMs = reader.integer("idleMs", 1'000, 86'400'000, 300'000);
    if (result.error.ok()) result.function = std::make_unique<Gatekeeper>(config);
    return result;
  }

  explicit Gatekeeper(const Config& config)
      : config_(config),
        counters_({"opened", "dropUnasked", "dropTableFull", "dropFragment"}),
        flows_(config_),
        router_(config_, counters_),
        tables_(flows_, router_.neighbours(), router_.waiting()) {}

  std::string_view kind() const override { return "gatekeeper"; }
  std::uint64_t configDigest() const override { return config_.digest(); }

  Verdict process(Packet& packet, TimeMs now, Output& output) override {
    Verdict verdict{};
    const auto routed = router_.receive(packet, now, output, verdict);
    if (!routed) return verdict;
    const PortIndex to = router_.portOf(routed->ip.destination(), packet.port);
    if (routed->toUs || to == packet.port) return router_.drop(RouterCount::dropDestination);
    if (routed->ip.ttl() <= 1) {
      return router_.refuse(*routed, icmp_type::kTimeExceeded, 0, RouterCount::dropTtl);
    }
    if (!admit(*routed, packet.port == RouterPorts::kInside, verdict)) return verdict;
    routed->ip.decrementTtl();
    return router_.send(*routed, to);
  }
  void expire(TimeMs now, Output& output) override {
    flows_.expire(now);
    router_.expire(now, output);
  }
  void takeOver(TimeMs, Output& output) override { router_.announce(output); }
  void reset() override {
    flows_.reset();
    router_.reset();
  }

  std::uint64_t entries() const override { return flows_.table().size() + router_.entries(); }
  std::span<const Counter> counters() override { return counters_.all(); }
  bool checkInvariants() const override {
    return flows_.checkInvariants() && router_.checkInvariants();
  }

  using Tables = TableSet<Flows, Neighbours, WaitingFrames>;
  Tables& tables() { return tables_; }
  const Tables& tables() const { return tables_; }

 private:
  bool admit(const RoutedPacket& routed, bool out, Verdict& verdict) {
    const auto refused = [&](GatekeeperCount reason) {
      verdict = router_.drop(reason);
      return false;
    };
    if (routed.ip.isFragment()) return refused(GatekeeperCount::dropFragment);
    const FlowKey key = keyOf(routed.ip, out);
    std::uint32_t slot = flows_.find(key, routed.now);
    if (slot == Flows::Table::kNone) {
      if (!out) return refused(GatekeeperCount::dropUnasked);
      slot = flows_.open(key);
      if (slot == Flows::Table::kNone) return refused(GatekeeperCount::dropTableFull);
      counters_.add(GatekeeperCount::opened);
    }
    Flow& flow = flows_.touch(slot);
    (out ? flow.life.out : flow.life.in).add(routed.ip.totalLength());
    flow.life.seen = routed.now;
    return true;
  }

  static FlowKey keyOf(const Ipv4View& ip, bool out) {
    FlowKey key{ip.source(), ip.destination(), 0, 0, ip.protocol()};
    const bool ports = key.protocol == ip_protocol::kUdp || key.protocol == ip_protocol::kTcp;
    if (ports && ip.payload().size() >= 4) {
      key.insidePort = load16(ip.payload().data());
      key.outsidePort = load16(ip.payload().data() + 2);
    }
    if (!out) {
      std::swap(key.inside, key.outside);
      std::swap(key.insidePort, key.outsidePort);
    }
    return key;
  }

  const Config config_;
  RouterCounters counters_;
  Flows flows_;
  Router router_;
  Tables tables_;
};

}  // namespace

FERRY_NF(Gatekeeper, "gatekeeper", 2)
