#include "rounds.hpp"

#include "centresim/core/error.hpp"
#include "centresim/experiment/replicate.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace centresim::centre {
namespace {

// A replication that cannot go on says nothing as long as nobody needs it: the ones before it may be enough.
struct Attempt {
  Observations seen;
  std::exception_ptr failure;
};
class Attempts {
 public:
  using Observations = Attempt;
  explicit Attempts(const Simulation& simulation) : simulation_(simulation) {}
  [[nodiscard]] std::optional<Attempt> run(std::uint64_t seed, std::uint64_t replication, core::Pulse& pulse) const {
    try {
      auto seen = simulation_.run(seed, replication, pulse);
      if (!seen) return std::nullopt;
      return Attempt{std::move(*seen), nullptr};
    } catch (const core::ModelError&) {
      return Attempt{{}, std::current_exception()};
    }
  }

 private:
  const Simulation& simulation_;
};

template <class Round> void account(Rounds& done, const Round& round) {
  done.interrupted = round.interrupted;
  done.cpu_s += round.cpu_s;
  done.wall_s += round.wall_s;
  done.threads = std::max(done.threads, round.threads);
}

class UntilPrecise {
 public:
  UntilPrecise(const Simulation& simulation, const RunOptions& options) : simulation_(simulation), options_(options) {}

  Rounds run() {
    // At first as many as run at once: a goal that names no figure costs no more.
    auto target = std::min<std::int64_t>(options_.replications, experiment::choose_threads(options_.threads));
    for (;;) {
      advance(target);
      if (done_.rooms.size() > 0 && is_enough()) {
        done_.precise = true;
        done_.interrupted = false;
        break;
      }
      if (failure_) std::rethrow_exception(failure_);
      if (done_.interrupted || target >= options_.replications) break;
      target = next(target);
    }
    return std::move(done_);
  }

 private:
  void advance(std::int64_t target) {
    const auto first = static_cast<std::int64_t>(done_.rooms.size());
    const core::Monitor shifted = [&](const core::Progress& p) {
      const auto before = static_cast<double>(first);
      return options_.monitor ? options_.monitor({before + p.done, before + p.total}) : core::Control::go;
    };
    auto round =
        experiment::replicate(Attempts(simulation_), target - first, options_.seed, options_.threads, shifted, first);
    account(done_, round);
    std::vector<Observations> seen;
    for (Attempt& attempt : round.finished) {
      failure_ = attempt.failure;
      if (failure_) break;
      seen.push_back(std::move(attempt.seen));
    }
    done_.rooms.add(std::move(seen));
  }

  bool is_enough() {
    series_ = simulation_.kpis(done_.rooms);
    const auto enough = enough_replications(series_, options_.until, options_.at_least);
    if (enough) done_.rooms.keep(static_cast<std::size_t>(*enough));
    return enough.has_value();
  }

  // As many as are foreseen, but the forecast from few is not trusted far.
  [[nodiscard]] std::int64_t next(std::int64_t target) const {
    const std::int64_t most = options_.replications;
    if (target < options_.at_least) return std::min(most, options_.at_least);
    const std::int64_t foreseen = foresee_replications(series_, options_.until, most);
    const std::int64_t step = std::max<std::int64_t>(done_.threads, target / 10);
    return std::min({most, 2 * target, std::max(foreseen, target + step)});
  }

  const Simulation& simulation_;
  const RunOptions& options_;
  Rounds done_;
  std::exception_ptr failure_; // of the replication behind those in the rooms
  std::vector<experiment::KpiSeries> series_;
};

} // namespace

Rounds run_rounds(const Simulation& simulation, const RunOptions& options) {
  Rounds done;
  if (options.until.empty()) {
    auto all = experiment::replicate(simulation, options.replications, options.seed, options.threads, options.monitor);
    account(done, all);
    done.rooms.add(std::move(all.finished));
  } else {
    done = UntilPrecise(simulation, options).run();
  }
  if (done.interrupted) done.rooms.drop_traces(); // gigabytes, perhaps: who interrupts a run does not want to wait
  return done;
}

} // namespace centresim::centre
