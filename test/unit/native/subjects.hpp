// The NFs that the tests of the laws and the fuzzers try: one line for each.
#pragma once

#include <array>
#include <memory>
#include <random>

#ifdef FERRY_NF_TEST  // the program behind `ferry nf test`
#include "plugin_subject.hpp"
#else
#include "esp_subject.hpp"
#include "ids_subject.hpp"
#include "nat44_subject.hpp"
#include "pg_subject.hpp"
#endif
#include "subject.hpp"

namespace ferry::test {

struct SubjectKind {
  const char* name;
  std::unique_ptr<Subject> (*make)(std::mt19937_64& random);
};

template <typename Kind>
std::unique_ptr<Subject> makeSubject(std::mt19937_64& random) {
  return std::make_unique<Kind>(random);
}

#ifdef FERRY_NF_TEST
inline constexpr std::array kSubjects{
    SubjectKind{"the network function", makeSubject<PluginSubject>},
};
#else
inline constexpr std::array kSubjects{
    SubjectKind{"nat44", makeSubject<Nat44Subject>},
    SubjectKind{"nat44 with port blocks", makeSubject<Nat44BlocksSubject>},
    SubjectKind{"nat44-paired", makeSubject<Nat44PairedSubject>},
    SubjectKind{"esp", makeSubject<EspSubject>},
    SubjectKind{"ids", makeSubject<IdsSubject>},
    SubjectKind{"pg", makeSubject<PgSubject>},
};
#endif

}  // namespace ferry::test
