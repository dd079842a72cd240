#include "packet_socket.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "packet_filter.hpp"

namespace ferry {
namespace {

constexpr std::size_t kMaxMacs = 64;
constexpr std::uint32_t kRxRingBytes = 32u << 20;
constexpr std::uint32_t kTxRingBytes = 8u << 20;
static_assert(PacketSocket::kRingBytes == kRxRingBytes + kTxRingBytes);
constexpr std::uint32_t kMaxMtu = 65'535;
// Where nothing is known of the interface yet.
constexpr std::uint32_t kCommonMtu = ETHERMTU;
// One page holds two to six data frames: a block is handed over before latency can build up.
constexpr std::uint32_t kMinBlockBytes = 4096;
constexpr std::uint32_t kMinSlotBytes = 2048;
constexpr std::uint32_t kRetireTimeoutMs = 1;
constexpr int kReserveBytes = 8;  // headroom in front of a frame, for a VLAN tag put back
constexpr int kSendBufferBytes = 4 << 20;

std::uint32_t maxFrameBytesOf(std::uint32_t mtu) { return mtu + ETH_HLEN + 4; }

/** Units of the rings for frames of an MTU. */
struct RingShape {
  std::uint32_t blockBytes;
  std::uint32_t slotBytes;

  explicit RingShape(std::uint32_t mtu) {
    // Frame, and the headers that the kernel puts before it in either direction.
    const std::uint32_t needed = std::bit_ceil(maxFrameBytesOf(mtu) + 256);
    blockBytes = std::max(kMinBlockBytes, needed);
    slotBytes = std::max(kMinSlotBytes, needed);
  }
  friend bool operator==(const RingShape&, const RingShape&) = default;
};

std::string withReason(const std::string& text) { return text + ": " + std::strerror(errno); }

Error unavailable(const char* what) {
  const int reason = errno;
  if (reason == EPERM || reason == EACCES) {
    return {"IO_PERMISSION", "io", "AF_PACKET needs CAP_NET_RAW: run as root."};
  }
  return {"IO_UNAVAILABLE", "io", withReason(std::string("The kernel refused ") + what)};
}

template <typename T>
bool setOption(int fd, int level, int name, const T& value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/** Looks the interface up; fills index and MTU. */
bool describe(int fd, const std::string& name, int& index, std::uint32_t& mtu, Error& error) {
  ifreq request{};
  if (name.empty() || name.size() >= sizeof request.ifr_name) {
    error = {"INTERFACE_NOT_FOUND", "interface", "'" + name + "' is not an interface name."};
    return false;
  }
  name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  if (ioctl(fd, SIOCGIFINDEX, &request) != 0) {
    error = {"INTERFACE_NOT_FOUND", "interface",
             withReason("There is no interface '" + name + "' in this network namespace")};
    return false;
  }
  index = request.ifr_ifindex;
  if (ioctl(fd, SIOCGIFMTU, &request) != 0) {
    error = unavailable("SIOCGIFMTU");
    return false;
  }
  mtu = static_cast<std::uint32_t>(request.ifr_mtu);
  if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
    error = unavailable("SIOCGIFFLAGS");
    return false;
  }
  if ((request.ifr_flags & IFF_UP) == 0) {
    error = {"INTERFACE_DOWN", "interface",
             "Interface '" + name + "' is down: set it up (ip link set " + name + " up)."};
    return false;
  }
  return true;
}

/** What has to be said before there are rings. */
const char* configure(int fd) {
  const int version = TPACKET_V3;
  const int one = 1;
  if (!setOption(fd, SOL_PACKET, PACKET_VERSION, version)) return "TPACKET_V3";
  if (!setOption(fd, SOL_PACKET, PACKET_RESERVE, kReserveBytes)) return "PACKET_RESERVE";
  if (!setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, one)) return "PACKET_IGNORE_OUTGOING";
  // A frame that the kernel cannot send must not block the ring behind it.
  if (!setOption(fd, SOL_PACKET, PACKET_LOSS, one)) return "PACKET_LOSS";
  if (!setOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, kSendBufferBytes) &&
      !setOption(fd, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes)) {
    return "SO_SNDBUF";
  }
  return nullptr;
}

const char* filterFor(int fd, std::span<const MacAddress> macs) {
  auto program = buildPacketFilter(macs);
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return setOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter) ? nullptr : "the packet filter";
}

const char* attach(int fd, int index) {
  packet_mreq membership{};
  membership.mr_ifindex = index;
  membership.mr_type = PACKET_MR_PROMISC;
  if (!setOption(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)) return "promiscuous mode";
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = index;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "bind";
  return nullptr;
}

}  // namespace

PacketSocket::PacketSocket(PacketSocket&& other) noexcept
    : fd(std::exchange(other.fd, -1)),
      maxFrameBytes(other.maxFrameBytes),
      rx(other.rx),
      tx(other.tx),
      mapping_(std::exchange(other.mapping_, nullptr)),
      mappedBytes_(std::exchange(other.mappedBytes_, 0)) {}

PacketSocket& PacketSocket::operator=(PacketSocket&& other) noexcept {
  std::swap(fd, other.fd);
  std::swap(maxFrameBytes, other.maxFrameBytes);
  std::swap(rx, other.rx);
  std::swap(tx, other.tx);
  std::swap(mapping_, other.mapping_);
  std::swap(mappedBytes_, other.mappedBytes_);
  return *this;
}

PacketSocket::~PacketSocket() {
  if (mapping_ != nullptr) munmap(mapping_, mappedBytes_);
  if (fd >= 0) close(fd);
}

/** Protocol 0 receives nothing until bind(), when ring and filter are in place. */
PacketSocket PacketSocket::bare() {
  return PacketSocket(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

const char* PacketSocket::makeRings(std::uint32_t mtu) {
  if (const char* refused = configure(fd)) return refused;
  return mapRings(mtu) ? nullptr : "the packet rings";
}

std::optional<PacketSocket> PacketSocket::unattached() {
  PacketSocket made = bare();
  if (made.fd < 0 || made.makeRings(kCommonMtu) != nullptr) return std::nullopt;
  return made;
}

bool PacketSocket::mapRings(std::uint32_t mtu) {
  const RingShape shape(mtu);
  tpacket_req3 rxRequest{};
  rxRequest.tp_block_size = shape.blockBytes;
  rxRequest.tp_block_nr = kRxRingBytes / rxRequest.tp_block_size;
  rxRequest.tp_frame_size = kMinSlotBytes;
  rxRequest.tp_frame_nr = rxRequest.tp_block_size / rxRequest.tp_frame_size * rxRequest.tp_block_nr;
  rxRequest.tp_retire_blk_tov = kRetireTimeoutMs;

  tpacket_req3 txRequest{};
  txRequest.tp_frame_size = shape.slotBytes;
  txRequest.tp_block_size = std::max(kMinBlockBytes, txRequest.tp_frame_size);
  txRequest.tp_block_nr = kTxRingBytes / txRequest.tp_block_size;
  txRequest.tp_frame_nr = kTxRingBytes / txRequest.tp_frame_size;

  if (!setOption(fd, SOL_PACKET, PACKET_RX_RING, rxRequest) ||
      !setOption(fd, SOL_PACKET, PACKET_TX_RING, txRequest)) {
    return false;
  }
  mappedBytes_ = kRingBytes;
  void* memory =
      mmap(nullptr, mappedBytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED) return false;
  mapping_ = static_cast<std::uint8_t*>(memory);
  rx = {mapping_, rxRequest.tp_block_size, rxRequest.tp_block_nr};
  tx = {mapping_ + kRxRingBytes, txRequest.tp_frame_size, txRequest.tp_frame_nr};
  return true;
}

PacketSocket::Opened PacketSocket::open(const PortOptions& options,
                                        std::optional<PacketSocket> ready) {
  if (options.macs.empty() || options.macs.size() > kMaxMacs) {
    return Error{"IO_OPTIONS", "macs", "A port accepts 1 to 64 MAC addresses."};
  }
  PacketSocket opened = ready ? std::move(*ready) : bare();
  if (opened.fd < 0) return unavailable("an AF_PACKET socket");
  int index = 0;
  std::uint32_t mtu = 0;
  Error error;
  if (!describe(opened.fd, options.interface, index, mtu, error)) return error;
  mtu = std::min(mtu, kMaxMtu);
  if (ready && RingShape(mtu) != RingShape(kCommonMtu)) {
    opened = bare();
    if (opened.fd < 0) return unavailable("an AF_PACKET socket");
  }
  if (opened.mapping_ == nullptr) {
    if (const char* refused = opened.makeRings(mtu)) return unavailable(refused);
  }
  opened.maxFrameBytes = maxFrameBytesOf(mtu);
  if (const char* refused = filterFor(opened.fd, options.macs)) return unavailable(refused);
  if (const char* refused = attach(opened.fd, index)) return unavailable(refused);
  return opened;
}

}  // namespace ferry
