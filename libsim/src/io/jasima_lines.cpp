// Lines, words and numbers of a jasima file.
#include "jasima_model.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace centresim::io::jasima {
namespace {

constexpr std::string_view kBlank = " \t\r\v\f\x1a";

std::string_view trimmed(std::string_view s) {
  const std::size_t first = s.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(kBlank) - first + 1);
}

// The part before a comment, \# made to #.
std::string without_comment(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size() && line[i] != '#'; i++) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '#') i++;
    text += line[i];
  }
  return text;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return words;
}

} // namespace

std::vector<Line> split_lines(std::string_view text) {
  std::vector<Line> lines;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string said = without_comment(text.substr(at, end - at));
    number++;
    at = end + 1;
    if (const std::string_view bare = trimmed(said); !bare.empty())
      lines.push_back({number, std::string(bare), words_of(bare)});
  }
  return lines;
}

Number parse_value(std::string_view text) {
  double value = 0;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc::result_out_of_range) return {std::nullopt, "is too large or too small for a number"};
  if (code != std::errc() || end != text.data() + text.size()) return {std::nullopt, "must be a number"};
  if (!std::isfinite(value)) return {std::nullopt, "must be a finite number"};
  return {value};
}

Number parse_count(std::string_view text, double least, double most) {
  const Number n = parse_value(text);
  if (!n.value || *n.value != std::floor(*n.value)) return {std::nullopt, "must be a whole number"};
  if (*n.value < least) return {std::nullopt, least > 0 ? "must be at least 1" : "must not be negative"};
  if (*n.value > most) return {std::nullopt, "is too large"};
  return n;
}

Number parse_minutes(std::string_view text, bool may_be_negative, core::Tick& ticks) {
  const Number n = parse_value(text);
  if (!n.value) return n;
  if (*n.value < 0 && !may_be_negative) return {std::nullopt, "must not be negative"};
  if (std::abs(*n.value) > static_cast<double>(core::kMaxTick / core::kTicksPerMinute))
    return {std::nullopt, "is too long: at most 139 years"};
  ticks = std::llround(*n.value * static_cast<double>(core::kTicksPerMinute));
  return n;
}

std::optional<std::pair<std::string, std::vector<double>>> parse_stream(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
  std::pair<std::string, std::vector<double>> stream{std::string(trimmed(text.substr(0, open))), {}};
  std::string_view list = text.substr(open + 1, text.size() - open - 2);
  for (bool more = true; more;) {
    const std::size_t end = std::min(list.find(','), list.size());
    const Number n = parse_value(trimmed(list.substr(0, end)));
    if (!n.value) return std::nullopt;
    stream.second.push_back(*n.value);
    more = end < list.size();
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return stream;
}

} // namespace centresim::io::jasima
