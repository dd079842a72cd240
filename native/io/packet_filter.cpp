#include "packet_filter.hpp"

#include <linux/if_ether.h>

namespace ferry {
namespace {

constexpr std::uint32_t kAccept = 0xffffffff;  // bytes to keep: all
constexpr std::uint32_t kReject = 0;

constexpr sock_filter statement(std::uint16_t code, std::uint32_t k) { return {code, 0, 0, k}; }

constexpr sock_filter jump(std::uint16_t test, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
  return {static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), yes, no, k};
}

constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kLoadHalf = BPF_LD | BPF_H | BPF_ABS;
constexpr std::uint16_t kLoadByte = BPF_LD | BPF_B | BPF_ABS;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;

}  // namespace

std::vector<sock_filter> buildPacketFilter(std::span<const MacAddress> macs) {
  std::vector<sock_filter> program;
  for (const MacAddress& mac : macs) {
    const std::uint32_t high = static_cast<std::uint32_t>(mac[0]) << 24 |
                               static_cast<std::uint32_t>(mac[1]) << 16 |
                               static_cast<std::uint32_t>(mac[2]) << 8 | mac[3];
    const std::uint32_t low = static_cast<std::uint32_t>(mac[4]) << 8 | mac[5];
    program.push_back(statement(kLoadWord, 0));
    program.push_back(jump(BPF_JEQ, high, 0, 3));
    program.push_back(statement(kLoadHalf, 4));
    program.push_back(jump(BPF_JEQ, low, 0, 1));
    program.push_back(statement(kReturn, kAccept));
  }
  program.push_back(statement(kLoadHalf, 12));
  program.push_back(jump(BPF_JEQ, kMarkerEtherType, 3, 0));
  program.push_back(jump(BPF_JEQ, ETH_P_ARP, 0, 3));
  program.push_back(statement(kLoadByte, 0));
  program.push_back(jump(BPF_JSET, 1, 0, 1));  // group bit
  program.push_back(statement(kReturn, kAccept));
  program.push_back(statement(kReturn, kReject));
  return program;
}

}  // namespace ferry
