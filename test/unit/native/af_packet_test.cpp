// AF_PACKET ports on a real veth pair, in a network namespace that lives as long as this process.
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "check.hpp"
#include "io/registry.hpp"

using namespace ferry;
using namespace ferry::test;

namespace {

using Frame8 = std::vector<std::uint8_t>;

constexpr MacAddress kMac{0x02, 0xfe, 0, 0, 0, 0x11};
constexpr MacAddress kOther{0x02, 0xfe, 0, 0, 0, 0x99};
constexpr MacAddress kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

bool run(const std::string& command) {
  return std::system((command + " 2>/dev/null").c_str()) == 0;
}

/** One namespace for the whole program; false when that is not allowed here. */
bool haveLab() {
  static const bool made = [] {
    const bool ok = unshare(CLONE_NEWNET) == 0 && run("ip link set lo up") &&
                    run("ip link add fydp0 type veth peer name fydp1") &&
                    run("ip link set fydp0 up") && run("ip link set fydp1 up");
    if (!ok) std::printf("# skipped: needs root and iproute2\n");
    return ok;
  }();
  return made;
}

std::unique_ptr<Port> open(const char* interface, MacAddress mac = kMac) {
  OpenedPort opened = openPort("afPacket", {interface, {mac}});
  auto* port = std::get_if<std::unique_ptr<Port>>(&opened);
  CHECK(port != nullptr);
  return port != nullptr ? std::move(*port) : nullptr;
}

Frame8 frameTo(const MacAddress& mac, std::uint16_t etherType, std::size_t size,
               std::uint8_t fill = 1) {
  Frame8 frame(size, fill);
  std::copy(mac.begin(), mac.end(), frame.begin());
  std::copy(kOther.begin(), kOther.end(), frame.begin() + 6);
  frame[12] = static_cast<std::uint8_t>(etherType >> 8);
  frame[13] = static_cast<std::uint8_t>(etherType);
  return frame;
}

void send(Port& port, const Frame8& frame) {
  while (port.transmit(frame) == TransmitResult::ringFull) {
    port.flush();
    pollfd writable{port.pollFd(), POLLOUT, 0};
    poll(&writable, 1, 10);
  }
}

/** What arrives until `count` frames are there, or nothing has come for a long time. */
std::vector<Frame8> receive(Port& port, std::size_t count) {
  std::vector<Frame8> frames;
  std::array<Packet, 64> burst{};
  while (frames.size() < count) {
    pollfd readable{port.pollFd(), POLLIN, 0};
    if (poll(&readable, 1, 5000) <= 0) break;
    const std::size_t got = port.receive(burst);
    for (std::size_t i = 0; i < got; ++i) {
      frames.emplace_back(burst[i].data, burst[i].data + burst[i].length);
      CHECK(burst[i].capacity >= burst[i].length);
    }
    if (got > 0) port.release();
  }
  return frames;
}

/** Of every AF_PACKET socket of this namespace: the index of its interface, 0: none; in order. */
std::vector<unsigned> packetSockets() {
  std::ifstream table("/proc/self/net/packet");
  std::string line;
  std::getline(table, line);
  std::vector<unsigned> interfaces;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string ignored;
    unsigned interface = 0;
    if (fields >> ignored >> ignored >> ignored >> ignored >> interface) {
      interfaces.push_back(interface);
    }
  }
  std::sort(interfaces.begin(), interfaces.end());
  return interfaces;
}

std::string errorCode(const char* io, const PortOptions& options) {
  const OpenedPort opened = openPort(io, options);
  const auto* error = std::get_if<Error>(&opened);
  return error != nullptr ? error->code : "";
}

}  // namespace

TEST("what cannot be opened says why") {
  if (!haveLab()) return;
  CHECK_EQ(errorCode("carrierPigeon", {"fydp0", {kMac}}), "IO_UNKNOWN");
  CHECK_EQ(errorCode("afPacket", {"fydp9", {kMac}}), "INTERFACE_NOT_FOUND");
  CHECK_EQ(errorCode("afPacket", {"", {kMac}}), "INTERFACE_NOT_FOUND");
  CHECK_EQ(errorCode("afPacket", {"a-name-longer-than-any", {kMac}}), "INTERFACE_NOT_FOUND");
  CHECK_EQ(errorCode("afPacket", {"fydp0", {}}), "IO_OPTIONS");
  CHECK(run("ip link add fydp2 type veth peer name fydp5"));
  CHECK_EQ(errorCode("afPacket", {"fydp2", {kMac}}), "INTERFACE_DOWN");
}

TEST("the kernel passes what is for this port, ARP to groups and markers, and nothing else") {
  if (!haveLab()) return;
  const auto sender = open("fydp0");
  const auto receiver = open("fydp1");
  const Frame8 wanted[] = {frameTo(kMac, 0x0800, 60), frameTo(kMac, 0x86dd, 1514),
                           frameTo(kBroadcast, 0x0806, 60), frameTo(kOther, 0x88b5, 60)};
  for (const Frame8& frame : wanted) {
    send(*sender, frameTo(kOther, 0x0800, 60));
    send(*sender, frameTo(kBroadcast, 0x0800, 60));
    send(*sender, frameTo(kOther, 0x0806, 60));
    send(*sender, frame);
  }
  sender->flush();
  const auto frames = receive(*receiver, 4);
  CHECK_EQ(frames.size(), 4u);
  for (std::size_t i = 0; i < frames.size(); ++i) CHECK(frames[i] == wanted[i]);
  CHECK(receiver->drained());
}

TEST("every frame arrives, whole and in order, around the rings several times") {
  if (!haveLab()) return;
  const auto sender = open("fydp0");
  const auto receiver = open("fydp1");
  std::mt19937_64 random(seed());
  std::size_t received = 0;
  std::size_t wrong = 0;
  constexpr std::size_t kRounds = 600;
  constexpr std::size_t kRound = 100;
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::vector<Frame8> sent;
    for (std::size_t i = 0; i < kRound; ++i) {
      sent.push_back(frameTo(kMac, 0x0800, 60 + random() % 1455, static_cast<std::uint8_t>(i)));
      send(*sender, sent.back());
    }
    sender->flush();
    const auto frames = receive(*receiver, kRound);
    received += frames.size();
    if (frames != sent) wrong++;
    if (frames.size() != kRound) break;
  }
  CHECK_EQ(received, kRounds * kRound);
  CHECK_EQ(wrong, 0u);
  const PortStats stats = receiver->stats();
  CHECK_EQ(stats.rxPackets, kRounds * kRound);
  CHECK_EQ(stats.rxKernelDrops + stats.rxTruncated + stats.rxMalformed, 0u);
  CHECK_EQ(sender->stats().txPackets, kRounds * kRound);
  CHECK_EQ(sender->stats().txErrors, 0u);
}

TEST("drained() knows of a frame that the ring does not show yet") {
  if (!haveLab()) return;
  const auto sender = open("fydp0");
  const auto receiver = open("fydp1");
  CHECK(receiver->drained());
  for (int i = 0; i < 20; ++i) {
    send(*sender, frameTo(kMac, 0x0800, 60));
    sender->flush();
    CHECK(!receiver->drained());
    CHECK_EQ(receive(*receiver, 1).size(), 1u);
    CHECK(receiver->drained());
  }
}

TEST("a ring that nobody empties drops, counts, and goes on") {
  if (!haveLab()) return;
  const auto sender = open("fydp0");
  const auto receiver = open("fydp1");
  constexpr std::size_t kFrames = 40'000;  // of 1514 bytes: more than the ring holds
  for (std::size_t i = 0; i < kFrames; ++i) send(*sender, frameTo(kMac, 0x0800, 1514));
  sender->flush();
  std::size_t received = 0;
  while (!receiver->drained()) received += receive(*receiver, 1).size();
  const PortStats stats = receiver->stats();
  CHECK(stats.rxKernelDrops > 0);
  CHECK_EQ(received + stats.rxKernelDrops, kFrames);
  send(*sender, frameTo(kMac, 0x0800, 99));
  sender->flush();
  CHECK_EQ(receive(*receiver, 1).size(), 1u);
}

TEST("a VLAN tag that the kernel took out is put back") {
  if (!haveLab()) return;
  const auto sender = open("fydp0");
  const auto receiver = open("fydp1");
  Frame8 frame = frameTo(kMac, 0x8100, 100);
  frame[14] = 0x20;
  frame[15] = 0x07;
  frame[16] = 0x08;
  frame[17] = 0x00;
  send(*sender, frame);
  sender->flush();
  const auto frames = receive(*receiver, 1);
  CHECK(frames.size() == 1 && frames[0] == frame);
  CHECK_EQ(receiver->stats().rxVlanRestored, 1u);
}

TEST("a checksum that a local sender left to its device is completed") {
  if (!haveLab()) return;
  CHECK(run("ip addr replace 10.9.9.1/24 dev fydp0") &&
        run("ip neigh replace 10.9.9.2 lladdr 02:fe:00:00:00:11 dev fydp0"));
  const auto receiver = open("fydp1");
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  inet_pton(AF_INET, "10.9.9.2", &to.sin_addr);
  CHECK_EQ(sendto(udp, "abc", 3, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 3);
  close(udp);
  const auto frames = receive(*receiver, 1);
  CHECK_EQ(frames.size(), 1u);
  CHECK_EQ(receiver->stats().checksumsCompleted, 1u);
  std::uint32_t sum = 17 + 11;
  if (frames.empty()) return;
  Frame8 padded = frames[0];
  padded.push_back(0);
  for (std::size_t i = 26; i + 1 < padded.size(); i += 2) sum += padded[i] << 8 | padded[i + 1];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  CHECK_EQ(sum, 0xffffu);
}

TEST("a frame longer than the interface takes is refused") {
  if (!haveLab()) return;
  const auto sender = open("fydp0");
  CHECK_EQ(sender->transmit(frameTo(kMac, 0x0800, 1519)), TransmitResult::oversize);
  CHECK_EQ(sender->transmit(Frame8(13)), TransmitResult::oversize);
  CHECK_EQ(sender->stats().txOversize, 2u);
}

TEST("a frame that is longer than a block of the ring is refused, not cut short") {
  if (!haveLab()) return;
  const auto receiver = open("fydp1");
  CHECK(run("ip link set fydp0 mtu 9000") && run("ip link set fydp1 mtu 9000"));
  const auto sender = open("fydp0");
  send(*sender, frameTo(kMac, 0x0800, 9000));
  send(*sender, frameTo(kMac, 0x0800, 1000));
  sender->flush();
  const auto frames = receive(*receiver, 1);
  CHECK(frames.size() == 1 && frames[0].size() == 1000);
  CHECK_EQ(receiver->stats().rxTruncated, 1u);
  CHECK(receiver->drained());
  // Opened now, a port takes what the interface takes.
  const auto larger = open("fydp1");
  send(*sender, frameTo(kMac, 0x0800, 9000));
  sender->flush();
  CHECK_EQ(receive(*larger, 1).size(), 1u);
  CHECK(run("ip link set fydp0 mtu 1500") && run("ip link set fydp1 mtu 1500"));
}

TEST("a link that goes down is reported and comes back") {
  if (!haveLab()) return;
  const auto sender = open("fydp0");
  const auto receiver = open("fydp1");
  CHECK(run("ip link set fydp0 down"));
  send(*sender, frameTo(kMac, 0x0800, 60));
  sender->flush();
  sender->checkLink();
  CHECK(sender->linkDown());
  CHECK_EQ(sender->stats().linkDown, 1u);
  CHECK(run("ip link set fydp0 up"));
  sender->checkLink();
  CHECK(!sender->linkDown());
  send(*sender, frameTo(kMac, 0x0800, 61));
  sender->flush();
  // The frame that could not leave without a link has waited in the ring.
  const auto frames = receive(*receiver, 2);
  CHECK(frames.size() == 2 && frames[0].size() == 60 && frames[1].size() == 61);
}

TEST("an interface that is removed is a link that is down, not a crash") {
  if (!haveLab()) return;
  CHECK(run("ip link add fydp3 type veth peer name fydp4") && run("ip link set fydp3 up") &&
        run("ip link set fydp4 up"));
  const auto port = open("fydp3");
  CHECK(run("ip link del fydp3"));
  port->transmit(frameTo(kMac, 0x0800, 60));
  port->flush();
  port->checkLink();
  CHECK(port->linkDown());
  std::array<Packet, 4> burst{};
  CHECK_EQ(port->receive(burst), 0u);
}

TEST("ports take what was prepared for them, which until then is on no interface") {
  if (!haveLab()) return;
  using Sockets = std::vector<unsigned>;
  preparePorts(2);
  CHECK(packetSockets() == Sockets({0, 0}));
  {
    const auto sender = open("fydp0");
    const auto receiver = open("fydp1");
    Sockets attached{if_nametoindex("fydp0"), if_nametoindex("fydp1")};
    std::sort(attached.begin(), attached.end());
    CHECK(packetSockets() == attached);
    // It listens to its own address alone, as a port does.
    send(*sender, frameTo(kOther, 0x0800, 60));
    send(*sender, frameTo(kMac, 0x0800, 1514));
    sender->flush();
    const auto frames = receive(*receiver, 1);
    CHECK(frames.size() == 1 && frames[0].size() == 1514);
    CHECK(receiver->drained());
    CHECK_EQ(sender->transmit(frameTo(kMac, 0x0800, 1519)), TransmitResult::oversize);
  }
  CHECK(packetSockets().empty());
}

TEST("what was prepared does not do for jumbo frames, and is given back") {
  if (!haveLab()) return;
  CHECK(run("ip link set fydp0 mtu 9000") && run("ip link set fydp1 mtu 9000"));
  preparePorts(3);
  {
    const auto sender = open("fydp0");
    const auto receiver = open("fydp1");
    CHECK_EQ(packetSockets().size(), 3u);
    send(*sender, frameTo(kMac, 0x0800, 9000));
    sender->flush();
    const auto frames = receive(*receiver, 1);
    CHECK(frames.size() == 1 && frames[0].size() == 9000);
    dropPreparedPorts();
    CHECK_EQ(packetSockets().size(), 2u);
  }
  CHECK(run("ip link set fydp0 mtu 1500") && run("ip link set fydp1 mtu 1500"));
}
