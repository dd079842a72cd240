#include "endpoint.hpp"

#include <net/if.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "../io/registry.hpp"
#include "endpoint_loop.hpp"

namespace ferry::traffic {

namespace {

constexpr std::size_t kMaxPrefillRanges = 4'096;

std::variant<MacAddress, Error> macBesideInterface(const std::string& name) {
  Error unknown{"INTERFACE_NOT_FOUND", "interface",
                "There is no interface " + name + " in this network namespace: check its name."};
  ifreq request{};
  if (name.empty() || name.size() >= sizeof request.ifr_name) return unknown;
  std::memcpy(request.ifr_name, name.data(), name.size());
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return Error{"IO_UNAVAILABLE", "interface",
                 "No socket to look at the interface with: " + std::string(std::strerror(errno))};
  }
  const int failed = ioctl(fd, SIOCGIFHWADDR, &request);
  close(fd);
  if (failed != 0) return unknown;
  MacAddress mac{0x02, 0xfa};
  std::memcpy(mac.data() + 2, request.ifr_hwaddr.sa_data + 2, 4);
  return mac;
}

Error wrongPhase(const char* command, const char* allowed) {
  return {"TRAFFIC_STATE", "do",
          std::string(command) + " is for " + allowed + ": wait for it, or open a new endpoint."};
}

}  // namespace

std::variant<std::unique_ptr<Endpoint>, Error> Endpoint::open(const EndpointOptions& options) {
  if (auto bad = checkOptions(options)) return *bad;
  MacAddress mac{};
  if (options.mac) {
    mac = *options.mac;
  } else {
    auto derived = macBesideInterface(options.interface);
    if (auto* error = std::get_if<Error>(&derived)) return *error;
    mac = std::get<MacAddress>(derived);
  }
  auto opened = openPort("afPacket", {options.interface, {mac}});
  if (auto* error = std::get_if<Error>(&opened)) return *error;
  const int wakeFd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeFd < 0) {
    return Error{"IO_UNAVAILABLE", "", "No eventfd: " + std::string(std::strerror(errno))};
  }
  auto loop = std::make_unique<EndpointLoop>(
      options, mac, std::move(std::get<std::unique_ptr<Port>>(opened)), wakeFd);
  return std::unique_ptr<Endpoint>(
      new Endpoint(mac, options.role == Role::client, std::move(loop)));
}

Endpoint::Endpoint(const MacAddress& mac, bool client, std::unique_ptr<EndpointLoop> loop)
    : mac_(mac), client_(client), loop_(std::move(loop)), thread_([this] { loop_->run(); }) {}

Endpoint::~Endpoint() {
  loop_->askClose();
  thread_.join();
}

std::optional<Error> Endpoint::start() {
  if (client_ && loop_->askStart()) return std::nullopt;
  return wrongPhase("start", "an idle client");
}

std::optional<Error> Endpoint::prefill(std::vector<EntryRange> ranges, std::uint64_t ratePps) {
  if (ratePps < 1 || ratePps > kMaxRatePps) {
    return Error{"TRAFFIC_OPTIONS", "ratePps", "ratePps of a prefill: give 1 to 10000000."};
  }
  bool valid = !ranges.empty() && ranges.size() <= kMaxPrefillRanges;
  for (const EntryRange& range : ranges) {
    valid = valid && range.first <= range.last && range.last < kMaxPrefillEntries;
  }
  if (!valid) {
    return Error{"TRAFFIC_OPTIONS", "ranges",
                 "Prefill takes 1 to 4096 ranges of entries from 0 to 4194303, first before last."};
  }
  if (client_ && loop_->askPrefill({std::move(ranges), ratePps})) return std::nullopt;
  return wrongPhase("prefill", "an idle client");
}

void Endpoint::stop() { loop_->askStop(); }

EndpointStats Endpoint::stats() const { return loop_->stats(); }

std::optional<EndpointReport> Endpoint::report() const { return loop_->report(); }

std::optional<Error> Endpoint::failure() const { return loop_->failure(); }

std::vector<EntryRange> Endpoint::missingPrefill(std::uint32_t entries,
                                                 std::size_t maxRanges) const {
  return loop_->prefillRecord().missing(entries, maxRanges);
}

}  // namespace ferry::traffic
