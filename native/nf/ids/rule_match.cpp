#include "rule_match.hpp"

namespace ferry::ids {
namespace {

bool endsMatch(const Rule& rule, const FlowKey& key) {
  return rule.sources.contains(key.source) && rule.sourcePorts.contains(key.sourcePort) &&
         rule.destinations.contains(key.destination) &&
         rule.destinationPorts.contains(key.destinationPort);
}

template <typename Test>
bool holds(const std::optional<Test>& test, auto value) {
  return !test || test->holds(value);
}

}  // namespace

bool headerMatches(const Rule& rule, const PacketFacts& facts) {
  if (rule.protocol != RuleProtocol::any &&
      static_cast<std::uint8_t>(rule.protocol) != facts.key.protocol) {
    return false;
  }
  if (rule.flow.toServer && *rule.flow.toServer != facts.toServer) return false;
  return endsMatch(rule, facts.key) || (rule.bothWays && endsMatch(rule, facts.key.reversed()));
}

bool packetMatches(const Rule& rule, const PacketFacts& facts) {
  if (rule.flow.established && *rule.flow.established != facts.established) return false;
  return holds(rule.dataSize, facts.payloadBytes) && holds(rule.ttl, facts.ttl) &&
         holds(rule.icmpType, facts.icmpType) && holds(rule.icmpCode, facts.icmpCode) &&
         holds(rule.tcpFlags, facts.tcpFlags);
}

bool flowbitsMatch(const Rule& rule, std::uint64_t flowbits) {
  for (const FlowbitOp& op : rule.flowbits) {
    const bool set = (flowbits & op.bits) != 0;
    if (op.kind == FlowbitOp::Kind::isSet && !set) return false;
    if (op.kind == FlowbitOp::Kind::isNotSet && set) return false;
  }
  return true;
}

std::uint64_t flowbitsAfter(const Rule& rule, std::uint64_t flowbits) {
  for (const FlowbitOp& op : rule.flowbits) {
    switch (op.kind) {
      case FlowbitOp::Kind::set:
        flowbits |= op.bits;
        break;
      case FlowbitOp::Kind::unset:
        flowbits &= ~op.bits;
        break;
      case FlowbitOp::Kind::toggle:
        flowbits ^= op.bits;
        break;
      case FlowbitOp::Kind::isSet:
      case FlowbitOp::Kind::isNotSet:
        break;
    }
  }
  return flowbits;
}

}  // namespace ferry::ids
