// An IDS between emulated hosts: packets and whole connections in, frames and alerts out.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "check.hpp"
#include "nf/ids/ids.hpp"
#include "payload_frame.hpp"

namespace ferry::test {

using ids::Ids;
using ids::IdsConfig;

/** A folder of its own, gone at the end. */
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = "/tmp/ferry-ids-XXXXXX";
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    for (const std::string& file : files_) unlink(file.c_str());
    rmdir(path_.c_str());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) {
    files_.push_back(path_ + "/" + name);
    return files_.back();
  }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

inline std::shared_ptr<const ids::RuleSet> rulesOf(std::initializer_list<std::string_view> texts) {
  auto rules = std::make_shared<ids::RuleSet>(
      ids::Variables{{"HOME_NET", "10.0.0.0/16"}, {"EXTERNAL_NET", "!$HOME_NET"}});
  std::uint32_t line = 0;
  for (const std::string_view text : texts) rules->addRule("rules", ++line, text);
  for (const ids::RuleIssue& issue : rules->issues()) CHECK_EQ(issue.reason, "");
  rules->finish();
  return rules;
}

inline IdsConfig idsConfig(std::shared_ptr<const ids::RuleSet> rules) {
  IdsConfig config;
  config.inside = {*parseMac("02:fe:00:00:00:01"), ip("10.0.0.1"), 16};
  config.outside = {*parseMac("02:fe:00:00:00:02"), ip("203.0.113.1"), 24};
  config.outsideGateway = ip("203.0.113.254");
  config.capacity = 1'000;
  config.segments = 256;
  config.trackers = 64;
  config.rules = std::move(rules);
  return config;
}

struct SilentOutput final : Output {
  void transmit(PortIndex, ByteView) override {}
};

struct IdsFixture {
  TemporaryFolder folder;
  IdsConfig config;
  std::unique_ptr<Ids> ids;
  SilentOutput output;
  TimeMs now = 1'700'000'000'000;

  explicit IdsFixture(std::initializer_list<std::string_view> rules)
      : IdsFixture(idsConfig(rulesOf(rules))) {}
  explicit IdsFixture(IdsConfig with) : config(std::move(with)) {
    config.alertFile = folder.file("eve.json");
    std::string error;
    ids = std::make_unique<Ids>(config, error);
    CHECK_EQ(error, "");
    for (const char* host : {"10.0.0.2", "10.0.0.3"}) meet(0, ip(host));
    for (const char* host : {"203.0.113.9", "203.0.113.254"}) meet(1, ip(host));
  }

  void meet(PortIndex port, std::uint32_t address) {
    receive(port, makeArp(kBroadcastMac, 1, address, hostMac(address), config.port(port).address));
  }

  /** True when the frame is forwarded to the other port. */
  bool receive(PortIndex port, Frame frame) {
    Packet packet{frame.data(), static_cast<std::uint32_t>(frame.size()),
                  static_cast<std::uint32_t>(frame.size()), port};
    const Verdict verdict = ids->process(packet, now, output);
    if (verdict.action != ferry::Action::forward) return false;
    CHECK_EQ(verdict.port, 1 - port);
    CHECK_EQ(wrongChecksum(frame), "");
    return true;
  }

  /** A UDP datagram from the inside host, or back from the server. */
  bool udp(std::string_view payload, bool toServer = true, std::uint16_t port = 53) {
    Spec spec;
    spec.protocol = kUdp;
    spec.source = ip("10.0.0.2");
    spec.destination = ip("203.0.113.9");
    spec.sourcePort = 5'000;
    spec.destinationPort = port;
    return send(spec, payload, toServer, 0);
  }

  bool send(Spec spec, std::string_view payload, bool outbound, std::uint32_t sequence,
            std::uint32_t acknowledgement = 0) {
    if (!outbound) {
      std::swap(spec.source, spec.destination);
      std::swap(spec.sourcePort, spec.destinationPort);
    }
    spec.to = config.port(outbound ? 0 : 1).mac;
    return receive(outbound ? 0 : 1, frameWith(spec, payload, sequence, acknowledgement));
  }

  std::uint64_t count(std::string_view name) {
    for (const Counter& counter : ids->counters()) {
      if (counter.name == name) return counter.value;
    }
    CHECK_EQ("no counter " + std::string(name), "");
    return 0;
  }

  /** Lines of the alert file, once all alerts are in it. */
  std::vector<std::string> alertLines() {
    for (int i = 0; i < 2'000; ++i) {
      if (count("alertsWritten") + count("alertsDropped") == count("alerts")) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::vector<std::string> lines;
    std::ifstream file(config.alertFile);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
};

/** A TCP connection through an IDS, the client inside. */
class Connection {
 public:
  explicit Connection(IdsFixture& through, std::uint16_t port = 80, std::uint32_t first = 1'000)
      : through_(&through), next_{first, first + 50'000} {
    spec_.protocol = kTcp;
    spec_.source = ip("10.0.0.2");
    spec_.destination = ip("203.0.113.9");
    spec_.sourcePort = 40'000;
    spec_.destinationPort = port;
  }

  void from(std::uint16_t port) { spec_.sourcePort = port; }
  /** Goes on through another instance. */
  void moveTo(IdsFixture& through) { through_ = &through; }

  bool open() {
    const bool first = segment(true, next_[0]++, {}, kSyn);
    const bool second = segment(false, next_[1]++, {}, kSyn | kAck);
    return segment(true, next_[0], {}, kAck) && first && second;
  }
  bool client(std::string_view payload) { return side(true, payload); }
  bool server(std::string_view payload) { return side(false, payload); }
  /** In pieces of at most `size` bytes; true when all were forwarded. */
  bool clientInPieces(std::string_view payload, std::size_t size) {
    bool all = true;
    for (; !payload.empty(); payload = payload.substr(std::min(size, payload.size()))) {
      all = client(payload.substr(0, size)) && all;
    }
    return all;
  }

  bool segment(bool toServer, std::uint32_t sequence, std::string_view payload,
               std::uint8_t flags = kAck | kPsh) {
    spec_.tcpFlags = flags;
    return through_->send(spec_, payload, toServer, sequence, next(!toServer));
  }
  std::uint32_t& next(bool toServer) { return next_[toServer ? 0 : 1]; }

 private:
  bool side(bool toServer, std::string_view payload) {
    const std::uint32_t sequence = next(toServer);
    next(toServer) += static_cast<std::uint32_t>(payload.size());
    return segment(toServer, sequence, payload);
  }

  IdsFixture* through_;
  Spec spec_;
  std::array<std::uint32_t, 2> next_;
};

}  // namespace ferry::test
