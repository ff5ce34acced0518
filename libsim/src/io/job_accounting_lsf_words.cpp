#include "job_accounting_lsf.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace centresim::io::detail::lsf {

namespace {

// What LSF reserves or measures itself; all else in rusage[] is a shared resource of the site.
constexpr std::string_view kOwn[] = {"mem",      "swp",   "tmp", "r15s",   "r1m",    "r15m",           "ut",
                                     "pg",       "ls",    "it",  "io",     "slots",  "ngpus_physical", "ngpus",
                                     "duration", "decay", "num", "maxmem", "maxswp", "maxtmp",         "ncpus"};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// "4000", "4.5G", "20GB/task", "(400 200)".
bool parse_amount(std::string_view text, double& value, std::string_view& rest) {
  while (!text.empty() && (text.front() == '(' || is_blank(text.front()))) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) return false;
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return true;
}

double unit_kib(std::string_view rest) {
  static constexpr std::string_view kUnits = "KMGTPE";
  const auto unit = rest.empty() ? std::string_view::npos : kUnits.find(rest.front());
  return unit == std::string_view::npos ? 1024 : std::pow(1024.0, static_cast<double>(unit));
}

Reserved::Per per(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return Reserved::Per::host;
  rest.remove_prefix(slash + 1);
  return rest.starts_with("job")    ? Reserved::Per::job
         : rest.starts_with("task") ? Reserved::Per::task
                                    : Reserved::Per::host;
}

void reserve(std::string_view item, Reserved& out) {
  const std::size_t equal = item.find('=');
  if (equal == std::string_view::npos) return;
  std::string_view name = item.substr(0, equal), rest;
  while (!name.empty() && is_blank(name.front())) name.remove_prefix(1);
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
  double value = 0;
  if (name.empty() || !parse_amount(item.substr(equal + 1), value, rest)) return;
  if (name == "mem") {
    out.memory_kib = value * unit_kib(rest);
    out.memory_per = per(rest);
  } else if (std::ranges::find(kOwn, name) == std::end(kOwn) && value > 0) {
    out.others.emplace_back(name, value);
  }
}

} // namespace

std::string Tokens::split(std::string_view line) {
  list_.clear();
  text_.clear();
  text_.reserve(line.size()); // never more: the tokens may point into it
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) return {};
    const std::size_t first = text_.size();
    const bool quoted = line[at] == '"';
    if (!quoted) {
      const std::size_t stop = std::min(line.find_first_of(" \t", at), line.size());
      text_ += line.substr(at, stop - at);
      at = stop;
    } else {
      for (++at;; ++at) {
        if (at >= line.size()) return "a closing quote is missing";
        if (line[at] == '"') {
          ++at;
          if (at == line.size() || line[at] != '"') break;
        }
        text_ += line[at];
      }
      if (at < line.size() && !is_blank(line[at])) return "text after a closing quote";
    }
    list_.push_back({std::string_view(text_).substr(first), quoted});
  }
}

Reserved parse_rusage(std::string_view requirement) {
  Reserved out;
  static constexpr std::string_view kOpen = "rusage[";
  const std::size_t open = requirement.find(kOpen);
  if (open == std::string_view::npos) return out;
  std::string_view inside = requirement.substr(open + kOpen.size());
  inside = inside.substr(0, inside.find(']'));
  inside = inside.substr(0, inside.find("||"));
  while (!inside.empty()) {
    const std::size_t stop = std::min(inside.find_first_of(",:"), inside.size());
    reserve(inside.substr(0, stop), out);
    inside.remove_prefix(std::min(stop + 1, inside.size()));
  }
  return out;
}

std::string_view command_name(std::string_view command) {
  command = command.substr(0, command.find_first_of(" \t;"));
  const std::size_t slash = command.rfind('/');
  return slash == std::string_view::npos ? command : command.substr(slash + 1);
}

} // namespace centresim::io::detail::lsf
