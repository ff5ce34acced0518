#include "centresim/io/job_trace.hpp"

#include "centresim/core/error.hpp"
#include "centresim/design/presets.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/suggest.hpp"
#include "text.hpp"
#include "tree_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

namespace centresim::io {
namespace {

using experiment::Group;
using Integers = std::vector<std::int64_t>;

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::int64_t kMostProcessors = 10'000'000;

design::Policy policy_of(const std::string& name) {
  if (std::optional<design::Policy> policy = design::preset(name)) return *policy;
  std::vector<std::string_view> known;
  std::string list;
  for (const design::Preset& p : design::presets()) {
    known.emplace_back(p.name);
    list += (list.empty() ? "" : ", ") + std::string(p.name);
  }
  throw core::InputError({core::Issue{
      "", 0, "policy", name, "is no policy" + schema::did_you_mean(name, known) + " (there are: " + list + ")"}});
}

void append_seconds(std::string& text, std::int64_t ticks) {
  text += ',';
  if (ticks < 0) return;
  fmt::format_to(std::back_inserter(text), "{}", ticks / core::kTicksPerSecond);
  if (const std::int64_t rest = ticks % core::kTicksPerSecond; rest != 0)
    fmt::format_to(std::back_inserter(text), ".{:03}", rest);
}

// What the cells of the table come from.
struct JobColumns {
  explicit JobColumns(const Group& g)
      : sources(column<std::string>(g, "job_source")), states(column<std::string>(g, "job_state")),
        replication(column<std::int64_t>(g, "replication_index")), source(column<std::int64_t>(g, "source")),
        number(column<std::int64_t>(g, "number")), submit(column<std::int64_t>(g, "submit")),
        first(column<std::int64_t>(g, "first_start")), start(column<std::int64_t>(g, "start")),
        end(column<std::int64_t>(g, "end")), state(column<std::int64_t>(g, "state")),
        starts(column<std::int64_t>(g, "starts")) {
    for (const experiment::Variable& v : g.variables)
      if (v.name == "job_name") names = &std::get<std::vector<std::string>>(v.values);
    for (const Integers* other : {&source, &number, &submit, &first, &start, &end, &state, &starts})
      if (other->size() != replication.size())
        throw std::runtime_error("the columns of the job trace differ in length");
  }

  // Listed jobs go by their place in the list, the others by their number.
  [[nodiscard]] std::string name(std::size_t i) const {
    const auto n = static_cast<std::size_t>(number[i]);
    if (names != nullptr && source_name(i) == "listed" && number[i] >= 0 && n < names->size())
      return csv_cell((*names)[n]);
    return std::to_string(number[i]);
  }
  [[nodiscard]] std::string_view source_name(std::size_t i) const { return text_at(sources, source[i]); }
  [[nodiscard]] std::string_view state_name(std::size_t i) const { return text_at(states, state[i]); }

  const std::vector<std::string>&sources, &states;
  const std::vector<std::string>* names = nullptr;
  const Integers &replication, &source, &number, &submit, &first, &start, &end, &state, &starts;

 private:
  static std::string_view text_at(const std::vector<std::string>& texts, std::int64_t i) {
    return i >= 0 && static_cast<std::size_t>(i) < texts.size() ? texts[static_cast<std::size_t>(i)]
                                                                : std::string_view();
  }
};

} // namespace

design::Floor pool_of(std::int64_t processors, const std::string& policy) {
  if (processors < 1 || processors > kMostProcessors)
    throw core::InputError({core::Issue{"", 0, "processors", std::to_string(processors),
                                        "must be from 1 to " + std::to_string(kMostProcessors)}});
  design::Floor floor;
  floor.policy = policy_of(policy);
  floor.policy.kill_at_request = false;
  floor.policy.memory.limit = design::MemoryLimit::none;
  design::NodeClass pool;
  pool.name = "pool";
  pool.cores = processors;
  floor.node_classes.push_back(std::move(pool));
  return floor;
}

void check_processors(const design::TraceInfo& info, std::int64_t processors, const std::string& file,
                      schema::Errors& errors) {
  for (const design::TraceInfo::Demand& d : info.largest)
    if (d.cores * d.ranks > processors)
      errors.add_issue({file, static_cast<int>(d.line), "", std::to_string(d.cores * d.ranks),
                        fmt::format("job {} needs more than the {} processors there are", d.number, processors)});
}

centre::Scenario read_job_trace(const std::filesystem::path& trace, design::TraceFormat format, std::int64_t processors,
                                const std::string& policy) {
  centre::Scenario scenario;
  scenario.design = pool_of(processors, policy);
  design::Floor& floor = *scenario.design;
  floor.trace.emplace();
  floor.trace->file = std::filesystem::absolute(trace).lexically_normal().string();
  floor.trace->format = format;

  schema::Errors errors;
  const design::TraceInfo info = design::scan_trace(*floor.trace, errors);
  check_processors(info, processors, trace.string(), errors);
  if (info.jobs == 0 && errors.empty()) errors.add_issue({trace.string(), 0, "", "", "holds no job that ran"});
  errors.throw_if_any();
  floor.trace->sha256 = info.sha256;
  scenario.name = trace.stem().string();
  scenario.title =
      fmt::format("{} jobs of {} on {} processors, {}", info.jobs, trace.filename().string(), processors, policy);
  scenario.horizon.ticks = info.last_submit + core::kTicksPerSecond;
  scenario.end = centre::End::drain;
  return scenario;
}

void write_job_table(const experiment::Tree& tree, const std::filesystem::path& path) {
  AtomicFile file(path);
  std::string text = "job,submit,start,end,state,first_start,starts,source,replication\n";
  if (const Group* trace = find_group(tree, "design/trace/jobs")) {
    const JobColumns c(*trace);
    std::vector<std::size_t> order(c.number.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { // traces and streams are in order already
      const auto row = [&](std::size_t i) { return c.source_name(i) == "listed" ? c.number[i] : 0; };
      return std::tuple(c.replication[a], c.source[a], row(a), a) <
             std::tuple(c.replication[b], c.source[b], row(b), b);
    });
    for (const std::size_t i : order) {
      text += c.name(i);
      for (const Integers* time : {&c.submit, &c.start, &c.end}) append_seconds(text, (*time)[i]);
      fmt::format_to(std::back_inserter(text), ",{}", c.state_name(i));
      append_seconds(text, c.first[i]);
      fmt::format_to(std::back_inserter(text), ",{},{},{}\n", c.starts[i], csv_cell(std::string(c.source_name(i))),
                     c.replication[i]);
      if (text.size() > kBlock) {
        file.write(text);
        text.clear();
      }
    }
  }
  file.write(text);
  file.commit();
}

} // namespace centresim::io
