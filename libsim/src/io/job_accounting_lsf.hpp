// The words of LSF's accounting: records of fields, and resource requirements.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace centresim::io::detail::lsf {

struct Token {
  std::string_view text;
  bool quoted = false;
};

// A record taken apart: fields between blanks, texts in quotes, a quote within them doubled.
class Tokens {
 public:
  // The rule that is broken, or an empty text. The tokens are valid until the next call.
  [[nodiscard]] std::string split(std::string_view line);
  [[nodiscard]] const std::vector<Token>& list() const { return list_; }

 private:
  std::string text_;
  std::vector<Token> list_;
};

// What rusage[] reserves. KiB and counts, each for a host unless it says otherwise.
struct Reserved {
  enum class Per { host, job, task };
  double memory_kib = 0;
  Per memory_per = Per::host;
  std::vector<std::pair<std::string, double>> others; // that LSF does not know itself: licences
};
// The first rusage[] of "select[...] rusage[mem=4000,vcs=1:duration=10m] span[hosts=1]", of alternatives (||) and
// phases the first. What is no number is passed over.
[[nodiscard]] Reserved parse_rusage(std::string_view requirement);

// "/bin/sleep 3" is "sleep".
[[nodiscard]] std::string_view command_name(std::string_view command);

} // namespace centresim::io::detail::lsf
