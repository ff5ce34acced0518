#include "gantt_events.hpp"
#include "tree_access.hpp"

#include <stdexcept>

namespace centresim::io::detail {
namespace {

using experiment::Group;
using Integers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

template <class T> const std::vector<T>* find_column(const Group& group, std::string_view name) {
  for (const experiment::Variable& variable : group.variables)
    if (variable.name == name) return std::get_if<std::vector<T>>(&variable.values);
  return nullptr;
}

constexpr TraceRows kRows{"job", "job"};

} // namespace

// Jobs of one source (stream, list, trace) make a row: what overlaps is laid out by the viewer.
std::size_t write_farm_jobs(const Group& trace, std::int64_t replication, std::size_t processes, Events& events) {
  const auto numbers = [&](const char* name) -> const Integers& { return column<std::int64_t>(trace, name); };
  const Integers &of = numbers("replication_index"), &source = numbers("source"), &number = numbers("number"),
                 &start = numbers("start"), &end = numbers("end"), &state = numbers("state"),
                 &submit = numbers("submit");
  const Texts &sources = column<std::string>(trace, "job_source"), &states = column<std::string>(trace, "job_state");
  const auto* names = find_column<std::string>(trace, "job_name");
  const auto* sites = find_column<std::string>(trace, "job_site");
  const auto* site = find_column<std::int64_t>(trace, "site");
  for (const Integers* other : {&source, &number, &start, &end, &state, &submit, site != nullptr ? site : &of})
    if (other->size() != of.size()) throw std::runtime_error("the columns of the job trace differ in length");

  const Texts farm{"farm"};
  const Texts& places = site != nullptr && sites != nullptr ? *sites : farm;
  for (std::size_t p = 0; p < places.size(); ++p)
    events.name("process", processes + p + 1, 0, places[p], processes + p + 1);
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (of[i] != replication || start[i] < 0 || end[i] < 0) continue; // never ran, or not to its end
    if (end[i] < start[i]) kRows.damaged(i, "ends before it starts");
    const std::int64_t place = &places == &farm ? 0 : (*site)[i];
    (void)kRows.text(places, place, i, "site");
    const std::string& kind = kRows.text(sources, source[i], i, "source");
    const bool listed = names != nullptr && kind == "listed";
    const std::string job = listed ? json_text(kRows.text(*names, number[i], i, "job")) : std::to_string(number[i]);
    events.overlapping("job", processes + static_cast<std::size_t>(place) + 1, i, json_text(kind), start[i], end[i],
                       fmt::format(R"("job":{},"state":{},"submitted":{})", job,
                                   json_text(kRows.text(states, state[i], i, "state")), microseconds(submit[i])));
  }
  return processes + places.size();
}

} // namespace centresim::io::detail
