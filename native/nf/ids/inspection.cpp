// The IDS between the transport header and the rules: flows, connections, streams put in order.
#include "../../proto/checksum.hpp"
#include "../../proto/icmp.hpp"
#include "../../proto/udp.hpp"
#include "ids.hpp"

namespace ferry::ids {
namespace {

constexpr auto kMalformed = static_cast<Count>(RouterCount::dropMalformed);
constexpr TimeMs kSeenEvery = 1'000;  // a flow's `seen` is that coarse, so that it costs little
// A segment further ahead of the stream is no part of it: a receiver would have to offer more.
constexpr std::int32_t kMaxAheadBytes = 4 << 20;

/** Of UDP and TCP; `bytes` is the whole of it. */
bool transportChecksumOk(const Ipv4View& ip, ByteView bytes) {
  const std::uint64_t pseudo =
      pseudoHeaderSum(ip.source(), ip.destination(), ip.protocol(), bytes.size());
  return checksumFold(checksumSum(bytes, pseudo)) == 0xffff;
}

}  // namespace

Ids::Refusal Ids::inspect(Flight& flight) {
  const Ipv4View& ip = flight.routed.ip;
  PacketFacts& facts = flight.facts;
  facts.key = {ip.source(), ip.destination(), 0, 0, ip.protocol()};
  facts.ttl = ip.ttl();
  facts.now = flight.now();
  switch (ip.protocol()) {
    case ip_protocol::kTcp: {
      const auto tcp = TcpView::parse(ip.payload());
      if (!tcp) return kMalformed;
      if (!transportChecksumOk(ip, ip.payload())) return Count::dropChecksum;
      facts.key.sourcePort = tcp->sourcePort();
      facts.key.destinationPort = tcp->destinationPort();
      return inspectTcp(flight, *tcp);
    }
    case ip_protocol::kUdp: {
      const auto udp = UdpView::parse(ip.payload(), false);
      if (!udp) return kMalformed;
      if (udp->checksum() != 0 && !transportChecksumOk(ip, ip.payload().first(udp->length()))) {
        return Count::dropChecksum;
      }
      facts.key.sourcePort = udp->sourcePort();
      facts.key.destinationPort = udp->destinationPort();
      return inspectDatagram(flight, udp->payload());
    }
    case ip_protocol::kIcmp: {
      const auto icmp = IcmpView::parse(ip.payload());
      if (!icmp) return kMalformed;
      if (!icmp->checksumOk()) return Count::dropChecksum;
      facts.icmpType = icmp->type();
      facts.icmpCode = icmp->code();
      return inspectDatagram(flight, ip.payload().subspan(IcmpView::kHeader));
    }
    default:
      return inspectDatagram(flight, ip.payload());
  }
}

Ids::Refusal Ids::inspectDatagram(Flight& flight, ByteView payload) {
  PacketFacts& facts = flight.facts;
  Flows::Found found = flows_.find(facts.key, flight.now());
  if (found.slot == Flows::kNone) {
    found = {flows_.create(facts.key, flight.now()), 0};
    if (found.slot == Flows::kNone) return Count::dropTableFull;
    counters_.add(Count::flowsCreated);
  }
  const Flow& flow = flows_.at(found.slot);
  if (flight.now() - flow.life.seen >= kSeenEvery)
    flows_.touch(found.slot).life.seen = flight.now();
  if (found.side == 1 && !flow.has(Flow::kReplied)) flows_.touch(found.slot).add(Flow::kReplied);
  facts.toServer = found.side == 0;
  facts.established = flow.has(Flow::kReplied);
  facts.payloadBytes = static_cast<std::uint32_t>(payload.size());
  facts.flowId = flow.id();
  Judgement judgement;
  std::uint64_t flowbits = flow.life.flowbits;
  inspector_.inspectDatagram(facts, payload, flowbits, judgement);
  if (flowbits != flow.life.flowbits) flows_.touch(found.slot).life.flowbits = flowbits;
  if (judgement.dropped) return Count::dropRule;
  return std::nullopt;
}

/** The flow of a segment; a new one for a new connection. kNone when there is no room. */
Flows::Found Ids::flowOfTcp(const Flight& flight, const TcpView& tcp) {
  const FlowKey& key = flight.facts.key;
  const Flows::Found found = flows_.find(key, flight.now());
  const bool opens = tcp.syn() && !tcp.ack();
  if (found.slot != Flows::kNone && !(opens && flows_.at(found.slot).closed())) return found;
  // Who answers a SYN is the server, also when the SYN itself was not seen.
  const unsigned side = tcp.syn() && tcp.ack() ? 1 : 0;
  const std::uint32_t slot = flows_.create(side == 0 ? key : key.reversed(), flight.now());
  if (slot != Flows::kNone) counters_.add(Count::flowsCreated);
  return {slot, side};
}

/**
 * The handshake. An end that is not what it seems may send several SYN: what counts is which of
 * them the other end acknowledges. Once there is a connection no other is taken (RFC 5961 section
 * 4). False when the SYN changes nothing.
 */
bool Ids::followSyn(Flow& flow, unsigned side, const TcpView& tcp) {
  if (flow.has(Flow::kEstablished) || (!tcp.ack() && flow.has(Flow::kSynAnswered))) return false;
  flow.add(tcp.ack() ? Flow::kSynAnswered : Flow::kSynSeen);
  beginStream(flow.streams[side], tcp.sequence() + 1);
  if (tcp.ack() && side == 1) beginStream(flow.streams[0], tcp.acknowledgement());
  return true;
}

void Ids::beginStream(Stream& stream, std::uint32_t next) {
  if (!stream.known) counters_.add(Count::streamsBegun);
  stream.known = true;
  stream.next = next;
  stream.tail.length = 0;
  stream.beginTurn();
}

/** What the header tells of the connection. True when the segment's bytes are to be read. */
bool Ids::follow(Flow& flow, unsigned side, const TcpView& tcp) {
  if (tcp.syn()) return followSyn(flow, side, tcp);
  Stream& stream = flow.streams[side];
  const bool answered = flow.has(Flow::kSynAnswered);
  const bool midstream = !flow.has(Flow::kSynSeen) && !answered;
  if (tcp.ack() && !tcp.rst() && !flow.has(Flow::kEstablished) &&
      (midstream || (answered && side == 0))) {
    flow.add(Flow::kEstablished);
    Stream& server = flow.streams[1];
    if (!midstream && server.turnBytes == 0) server.next = tcp.acknowledgement();
  }
  if (!stream.known && !tcp.rst()) {
    beginStream(stream, tcp.sequence());
  }
  // Any other RST is not taken by who gets it (RFC 5961 section 3).
  if (tcp.rst() && (!stream.known || tcp.sequence() == stream.next)) flow.add(Flow::kReset);
  if (tcp.fin()) flow.add(side == 0 ? Flow::kFinOfClient : Flow::kFinOfServer);
  return !tcp.rst();
}

Ids::Refusal Ids::inspectTcp(Flight& flight, const TcpView& tcp) {
  PacketFacts& facts = flight.facts;
  const auto [slot, side] = flowOfTcp(flight, tcp);
  if (slot == Flows::kNone) return Count::dropTableFull;
  const Flow& flow = flows_.at(slot);
  if (flight.now() - flow.life.seen >= kSeenEvery) flows_.touch(slot).life.seen = flight.now();
  if (flow.has(Flow::kBlocked)) return Count::dropBlocked;
  const ByteView payload = tcp.payload();
  bool reads = !payload.empty();
  // Most segments without bytes change nothing: they leave no mark.
  if (tcp.syn() || tcp.rst() || tcp.fin() || !flow.streams[side].known ||
      !flow.has(Flow::kEstablished)) {
    reads = follow(flows_.touch(slot), side, tcp) && reads;
  }
  facts.toServer = side == 0;
  facts.established = flow.has(Flow::kEstablished);
  facts.tcpFlags = tcp.flags();
  facts.payloadBytes = static_cast<std::uint32_t>(payload.size());
  facts.flowId = flow.id();

  Judgement judgement;
  if (reads) {
    const std::uint32_t sequence = tcp.sequence() + (tcp.syn() ? 1 : 0);
    if (const auto reason = readStream(flight, slot, side, sequence, payload, judgement)) {
      return reason;
    }
  }
  if (!judgement.headerSeen) {
    std::uint64_t flowbits = flow.life.flowbits;
    inspector_.inspectDatagram(facts, {}, flowbits, judgement);
    if (flowbits != flow.life.flowbits) flows_.touch(slot).life.flowbits = flowbits;
  }
  if (!judgement.dropped) return std::nullopt;
  // Its bytes would come again, and then pass for a repetition.
  flows_.touch(slot).add(Flow::kBlocked);
  return Count::dropRule;
}

Ids::Refusal Ids::readStream(Flight& flight, std::uint32_t slot, unsigned side,
                             std::uint32_t sequence, ByteView payload, Judgement& judgement) {
  const Flow& flow = flows_.at(slot);
  const auto ahead = static_cast<std::int32_t>(sequence - flow.streams[side].next);
  if (ahead > 0) {
    if (ahead > kMaxAheadBytes || !segments_.addAhead(flow.key, side, sequence, payload)) {
      return Count::dropReassembly;
    }
    counters_.add(Count::segmentsAhead);
    return std::nullopt;
  }
  const std::int64_t fresh = std::int64_t{ahead} + static_cast<std::int64_t>(payload.size());
  if (fresh <= 0) {
    counters_.add(Count::segmentsRepeated);
    return std::nullopt;
  }
  readInOrder(flight.facts, flows_.touch(slot), side, sequence, payload, judgement);
  return std::nullopt;
}

/** Reads what is new in `payload`, and what was kept as far as it now follows; the first wins. */
void Ids::readInOrder(const PacketFacts& facts, Flow& flow, unsigned side, std::uint32_t sequence,
                      ByteView payload, Judgement& judgement) {
  Stream& stream = flow.streams[side];
  for (;;) {
    const std::uint32_t kept = segments_.firstAhead(flow.key, side, stream.next);
    if (kept != Segments::kNone) {
      const Segment& segment = segments_.at(kept);
      const std::uint32_t skipped = stream.next - segment.begin;
      if (static_cast<std::int32_t>(skipped) >= 0) {
        if (skipped < segment.length) {
          inspector_.inspectStream(facts, segment.view().subspan(skipped), flow, side, judgement);
        }
        segments_.release(kept);
        continue;
      }
    }
    const std::uint32_t read = stream.next - sequence;
    if (read >= payload.size()) return;
    ByteView fresh = payload.subspan(read);
    if (kept != Segments::kNone) {
      fresh =
          fresh.first(std::min<std::size_t>(fresh.size(), segments_.at(kept).begin - stream.next));
    }
    inspector_.inspectStream(facts, fresh, flow, side, judgement);
  }
}

}  // namespace ferry::ids
