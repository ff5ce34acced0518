#include "centresim/design/token_use.hpp"

#include <charconv>

namespace centresim::design {
namespace {

constexpr std::int64_t kMostTokens = 1'000'000;
constexpr const char* kForm = "must be FEATURE, FEATURE:TOKENS or FEATURE:TOKENS+1/THREADS, e.g. vcs:1+1/8";

bool whole(std::string_view text, std::int64_t& out) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && end.ec == std::errc{} && end.ptr == text.data() + text.size();
}

} // namespace

std::string to_text(const TokenUse& use) {
  std::string text = use.feature;
  if (use.tokens != 1 || use.threads_per_extra > 0) text += ':' + std::to_string(use.tokens);
  if (use.threads_per_extra > 0) text += "+1/" + std::to_string(use.threads_per_extra);
  return text;
}

std::string parse_token_use(std::string_view text, TokenUse& out) {
  out = {};
  const std::size_t colon = text.rfind(':');
  out.feature = text.substr(0, colon);
  if (out.feature.empty()) return kForm;
  if (colon == std::string_view::npos) return {};
  std::string_view amount = text.substr(colon + 1);
  if (const std::size_t plus = amount.find("+1/"); plus != std::string_view::npos) {
    if (!whole(amount.substr(plus + 3), out.threads_per_extra)) return kForm;
    if (out.threads_per_extra < 1 || out.threads_per_extra > kMostTokens)
      return "threads per further token must be from 1 to " + std::to_string(kMostTokens);
    amount = amount.substr(0, plus);
  }
  if (!whole(amount, out.tokens)) return kForm;
  if (out.tokens < (out.threads_per_extra > 0 ? 0 : 1) || out.tokens > kMostTokens)
    return "tokens must be from 1 to " + std::to_string(kMostTokens);
  return {};
}

} // namespace centresim::design

namespace centresim::schema {

std::string Scalar<design::TokenUse>::read(const Node& node, const Rules&, design::TokenUse& out) {
  if (node.text() == nullptr) return "must be a text such as \"vcs:2\"";
  return design::parse_token_use(*node.text(), out);
}

} // namespace centresim::schema
