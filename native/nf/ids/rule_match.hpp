// The conditions of a rule that the headers of a packet alone decide.
#pragma once

#include "flow.hpp"
#include "rule.hpp"

namespace ferry::ids {

/** What the headers of a packet say. */
struct PacketFacts {
  FlowKey key;  // as in the packet
  bool toServer = true;
  bool established = false;
  std::uint8_t ttl = 0;
  std::uint8_t tcpFlags = 0;
  std::uint8_t icmpType = 0;
  std::uint8_t icmpCode = 0;
  std::uint32_t payloadBytes = 0;
  TimeMs now = 0;
  std::uint64_t flowId = 0;
};

/** Protocol, addresses, ports and the direction in the flow: the same for a whole stream. */
bool headerMatches(const Rule& rule, const PacketFacts& facts);

/** What changes from packet to packet. */
bool packetMatches(const Rule& rule, const PacketFacts& facts);

bool flowbitsMatch(const Rule& rule, std::uint64_t flowbits);
/** The flowbits after the rule has matched. */
std::uint64_t flowbitsAfter(const Rule& rule, std::uint64_t flowbits);

}  // namespace ferry::ids
