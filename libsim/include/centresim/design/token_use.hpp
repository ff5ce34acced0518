// Licence tokens that a job checks out, as an input value: "vcs", "vcs:2", or "vcs:1+1/8" for one more per 8 threads.
#pragma once
#include "centresim/schema/scalar.hpp"

#include <cstdint>
#include <string>

namespace centresim::design {

struct TokenUse {
  std::string feature;
  std::int64_t tokens = 1;
  std::int64_t threads_per_extra = 0; // one more token for every so many cores; 0: never
  // Tokens of a job with so many cores.
  [[nodiscard]] std::int64_t of(std::int64_t cores) const {
    return tokens + (threads_per_extra > 0 ? cores / threads_per_extra : 0);
  }
  bool operator==(const TokenUse&) const = default;
};

[[nodiscard]] std::string to_text(const TokenUse& use);
// Gives the broken rule, or an empty text.
[[nodiscard]] std::string parse_token_use(std::string_view text, TokenUse& out);

} // namespace centresim::design

namespace centresim::schema {

template <> struct Scalar<design::TokenUse> {
  static constexpr Kind kind = Kind::text;
  [[nodiscard]] static std::string read(const Node& node, const Rules& rules, design::TokenUse& out);
  [[nodiscard]] static Node write(const design::TokenUse& value, const Rules&) { return to_text(value); }
};

} // namespace centresim::schema
