#include "registry.hpp"

#include "af_packet.hpp"

namespace ferry {
namespace {

struct Kind {
  std::string_view name;
  OpenedPort (*open)(const PortOptions&);
  void (*prepare)(std::size_t count);
  void (*dropPrepared)();
};

constexpr Kind kKinds[] = {
    {"afPacket", openAfPacket, prepareAfPacket, dropPreparedAfPacket},
};

}  // namespace

OpenedPort openPort(std::string_view io, const PortOptions& options) {
  std::string names;
  for (const Kind& kind : kKinds) {
    if (kind.name == io) return kind.open(options);
    names += names.empty() ? "" : ", ";
    names += kind.name;
  }
  return Error{"IO_UNKNOWN", "io", "There is no packet I/O of that name; there is: " + names + "."};
}

void preparePorts(std::size_t count) {
  for (const Kind& kind : kKinds) kind.prepare(count);
}

void dropPreparedPorts() {
  for (const Kind& kind : kKinds) kind.dropPrepared();
}

}  // namespace ferry
