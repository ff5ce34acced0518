#include "centresim/centre/select.hpp"

#include "figure_values.hpp"
#include "run_options.hpp"

#include "centresim/core/error.hpp"
#include "centresim/experiment/replicate.hpp"
#include "centresim/experiment/selection.hpp"
#include "centresim/schema/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace centresim::centre {
namespace {

using experiment::Better;

// What a procedure asks and says of the systems that it was given.
class Procedure {
 public:
  Procedure() = default;
  Procedure(const Procedure&) = delete;
  Procedure& operator=(const Procedure&) = delete;
  virtual ~Procedure() = default;
  virtual void add(std::size_t system, std::int64_t replication, double value) = 0;
  [[nodiscard]] virtual std::vector<std::int64_t> wanted() const = 0; // of each, to go on; 0: dropped
  [[nodiscard]] virtual std::int64_t looked_at(std::size_t system) const = 0;
  [[nodiscard]] virtual std::optional<std::size_t> selected() const = 0;
};

class KimNelsonProcedure final : public Procedure {
 public:
  explicit KimNelsonProcedure(const experiment::KimNelsonOptions& options)
      : procedure_(options), systems_(options.systems) {}
  void add(std::size_t s, std::int64_t r, double value) override { procedure_.add(s, r, value); }
  [[nodiscard]] std::vector<std::int64_t> wanted() const override {
    std::vector<std::int64_t> all(systems_);
    for (const std::size_t s : procedure_.systems_in()) all[s] = procedure_.wanted();
    return all;
  }
  [[nodiscard]] std::int64_t looked_at(std::size_t s) const override { return procedure_.replications(s); }
  [[nodiscard]] std::optional<std::size_t> selected() const override { return procedure_.selected(); }

 private:
  experiment::KimNelson procedure_;
  std::size_t systems_;
};

class OcbaProcedure final : public Procedure {
 public:
  explicit OcbaProcedure(const experiment::OcbaOptions& options) : procedure_(options) {}
  void add(std::size_t s, std::int64_t r, double value) override { procedure_.add(s, r, value); }
  [[nodiscard]] std::vector<std::int64_t> wanted() const override { return procedure_.wanted(); }
  [[nodiscard]] std::int64_t looked_at(std::size_t s) const override { return procedure_.wanted()[s]; }
  [[nodiscard]] std::optional<std::size_t> selected() const override { return procedure_.selected(); }

 private:
  experiment::Ocba procedure_;
};

class Selector {
 public:
  Selector(const std::vector<Scenario>& systems, const SelectOptions& options)
      : options_(options), workers_(options.workers), runs_(systems.size()) {
    if (!workers_) workers_ = LocalWorkers(systems, options.figure, options.threads, options.monitor);
    result_.systems.resize(systems.size());
    if (options.better) result_.better = *options.better;
  }

  Selection run() {
    find_figure();
    if (!result_.interrupted && !result_.label.empty()) {
      choose_direction();
      bool through = false;
      while (!through) through = go_through(); // again without those that have failed
    }
    return std::move(result_);
  }

 private:
  // What a system has given, a little more than was looked at. A failure is that of the replication behind the values,
  // and means nothing before that one is wanted: how much is run ahead depends on threads.
  struct Run {
    std::vector<double> values;
    std::string failure;
  };

  [[nodiscard]] std::int64_t there(std::size_t system) const {
    return static_cast<std::int64_t>(runs_[system].values.size());
  }

  // One replication of the first system that can be run tells what the figure is.
  void find_figure() {
    for (std::size_t s = 0; s < runs_.size() && result_.label.empty() && !result_.interrupted; ++s)
      work({{s, 0, 1, seed_of(s)}});
    if (!result_.label.empty() || result_.interrupted) return;
    if (!no_labels_.empty()) throw core::InputError({core::Issue{"", 0, "kpi", "", no_labels_}});
    for (std::size_t s = 0; s < runs_.size(); ++s) fail(s);
  }

  void choose_direction() {
    result_.better = options_.better.value_or(result_.info.better);
    if (result_.better == Better::neither)
      throw core::InputError(
          {core::Issue{"", 0, "better", "", "must be said of " + result_.label + ": higher or lower"}});
  }

  // False: systems have failed on the way.
  bool go_through() {
    std::vector<std::size_t> alive;
    for (std::size_t s = 0; s < runs_.size(); ++s)
      if (result_.systems[s].failure.empty()) alive.push_back(s);
    if (alive.size() < 2) return alive.empty() || take(alive.front());
    const auto procedure = make(alive.size());
    std::vector<std::int64_t> told(alive.size()), wanted;
    for (;;) {
      tell(*procedure, alive, told);
      wanted = procedure->wanted();
      if (procedure->selected() || beyond(wanted)) break;
      if (fail_those_needed(alive, wanted)) return false;
      work(missing(alive, wanted));
      if (result_.interrupted) break;
    }
    if (procedure->selected() && !result_.interrupted) result_.best = alive[*procedure->selected()];
    for (std::size_t i = 0; i < alive.size(); ++i) keep(alive[i], procedure->looked_at(i), wanted[i] > 0);
    return true;
  }

  // The only one that is left is the best, if it has as many replications as every one gets.
  bool take(std::size_t system) {
    if (runs_[system].failure.empty() && there(system) < options_.first)
      work({{system, there(system), options_.first - there(system), seed_of(system)}});
    if (result_.interrupted) return true;
    if (there(system) < options_.first) {
      fail(system);
      return true;
    }
    result_.best = system;
    keep(system, options_.first, true);
    return true;
  }

  void keep(std::size_t system, std::int64_t looked_at, bool in) {
    const auto& values = runs_[system].values;
    result_.systems[system].values.assign(values.begin(), values.begin() + std::min(looked_at, there(system)));
    result_.systems[system].in = in;
  }

  [[nodiscard]] std::unique_ptr<Procedure> make(std::size_t systems) const {
    try {
      if (options_.method == SelectionMethod::ocba)
        return std::make_unique<OcbaProcedure>(
            experiment::OcbaOptions{systems, options_.budget, options_.first, 0, result_.better});
      return std::make_unique<KimNelsonProcedure>(experiment::KimNelsonOptions{
          systems, options_.indifference, result_.better, options_.confidence, options_.first});
    } catch (const std::invalid_argument& error) { // of the systems that are left
      throw core::InputError({core::Issue{"", 0, "selection", "", error.what()}});
    }
  }

  void tell(Procedure& procedure, const std::vector<std::size_t>& alive, std::vector<std::int64_t>& told) const {
    for (std::size_t i = 0; i < alive.size(); ++i)
      for (; told[i] < there(alive[i]); ++told[i])
        procedure.add(i, told[i], runs_[alive[i]].values[static_cast<std::size_t>(told[i])]);
  }

  [[nodiscard]] bool beyond(const std::vector<std::int64_t>& wanted) const {
    return options_.method == SelectionMethod::kim_nelson && std::ranges::max(wanted) > options_.at_most;
  }

  bool fail_those_needed(const std::vector<std::size_t>& alive, const std::vector<std::int64_t>& wanted) {
    bool any = false;
    for (std::size_t i = 0; i < alive.size(); ++i)
      if (!runs_[alive[i]].failure.empty() && wanted[i] > there(alive[i])) {
        fail(alive[i]);
        any = true;
      }
    return any;
  }

  // What the procedure wants and, so that nobody waits, a little of what it is likely to want next.
  [[nodiscard]] std::vector<SelectionWork> missing(const std::vector<std::size_t>& alive,
                                                   const std::vector<std::int64_t>& wanted) const {
    std::vector<SelectionWork> work;
    const auto in = std::ranges::count_if(wanted, [](std::int64_t n) { return n > 0; });
    std::int64_t ahead = 0;
    if (options_.method == SelectionMethod::kim_nelson)
      ahead = 4 * experiment::choose_threads(options_.threads) / std::max<std::int64_t>(in, 1);
    for (std::size_t i = 0; i < alive.size(); ++i) {
      std::int64_t until = wanted[i];
      if (until > options_.first) until = std::min(until + ahead, std::max(until, options_.at_most));
      if (there(alive[i]) < until && runs_[alive[i]].failure.empty())
        work.push_back({alive[i], there(alive[i]), until - there(alive[i]), seed_of(alive[i])});
    }
    return work;
  }

  [[nodiscard]] std::uint64_t seed_of(std::size_t system) const {
    if (options_.method != SelectionMethod::ocba) return options_.seed;
    return options_.seed + (options_.numbers.empty() ? system : options_.numbers[system]);
  }

  void work(const std::vector<SelectionWork>& parts) {
    std::vector<FigureValues> found = workers_(parts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      FigureValues& one = found.at(i);
      Run& run = runs_[parts[i].system];
      if (one.lacks == Lacks::name && result_.label.empty())
        throw core::InputError({core::Issue{"", 0, "kpi", "", one.failure}});
      if (one.lacks == Lacks::labels && no_labels_.empty()) no_labels_ = one.failure;
      if (result_.label.empty()) {
        result_.info = one.info;
        result_.label = one.label;
      }
      if (!one.values.empty() && one.label != result_.label) {
        run.failure = fmt::format("has {} in place of {}", one.label, result_.label);
        continue;
      }
      run.values.insert(run.values.end(), one.values.begin(), one.values.end());
      run.failure = std::move(one.failure);
      if (run.failure.empty() && static_cast<std::int64_t>(one.values.size()) < parts[i].count)
        result_.interrupted = true;
    }
  }

  void fail(std::size_t system) {
    result_.systems[system].failure = runs_[system].failure;
    result_.systems[system].in = false;
  }

  const SelectOptions& options_;
  SelectionWorkers workers_;
  std::vector<Run> runs_;
  Selection result_;
  std::string no_labels_; // of the first one that has the figure with other labels
};

void check_selection(std::size_t systems, const SelectOptions& options) {
  schema::Errors errors;
  const auto need = [&](bool good, const char* name, double value, const char* rule) {
    if (!good) errors.add(name, fmt::format("{:.10g}", value), rule);
  };
  const auto number = [](auto value) { return static_cast<double>(value); };
  need(systems >= (options.numbers.empty() ? 2U : 1U) && systems <= kMostSystems, "systems", number(systems),
       "must be at least two, and at most 5000: leave out what a sweep shows to be far behind");
  if (options.method == SelectionMethod::kim_nelson) {
    need(options.indifference > 0 && std::isfinite(options.indifference), "indifference", options.indifference,
         "must be above 0: how much better another one must be to matter, in the unit of the figure");
    const double chance = systems >= 2 ? 1 / number(systems) : 0;
    need(options.confidence > chance && options.confidence < 1, "confidence", options.confidence,
         "must be below 1 and above 1 / systems");
    need(options.at_most >= options.first, "at_most", number(options.at_most), "must not be below `first`");
  } else {
    need(options.budget >= options.first * static_cast<std::int64_t>(systems), "budget", number(options.budget),
         "must be at least `first` replications of every system");
  }
  if (options.indifference > 0 && !std::isnormal(options.indifference * options.indifference))
    need(false, "indifference", options.indifference, "is out of range");
  need(options.first >= 2, "first", number(options.first), "must be at least 2");
  errors.throw_if_any();
}

} // namespace

Selection select_best(const std::vector<Scenario>& systems, const SelectOptions& options) {
  RunOptions run;
  run.replications = std::clamp<std::int64_t>(options.first, 1, experiment::kMaxReplications);
  run.threads = options.threads;
  run.seed = options.seed;
  if (options.first > experiment::kMaxReplications || options.at_most > experiment::kMaxReplications ||
      options.budget > experiment::kMaxReplications)
    throw core::InputError({core::Issue{"", 0, "selection", "",
                                        fmt::format("takes at most {} replications", experiment::kMaxReplications)}});
  check_selection(systems.size(), options);
  if (!options.numbers.empty() && options.numbers.size() != systems.size())
    throw std::invalid_argument("numbers of systems are not as many as systems");
  for (const Scenario& system : systems) check_run(system, run);
  return Selector(systems, options).run();
}

} // namespace centresim::centre
