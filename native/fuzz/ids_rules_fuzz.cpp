// Any text as a file of rules: each rule is read or refused with its line, and what was read can be
// compiled and meets a packet.
#include <string>

#include "nf/ids/rule_set.hpp"
#include "nf/ids/scanner.hpp"
#include "nf/ids/verifier.hpp"
#include "nf_subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  using ferry::fuzz::require;
  if (size > 4'096) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  ids::RuleSet rules({{"NET", "10.0.0.0/8"}, {"LOOP", "$LOOP"}});
  rules.add("file", text);
  // The bare text too, so that a mutation need not find the header first.
  rules.addRule("options", 1, "alert ip any any -> any any (sid:4000000000; " + text + ")");
  rules.finish();
  require(rules.issues().size() <= rules.refused());
  for (const ids::RuleIssue& issue : rules.issues()) {
    require(issue.line > 0 && !issue.reason.empty());
  }
  std::string error;
  ids::Scanner scanner(rules.patterns(), error);
  require(error.empty());
  std::vector<ids::Scanner::Hit> hits;
  const ByteView payload(data, size);
  scanner.scan({}, payload, hits);
  std::vector<ids::Occurrence> occurrences;
  for (const ids::Scanner::Hit& hit : hits) {
    const auto length = static_cast<std::int32_t>(rules.patterns()[hit.pattern].bytes.size());
    require(hit.end >= length && hit.end <= static_cast<std::int32_t>(size));
    occurrences.push_back({hit.pattern, true, hit.end - length, hit.end});
  }
  const auto end = static_cast<std::int32_t>(size);
  for (const ids::Rule& rule : rules.rules()) {
    ids::Verifier::verify(rule, {occurrences, payload, 0, 0, end}, 0);
  }
  ids::Tail tail;
  scanner.advance(tail, payload, size % 2);
  require(tail.length <= size);
  return 0;
}
