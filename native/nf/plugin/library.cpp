#include "library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

#include "../digest.hpp"

namespace ferry {
namespace {

constexpr off_t kMaxFileBytes = off_t{256} << 20;
constexpr std::uint8_t kMaxPorts = 8;

/** An open file that closes itself. */
class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

class Opening {
 public:
  Opening(const std::string& path, ConfigError& error) : path_(path), error_(error) {}

  std::optional<PluginLibrary> run() {
    PluginLibrary library;
    if (path_.empty() || path_[0] != '/') return refuse("PLUGIN_UNREADABLE", "is not absolute.");
    const File file(path_);
    struct stat before {};
    if (file.fd() < 0 || fstat(file.fd(), &before) != 0) {
      return refuse("PLUGIN_UNREADABLE", std::string("cannot be read: ") + std::strerror(errno) +
                                             "; build it, and give its path on this host.");
    }
    if (!S_ISREG(before.st_mode) || before.st_size > kMaxFileBytes) {
      return refuse("PLUGIN_UNREADABLE", "is not a file of at most 256 MiB.");
    }
    if (!digestOf(file.fd(), library.digest)) {
      return refuse("PLUGIN_UNREADABLE", std::string("cannot be read: ") + std::strerror(errno));
    }
    void* code = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (code == nullptr) {
      return refuse("PLUGIN_INVALID", std::string("does not load: ") + dlerror());
    }
    struct stat after {};
    if (stat(path_.c_str(), &after) != 0 || !same(before, after)) {
      return refuse("PLUGIN_UNREADABLE", "changed while it was read; try again.");
    }
    library.functions = functionsOf(code);
    if (library.functions == nullptr) return std::nullopt;
    return library;
  }

 private:
  std::nullopt_t refuse(const char* code, const std::string& what) {
    error_ = {code, "path", "The network function '" + path_ + "' " + what};
    return std::nullopt;
  }

  static bool digestOf(int fd, std::uint64_t& digest) {
    std::vector<std::uint8_t> bytes(std::size_t{1} << 16);
    Digest sum;
    for (;;) {
      const ssize_t count = read(fd, bytes.data(), bytes.size());
      if (count < 0) return false;
      if (count == 0) break;
      sum.add(ByteView{bytes.data(), static_cast<std::size_t>(count)});
    }
    digest = sum.value();
    return true;
  }

  const ferry_nf_functions* functionsOf(void* code) {
    using Abi = std::uint32_t (*)();
    using Table = const ferry_nf_functions* (*)();
    const auto abi = reinterpret_cast<Abi>(dlsym(code, "ferry_nf_abi"));
    if (abi == nullptr) {
      refuse("PLUGIN_INVALID", "has no symbol ferry_nf_abi: end it with FERRY_NF(...).");
      return nullptr;
    }
    const std::uint32_t version = abi();
    if (version != FERRY_NF_ABI) {
      refuse("PLUGIN_ABI", "speaks version " + std::to_string(version) +
                               " of Ferry's interface, not " + std::to_string(FERRY_NF_ABI) +
                               ": build it again with this Ferry's headers.");
      return nullptr;
    }
    const auto table = reinterpret_cast<Table>(dlsym(code, "ferry_nf_v1"));
    const ferry_nf_functions* functions = table == nullptr ? nullptr : table();
    if (functions == nullptr || !complete(*functions)) {
      refuse("PLUGIN_INVALID", "has no whole ferry_nf_v1: end it with FERRY_NF(...).");
      return nullptr;
    }
    return functions;
  }

  static bool complete(const ferry_nf_functions& f) {
    return f.size >= offsetof(ferry_nf_functions, roll_snapshot) && f.name != nullptr &&
           f.ports >= 1 && f.ports <= kMaxPorts && f.create != nullptr && f.destroy != nullptr &&
           f.config_digest != nullptr && f.process != nullptr && f.expire != nullptr &&
           f.recover != nullptr && f.take_over != nullptr && f.dirty != nullptr &&
           f.collect_due != nullptr && f.collect != nullptr && f.discard_marks != nullptr &&
           f.apply != nullptr && f.begin_snapshot != nullptr && f.write_snapshot != nullptr &&
           f.end_snapshot != nullptr && f.snapshot_urgent != nullptr && f.install != nullptr &&
           f.reset != nullptr && f.entries != nullptr && f.max_record_bytes != nullptr &&
           f.counters != nullptr && f.check_invariants != nullptr && f.notice != nullptr;
  }

  const std::string& path_;
  ConfigError& error_;
};

}  // namespace

std::optional<PluginLibrary> openPluginLibrary(const std::string& path, ConfigError& error) {
  return Opening(path, error).run();
}

}  // namespace ferry
