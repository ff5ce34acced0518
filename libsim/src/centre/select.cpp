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
  [[nodiscard]] virtual std::int64_t wanted(std::size_t system) const = 0; // replications, to go on
  [[nodiscard]] virtual std::int64_t looked_at(std::size_t system) const = 0;
  [[nodiscard]] virtual bool is_in(std::size_t system) const = 0;
  [[nodiscard]] virtual std::optional<std::size_t> selected() const = 0;
};

class KimNelsonProcedure final : public Procedure {
 public:
  explicit KimNelsonProcedure(const experiment::KimNelsonOptions& options) : procedure_(options) {}
  void add(std::size_t s, std::int64_t r, double value) override { procedure_.add(s, r, value); }
  [[nodiscard]] std::int64_t wanted(std::size_t s) const override { return is_in(s) ? procedure_.wanted() : 0; }
  [[nodiscard]] std::int64_t looked_at(std::size_t s) const override { return procedure_.replications(s); }
  [[nodiscard]] bool is_in(std::size_t s) const override {
    const auto in = procedure_.systems_in();
    return std::ranges::find(in, s) != in.end();
  }
  [[nodiscard]] std::optional<std::size_t> selected() const override { return procedure_.selected(); }

 private:
  experiment::KimNelson procedure_;
};

class OcbaProcedure final : public Procedure {
 public:
  explicit OcbaProcedure(const experiment::OcbaOptions& options) : procedure_(options) {}
  void add(std::size_t s, std::int64_t r, double value) override { procedure_.add(s, r, value); }
  [[nodiscard]] std::int64_t wanted(std::size_t s) const override { return procedure_.wanted()[s]; }
  [[nodiscard]] std::int64_t looked_at(std::size_t s) const override { return procedure_.wanted()[s]; }
  [[nodiscard]] bool is_in(std::size_t) const override { return true; }
  [[nodiscard]] std::optional<std::size_t> selected() const override { return procedure_.selected(); }

 private:
  experiment::Ocba procedure_;
};

class Selector {
 public:
  Selector(const std::vector<Scenario>& systems, const SelectOptions& options)
      : options_(options), workers_(options.workers), values_(systems.size()) {
    if (!workers_) workers_ = LocalWorkers(systems, options.figure, options.threads, options.monitor);
    result_.systems.resize(systems.size());
  }

  Selection run() {
    if (find_figure()) {
      choose_direction();
      while (!go_through()) {
      } // again without a system that has failed
    }
    return std::move(result_);
  }

 private:
  // One replication of the first system that can be run tells what the figure is.
  bool find_figure() {
    for (std::size_t s = 0; s < values_.size() && result_.label.empty() && !result_.interrupted; ++s)
      work({{s, 0, 1, seed_of(s)}});
    return !result_.label.empty() && !result_.interrupted;
  }

  void choose_direction() {
    result_.better = options_.better.value_or(result_.info.better);
    if (result_.better == Better::neither)
      throw core::InputError(
          {core::Issue{"", 0, "better", "", "must be said of " + result_.label + ": higher or lower"}});
  }

  // False: a system has failed on the way.
  bool go_through() {
    std::vector<std::size_t> alive;
    for (std::size_t s = 0; s < values_.size(); ++s)
      if (result_.systems[s].failure.empty()) alive.push_back(s);
    if (alive.size() < 2) {
      if (!alive.empty()) result_.best = alive.front();
      return true;
    }
    const auto procedure = make(alive.size());
    std::vector<std::int64_t> told(alive.size());
    for (;;) {
      tell(*procedure, alive, told);
      if (procedure->selected() || beyond(*procedure, alive.size())) break;
      const std::size_t failed = failures_;
      work(missing(*procedure, alive));
      if (result_.interrupted) break;
      if (failures_ > failed) return false;
    }
    if (procedure->selected() && !result_.interrupted) result_.best = alive[*procedure->selected()];
    for (std::size_t i = 0; i < alive.size(); ++i) keep(*procedure, i, alive[i]);
    return true;
  }

  void keep(const Procedure& procedure, std::size_t i, std::size_t system) {
    const auto n = std::min(static_cast<std::size_t>(procedure.looked_at(i)), values_[system].size());
    result_.systems[system].values.assign(values_[system].begin(),
                                          values_[system].begin() + static_cast<std::ptrdiff_t>(n));
    result_.systems[system].in = procedure.is_in(i);
  }

  [[nodiscard]] std::unique_ptr<Procedure> make(std::size_t systems) const {
    if (options_.method == SelectionMethod::ocba)
      return std::make_unique<OcbaProcedure>(
          experiment::OcbaOptions{systems, options_.budget, options_.first, 0, result_.better});
    return std::make_unique<KimNelsonProcedure>(experiment::KimNelsonOptions{
        systems, options_.indifference, result_.better, options_.confidence, options_.first});
  }

  void tell(Procedure& procedure, const std::vector<std::size_t>& alive, std::vector<std::int64_t>& told) const {
    for (std::size_t i = 0; i < alive.size(); ++i)
      for (const auto& values = values_[alive[i]]; told[i] < static_cast<std::int64_t>(values.size()); ++told[i])
        procedure.add(i, told[i], values[static_cast<std::size_t>(told[i])]);
  }

  [[nodiscard]] bool beyond(const Procedure& procedure, std::size_t systems) const {
    if (options_.method != SelectionMethod::kim_nelson) return false;
    for (std::size_t i = 0; i < systems; ++i)
      if (procedure.wanted(i) > options_.at_most) return true;
    return false;
  }

  // What the procedure wants and, so that nobody waits, a little of what it is likely to want next.
  [[nodiscard]] std::vector<SelectionWork> missing(const Procedure& procedure,
                                                   const std::vector<std::size_t>& alive) const {
    std::vector<SelectionWork> work;
    std::int64_t in = 0, ahead = 0;
    for (std::size_t i = 0; i < alive.size(); ++i) in += procedure.wanted(i) > 0 ? 1 : 0;
    if (options_.method == SelectionMethod::kim_nelson)
      ahead = 4 * experiment::choose_threads(options_.threads) / std::max<std::int64_t>(in, 1);
    for (std::size_t i = 0; i < alive.size(); ++i) {
      std::int64_t until = procedure.wanted(i);
      const auto there = static_cast<std::int64_t>(values_[alive[i]].size());
      if (until > options_.first) until = std::min(until + ahead, std::max(until, options_.at_most));
      if (there < until) work.push_back({alive[i], there, until - there, seed_of(alive[i])});
    }
    return work;
  }

  [[nodiscard]] std::uint64_t seed_of(std::size_t system) const {
    return options_.method == SelectionMethod::ocba ? options_.seed + system : options_.seed;
  }

  void work(const std::vector<SelectionWork>& parts) {
    std::vector<FigureValues> found = workers_(parts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      FigureValues& one = found.at(i);
      auto& values = values_[parts[i].system];
      if (one.no_figure && result_.label.empty()) throw core::InputError({core::Issue{"", 0, "kpi", "", one.failure}});
      if (result_.label.empty()) result_.info = one.info, result_.label = one.label;
      values.insert(values.end(), one.values.begin(), one.values.end());
      if (!one.failure.empty())
        fail(parts[i].system, std::move(one.failure));
      else if (static_cast<std::int64_t>(one.values.size()) < parts[i].count)
        result_.interrupted = true;
    }
  }

  void fail(std::size_t system, std::string&& why) {
    result_.systems[system].failure = std::move(why);
    result_.systems[system].in = false;
    ++failures_;
  }

  const SelectOptions& options_;
  SelectionWorkers workers_;
  std::vector<std::vector<double>> values_; // as run, a little more than was looked at
  Selection result_;
  std::size_t failures_ = 0;
};

void check_selection(std::size_t systems, const SelectOptions& options) {
  schema::Errors errors;
  const auto need = [&](bool good, const char* name, double value, const char* rule) {
    if (!good) errors.add(name, fmt::format("{:.10g}", value), rule);
  };
  const auto number = [](auto value) { return static_cast<double>(value); };
  need(systems >= 2, "systems", number(systems), "must be at least two");
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
  for (const Scenario& system : systems) check_run(system, run);
  return Selector(systems, options).run();
}

} // namespace centresim::centre
