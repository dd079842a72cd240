// A `pcre` of a rule: PCRE2, with bounds on what one match may cost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "../../core/packet.hpp"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace ferry::ids {

class Regex {
 public:
  static constexpr std::uint32_t kMatchLimit = 5'000;  // steps of backtracking
  static constexpr std::uint32_t kDepthLimit = 500;
  static constexpr std::uint32_t kHeapLimitKiB = 64;

  struct Match {
    std::size_t begin;
    std::size_t end;
  };
  enum class Outcome : std::uint8_t { found, notFound, tooCostly };

  /** `flags` of i s m x A E G. nullptr with `error` set when it does not compile. */
  static std::unique_ptr<Regex> compile(std::string_view pattern, std::string_view flags,
                                        std::string& error);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /** The first match in `bytes` at or after `from`. ^ matches at the first byte if `whole`. */
  Outcome find(ByteView bytes, std::size_t from, bool whole, Match& match) const;

 private:
  Regex() = default;

  pcre2_real_code_8* code_ = nullptr;
  pcre2_real_match_data_8* data_ = nullptr;
  pcre2_real_match_context_8* context_ = nullptr;
};

}  // namespace ferry::ids
