// Outside ports: which one a mapping gets.
#include "nf/nat44_ports.hpp"

#include <random>
#include <set>

#include "check.hpp"
#include "proto/ipv4.hpp"

namespace ferry::test {
namespace {

constexpr std::uint8_t kUdp = ip_protocol::kUdp;

TEST("the wanted port when it is free, and never one outside of the range") {
  OutsidePorts ports(1, 2000, 2999);
  CHECK_EQ(ports.find(0, kUdp, 2500, 7), 2500);
  for (const std::uint16_t wanted :
       {std::uint16_t{0}, std::uint16_t{1999}, std::uint16_t{3000}, std::uint16_t{65535}}) {
    const std::uint16_t found = ports.find(0, kUdp, wanted, 7);
    CHECK(ports.inRange(found));
    CHECK_EQ(found % 2, wanted % 2);
    CHECK_EQ(ports.holder(0, kUdp, wanted), OutsidePorts::kNone);
  }
}

TEST("every port can be had, same parity first, then none") {
  std::mt19937_64 random(seed());
  OutsidePorts ports(1, 1024, 1123);
  std::set<std::uint16_t> got;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const std::uint16_t found = ports.find(0, kUdp, 40, static_cast<std::uint32_t>(random()));
    CHECK(ports.inRange(found));
    CHECK_EQ(found % 2, i < 50 ? 0 : 1);
    ports.take(0, kUdp, found, i);
    CHECK_EQ(ports.holder(0, kUdp, found), i);
    got.insert(found);
  }
  CHECK_EQ(got.size(), 100u);
  CHECK_EQ(ports.find(0, kUdp, 40, 3), 0);
  ports.give(0, kUdp, 1077);
  CHECK_EQ(ports.find(0, kUdp, 40, 3), 1077);
  CHECK_EQ(ports.taken(), 99u);
}

TEST("the choice depends on what is taken and on nothing else") {
  OutsidePorts one(1, 1024, 65535);
  OutsidePorts two(1, 1024, 65535);
  for (const int port : {5000, 5002, 5004}) one.take(0, kUdp, static_cast<std::uint16_t>(port), 1);
  for (const int port : {5004, 6000, 5000, 5002})
    two.take(0, kUdp, static_cast<std::uint16_t>(port), 1);
  two.give(0, kUdp, 6000);
  for (std::uint32_t seedValue = 0; seedValue < 100; ++seedValue) {
    CHECK_EQ(one.find(0, kUdp, 5000, seedValue), two.find(0, kUdp, 5000, seedValue));
  }
}

TEST("the place that the seed chooses is tried first, then those after it, then around") {
  OutsidePorts ports(1, 1024, 1151);
  ports.take(0, kUdp, 1030, 1);
  CHECK_EQ(ports.find(0, kUdp, 1030, 6 + 128), 1032);  // starts at the taken one
  CHECK_EQ(ports.find(0, kUdp, 1030, 40), 1064);
  CHECK_EQ(ports.find(0, kUdp, 1030, 41), 1066);
  ports.take(0, kUdp, 1150, 2);
  CHECK_EQ(ports.find(0, kUdp, 1030, 126), 1024);
}

TEST("addresses and protocols have spaces of their own") {
  OutsidePorts ports(2, 1024, 65535);
  ports.take(0, kUdp, 5000, 1);
  CHECK_EQ(ports.find(1, kUdp, 5000, 0), 5000);
  CHECK_EQ(ports.find(0, ip_protocol::kTcp, 5000, 0), 5000);
  CHECK_EQ(ports.find(0, ip_protocol::kIcmp, 5000, 0), 5000);
  CHECK(ports.find(0, kUdp, 5000, 0) != 5000);
}

TEST("the full range, and a range of one port") {
  OutsidePorts all(1, 1, 65535);
  for (std::uint32_t port = 1; port <= 65535; ++port) {
    const std::uint16_t found = all.find(0, kUdp, 65535, 65534);
    all.take(0, kUdp, found, port);
  }
  CHECK_EQ(all.find(0, kUdp, 1, 0), 0);
  OutsidePorts one(1, 65535, 65535);
  CHECK_EQ(one.find(0, kUdp, 2, 9), 65535);
}

}  // namespace
}  // namespace ferry::test
