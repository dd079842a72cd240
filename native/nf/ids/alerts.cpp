#include "alerts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>

#include "../../core/config_reader.hpp"

namespace ferry::ids {
namespace {

constexpr std::chrono::milliseconds kEvery{50};
constexpr std::uint64_t kMaxBatch = 1'024;

std::string timestamp(TimeMs time) {
  const auto seconds = static_cast<std::time_t>(time / 1'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 48> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "%s.%03u000+0000", date.data(),
                static_cast<unsigned>(time % 1'000));
  return text.data();
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (each == '"' || each == '\\') {
      out += '\\';
      out += each;
    } else if (byte < 0x20 || byte >= 0x7f) {
      // Rule files have no declared encoding: what is not ASCII is shown as Latin-1.
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
      out += escape.data();
    } else {
      out += each;
    }
  }
  return out + '"';
}

std::string_view nameOf(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::kTcp:
      return "TCP";
    case ip_protocol::kUdp:
      return "UDP";
    case ip_protocol::kIcmp:
      return "ICMP";
    default:
      return "IP";
  }
}

class Line {
 public:
  Line& text(std::string_view key, std::string_view value) {
    begin(key);
    line_ += quoted(value);
    return *this;
  }
  Line& number(std::string_view key, std::uint64_t value) {
    begin(key);
    line_ += std::to_string(value);
    return *this;
  }
  Line& open(std::string_view key) {
    begin(key);
    line_ += '{';
    first_ = true;
    return *this;
  }
  Line& close() {
    line_ += '}';
    first_ = false;
    return *this;
  }
  std::string end() { return std::move(line_ += "}\n"); }

 private:
  void begin(std::string_view key) {
    if (!first_) line_ += ',';
    first_ = false;
    line_ += quoted(key);
    line_ += ':';
  }

  std::string line_ = "{";
  bool first_ = true;
};

/** Appends all or nothing. */
bool append(const std::string& file, std::uint64_t maxBytes, const std::string& text) {
  const int out = open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (out < 0) return false;
  struct stat status {};
  bool done = fstat(out, &status) == 0 && S_ISREG(status.st_mode) &&
              static_cast<std::uint64_t>(status.st_size) + text.size() <= maxBytes;
  if (done) {
    const ssize_t count = ::write(out, text.data(), text.size());
    done = count == static_cast<ssize_t>(text.size());
    // A disk that is full leaves no half line behind, unless somebody else has written since.
    if (!done && count > 0 && ftruncate(out, status.st_size) != 0) done = false;
  }
  close(out);
  return done;
}

}  // namespace

std::string eveLine(const Alert& alert, const Rule& rule) {
  Line line;
  line.text("timestamp", timestamp(alert.time))
      .number("flow_id", alert.flowId)
      .text("event_type", "alert")
      .text("src_ip", formatIpv4(alert.key.source));
  const bool ports = alert.key.sourcePort != 0 || alert.key.destinationPort != 0;
  if (ports) line.number("src_port", alert.key.sourcePort);
  line.text("dest_ip", formatIpv4(alert.key.destination));
  if (ports) line.number("dest_port", alert.key.destinationPort);
  line.text("proto", nameOf(alert.key.protocol));
  if (alert.key.protocol == ip_protocol::kIcmp) {
    line.number("icmp_type", alert.icmpType).number("icmp_code", alert.icmpCode);
  }
  line.text("direction", alert.toServer ? "to_server" : "to_client")
      .number("alert_seq", alert.sequence)
      .open("alert")
      .text("action", alert.blocked ? "blocked" : "allowed")
      .number("gid", rule.gid)
      .number("signature_id", rule.sid)
      .number("rev", rule.rev)
      .text("signature", rule.message)
      .text("category", rule.classType)
      .number("severity", rule.priority)
      .close();
  return line.end();
}

Alerts::Alerts(std::string file, std::uint64_t maxFileBytes, std::shared_ptr<const RuleSet> rules)
    : file_(std::move(file)),
      maxFileBytes_(maxFileBytes),
      rules_(std::move(rules)),
      queue_(std::make_unique<Mailbox<Alert, 4096>>()) {
  if (!file_.empty()) thread_ = std::thread(&Alerts::run, this);
}

Alerts::~Alerts() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Alerts::raise(const Alert& alert) {
  if (!file_.empty() && !silent_ && !queue_->push(alert)) ++full_;
}

void Alerts::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kEvery, [this] { return stopping_; });
    lock.unlock();
    write();
    lock.lock();
  }
  lock.unlock();
  write();
}

void Alerts::write() {
  for (;;) {
    std::string text;
    std::uint64_t count = 0;
    for (; count < kMaxBatch; ++count) {
      const auto alert = queue_->pop();
      if (!alert) break;
      text += eveLine(*alert, rules_->rules()[alert->rule]);
    }
    if (count == 0) return;
    (append(file_, maxFileBytes_, text) ? written_ : unwritten_)
        .fetch_add(count, std::memory_order_relaxed);
  }
}

}  // namespace ferry::ids
