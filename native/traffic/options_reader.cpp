#include "options_reader.hpp"

#include <initializer_list>
#include <limits>
#include <string_view>

#include "../core/config_reader.hpp"

namespace ferry::traffic {

namespace {

const std::initializer_list<std::string_view> kServerKeys = {
    "role",  "interface", "mac",         "runId",      "serverAddress", "serverPort",
    "flows", "ratePps",   "packetBytes", "durationMs", "flatOut"};
const std::initializer_list<std::string_view> kClientKeys = {
    "role",       "interface", "mac",         "runId",          "serverAddress", "serverPort",
    "flows",      "ratePps",   "packetBytes", "durationMs",     "flatOut",       "clientAddress",
    "clientPort", "clients",   "nextHop",     "prefillAddress", "prefillPorts"};

std::string_view textOf(const ConfigNode& node, std::string_view key) {
  const ConfigNode* found = node.find(key);
  if (found == nullptr || found->type != ConfigNode::Type::string) return {};
  return found->text;
}

Error badOption(const char* field, const char* message) {
  return {"TRAFFIC_OPTIONS", field, message};
}

}  // namespace

std::variant<EndpointOptions, Error> readOptions(const ConfigNode& node) {
  EndpointOptions options;
  const std::string_view role = textOf(node, "role");
  if (role != "client" && role != "server") {
    return badOption("role", "role: give \"client\" or \"server\".");
  }
  options.role = role == "client" ? Role::client : Role::server;
  options.interface = textOf(node, "interface");
  if (options.interface.empty()) {
    return badOption("interface", "interface: give the name of a network interface.");
  }
  const ConfigNode* flatOut = node.find("flatOut");
  if (flatOut == nullptr || flatOut->type != ConfigNode::Type::boolean) {
    return badOption("flatOut", "flatOut: give true or false.");
  }
  options.flatOut = flatOut->boolean;

  const bool client = options.role == Role::client;
  ConfigError error;
  ConfigReader reader(node, "", client ? kClientKeys : kServerKeys, error);
  const auto number = [&reader](std::string_view key) {
    return static_cast<std::uint32_t>(
        reader.integer(key, 0, std::numeric_limits<std::uint32_t>::max()));
  };
  const auto portNumber = [&reader](std::string_view key) {
    return static_cast<std::uint16_t>(reader.integer(key, 1, 65'535));
  };
  if (reader.has("mac")) options.mac = reader.stationMac("mac");
  options.runId = number("runId");
  options.server = {reader.ipv4("serverAddress"), portNumber("serverPort")};
  options.flows = number("flows");
  options.ratePps = number("ratePps");
  options.packetBytes = number("packetBytes");
  options.durationMs = number("durationMs");
  if (client) {
    options.firstClient = {reader.ipv4("clientAddress"), portNumber("clientPort")};
    options.clients = number("clients");
    options.nextHop = reader.ipv4("nextHop");
    options.prefillAddress = reader.ipv4("prefillAddress");
    options.prefillPorts = number("prefillPorts");
  }
  if (!reader.ok()) return Error{error.code, error.field, error.message};
  return options;
}

}  // namespace ferry::traffic
