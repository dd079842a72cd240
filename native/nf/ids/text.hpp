// Small readers of text that the rule parser is made of.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace ferry::ids {

inline std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/** Takes the text up to `mark`, trimmed, and the mark; all of it when there is no mark. */
inline std::string_view takeUntil(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view taken = trim(text.substr(0, at));
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return taken;
}

/** Takes the next word; blanks part words. */
inline std::string_view takeWord(std::string_view& text) {
  text = trim(text);
  const std::size_t at = text.find_first_of(" \t");
  const std::string_view word = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : trim(text.substr(at));
  return word;
}

/** A whole decimal number in min..max, with nothing after it. */
template <std::integral Number>
std::optional<Number> parseNumber(std::string_view text, Number min, Number max) {
  text = trim(text);
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < min || value > max) {
    return std::nullopt;
  }
  return value;
}

}  // namespace ferry::ids
