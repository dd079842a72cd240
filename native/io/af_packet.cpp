#include "af_packet.hpp"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "packet_socket.hpp"
#include "partial_checksum.hpp"
#include "spare_sockets.hpp"

namespace ferry {
namespace {

constexpr std::uint32_t kTxDataOffset = TPACKET_ALIGN(sizeof(tpacket3_hdr));

std::uint32_t loadStatus(const std::uint32_t& status) {
  return __atomic_load_n(&status, __ATOMIC_ACQUIRE);
}

class AfPacketPort final : public Port {
 public:
  explicit AfPacketPort(PacketSocket socket) : socket_(std::move(socket)) {}

  std::size_t receive(std::span<Packet> burst) override;
  void release() override;
  TransmitResult transmit(ByteView frame) override;
  void flush() override;
  int pollFd() const override { return socket_.fd; }
  bool drained() override;
  bool linkDown() const override { return linkDown_; }
  void checkLink() override;
  PortStats stats() override;

 private:
  tpacket_block_desc* block(std::uint32_t index) const {
    return reinterpret_cast<tpacket_block_desc*>(socket_.rx.unit(index));
  }
  tpacket3_hdr* slot(std::uint32_t index) const {
    return reinterpret_cast<tpacket3_hdr*>(socket_.tx.unit(index));
  }
  bool blockReady(std::uint32_t index) const {
    return (loadStatus(block(index)->hdr.bh1.block_status) & TP_STATUS_USER) != 0;
  }
  bool openBlock();
  bool takeFrame(Packet& packet);
  void restoreVlanTag(tpacket3_hdr& header, Packet& packet);
  void readKernelCounts();
  void restartTransmission();
  void setLinkDown(bool down);

  PacketSocket socket_;
  PortStats stats_;

  std::uint32_t rxBlock_ = 0;         // block being read
  std::uint32_t rxReleaseFrom_ = 0;   // first block not yet given back
  std::uint32_t rxFramesLeft_ = 0;    // in the block being read
  std::uint32_t rxOffset_ = 0;        // of the next frame in it
  std::uint64_t rxSeen_ = 0;          // every frame met in the ring
  std::uint64_t kernelAccepted_ = 0;  // every frame the kernel put there

  std::uint32_t txSlot_ = 0;
  std::uint32_t txPending_ = 0;
  bool linkDown_ = false;
};

/** Moves on to the next block that the kernel has handed over. */
bool AfPacketPort::openBlock() {
  if (!blockReady(rxBlock_)) {
    // The kernel fills block after block, so block 0 cannot be ready before this one, unless the
    // ring was set up anew underneath us (restore from a checkpoint): then it starts at 0 again.
    if (rxBlock_ == 0 || !blockReady(0) || blockReady(rxBlock_) || rxReleaseFrom_ != rxBlock_) {
      return false;
    }
    rxBlock_ = rxReleaseFrom_ = 0;
    rxSeen_ = kernelAccepted_;
    stats_.rxResyncs++;
  }
  const auto& header = block(rxBlock_)->hdr.bh1;
  rxFramesLeft_ = header.num_pkts;
  rxOffset_ = header.offset_to_first_pkt;
  return true;
}

void AfPacketPort::restoreVlanTag(tpacket3_hdr& header, Packet& packet) {
  const bool hasProtocol = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  const std::uint16_t protocol = hasProtocol ? header.hv1.tp_vlan_tpid : ETHERTYPE_VLAN;
  const auto tci = static_cast<std::uint16_t>(header.hv1.tp_vlan_tci);
  std::memmove(packet.data - 4, packet.data, 12);
  packet.data -= 4;
  packet.length += 4;
  packet.capacity += 4;
  packet.data[12] = static_cast<std::uint8_t>(protocol >> 8);
  packet.data[13] = static_cast<std::uint8_t>(protocol);
  packet.data[14] = static_cast<std::uint8_t>(tci >> 8);
  packet.data[15] = static_cast<std::uint8_t>(tci);
  stats_.rxVlanRestored++;
}

/** Takes the next frame of the open block; false when it had to be refused (and was counted). */
bool AfPacketPort::takeFrame(Packet& packet) {
  const std::uint32_t offset = rxOffset_;
  auto& header = *reinterpret_cast<tpacket3_hdr*>(socket_.rx.unit(rxBlock_) + offset);
  const std::uint32_t next = header.tp_next_offset;
  rxFramesLeft_--;
  rxSeen_++;
  rxOffset_ += next;
  const std::uint32_t end =
      next != 0 ? std::min(offset + next, socket_.rx.unitBytes) : socket_.rx.unitBytes;
  if (header.tp_snaplen < header.tp_len) {
    stats_.rxTruncated++;
    return false;
  }
  if (header.tp_snaplen < ETH_HLEN || offset + header.tp_mac + header.tp_snaplen > end) {
    stats_.rxMalformed++;
    return false;
  }
  packet.data = reinterpret_cast<std::uint8_t*>(&header) + header.tp_mac;
  packet.length = header.tp_snaplen;
  packet.capacity = end - offset - header.tp_mac;
  packet.arrivedNs = std::uint64_t{header.tp_sec} * 1'000'000'000u + header.tp_nsec;
  if ((header.tp_status & TP_STATUS_VLAN_VALID) != 0) restoreVlanTag(header, packet);
  if ((header.tp_status & TP_STATUS_CSUMNOTREADY) != 0 &&
      completeChecksum({packet.data, packet.length})) {
    stats_.checksumsCompleted++;
  }
  stats_.rxPackets++;
  stats_.rxBytes += packet.length;
  return true;
}

std::size_t AfPacketPort::receive(std::span<Packet> burst) {
  std::size_t count = 0;
  while (count < burst.size()) {
    if (rxFramesLeft_ == 0 && !openBlock()) break;
    while (rxFramesLeft_ > 0 && count < burst.size()) {
      if (takeFrame(burst[count])) count++;
    }
    if (rxFramesLeft_ == 0) {
      const std::uint32_t following = (rxBlock_ + 1) % socket_.rx.count;
      rxBlock_ = following;
      // One block short of the whole ring, or release() could not tell full from empty.
      if ((following + 1) % socket_.rx.count == rxReleaseFrom_) break;
    }
  }
  if (count == 0) release();  // blocks of nothing but refused frames
  return count;
}

void AfPacketPort::release() {
  while (rxReleaseFrom_ != rxBlock_) {
    __atomic_store_n(&block(rxReleaseFrom_)->hdr.bh1.block_status, TP_STATUS_KERNEL,
                     __ATOMIC_RELEASE);
    rxReleaseFrom_ = (rxReleaseFrom_ + 1) % socket_.rx.count;
  }
}

TransmitResult AfPacketPort::transmit(ByteView frame) {
  if (frame.size() > socket_.maxFrameBytes || frame.size() < ETH_HLEN) {
    stats_.txOversize++;
    return TransmitResult::oversize;
  }
  tpacket3_hdr* header = slot(txSlot_);
  const std::uint32_t status = loadStatus(header->tp_status);
  if (txPending_ == socket_.tx.count ||
      (status & (TP_STATUS_SEND_REQUEST | TP_STATUS_SENDING)) != 0) {
    stats_.txRingFull++;
    return TransmitResult::ringFull;
  }
  header->tp_next_offset = 0;
  header->tp_len = static_cast<std::uint32_t>(frame.size());
  header->tp_snaplen = header->tp_len;
  std::memcpy(reinterpret_cast<std::uint8_t*>(header) + kTxDataOffset, frame.data(), frame.size());
  __atomic_store_n(&header->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
  txSlot_ = (txSlot_ + 1) % socket_.tx.count;
  txPending_++;
  stats_.txPackets++;
  stats_.txBytes += frame.size();
  return TransmitResult::queued;
}

void AfPacketPort::flush() {
  if (txPending_ == 0) return;
  const ssize_t sent = send(socket_.fd, nullptr, 0, MSG_DONTWAIT);
  const int reason = errno;
  // The kernel takes from its own position until it finds no request, or until it is out of send
  // buffer; what is left goes with the next flush.
  const std::uint32_t last = (txSlot_ + socket_.tx.count - 1) % socket_.tx.count;
  if ((loadStatus(slot(last)->tp_status) & TP_STATUS_SEND_REQUEST) == 0) {
    if (sent == 0) stats_.txErrors += txPending_;  // taken, and found impossible to send
    txPending_ = 0;
  } else if (sent == 0 && (loadStatus(slot(0)->tp_status) & TP_STATUS_SEND_REQUEST) == 0) {
    // Requests are pending and the kernel sees none: the ring was set up anew underneath us
    // (restore from a checkpoint), and it looks at slot 0.
    restartTransmission();
    flush();
    return;
  }
  if (sent >= 0) return;
  if (reason == ENETDOWN || reason == ENXIO || reason == ENODEV) {
    setLinkDown(true);
  } else if (reason != EAGAIN && reason != ENOBUFS && reason != EINTR) {
    stats_.txErrors++;
  }
}

/**
 * Requests again, from slot 0 on, what is pending. No frame is overwritten before it is moved: they
 * lie in one piece behind slot 0, which holds none.
 */
void AfPacketPort::restartTransmission() {
  const std::uint32_t count = socket_.tx.count;
  const std::uint32_t first = (txSlot_ + count - txPending_) % count;
  for (std::uint32_t i = 0; i < txPending_; ++i) {
    tpacket3_hdr* from = slot((first + i) % count);
    tpacket3_hdr* to = slot(i);
    if (from != to) {
      to->tp_next_offset = 0;
      to->tp_len = to->tp_snaplen = from->tp_len;
      std::memmove(reinterpret_cast<std::uint8_t*>(to) + kTxDataOffset,
                   reinterpret_cast<std::uint8_t*>(from) + kTxDataOffset, from->tp_len);
      __atomic_store_n(&from->tp_status, TP_STATUS_AVAILABLE, __ATOMIC_RELEASE);
      __atomic_store_n(&to->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
    }
  }
  txSlot_ = txPending_ % count;
  stats_.txResyncs++;
}

void AfPacketPort::readKernelCounts() {
  tpacket_stats_v3 counts{};
  socklen_t length = sizeof counts;
  // Reading resets the kernel's counters; tp_packets includes the drops.
  if (getsockopt(socket_.fd, SOL_PACKET, PACKET_STATISTICS, &counts, &length) != 0) return;
  stats_.rxKernelDrops += counts.tp_drops;
  kernelAccepted_ += counts.tp_packets - counts.tp_drops;
}

bool AfPacketPort::drained() {
  if (rxFramesLeft_ > 0) return false;
  readKernelCounts();
  return rxSeen_ >= kernelAccepted_;
}

void AfPacketPort::setLinkDown(bool down) {
  if (down && !linkDown_) stats_.linkDown++;
  linkDown_ = down;
}

void AfPacketPort::checkLink() {
  int pending = 0;
  socklen_t length = sizeof pending;
  // Clears the error too, or poll() would report it for ever.
  getsockopt(socket_.fd, SOL_SOCKET, SO_ERROR, &pending, &length);
  // The name may be another one since a restore from a checkpoint; the index is the socket's own.
  sockaddr_ll bound{};
  socklen_t boundLength = sizeof bound;
  getsockname(socket_.fd, reinterpret_cast<sockaddr*>(&bound), &boundLength);
  ifreq request{};
  request.ifr_ifindex = bound.sll_ifindex;
  const bool up = ioctl(socket_.fd, SIOCGIFNAME, &request) == 0 &&
                  ioctl(socket_.fd, SIOCGIFFLAGS, &request) == 0 &&
                  (request.ifr_flags & IFF_UP) != 0;
  setLinkDown(!up);
}

PortStats AfPacketPort::stats() {
  readKernelCounts();
  return stats_;
}

SpareSockets& spares() {
  static SpareSockets made;
  return made;
}

}  // namespace

OpenedPort openAfPacket(const PortOptions& options) {
  auto opened = PacketSocket::open(options, spares().take());
  if (auto* error = std::get_if<Error>(&opened)) return std::move(*error);
  return std::make_unique<AfPacketPort>(std::move(std::get<PacketSocket>(opened)));
}

void prepareAfPacket(std::size_t count) { spares().make(count); }

void dropPreparedAfPacket() { spares().drop(); }

}  // namespace ferry
