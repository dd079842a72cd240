// Tells at once when an instance can speak no more: when the thread that sends its packets has
// ended. A process that is killed closes its sockets, and is gone for its parent, only after its
// memory has been given back: some ten milliseconds later.
//
//   ferry-watch
//
// stdin: a line `PID START_TICKS` (proc(5), field 22) for each process; its end ends the program.
// stdout: the same line once that process's packet thread has ended; `unable` where the kernel
// cannot tell (pidfd_open(2) with PIDFD_THREAD, Linux 6.9), and the program ends. A process without
// such a thread is not watched.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/priority.hpp"

namespace {

constexpr std::string_view kPacketThread = "ferry-worker\n";
constexpr unsigned kPidfdThread = O_EXCL;  // PIDFD_THREAD of linux/pidfd.h
constexpr std::size_t kMostWatched = 256;
constexpr std::size_t kLongestLine = 64;

struct Watched {
  std::string line;
  int pidfd;
};

void say(const std::string& line) {
  const std::string text = line + "\n";
  // Whoever listened is gone: there is nobody to tell.
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) _exit(0);
}

std::string contentOf(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char bytes[1024];
  const ssize_t got = read(fd, bytes, sizeof bytes);
  close(fd);
  return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
}

/** Empty for a process that is not there. */
std::string startTicks(const std::string& pid) {
  const std::string stat = contentOf("/proc/" + pid + "/stat");
  // The command name stands in parentheses and may hold any byte: count from the last one.
  std::size_t at = stat.rfind(')');
  for (unsigned field = 2; field < 22 && at != std::string::npos; ++field)
    at = stat.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

std::optional<pid_t> packetThread(const std::string& pid) {
  const std::string tasks = "/proc/" + pid + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(tasks.c_str()), &closedir);
  if (directory == nullptr) return std::nullopt;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (contentOf(tasks + "/" + name + "/comm") == kPacketThread) return std::atoi(name.c_str());
  }
  return std::nullopt;
}

/** False when the kernel cannot watch a thread. */
bool watch(const std::string& line, std::vector<Watched>& watched) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos || watched.size() >= kMostWatched) return true;
  const std::string pid = line.substr(0, space);
  const std::string ticks = line.substr(space + 1);
  const auto thread = packetThread(pid);
  if (!thread || startTicks(pid) != ticks) return true;
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, *thread, kPidfdThread));
  if (pidfd < 0) return errno == ESRCH;
  // The number could have been given away before it was opened.
  if (startTicks(pid) != ticks) {
    close(pidfd);
    return true;
  }
  watched.push_back({line, pidfd});
  return true;
}

/** Takes whole lines out of what has come; false when the kernel cannot watch threads. */
bool takeLines(std::string& input, std::vector<Watched>& watched) {
  for (std::size_t end; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1)) {
    if (!watch(input.substr(0, end), watched)) return false;
  }
  if (input.size() > kLongestLine) input.clear();
  return true;
}

/** What is left of a process that has ended, its memory above all, is in nobody's way. */
void giveWay(const std::string& line) {
  const std::string path = "/proc/" + line.substr(0, line.find(' ')) + "/autogroup";
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = write(fd, "19", 2);
  close(fd);
}

void tellEnded(const std::vector<pollfd>& polled, std::vector<Watched>& watched) {
  for (std::size_t i = watched.size(); i-- > 0;) {
    if (polled[i + 1].revents == 0) continue;
    say(watched[i].line);
    giveWay(watched[i].line);
    close(watched[i].pidfd);
    watched.erase(watched.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

int main() {
  ferry::raisePriority();
  std::vector<Watched> watched;
  std::string input;
  for (;;) {
    std::vector<pollfd> polled{{STDIN_FILENO, POLLIN, 0}};
    for (const Watched& each : watched) polled.push_back({each.pidfd, POLLIN, 0});
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return 1;
    tellEnded(polled, watched);
    if (polled[0].revents == 0) continue;
    char bytes[512];
    const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0) return 0;
    input.append(bytes, static_cast<std::size_t>(got));
    if (!takeLines(input, watched)) {
      say("unable");
      return 0;
    }
  }
}
