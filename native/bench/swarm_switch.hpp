// One emulated switch: its socket, what it answers, and the packet-ins that wait for an answer.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/swarm_frames.hpp"
#include "core/clock.hpp"
#include "statelet/socket.hpp"
#include "traffic/latency_histogram.hpp"

namespace ferry::swarm {

inline constexpr std::uint32_t kPorts = 4;
/** A packet-in that was not answered for so long is lost: its place is used anew. */
inline constexpr std::uint64_t kLostNs = 2'000'000'000;

struct Totals {
  std::uint64_t answers = 0;
  std::uint64_t flowMods = 0;
  std::uint64_t lost = 0;
  std::uint64_t errors = 0;
  traffic::LatencyHistogram latency;
};

class Switch {
 public:
  Switch(Descriptor socket, std::uint32_t number, std::uint32_t hosts, std::uint32_t window)
      : socket_(std::move(socket)), number_(number), hosts_(hosts), slots_(window) {
    Writer(out_).header(Type::hello, kHeaderBytes + 8, 1).u16(1).u16(8).u32(1U << kVersion);
  }

  int fd() const { return socket_.fd(); }
  bool known() const { return known_; }
  bool wantsToWrite() const { return sent_ < out_.size(); }

  /** Whether the loop waits for room to write. */
  bool watchesWrites = false;

  /** A packet-in from each host, not waited for: so that every host is known. */
  void announce() {
    for (std::uint32_t host = 0; host < hosts_; ++host) {
      Probe probe{macOf(host), 0xffffffffffff, 0, 0};
      writePacketIn(out_, ++xid_, portOf(host), probe);
    }
  }

  /** From now on there is a packet-in outstanding in every slot. */
  void start() {
    running_ = true;
    const std::uint64_t now = monotonicNs();
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) ask(slot, now);
  }

  void stop() { running_ = false; }

  void giveUpLost(std::uint64_t now, Totals& totals) {
    if (!running_) return;
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].askedNs + kLostNs > now) continue;
      ++totals.lost;
      ask(slot, now);
    }
  }

  /** False when the controller has closed the connection or sent what is no OpenFlow 1.3. */
  bool read(Totals& totals) {
    std::array<std::uint8_t, 65'536> chunk;
    const ssize_t got = recv(fd(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    in_.insert(in_.end(), chunk.begin(), chunk.begin() + got);
    const std::uint64_t now = monotonicNs();
    std::size_t at = 0;
    while (in_.size() - at >= kHeaderBytes) {
      const Bytes rest(in_.data() + at, in_.size() - at);
      const std::size_t length = readU16(rest, 2);
      if (length < kHeaderBytes) return false;
      if (length > rest.size()) break;
      receive(rest.first(length), now, totals);
      at += length;
    }
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
    return write();
  }

  bool write() {
    while (wantsToWrite()) {
      const ssize_t took =
          send(fd(), out_.data() + sent_, out_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (took < 0) return errno == EAGAIN || errno == EINTR;
      sent_ += static_cast<std::size_t>(took);
    }
    out_.clear();
    sent_ = 0;
    return true;
  }

 private:
  struct Slot {
    std::uint32_t turn = 0;
    std::uint64_t askedNs = 0;
  };

  /** Different on every switch: a host that is seen everywhere would seem to move. */
  std::uint64_t macOf(std::uint32_t host) const {
    return 0x02'00'00'00'00'00 | static_cast<std::uint64_t>(number_) << 16 | host;
  }

  static std::uint32_t portOf(std::uint32_t host) { return 1 + host % kPorts; }

  /** The next pair of hosts on different ports; all pairs come before one comes again. */
  void ask(std::uint32_t slot, std::uint64_t now) {
    do {
      if (++source_ == hosts_) {
        source_ = 0;
        distance_ = distance_ % (hosts_ - 1) + 1;
      }
    } while (distance_ % kPorts == 0);
    const std::uint32_t destination = (source_ + distance_) % hosts_;
    slots_[slot] = {slots_[slot].turn + 1, now};
    const Probe probe{macOf(source_), macOf(destination), slot, slots_[slot].turn};
    writePacketIn(out_, ++xid_, portOf(source_), probe);
  }

  void receive(Bytes frame, std::uint64_t now, Totals& totals) {
    const std::uint32_t xid = readU32(frame, 4);
    switch (static_cast<Type>(frame[1])) {
      case Type::packetOut:
        if (const auto probe = probeOf(frame)) answered(*probe, now, totals);
        return;
      case Type::flowMod:
        if (running_) ++totals.flowMods;
        return;
      case Type::error:
        ++totals.errors;
        return;
      case Type::featuresRequest:
        known_ = true;
        Writer(out_).header(Type::featuresReply, 32, xid).u64(dpid()).u32(0).u8(254).zeros(3);
        Writer(out_).u32(0x4f).u32(0);
        return;
      case Type::multipartRequest:
        answerMultipart(frame, xid);
        return;
      case Type::echoRequest:
        Writer(out_).header(Type::echoReply, frame.size(), xid);
        out_.append(frame.begin() + kHeaderBytes, frame.end());
        return;
      case Type::getConfigRequest:
        Writer(out_).header(Type::getConfigReply, 12, xid).u16(0).u16(0xffff);
        return;
      case Type::barrierRequest:
        Writer(out_).header(Type::barrierReply, kHeaderBytes, xid);
        return;
      case Type::roleRequest:
        Writer(out_).header(Type::roleReply, 24, xid);
        out_.append(frame.begin() + kHeaderBytes, frame.begin() + 24);
        return;
      default:
        return;
    }
  }

  void answered(const Probe& probe, std::uint64_t now, Totals& totals) {
    if (!running_ || probe.slot >= slots_.size()) return;
    const Slot& slot = slots_[probe.slot];
    if (slot.turn != probe.turn) return;  // answered before, or given up
    ++totals.answers;
    totals.latency.record(now - slot.askedNs);
    ask(probe.slot, now);
  }

  /** Description and ports have content; of everything else there is nothing. */
  void answerMultipart(Bytes frame, std::uint32_t xid) {
    constexpr std::uint16_t kDescription = 0;
    constexpr std::uint16_t kPortDescription = 13;
    constexpr std::size_t kFixedBytes = 16;
    const std::uint16_t kind = frame.size() < kFixedBytes ? 0 : readU16(frame, 8);
    const std::size_t body = kind == kDescription       ? 1056
                             : kind == kPortDescription ? 64 * kPorts
                                                        : 0;
    Writer writer(out_);
    writer.header(Type::multipartReply, kFixedBytes + body, xid).u16(kind).u16(0).u32(0);
    if (kind == kDescription) {
      writer.text("Ferry", 256).text("emulated", 256).text("switch_swarm", 256).text("1", 32);
      writer.text(std::to_string(number_), 256);
    }
    if (kind != kPortDescription) return;
    for (std::uint32_t port = 1; port <= kPorts; ++port) {
      writer.u32(port).zeros(4).mac(dpid() << 8 | port).zeros(2);
      std::string name = std::to_string(number_);
      name.append("-eth").append(std::to_string(port));
      writer.text(name, 16);
      writer.u32(0).u32(4).u32(0x840).u32(0).u32(0).u32(0).u32(10'000'000).u32(10'000'000);
    }
  }

  std::uint64_t dpid() const { return 0x5a0000 + number_; }

  Descriptor socket_;
  std::uint32_t number_;
  std::uint32_t hosts_;
  std::vector<Slot> slots_;
  std::vector<std::uint8_t> in_;
  std::string out_;
  std::size_t sent_ = 0;
  std::uint32_t xid_ = 1;
  std::uint32_t source_ = 0;
  std::uint32_t distance_ = 1;
  bool known_ = false;
  bool running_ = false;
};

}  // namespace ferry::swarm
