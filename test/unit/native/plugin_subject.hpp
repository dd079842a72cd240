// A network function that was compiled apart, under the tests of the laws: `ferry nf test`.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <sstream>
#include <string>

#include "core/config_reader.hpp"
#include "nf/plugin/plugin.hpp"
#include "proto/ethernet.hpp"
#include "proto/ipv4.hpp"
#include "subject.hpp"

namespace ferry::test {

/**
 * A configuration from the environment, as words: z, b0, b1, n3.5, s<hexadecimal text>, a<count>
 * and the items, o<count> and for each member its key as s and its value. sdn-app/cli/nf-test.ts
 * writes it.
 */
class ConfigWords {
 public:
  explicit ConfigWords(const char* text) : in_(text == nullptr ? "" : text) {}

  ConfigNode read() {
    std::string word;
    in_ >> word;
    ConfigNode node;
    const std::string rest = word.empty() ? word : word.substr(1);
    switch (word.empty() ? 'z' : word[0]) {
      case 'b':
        node.type = ConfigNode::Type::boolean;
        node.boolean = rest == "1";
        break;
      case 'n':
        node.type = ConfigNode::Type::number;
        node.number = std::strtod(rest.c_str(), nullptr);
        break;
      case 's':
        node.type = ConfigNode::Type::string;
        node.text = textOf(rest);
        break;
      case 'a':
      case 'o':
        node.type = word[0] == 'a' ? ConfigNode::Type::array : ConfigNode::Type::object;
        for (long left = std::strtol(rest.c_str(), nullptr, 10); left > 0 && in_; --left) {
          if (word[0] == 'o') node.keys.push_back(read().text);
          node.items.push_back(read());
        }
        break;
      default:
        break;
    }
    return node;
  }

 private:
  static std::string textOf(const std::string& hex) {
    std::string text;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      text += static_cast<char>(std::strtol(hex.substr(i, 2).c_str(), nullptr, 16));
    }
    return text;
  }

  std::istringstream in_;
};

/**
 * Random traffic between a few hosts of each port's subnet, and beyond: UDP, TCP and echo, answers
 * to what was sent before, fragments, ARP, errors about packets, packets at the end of their life.
 */
class PluginSubject final : public Subject {
 public:
  explicit PluginSubject(std::mt19937_64&)
      : config_(ConfigWords(std::getenv("FERRY_NF_CONFIG")).read()) {
    const ConfigNode* names = config_.find("ports");
    const ConfigNode* options = config_.find("options");
    for (const ConfigNode& name : names == nullptr ? kNone : names->items) {
      const ConfigNode* port = options == nullptr ? nullptr : options->find(name.text);
      if (port != nullptr) ports_.push_back(portOf(*port));
    }
    if (ports_.empty()) bailOut({"CONFIG_MISSING", "ports", "FERRY_NF_CONFIG names no ports."});
  }

  std::unique_ptr<NetworkFunction> make() const override {
    CreateResult made = createPlugin(config_);
    if (made.function == nullptr) bailOut(made.error);
    return std::move(made.function);
  }

  std::vector<Offer> traffic(std::mt19937_64& random) override {
    const auto pick = [&](std::size_t below) {
      return static_cast<std::uint32_t>(random() % below);
    };
    const auto at = static_cast<PortIndex>(pick(ports_.size()));
    switch (pick(10)) {
      case 0: {
        const std::uint32_t sender = host(at, random);
        const auto operation = static_cast<std::uint16_t>(1 + pick(2));
        return {
            {at, makeArp(kBroadcastMac, operation, sender, hostMac(sender), ports_[at].address)}};
      }
      case 1: {
        const Sent about = sent_.empty() ? fresh(at, random) : sent_[pick(sent_.size())];
        const Sent back = answer(about);
        return {{back.port,
                 makeIcmpError(ports_[back.port].mac, back.spec.source, back.spec.destination,
                               makeFrame(about.spec), 28 + pick(60))}};
      }
      default:
        break;
    }
    const bool answers = !sent_.empty() && pick(5) < 2;
    const Sent next = answers ? answer(sent_[pick(sent_.size())]) : fresh(at, random);
    if (!answers) remember(next);
    if (pick(12) != 0) return {{next.port, makeFrame(next.spec)}};
    std::vector<Offer> fragments;
    for (const Frame& each : makeFragments(next.spec, 48)) fragments.push_back({next.port, each});
    return fragments;
  }

  void makePlausible(Offer&, std::uint8_t) const override {}
  std::vector<Offer> greetings() override { return {}; }
  Offer packet(std::uint32_t, std::uint64_t) override { return {}; }
  std::optional<Seen> seen(PortIndex, const Frame&) override { return std::nullopt; }

 private:
  struct PortOf {
    MacAddress mac{};
    std::uint32_t address = 0;
    std::uint8_t prefix = 24;
  };
  struct Sent {
    PortIndex port = 0;
    PortIndex to = 0;
    Spec spec;
  };
  inline static const std::vector<ConfigNode> kNone;

  [[noreturn]] static void bailOut(const ConfigError& error) {
    std::printf("Bail out! %s: %s (%s)\n", error.code.c_str(), error.message.c_str(),
                error.field.c_str());
    std::fflush(stdout);
    std::_Exit(2);
  }

  static PortOf portOf(const ConfigNode& node) {
    ConfigError error;
    ConfigReader reader(node, "", {"mac", "address", "gateway"}, error);
    const MacAddress mac = reader.stationMac("mac");
    const Ipv4Prefix prefix = reader.ipv4Prefix("address", 8, 30);
    if (!error.ok()) bailOut(error);
    return {mac, prefix.address, prefix.length};
  }

  /** One of the first addresses of a port's subnet; not the port's own. */
  std::uint32_t host(PortIndex port, std::mt19937_64& random) const {
    const PortOf& own = ports_[port];
    const std::uint32_t room = (~prefixMask(own.prefix) & 0xffff) - 1;
    const std::uint32_t network = own.address & prefixMask(own.prefix);
    const std::uint32_t address =
        network + 1 + static_cast<std::uint32_t>(random() % std::min(room, 6u));
    return address == own.address ? address + 1 : address;
  }

  Sent fresh(PortIndex at, std::mt19937_64& random) const {
    const auto pick = [&](std::size_t below) {
      return static_cast<std::uint32_t>(random() % below);
    };
    constexpr std::array kProtocols{kUdp, kUdp, kTcp, kIcmp};
    constexpr std::array kFlags{kSyn, kSyn, kAck, kAck, kFin, kRst};
    Sent sent;
    sent.port = at;
    sent.to = static_cast<PortIndex>((at + 1 + pick(std::max<std::size_t>(1, ports_.size() - 1))) %
                                     ports_.size());
    Spec& spec = sent.spec;
    spec.to = ports_[at].mac;
    spec.source = host(at, random);
    spec.destination = host(sent.to, random);
    if (pick(20) == 0) spec.destination = ip("198.51.100.7");
    if (pick(20) == 0) spec.destination = ports_[pick(ports_.size())].address;
    spec.protocol = kProtocols[pick(kProtocols.size())];
    spec.sourcePort = static_cast<std::uint16_t>(1000 + pick(8));
    spec.destinationPort = static_cast<std::uint16_t>(50 + pick(3));
    spec.tcpFlags = kFlags[pick(kFlags.size())];
    spec.ttl = static_cast<std::uint8_t>(pick(20) == 0 ? 1 : 64);
    spec.payload = pick(4) == 0 ? pick(1400) : 100;
    spec.udpChecksum = pick(5) != 0;
    spec.identification = static_cast<std::uint16_t>(pick(4));
    return sent;
  }

  Sent answer(const Sent& to) const {
    Sent back = to;
    std::swap(back.port, back.to);
    std::swap(back.spec.source, back.spec.destination);
    if (to.spec.protocol != kIcmp) std::swap(back.spec.sourcePort, back.spec.destinationPort);
    back.spec.to = ports_[back.port].mac;
    back.spec.icmpType = 0;
    back.spec.tcpFlags = to.spec.tcpFlags == kSyn ? kSyn | kAck : kAck;
    back.spec.ttl = 64;
    return back;
  }

  void remember(const Sent& sent) {
    sent_.push_back(sent);
    if (sent_.size() > 24) sent_.pop_front();
  }

  ConfigNode config_;
  std::vector<PortOf> ports_;
  std::deque<Sent> sent_;
};

}  // namespace ferry::test
