// An NF as the tests of the laws and the fuzzers see it: how to make one, and what to send it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "core/flow_filter.hpp"
#include "core/nf.hpp"
#include "frames.hpp"

namespace ferry::test {

/** A frame and the port at which it comes in. */
struct Offer {
  PortIndex port;
  Frame frame;
};

/** A packet of one flow, seen when it has left the NF. */
struct Seen {
  std::uint32_t flow;
  std::uint64_t sequence;
};

class Subject {
 public:
  virtual ~Subject() = default;

  /** A new function; all of one subject have the same configuration, a small one. */
  virtual std::unique_ptr<NetworkFunction> make() const = 0;
  /** What comes next in random traffic: few hosts and flows, so that everything meets everything.
   */
  virtual std::vector<Offer> traffic(std::mt19937_64& random) = 0;
  /** Makes a frame of any bytes likely to pass the first checks; `control` chooses what is done. */
  virtual void makePlausible(Offer& offer, std::uint8_t control) const = 0;

  // For migrations: packets that are all forwarded, once the hosts are known.

  /** What makes the hosts of flows() known. */
  virtual std::vector<Offer> greetings() = 0;
  /** A packet of this flow. Called once for each, in the order in which they are offered. */
  virtual Offer packet(std::uint32_t flow, std::uint64_t sequence) = 0;
  /**
   * Which packet this was that the NF has sent; nullopt for one of its own. A packet that was not
   * treated as it should be (translated, encrypted, counted) has sequence 0.
   */
  virtual std::optional<Seen> seen(PortIndex port, const Frame& frame) = 0;

  // For moves of a part; nullopt when the function can only move as a whole.

  /** A part that some of traffic() is of. */
  virtual std::optional<FlowFilter> partOfTraffic() const { return std::nullopt; }
  /** A part that half of the flows of packet() are of. */
  virtual std::optional<FlowFilter> partOfFlows() const { return std::nullopt; }
  /** The part that the other half are of. */
  virtual std::optional<FlowFilter> restOfFlows() const { return std::nullopt; }
};

/**
 * Makes any bytes a frame to `mac` with a whole IPv4 header, but for its addresses and checksum, or
 * (`control` & 2) with the beginning of ARP. Returns the IPv4 header; nullptr when there is none.
 */
inline std::uint8_t* plausibleIpv4(Frame& frame, const MacAddress& mac, std::uint8_t control) {
  if (frame.size() < 34) return nullptr;
  std::copy(mac.begin(), mac.end(), frame.begin());
  store16(frame.data() + 12, (control & 2) != 0 ? 0x0806 : 0x0800);
  if ((control & 2) != 0) {
    store32(frame.data() + 14, 0x00010800);
    store16(frame.data() + 18, 0x0604);
    return nullptr;
  }
  std::uint8_t* header = frame.data() + 14;
  header[0] = 0x45;
  store16(header + 2, static_cast<std::uint16_t>(frame.size() - 14));
  if ((control & 4) != 0) store16(header + 6, 0);
  return header;
}

/** UDP payload of packet(): the flow and the sequence number. */
inline void putTag(Frame& udpFrame, std::uint32_t flow, std::uint64_t sequence) {
  std::uint8_t* payload = udpFrame.data() + transportAt(udpFrame) + 8;
  store32(payload, flow);
  store32(payload + 4, static_cast<std::uint32_t>(sequence));
  std::uint8_t* checksum = udpFrame.data() + transportAt(udpFrame) + 6;
  store16(checksum, 0);
}
inline std::optional<Seen> tagOf(const Frame& frame) {
  if (frame.size() < 14 + 20 + 8 + 8 || load16(frame.data() + 12) != 0x0800 || frame[23] != kUdp) {
    return std::nullopt;
  }
  const std::uint8_t* payload = frame.data() + transportAt(frame) + 8;
  return Seen{load32(payload), load32(payload + 4)};
}

/** The whole snapshot in chunks of at most `chunk` bytes of room. */
inline std::vector<Frame> snapshotOf(NetworkFunction& nf, std::size_t chunk = 16384) {
  std::vector<Frame> chunks;
  nf.beginSnapshot();
  bool complete = false;
  while (!complete) {
    Frame bytes(std::max(chunk, nf.maxRecordBytes()));
    ByteWriter out(bytes.data(), bytes.size());
    complete = nf.writeSnapshot(out);
    bytes.resize(out.size());
    if (out.overflowed()) std::abort();
    if (!bytes.empty()) chunks.push_back(std::move(bytes));
  }
  nf.endSnapshot();
  return chunks;
}

inline Frame joined(const std::vector<Frame>& chunks) {
  Frame all;
  for (const Frame& chunk : chunks) append(all, chunk.data(), chunk.size());
  return all;
}

/** One collect() with this much room. */
inline Frame collected(NetworkFunction& nf, std::size_t room = 65536) {
  Frame bytes(room);
  ByteWriter out(bytes.data(), bytes.size());
  nf.collect(out);
  if (out.overflowed()) std::abort();
  bytes.resize(out.size());
  return bytes;
}

/** Every packet received was forwarded, consumed or dropped for a reason. */
inline bool balanced(NetworkFunction& nf) {
  std::uint64_t received = 0;
  std::uint64_t accounted = 0;
  for (const Counter& counter : nf.counters()) {
    if (counter.name.starts_with("received")) received += counter.value;
    if (counter.name == "forwarded" || counter.name == "consumed" ||
        counter.name.starts_with("drop")) {
      accounted += counter.value;
    }
  }
  return received == accounted;
}

}  // namespace ferry::test
