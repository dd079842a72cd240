// The native tests' own small frame: one program a unit, TAP on stdout.
//
//   TEST("a name") { CHECK(condition); CHECK_EQ(got, wanted); }
//
// A check that fails is reported with its place, and the test goes on. Include it in one source
// of a program only: it holds main().
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace ferry::test {

struct Test {
  std::string name;
  std::function<void()> body;
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

inline int& currentFailures() {
  static int failures = 0;
  return failures;
}

inline bool registerTest(std::string name, std::function<void()> body) {
  tests().push_back({std::move(name), std::move(body)});
  return true;
}

inline void fail(const char* file, int line, const std::string& what) {
  constexpr int kShown = 10;
  if (++currentFailures() > kShown) return;
  std::printf("  # %s:%d: %s\n", file, line, what.c_str());
}

template <typename Value>
std::string show(const Value& value) {
  std::ostringstream out;
  if constexpr (requires { out << value; }) {
    if constexpr (sizeof(Value) == 1 && requires { static_cast<int>(value); }) {
      out << static_cast<int>(value);
    } else {
      out << value;
    }
  } else if constexpr (requires { static_cast<long long>(value); }) {
    out << static_cast<long long>(value);
  } else {
    out << "(no text)";
  }
  return out.str();
}

template <typename Got, typename Wanted>
void checkEqual(const char* file, int line, const char* text, const Got& got,
                const Wanted& wanted) {
  if (got == wanted) return;
  fail(file, line, std::string(text) + ": got " + show(got) + ", wanted " + show(wanted));
}

/** FERRY_TEST_SEED, else the time; printed, so that a failure can be had again. */
inline std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* given = std::getenv("FERRY_TEST_SEED");
    const std::uint64_t chosen =
        given != nullptr ? std::strtoull(given, nullptr, 10)
                         : static_cast<std::uint64_t>(
                               std::chrono::steady_clock::now().time_since_epoch().count());
    std::printf("# FERRY_TEST_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    return chosen;
  }();
  return value;
}

}  // namespace ferry::test

#define FERRY_JOIN_(a, b) a##b
#define FERRY_JOIN(a, b) FERRY_JOIN_(a, b)

#define TEST(name)                                                          \
  static void FERRY_JOIN(testBody, __LINE__)();                             \
  [[maybe_unused]] static const bool FERRY_JOIN(testRegistered, __LINE__) = \
      ferry::test::registerTest(name, FERRY_JOIN(testBody, __LINE__));      \
  static void FERRY_JOIN(testBody, __LINE__)()

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) ferry::test::fail(__FILE__, __LINE__, "not so: " #condition); \
  } while (false)

#define CHECK_EQ(got, wanted) ferry::test::checkEqual(__FILE__, __LINE__, #got, (got), (wanted))

// NOLINTNEXTLINE(misc-definitions-in-headers): one program, one source that includes this
int main() {
  using namespace ferry::test;
  bool failed = false;
  int number = 0;
  std::printf("TAP version 13\n1..%zu\n", tests().size());
  for (const Test& test : tests()) {
    currentFailures() = 0;
    test.body();
    failed = failed || currentFailures() > 0;
    std::printf("%s %d - %s\n", currentFailures() > 0 ? "not ok" : "ok", ++number,
                test.name.c_str());
    std::fflush(stdout);
  }
  return failed ? 1 : 0;
}
