// Flows through a network function for measurements: its state, and the headers of packets both
// ways.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "core/clock.hpp"
#include "core/nf.hpp"
#include "nf/router_port.hpp"
#include "traffic/arp_endpoint.hpp"
#include "traffic/probe.hpp"

namespace ferry::bench {

inline constexpr std::uint32_t kServer = 0xcb007109;  // 203.0.113.9
inline constexpr MacAddress kHostMac{0x02, 0xfa, 0, 0, 0, 1};
// Everything that a function reads or writes of a packet, and room for incremental sums.
inline constexpr std::size_t kHeaderBytes = 64;
using Header = std::array<std::uint8_t, kHeaderBytes>;

/** The ports that every function here has: 10.0.0.1/16 inside, 203.0.113.1/24 outside. */
inline RouterPorts benchPorts() {
  return {{{0x02, 0xfe, 0, 0, 0, 1}, 0x0a000001, 16}, {{0x02, 0xfe, 0, 0, 0, 2}, 0xcb007101, 24}};
}

/** Packets of `count` flows, in another order than their entries lie in, as it would be. */
class Flows {
 public:
  /** Touches all memory that it will need: what a process grows by afterwards is the function's. */
  Flows(std::uint32_t count, std::uint32_t packetBytes)
      : buffer_(packetBytes), headers_{std::vector<Header>(count), std::vector<Header>(count)} {}
  virtual ~Flows() = default;
  Flows(const Flows&) = delete;
  Flows& operator=(const Flows&) = delete;

  /** Makes the entry of every flow; ends the program when the function refuses one. */
  void open(NetworkFunction& nf, TimeMs now) {
    meet(nf, RouterPorts::kOutside, kServer, now);
    greet(nf, now);
    const auto count = static_cast<std::uint32_t>(size());
    std::vector<std::uint32_t> positions(count);
    std::iota(positions.begin(), positions.end(), 0U);
    std::shuffle(positions.begin(), positions.end(), std::mt19937_64(1));
    for (std::uint32_t flow = 0; flow < count; ++flow) {
      openFlow(nf, flow, headers_[0][positions[flow]], headers_[1][positions[flow]], now);
      nf.discardMarks();
    }
  }

  std::size_t size() const { return headers_[0].size(); }
  /** Headers of the packets of a port, one of each flow. */
  std::vector<Header>& of(PortIndex port) { return headers_[port]; }
  const std::vector<Header>& of(PortIndex port) const { return headers_[port]; }
  /** By how much the TCP sequence number of a header grows with each packet; 0: it is no TCP. */
  virtual std::uint32_t sequenceStep() const { return 0; }

 protected:
  /** Makes the hosts known that the flows need beside kServer. */
  virtual void greet(NetworkFunction& nf, TimeMs now) = 0;
  /** Makes the entry of one flow; writes its packet from inside, and the one from outside. */
  virtual void openFlow(NetworkFunction& nf, std::uint32_t flow, Header& outbound, Header& inbound,
                        TimeMs now) = 0;

  void meet(NetworkFunction& nf, PortIndex port, std::uint32_t address, TimeMs now) {
    traffic::ArpFrame request =
        traffic::arpRequest(kHostMac, address, benchPorts().port(port).address);
    process(nf, request, port, now);
  }
  /** A UDP packet in the buffer, and its header. */
  Header writeUdp(PortIndex port, const traffic::Socket4& source,
                  const traffic::Socket4& destination) {
    traffic::ProbeWriter writer(static_cast<std::uint32_t>(buffer_.size()), kHostMac);
    writer.setNextHop(benchPorts().port(port).mac);
    traffic::Probe probe;
    probe.source = source;
    probe.destination = destination;
    const ByteView frame = writer.write(probe);
    std::copy(frame.begin(), frame.end(), buffer_.begin());
    return headerInBuffer();
  }
  Header headerInBuffer() const {
    Header header;
    std::copy_n(buffer_.begin(), header.size(), header.begin());
    return header;
  }
  /** Has what is in the buffer forwarded. */
  void forward(NetworkFunction& nf, PortIndex port, TimeMs now) {
    if (process(nf, buffer_, port, now) == Action::forward) return;
    std::fprintf(stderr, "the function did not forward the first packet of a flow\n");
    std::exit(1);
  }

  std::vector<std::uint8_t> buffer_;  // one packet

 private:
  struct NoOutput final : Output {
    void transmit(PortIndex, ByteView) override {}
  };

  template <typename Frame>
  Action process(NetworkFunction& nf, Frame& frame, PortIndex port, TimeMs now) {
    const auto length = static_cast<std::uint32_t>(frame.size());
    Packet packet{frame.data(), length, length, port};
    return nf.process(packet, now, output_).action;
  }

  NoOutput output_;
  std::array<std::vector<Header>, 2> headers_;
};

}  // namespace ferry::bench
