// Network functions from shared libraries: what loads, what is refused and how, and the plain C
// border both ways.
#include "nf/plugin/plugin.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "check.hpp"
#include "config_nodes.hpp"
#include "subject.hpp"

namespace ferry::test {
namespace {

namespace fs = std::filesystem;

/** A folder with libraries built from plain_nf.c; gone at the end. */
class Builds {
 public:
  Builds() {
    char name[] = "/tmp/fyp-plugin-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~Builds() { fs::remove_all(folder_); }
  Builds(const Builds&) = delete;
  Builds& operator=(const Builds&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string build(const std::string& name, const std::string& flags) const {
    const std::string source = fs::path(__FILE__).parent_path() / "plain_nf.c";
    const std::string command =
        "cc -shared -fPIC -Iinclude " + flags + " -o " + path(name) + " " + source;
    CHECK_EQ(std::system(command.c_str()), 0);
    return path(name);
  }

 private:
  fs::path folder_;
};

const Builds& builds() {
  static const Builds all;
  return all;
}

const std::string& plain() {
  static const std::string path = builds().build("plain.so", "-DBUILD=1");
  return path;
}

ConfigNode config(const std::string& path, const ConfigNode& options = object({})) {
  return object({{"path", text(path)},
                 {"ports", array({text("inside"), text("outside")})},
                 {"options", options}});
}

std::unique_ptr<NetworkFunction> make(const std::string& path,
                                      const ConfigNode& options = object({})) {
  CreateResult made = createPlugin(config(path, options));
  CHECK_EQ(made.error.message, "");
  CHECK(made.function != nullptr);
  return std::move(made.function);
}

struct Recorder final : Output {
  std::vector<std::pair<PortIndex, Frame>> frames;
  void transmit(PortIndex port, ByteView frame) override {
    frames.emplace_back(port, Frame(frame.begin(), frame.end()));
  }
};

std::uint64_t counter(NetworkFunction& nf, std::string_view name) {
  for (const Counter& each : nf.counters()) {
    if (each.name == name) return each.value;
  }
  return ~std::uint64_t{0};
}

Verdict receive(NetworkFunction& nf, Recorder& output, Frame& frame) {
  Packet packet{frame.data(), static_cast<std::uint32_t>(frame.size()),
                static_cast<std::uint32_t>(frame.size()), 0};
  const Verdict verdict = nf.process(packet, 0x1234, output);
  frame.resize(packet.length);
  return verdict;
}

TEST("packets, frames of its own, counters and notices come through") {
  const auto nf = make(plain());
  Recorder output;
  Frame frame(60);
  const Verdict verdict = receive(*nf, output, frame);
  CHECK(verdict.action == Action::forward);
  CHECK_EQ(verdict.port, 1);
  CHECK_EQ(frame.size(), 14u);
  CHECK_EQ(frame[0], 0x34);
  nf->expire(0x55, output);
  CHECK_EQ(output.frames.size(), 2u);
  CHECK(output.frames[0] == std::pair(PortIndex{0}, Frame{0x34}));
  CHECK(output.frames[1] == std::pair(PortIndex{1}, Frame{0x55}));
  CHECK_EQ(counter(*nf, "seen"), 1u);
  CHECK_EQ(counter(*nf, "dropVerdict"), 0u);
  CHECK_EQ(nf->notices().size(), 1u);
  CHECK_EQ(nf->notices()[0], "built by hand");
  nf->recover(99);
  CHECK_EQ(nf->entries(), 99u);
}

TEST("statelets and snapshots come through; what has no room is an overflow") {
  const auto live = make(plain());
  const auto replica = make(plain());
  Recorder output;
  Frame frame(60);
  receive(*live, output, frame);
  CHECK(live->dirty());
  Frame small(7);
  ByteWriter tooSmall(small.data(), small.size());
  live->collect(tooSmall);
  CHECK(tooSmall.overflowed());
  CHECK(replica->apply(collected(*live)) == ApplyStatus::ok);
  CHECK(!live->dirty());
  CHECK_EQ(replica->entries(), 1u);
  const auto restored = make(plain());
  CHECK(restored->install(joined(snapshotOf(*live))) == ApplyStatus::ok);
  CHECK_EQ(restored->entries(), 1u);
  CHECK(restored->apply(Frame(3)) == ApplyStatus::malformed);
  CHECK(restored->apply(Frame(1)) == ApplyStatus::malformed);
  restored->reset();
  CHECK_EQ(restored->entries(), 0u);
}

TEST("a snapshot rolls if the library can; one without it, or from before there was it, need not") {
  const std::string without = builds().build("without.so", "-DBUILD=7 -DROLL=NULL");
  const std::string before = builds().build(
      "before.so", "-DBUILD=8 '-DTABLE_BYTES=offsetof(ferry_nf_functions, roll_snapshot)'");
  for (const std::string& path : {plain(), without, before}) {
    const auto live = make(path);
    const auto restored = make(path);
    Recorder output;
    Frame frame(60);
    live->beginSnapshot();
    live->rollSnapshot();
    receive(*live, output, frame);
    Frame bytes(64);
    ByteWriter out(bytes.data(), bytes.size());
    CHECK(live->writeSnapshot(out));
    CHECK(restored->install(out.view()) == ApplyStatus::ok);
    CHECK_EQ(restored->entries(), path == plain() ? 1u : 0u);
  }
}

TEST("a verdict that cannot be drops the packet, and is counted") {
  for (const auto& options : {object({{"action", number(3)}}), object({{"port", number(2)}})}) {
    const auto nf = make(plain(), options);
    Recorder output;
    Frame frame(60);
    CHECK(receive(*nf, output, frame).action == Action::drop);
    CHECK_EQ(counter(*nf, "dropVerdict"), 1u);
  }
}

TEST("two builds, and two configurations, never have the same digest") {
  const auto one = make(plain());
  const auto again = make(plain());
  const auto told = make(plain(), object({{"digest", number(8)}}));
  const auto other = make(builds().build("other.so", "-DBUILD=2"));
  CHECK_EQ(one->configDigest(), again->configDigest());
  CHECK(one->configDigest() != told->configDigest());
  CHECK(one->configDigest() != other->configDigest());
}

TEST("a configuration is passed on whole; what the function refuses has its code and field") {
  make(plain(), object({{"deep", array({text("ok"), object({{"yes", boolean(true)}})})}}));
  const CreateResult refused = createPlugin(config(plain(), object({{"deep", number(1)}})));
  CHECK(refused.function == nullptr);
  CHECK_EQ(refused.error.code, "CONFIG_RANGE");
  CHECK_EQ(refused.error.field, "options.deep");
  CHECK_EQ(refused.error.message, "Give [ok, {yes: true}].");
  const CreateResult silent = createPlugin(config(plain(), object({{"silent", number(1)}})));
  CHECK_EQ(silent.error.code, "PLUGIN_INVALID");
  CHECK_EQ(silent.error.field, "options");
}

TEST("what is no function is refused, and why") {
  std::ofstream(builds().path("text.so")) << "not a library";
  std::ofstream(builds().path("empty.c"));
  const std::string empty = builds().path("empty.so");
  CHECK_EQ(std::system(("cc -shared -fPIC -o " + empty + " " + builds().path("empty.c")).c_str()),
           0);
  const struct {
    std::string path;
    const char* code;
    const char* says;
  } cases[] = {
      {"plain.so", "PLUGIN_UNREADABLE", "absolute"},
      {builds().path("none.so"), "PLUGIN_UNREADABLE", "No such file"},
      {"/tmp", "PLUGIN_UNREADABLE", "is not a file"},
      {builds().path("text.so"), "PLUGIN_INVALID", "does not load"},
      {empty, "PLUGIN_INVALID", "ferry_nf_abi"},
      {builds().build("table.so", "-DBUILD=3 -DNO_TABLE"), "PLUGIN_INVALID", "ferry_nf_v1"},
      {builds().build("abi.so", "-DBUILD=4 -DABI=2"), "PLUGIN_ABI", "version 2"},
  };
  for (const auto& each : cases) {
    const CreateResult result = createPlugin(config(each.path));
    CHECK(result.function == nullptr);
    CHECK_EQ(result.error.code, each.code);
    CHECK_EQ(result.error.field, "path");
    if (result.error.message.find(each.says) == std::string::npos) {
      CHECK_EQ(result.error.message, each.says);
    }
  }
}

TEST("another number of ports, records that are too long and unknown keys are refused") {
  ConfigNode three = config(plain());
  put(three, {"ports"}, array({text("a"), text("b"), text("c")}));
  CHECK_EQ(createPlugin(three).error.field, "ports");
  for (const double record : {0.0, 16385.0}) {
    const CreateResult result = createPlugin(config(plain(), object({{"record", number(record)}})));
    CHECK_EQ(result.error.code, "PLUGIN_INVALID");
    CHECK(result.function == nullptr);
  }
  ConfigNode more = config(plain());
  put(more, {"library"}, text("x"));
  CHECK_EQ(createPlugin(more).error.code, "CONFIG_UNKNOWN_KEY");
}

}  // namespace
}  // namespace ferry::test
