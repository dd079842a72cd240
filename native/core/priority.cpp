#include "priority.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace ferry {

namespace {

/** sched_setattr(2) has no declaration in glibc 2.36. */
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtimeNs;
  std::uint64_t deadlineNs;
  std::uint64_t periodNs;
};

// The shortest slice that Linux takes (6.12 and later; earlier ones ignore it): a thread that wakes
// with a shorter slice than the running one has runs at once, where it else waits milliseconds.
constexpr std::uint64_t kSliceNs = 100'000;
constexpr int kNice = -10;

/**
 * Where the kernel groups processes by session (sched_autogroup), nice counts within the session
 * only, and sessions share the processors evenly: so the session has to be raised too. Only one
 * that is this process's own.
 */
void raiseSession() {
  if (getsid(0) != getpid()) return;
  const int file = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  const std::string text = std::to_string(kNice);
  [[maybe_unused]] const ssize_t written = write(file, text.data(), text.size());
  close(file);
}

}  // namespace

Scheduling raisePriority() {
  raiseSession();
  SchedulingAttributes attributes{};
  attributes.size = sizeof attributes;
  attributes.policy = SCHED_OTHER;
  attributes.nice = kNice;
  attributes.runtimeNs = kSliceNs;
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 ? Scheduling::nice : Scheduling::normal;
}

void prepareThread(const char* name) {
  pthread_setname_np(pthread_self(), name);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace ferry
