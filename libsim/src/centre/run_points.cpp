#include "centresim/centre/run_points.hpp"

#include "centresim/core/error.hpp"
#include "centresim/experiment/replicate.hpp"
#include "run_options.hpp"

#include <algorithm>
#include <mutex>

namespace centresim::centre {
namespace {

class PointsRun {
 public:
  PointsRun(const PointsJob& job, const RunOptions& options) : job_(job), options_(options) {}

  PointsDone run() {
    if (job_.points < 1) return {};
    const int threads = experiment::choose_threads(options_.threads);
    const bool few_replications = options_.replications < 2 * static_cast<std::int64_t>(threads);
    if (few_replications && job_.points > 1 && threads > 1)
      side_by_side();
    else
      one_by_one();
    const auto seen = done_.run + done_.skipped + static_cast<std::int64_t>(done_.failures.size());
    done_.interrupted = done_.interrupted || seen < job_.points;
    std::ranges::sort(done_.failures, {}, &PointFailure::point);
    return std::move(done_);
  }

 private:
  void side_by_side() {
    const auto per_point = static_cast<double>(options_.replications);
    const core::Monitor scaled = [&](const core::Progress& p) {
      return options_.monitor ? options_.monitor({p.done * per_point, p.total * per_point}) : core::Control::go;
    };
    experiment::run_in_parallel(job_.points, options_.threads, scaled, [&](std::int64_t point, core::Pulse& pulse) {
      return one(point, 1, [&](const core::Progress& p) {
        return pulse.beat(std::min(p.done / p.total, 1.0)) ? core::Control::go : core::Control::stop;
      });
    });
  }

  void one_by_one() {
    const double per_point = static_cast<double>(options_.replications);
    const double total = static_cast<double>(job_.points) * per_point;
    for (std::int64_t point = 0; point < job_.points; ++point) {
      const double before = static_cast<double>(point) * per_point;
      const auto tell = [&](double done) {
        return options_.monitor ? options_.monitor({before + done, total}) : core::Control::go;
      };
      if (tell(0) == core::Control::stop) {
        done_.interrupted = true;
        return;
      }
      if (!one(point, options_.threads, [&](const core::Progress& p) { return tell(p.done); })) return;
    }
  }

  // False: interrupted.
  bool one(std::int64_t point, int threads, const core::Monitor& monitor) {
    std::optional<Scenario> scenario;
    {
      const std::lock_guard lock(mutex_);
      if (job_.more && !job_.more()) {
        done_.interrupted = true;
        return false;
      }
      scenario = job_.scenario(point);
      if (!scenario) {
        ++done_.skipped;
        return true;
      }
    }
    RunOptions options = options_;
    options.threads = threads;
    options.monitor = monitor;
    try {
      Result result = centre::run(*scenario, options);
      const std::lock_guard lock(mutex_);
      if (was_interrupted(result)) {
        done_.interrupted = true;
        return false;
      }
      job_.done(point, std::move(result));
      ++done_.run;
    } catch (const core::ModelError& error) {
      fail({point, error.what(), true});
    } catch (const core::InputError& error) {
      fail({point, error.what(), false});
    }
    return true;
  }

  void fail(PointFailure failure) {
    const std::lock_guard lock(mutex_);
    if (job_.failed) job_.failed(failure.point, failure);
    done_.failures.push_back(std::move(failure));
  }

  const PointsJob& job_;
  const RunOptions& options_;
  std::mutex mutex_;
  PointsDone done_;
};

} // namespace

PointsDone run_points(const PointsJob& job, const RunOptions& options) {
  check_options(options);
  return PointsRun(job, options).run();
}

} // namespace centresim::centre
