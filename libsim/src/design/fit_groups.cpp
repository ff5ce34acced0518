#include "fit_groups.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace centresim::design::detail {

namespace {

constexpr double kRare = 0.01; // of the jobs and of the work

using Group = JobCounts::Group;

bool rare(const Group& g, const JobCounts& all) { return g.jobs < kRare * all.jobs && g.work < kRare * all.work; }

std::string tokens_text(const std::vector<TokenUse>& uses) {
  std::string text;
  for (const TokenUse& use : uses) (text += text.empty() ? "" : ";") += to_text(use);
  return text.empty() ? "without tokens" : text;
}

bool more_jobs(const Group& a, const Group& b) { return a.jobs != b.jobs ? a.jobs > b.jobs : a.tokens < b.tokens; }

// By number, so that nothing depends on the order of a hash table.
std::map<std::uint32_t, std::vector<Group>> by_kind(const JobCounts& counts) {
  std::map<std::uint32_t, std::vector<Group>> kinds;
  for (const auto& [key, group] : counts.groups) kinds[group.kind].push_back(group);
  for (auto& [kind, list] : kinds) {
    std::ranges::sort(
        list, [](const Group& a, const Group& b) { return a.jobs != b.jobs ? a.jobs > b.jobs : a.tokens < b.tokens; });
  }
  return kinds;
}

class Maker {
 public:
  Maker(const JobCounts& counts, const TraceNames& names) : counts_(counts), names_(names) {}

  StreamKeys make() {
    auto kinds = by_kind(counts_);
    std::vector<Group> rest; // of the rare kinds
    for (const auto& [kind, list] : kinds) {
      Group all{kind, 0, 0, 0};
      for (const Group& g : list) {
        all.jobs += g.jobs;
        all.work += g.work;
      }
      if (rare(all, counts_))
        rest.insert(rest.end(), list.begin(), list.end());
      else
        add(names_.kinds[kind], list);
    }
    if (!rest.empty()) {
      std::map<std::uint32_t, Group> merged;
      for (const Group& g : rest) {
        Group& m = merged[g.tokens];
        m.tokens = g.tokens;
        m.jobs += g.jobs;
        m.work += g.work;
      }
      std::vector<Group> list;
      for (const auto& [tokens, g] : merged) list.push_back(g);
      std::ranges::sort(list, more_jobs);
      const std::vector<std::uint32_t> stream = add("other", list);
      std::unordered_map<std::uint32_t, std::uint32_t> of_tokens;
      for (std::size_t i = 0; i < list.size(); ++i) of_tokens[list[i].tokens] = stream[i];
      for (const Group& g : rest) made_.of_group[key(g)] = of_tokens.at(g.tokens);
    }
    return std::move(made_);
  }

 private:
  static std::uint64_t key(const Group& g) { return std::uint64_t{g.kind} << 32 | g.tokens; }

  // The streams of one kind, whose lists of tokens are in the order of their number; gives the stream of each.
  std::vector<std::uint32_t> add(const std::string& kind, const std::vector<Group>& lists) {
    std::size_t own = 1; // how many have a stream of their own
    while (own < lists.size() && !rare(lists[own], counts_)) ++own;
    std::vector<std::uint32_t> stream;
    const auto first = static_cast<std::uint32_t>(made_.streams.size());
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const bool has_own = i == 0 || !rare(lists[i], counts_);
      if (has_own) {
        stream.push_back(static_cast<std::uint32_t>(made_.streams.size()));
        std::string name = kind.empty() ? "jobs" : kind;
        if (own > 1) name += ", " + tokens_text(names_.tokens[lists[i].tokens]);
        made_.streams.push_back({unused(std::move(name)), kind.empty() ? "jobs" : kind, lists[i].tokens});
      } else {
        stream.push_back(first);
        made_.other_tokens += std::llround(lists[i].jobs);
      }
      made_.of_group[key(lists[i])] = stream.back();
    }
    return stream;
  }

  std::string unused(std::string name) {
    while (!taken_.insert(name).second) name += " (2)";
    return name;
  }

  const JobCounts& counts_;
  const TraceNames& names_;
  StreamKeys made_;
  std::set<std::string> taken_;
};

} // namespace

void JobCounts::add(const TraceJob& job) {
  if (jobs == 0) first = job.submit;
  last = job.submit;
  Group& g = groups[StreamKeys::key_of(job)];
  g.kind = job.kind;
  g.tokens = job.tokens;
  const double core_time = static_cast<double>(job.cores * job.ranks) * static_cast<double>(job.run);
  g.jobs += 1;
  g.work += core_time;
  jobs += 1;
  work += core_time;
  whole_second_submits = whole_second_submits && job.submit % core::kTicksPerSecond == 0;
  if (job.run == 1) return; // a run of no time
  while (run_resolution > 1 && job.run % run_resolution != 0)
    run_resolution = run_resolution == core::kTicksPerMinute ? core::kTicksPerSecond : 1;
}

StreamKeys streams_of(const JobCounts& counts, const TraceNames& names) { return Maker(counts, names).make(); }

} // namespace centresim::design::detail
