#include "regex.hpp"

#include <optional>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

namespace ferry::ids {
namespace {

constexpr std::size_t kMaxPattern = 4096;

/** The options of the flags, or nullopt when one is not known. */
std::optional<std::uint32_t> optionsOf(std::string_view flags) {
  std::uint32_t options = 0;
  for (const char flag : flags) {
    switch (flag) {
      case 'i':
        options |= PCRE2_CASELESS;
        break;
      case 's':
        options |= PCRE2_DOTALL;
        break;
      case 'm':
        options |= PCRE2_MULTILINE;
        break;
      case 'x':
        options |= PCRE2_EXTENDED;
        break;
      case 'A':
        options |= PCRE2_ANCHORED;
        break;
      case 'E':
        options |= PCRE2_DOLLAR_ENDONLY;
        break;
      case 'G':
        options |= PCRE2_UNGREEDY;
        break;
      default:
        return std::nullopt;
    }
  }
  return options;
}

}  // namespace

std::unique_ptr<Regex> Regex::compile(std::string_view pattern, std::string_view flags,
                                      std::string& error) {
  const auto options = optionsOf(flags);
  if (!options) {
    error = "pcre flags other than i s m x A E G R are not supported";
    return nullptr;
  }
  if (pattern.size() > kMaxPattern) {
    error = "a pcre of more than 4096 bytes";
    return nullptr;
  }
  int code = 0;
  PCRE2_SIZE at = 0;
  std::unique_ptr<Regex> regex(new Regex);
  // \C could end within nothing here, but it and callouts serve no rule.
  regex->code_ =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                    *options | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &at, nullptr);
  if (regex->code_ == nullptr) {
    std::array<PCRE2_UCHAR, 160> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    error = "pcre: " + std::string(reinterpret_cast<const char*>(text.data())) + " at byte " +
            std::to_string(at);
    return nullptr;
  }
  regex->data_ = pcre2_match_data_create(1, nullptr);
  regex->context_ = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(regex->context_, kMatchLimit);
  pcre2_set_depth_limit(regex->context_, kDepthLimit);
  pcre2_set_heap_limit(regex->context_, kHeapLimitKiB);
  return regex;
}

Regex::~Regex() {
  pcre2_match_context_free(context_);
  pcre2_match_data_free(data_);
  pcre2_code_free(code_);
}

Regex::Outcome Regex::find(ByteView bytes, std::size_t from, bool whole, Match& match) const {
  const int result = pcre2_match(code_, bytes.data(), bytes.size(), from, whole ? 0 : PCRE2_NOTBOL,
                                 data_, context_);
  if (result == PCRE2_ERROR_NOMATCH) return Outcome::notFound;
  if (result < 0) return Outcome::tooCostly;
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data_);
  match = {ends[0], ends[1]};
  return Outcome::found;
}

}  // namespace ferry::ids
