// How severe an alert of a class is: what rules mean by `classtype` alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace ferry::ids {

/** As in the classification.config of Suricata, from 1; 3 for a class that is not there. */
constexpr std::uint8_t severityOf(std::string_view name) {
  constexpr std::array<std::string_view, 16> kSevere{
      "attempted-admin",   "attempted-user",   "command-and-control",   "credential-theft",
      "domain-c2",         "exploit-kit",      "inappropriate-content", "kickass-porn",
      "policy-violation",  "shellcode-detect", "successful-admin",      "successful-user",
      "targeted-activity", "trojan-activity",  "unsuccessful-user",     "web-application-attack"};
  constexpr std::array<std::string_view, 20> kMedium{"attempted-dos",
                                                     "attempted-recon",
                                                     "bad-unknown",
                                                     "coin-mining",
                                                     "default-login-attempt",
                                                     "denial-of-service",
                                                     "external-ip-check",
                                                     "misc-attack",
                                                     "non-standard-protocol",
                                                     "pup-activity",
                                                     "rpc-portmap-decode",
                                                     "social-engineering",
                                                     "successful-dos",
                                                     "successful-recon-largescale",
                                                     "successful-recon-limited",
                                                     "suspicious-filename-detect",
                                                     "suspicious-login",
                                                     "system-call-detect",
                                                     "unusual-client-port-connection",
                                                     "web-application-activity"};
  const auto isOneOf = [name](const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (isOneOf(kSevere)) return 1;
  if (isOneOf(kMedium)) return 2;
  return name == "tcp-connection" ? 4 : 3;
}

}  // namespace ferry::ids
