// Reading configurations: what is accepted, and how refusals are worded.
#include "core/config_reader.hpp"

#include <limits>

#include "check.hpp"
#include "config_nodes.hpp"

namespace ferry::test {
namespace {

TEST("IPv4 addresses") {
  CHECK_EQ(parseIpv4("203.0.113.1").value_or(0), 0xcb007101u);
  CHECK_EQ(parseIpv4("255.255.255.255").value_or(0), 0xffffffffu);
  for (const char* bad : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..3.4",
                          "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "a.b.c.d", "1.2.3.4/24", "1.2.3."}) {
    CHECK(!parseIpv4(bad));
  }
  CHECK_EQ(formatIpv4(0xcb007101), "203.0.113.1");
}

TEST("MAC addresses") {
  CHECK(parseMac("02:fe:00:0a:B0:01") == (MacAddress{0x02, 0xfe, 0, 0x0a, 0xb0, 1}));
  for (const char* bad : {"", "02:fe:00:00:00", "02-fe-00-00-00-01", "02:fe:00:00:00:0g",
                          "02:fe:00:00:00:001", "02:fe:00:00:00:+1", "02:fe:00:00:00 01"}) {
    CHECK(!parseMac(bad));
  }
}

ConfigError integerError(const ConfigNode& value) {
  ConfigError error;
  const ConfigNode node = object({{"n", value}});
  ConfigReader reader(node, "deep", {"n"}, error);
  reader.integer("n", 2, 10);
  return error;
}

TEST("whole numbers within bounds") {
  CHECK(integerError(number(2)).ok());
  CHECK(integerError(number(10)).ok());
  for (const double bad : {1.0, 11.0, 2.5, -3.0, 1e300, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_EQ(integerError(number(bad)).code, "CONFIG_RANGE");
  }
  CHECK_EQ(integerError(text("3")).code, "CONFIG_TYPE");
  CHECK_EQ(integerError(number(1)).field, "deep.n");
}

TEST("a missing key, an unknown key, a value that is no object") {
  ConfigError error;
  const ConfigNode empty = object({});
  ConfigReader(empty, "", {"n"}, error).integer("n", 1, 2);
  CHECK_EQ(error.code, "CONFIG_MISSING");
  CHECK_EQ(error.field, "n");
  error = {};
  CHECK_EQ(ConfigReader(empty, "", {"n"}, error).integer("n", 1, 2, 2), 2u);
  CHECK(error.ok());
  const ConfigNode odd = object({{"m", number(1)}});
  const ConfigReader strict(odd, "port", {"n"}, error);
  CHECK(!strict.ok());
  CHECK_EQ(error.code, "CONFIG_UNKNOWN_KEY");
  CHECK_EQ(error.field, "port.m");
  error = {};
  const ConfigNode list = array({});
  const ConfigReader confused(list, "port", {"n"}, error);
  CHECK(!confused.ok());
  CHECK_EQ(error.code, "CONFIG_TYPE");
}

TEST("the first error is the one that is told") {
  ConfigError error;
  const ConfigNode node = object({{"a", number(0)}, {"b", number(0)}});
  ConfigReader reader(node, "", {"a", "b"}, error);
  reader.integer("a", 1, 2);
  reader.integer("b", 1, 2);
  CHECK_EQ(error.field, "a");
}

}  // namespace
}  // namespace ferry::test
