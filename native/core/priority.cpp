#include "priority.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace ferry {

Scheduling raisePriority() {
  constexpr int kNice = -10;
  const auto thread = static_cast<id_t>(gettid());
  return setpriority(PRIO_PROCESS, thread, kNice) == 0 ? Scheduling::nice : Scheduling::normal;
}

void prepareThread(const char* name) {
  pthread_setname_np(pthread_self(), name);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace ferry
