// Starts a program so that a checkpoint can take it and any host can restore it.
//
//   ferry-launch start RUN_DIR HOST_DIR PROGRAM...   in new process and mount namespaces and a new
//       session, with /dev/null for its streams; waits for it and ends as it ends. Process 1 of the
//       namespace is this program: it takes in orphans, and signals do to the other what they do
//       anywhere.
//   ferry-launch enter RUN_DIR HOST_DIR PROGRAM...   becomes the program, in a new mount namespace
//
// Before the mode: --network gives it a network namespace of its own; a byte on stdout says that it
// is there, and a byte on stdin that it has been set up. --directory DIR is where the program
// begins,
// --output FILE (appended to) takes the place of /dev/null for what it writes; both are paths that
// it sees itself.
//
// In the mount namespace RUN_DIR is seen as HOST_DIR too, so that the paths in the program's memory
// are right on every host. Exit code 125: it could not be started.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int kNotStarted = 125;

struct Options {
  bool network = false;
  const char* directory = nullptr;
  const char* output = "/dev/null";
};

[[noreturn]] void fail(const char* step) {
  std::fprintf(stderr, "ferry-launch: %s: %s\n", step, std::strerror(errno));
  _exit(kNotStarted);
}

void check(int result, const char* step) {
  if (result < 0) fail(step);
}

void showHostDir(const char* runDir, const char* hostDir) {
  // Mounts made on the host later are seen here, and none of ours there.
  check(mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "mount propagation");
  check(mount(runDir, hostDir, nullptr, MS_BIND, nullptr), hostDir);
}

/** Somebody else sets the network up, from outside. */
void awaitNetwork() {
  const char there = 'n';
  check(static_cast<int>(write(STDOUT_FILENO, &there, 1)), "network");
  char ready = 0;
  if (read(STDIN_FILENO, &ready, 1) != 1) _exit(kNotStarted);
}

// Opened in the new mount namespace: a checkpoint finds no file of another one.
void replaceDescriptors(const Options& options) {
  const int null = open("/dev/null", O_RDWR);
  check(null, "/dev/null");
  const int output = open(options.output, O_WRONLY | O_CREAT | O_APPEND, 0600);
  check(output, options.output);
  check(dup2(null, STDIN_FILENO), "dup2");
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) check(dup2(output, fd), "dup2");
  check(close_range(3, ~0U, 0), "close_range");
}

[[noreturn]] void become(char** program) {
  execvp(program[0], program);
  fail(program[0]);
}

/** Ends as the program did. Process 1 cannot end itself by a signal: its code says by which. */
[[noreturn]] void endAs(int status) {
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (getpid() != 1 && code > 128) {
    std::signal(code - 128, SIG_DFL);
    kill(getpid(), code - 128);
  }
  _exit(code);
}

int waitFor(pid_t child) {
  for (;;) {
    int status = 0;
    const pid_t ended = wait(&status);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) fail("wait");
  }
}

volatile pid_t mainChild = 0;  // read in a signal handler

[[noreturn]] void runAsInit(char** program) {
  const pid_t child = fork();
  check(child, "fork");
  if (child == 0) {
    setsid();
    become(program);
  }
  mainChild = child;
  struct sigaction action {};
  action.sa_handler = [](int number) { kill(mainChild, number); };
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaction(number, &action, nullptr);
  endAs(waitFor(child));
}

[[noreturn]] void start(const Options& options, const char* runDir, const char* hostDir,
                        char** program) {
  check(unshare(CLONE_NEWPID), "process namespace");
  const pid_t child = fork();
  check(child, "fork");
  if (child != 0) {
    // Whoever signals the group means the program, which ends by it or not.
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, SIG_IGN);
    endAs(waitFor(child));
  }
  check(unshare(CLONE_NEWNS), "mount namespace");
  showHostDir(runDir, hostDir);
  check(setsid(), "session");
  replaceDescriptors(options);
  if (options.directory != nullptr) check(chdir(options.directory), options.directory);
  // From within the new mount namespace: a checkpoint finds this program's own file there.
  char self[PATH_MAX] = {};
  check(static_cast<int>(readlink("/proc/self/exe", self, sizeof self - 1)), "/proc/self/exe");
  program[-1] = const_cast<char*>("init");
  program[-2] = self;
  execv(self, program - 2);
  fail(self);
}

/** Reads the words before the mode; answers how many they are. */
int readOptions(int argc, char** argv, Options& options) {
  int used = 0;
  while (used + 1 < argc) {
    const std::string_view word = argv[used + 1];
    if (word == "--network") {
      options.network = true;
    } else if (word == "--directory" && used + 2 < argc) {
      options.directory = argv[++used + 1];
    } else if (word == "--output" && used + 2 < argc) {
      options.output = argv[++used + 1];
    } else {
      break;
    }
    ++used;
  }
  return used;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "init") runAsInit(argv + 2);
  Options options;
  const int used = readOptions(argc, argv, options);
  argc -= used;
  argv += used;
  const std::string_view mode = argc > 4 ? argv[1] : "";
  char** program = argv + 4;
  if ((mode == "start" || mode == "enter") && options.network) {
    check(unshare(CLONE_NEWNET), "network namespace");
    awaitNetwork();
  }
  if (mode == "start") start(options, argv[2], argv[3], program);
  if (mode == "enter") {
    check(unshare(CLONE_NEWNS), "mount namespace");
    showHostDir(argv[2], argv[3]);
    become(program);
  }
  std::fprintf(stderr,
               "usage: ferry-launch [--network] [--directory DIR] [--output FILE] start|enter "
               "RUN_DIR HOST_DIR PROGRAM...\n");
  return kNotStarted;
}
