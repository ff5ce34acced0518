#include "trace_parser.hpp"

#include "centresim/core/text.hpp"
#include "centresim/schema/node.hpp"
#include "centresim/schema/units.hpp"

#include <algorithm>
#include <limits>

namespace centresim::design::detail {

namespace {

int line_of(std::int64_t line) {
  return static_cast<int>(std::min<std::int64_t>(line, std::numeric_limits<int>::max()));
}

} // namespace

void TraceFaults::add(std::int64_t line, std::string path, std::string_view value, std::string rule) {
  // A value of many megabytes is cut before anything looks at it.
  const std::string shown = schema::shortened(core::printable(value.substr(0, 200)));
  core::Issue issue{file_, line_of(line), std::move(path), shown.empty() ? shown : '"' + shown + '"', std::move(rule)};
  if (errors_ == nullptr) throw core::InputError({std::move(issue)});
  last_line_ = line;
  if (count_++ < kTold) errors_->add_issue(std::move(issue));
}

void TraceFaults::tell_rest() {
  if (count_ <= kTold) return;
  errors_->add_issue(
      {file_, line_of(last_line_), "", "", "and " + std::to_string(count_ - kTold) + " more faults up to this line"});
}

void TraceFaults::changed(std::int64_t line, std::string what) const {
  throw core::InputError(
      {{file_, line_of(line), "", "", "is not the file any more that was looked through before: " + std::move(what)}});
}

NumberedNames::Outcome NumberedNames::find_rare(std::int64_t id, std::uint32_t& number) {
  const auto at = static_cast<std::size_t>(id);
  if (at >= kDense) {
    if (const auto known = sparse_.find(id); known != sparse_.end()) {
      number = known->second;
      return Outcome::ok;
    }
  }
  if (names_.next() > kMostNames) return Outcome::too_many;
  if (!names_.add(prefix_ + std::to_string(id), number)) return Outcome::changed;
  if (at >= kDense)
    sparse_.emplace(id, number);
  else {
    if (at >= dense_.size()) dense_.resize(at + at / 2 + 64);
    dense_[at] = number;
  }
  return Outcome::ok;
}

std::string submit_rule(Tick submit, Tick before) {
  if (submit < 0) return "must not be negative";
  if (submit > core::kMaxTick) return "must be less than 139 years";
  if (submit < before)
    return "jobs must be in order of submission: an earlier one is submitted at " + schema::format_duration(before);
  return {};
}

} // namespace centresim::design::detail
