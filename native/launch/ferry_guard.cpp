// Keeps the peers of a program from hearing of its death: a kernel ends the connections of a
// process that dies (FIN, RST), and one that is brought back from a checkpoint could not go on with
// them.
//
//   ferry-guard NETWORK_PID MAC=INTERFACE...
//
// In the network namespace of NETWORK_PID every segment with FIN or RST goes to the interface
// `guard` instead of out (vnf-host/program/network.ts). This program takes them from there and
// sends those of a living program on by the host's INTERFACE for their source MAC; it withholds
// those of one that is dying, dead or not yet known. Without it none gets out.
//
// stdin: one line `PID START_TICKS` (proc(5), field 22) once the program's process is known; its
// end ends the guard. stdout, a line each: `ready`; `ended` when that process has; and for the
// first segment withheld of each connection `withheld LOCAL PORT REMOTE PORT SEQ ACK TIMESTAMP`,
// where the dead process's kernel stood: next number to send, next one expected, TCP timestamp or 0
// (RFC 9293, RFC 7323).
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Bytes = std::span<const std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;

constexpr const char* kGuardInterface = "guard";
constexpr int kNotStarted = 125;
constexpr unsigned long kExiting = 4;  // PF_EXITING of linux/sched.h
constexpr std::size_t kMostConnections = 65'536;

[[noreturn]] void fail(const char* step) {
  std::fprintf(stderr, "ferry-guard: %s: %s\n", step, std::strerror(errno));
  _exit(kNotStarted);
}

int check(int result, const char* step) {
  if (result < 0) fail(step);
  return result;
}

void say(const std::string& line) {
  const std::string text = line + "\n";
  // Whoever listened is gone: there is nobody to guard for.
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) _exit(0);
}

int openPacketSocket(const char* interface, int protocol) {
  const int fd = check(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(static_cast<std::uint16_t>(protocol));
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  if (address.sll_ifindex == 0) fail(interface);
  check(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), interface);
  return fd;
}

/** Where frames with this source leave the host. */
struct Way {
  Mac mac;
  int fd;
};

std::optional<Way> openWay(std::string_view word) {
  Mac mac{};
  const std::size_t split = word.find('=');
  if (split != 17) return std::nullopt;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const std::string pair(word.substr(3 * i, 2));
    char* end = nullptr;
    mac[i] = static_cast<std::uint8_t>(std::strtoul(pair.c_str(), &end, 16));
    if (*end != '\0') return std::nullopt;
  }
  return Way{mac, openPacketSocket(std::string(word.substr(split + 1)).c_str(), 0)};
}

void enterNetworkOf(const char* pid) {
  const std::string path = std::string("/proc/") + pid + "/ns/net";
  const int fd = check(open(path.c_str(), O_RDONLY | O_CLOEXEC), path.c_str());
  check(setns(fd, CLONE_NEWNET), path.c_str());
  close(fd);
}

class Program {
 public:
  /** False when the line names no process. */
  bool know(const char* line) {
    if (std::sscanf(line, "%d %llu", &pid_, &startTicks_) != 2 || pid_ <= 0) return false;
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    return true;
  }
  bool known() const { return pid_ != 0; }
  int pidfd() const { return pidfd_; }

  /** False from the moment that it begins to exit, before its connections are ended. */
  bool lives() const {
    const std::string path = "/proc/" + std::to_string(pid_) + "/stat";
    std::FILE* file = pid_ == 0 ? nullptr : std::fopen(path.c_str(), "re");
    if (file == nullptr) return false;
    std::array<char, 1024> text{};
    const std::size_t size = std::fread(text.data(), 1, text.size() - 1, file);
    std::fclose(file);
    // The name stands in parentheses and may hold any byte.
    const std::size_t name = std::string_view(text.data(), size).rfind(')');
    char state = 'X';
    unsigned long flags = kExiting;
    unsigned long long start = 0;
    const bool read = name != std::string_view::npos &&
                      std::sscanf(text.data() + name + 1,
                                  " %c %*d %*d %*d %*d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                                  "%*d %*d %*d %llu",
                                  &state, &flags, &start) == 3;
    return read && state != 'Z' && state != 'X' && (flags & kExiting) == 0 && start == startTicks_;
  }

 private:
  int pid_ = 0;
  unsigned long long startTicks_ = 0;
  int pidfd_ = -1;
};

std::uint32_t read32(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return ntohl(value);
}

std::uint16_t read16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t timestampOf(Bytes options) {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNothing = 1;
  constexpr std::uint8_t kTimestamp = 8;
  for (std::size_t at = 0; at < options.size() && options[at] != kEnd;) {
    if (options[at] == kNothing) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || at + length > options.size()) return 0;
    if (options[at] == kTimestamp && length == 10) return read32(options, at + 2);
    at += length;
  }
  return 0;
}

std::string addressText(Bytes bytes) {
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, bytes.data(), text.data(), text.size());
  return text.data();
}

/** The line about a withheld segment; empty when it says nothing of where a connection stood. */
std::string describe(Bytes frame) {
  constexpr std::size_t kEthernet = 14;
  constexpr std::size_t kIpv4 = 20;
  constexpr std::size_t kTcp = 20;
  constexpr std::uint8_t kAck = 0x10;
  if (frame.size() < kEthernet + kIpv4 + kTcp) return {};
  const Bytes ip = frame.subspan(kEthernet);
  const Bytes tcp = ip.subspan(kIpv4);
  const std::size_t header = static_cast<std::size_t>(tcp[12] >> 4) * 4;
  // The answer to a segment without a connection has no acknowledgement of its own.
  if (ip[0] != 0x45 || ip[9] != IPPROTO_TCP || (tcp[13] & kAck) == 0) return {};
  if (header < kTcp || header > tcp.size()) return {};
  return addressText(ip.subspan(12)) + " " + std::to_string(read16(tcp, 0)) + " " +
         addressText(ip.subspan(16)) + " " + std::to_string(read16(tcp, 2)) + " " +
         std::to_string(read32(tcp, 4)) + " " + std::to_string(read32(tcp, 8)) + " " +
         std::to_string(timestampOf(tcp.subspan(kTcp, header - kTcp)));
}

class Guard {
 public:
  Guard(int sink, std::vector<Way> ways) : sink_(sink), ways_(std::move(ways)) {}

  /** Until stdin ends. */
  void run() {
    bool told = false;
    for (;;) {
      std::array<pollfd, 3> ready{{{STDIN_FILENO, POLLIN, 0},
                                   {sink_, POLLIN, 0},
                                   {told ? -1 : program_.pidfd(), POLLIN, 0}}};
      if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) fail("poll");
      if (ready[1].revents != 0) takeFrames();
      if (ready[0].revents != 0 && !readLine()) return;
      // Before it has ended, its connections have: what they sent is here.
      const bool ended = program_.known() && !told && !program_.lives();
      if (!ended) continue;
      takeFrames();
      say("ended");
      told = true;
    }
  }

 private:
  bool readLine() {
    std::array<char, 64> text{};
    const ssize_t size = read(STDIN_FILENO, text.data(), text.size() - 1);
    if (size <= 0) return false;
    return program_.known() || program_.know(text.data());
  }

  void takeFrames() {
    std::array<std::uint8_t, 65'536> buffer;
    for (;;) {
      sockaddr_ll from{};
      socklen_t length = sizeof from;
      const ssize_t size = recvfrom(sink_, buffer.data(), buffer.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 0) return;
      if (from.sll_pkttype == PACKET_OUTGOING) continue;
      const Bytes frame(buffer.data(), static_cast<std::size_t>(size));
      if (program_.lives()) {
        pass(frame);
      } else if (program_.known()) {
        withhold(frame);
      }
    }
  }

  void pass(Bytes frame) const {
    if (frame.size() < 14) return;
    for (const Way& way : ways_) {
      if (!std::equal(way.mac.begin(), way.mac.end(), frame.begin() + 6)) continue;
      // A full queue loses it, as any network may: TCP sends it again.
      [[maybe_unused]] const ssize_t sent = send(way.fd, frame.data(), frame.size(), MSG_DONTWAIT);
      return;
    }
  }

  void withhold(Bytes frame) {
    const std::string line = describe(frame);
    if (line.empty() || seen_.size() >= kMostConnections) return;
    const std::string connection(frame.begin() + 26, frame.begin() + 38);
    if (seen_.insert(connection).second) say("withheld " + line);
  }

  int sink_;
  std::vector<Way> ways_;
  Program program_;
  std::set<std::string> seen_;  // addresses and ports, as in the frame
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<Way> ways;
  for (int i = 2; i < argc; ++i) {
    const auto way = openWay(argv[i]);
    if (!way) break;
    ways.push_back(*way);
  }
  if (argc < 3 || static_cast<int>(ways.size()) != argc - 2) {
    std::fprintf(stderr, "usage: ferry-guard NETWORK_PID MAC=INTERFACE...\n");
    return kNotStarted;
  }
  enterNetworkOf(argv[1]);
  Guard guard(openPacketSocket(kGuardInterface, ETH_P_ALL), std::move(ways));
  say("ready");
  guard.run();
  return 0;
}
