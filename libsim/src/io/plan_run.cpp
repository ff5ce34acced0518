// Running and gathering the points of a plan.
#include "centresim/core/error.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/plan.hpp"
#include "plan_records.hpp"
#include "records.hpp"
#include "tree_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace centresim::io {
namespace {

using centre::PointFailure;
using Clock = std::chrono::steady_clock;

void check(const PlanRun& how) {
  const auto refuse = [](const char* option, std::int64_t value, const std::string& rule) {
    throw core::InputError({core::Issue{"", 0, option, std::to_string(value), rule}});
  };
  if (how.of < 1) refuse("of", how.of, "must be at least 1");
  if (how.task < 0 || how.task >= how.of) refuse("task", how.task, fmt::format("must be from 0 to {}", how.of - 1));
}

std::string task_name(const PlanRun& how) {
  return how.of == 1 ? "points" : fmt::format("task-{}-of-{}", how.task, how.of);
}

class Runner {
 public:
  Runner(const Plan& plan, const PlanRun& how)
      : plan_(plan), how_(how), results_(plan), records_(plan.folder / kResultsFolder, task_name(how)) {
    const std::vector<std::size_t> all = plan.different();
    for (auto i = static_cast<std::size_t>(how.task); i < all.size(); i += static_cast<std::size_t>(how.of))
      mine_.push_back(all[i]);
  }

  centre::PointsDone run() {
    std::vector<PointFailure> before = drop_finished();
    const std::size_t finished = mine_.size() - left_.size() - before.size();
    centre::PointsDone done;
    if (!left_.empty()) {
      prepare();
      centre::RunOptions options;
      options.replications = plan_.replications;
      options.seed = static_cast<std::uint64_t>(plan_.seed);
      options.threads = how_.threads;
      options.monitor = how_.monitor;
      done = centre::run_points(job(), options);
    }
    done.skipped += static_cast<std::int64_t>(finished);
    for (PointFailure& failure : done.failures) failure.point = number(failure.point);
    done.failures.insert(done.failures.end(), before.begin(), before.end());
    std::ranges::sort(done.failures, {}, &PointFailure::point);
    if (done.interrupted && how_.stopped_by) leave_mark(done);
    records_.flush();
    return done;
  }

 private:
  [[nodiscard]] const PlanPoint& point(std::int64_t i) const {
    return plan_.points[left_[static_cast<std::size_t>(i)]];
  }
  [[nodiscard]] std::int64_t number(std::int64_t i) const {
    return static_cast<std::int64_t>(left_[static_cast<std::size_t>(i)]);
  }

  // What is left to do; failures of before are given back.
  std::vector<PointFailure> drop_finished() {
    std::vector<PointFailure> failures;
    std::string why;
    for (const std::size_t i : mine_) {
      if (results_.is_whole(plan_.points[i], why)) continue;
      if (!why.empty() && how_.message) how_.message(fmt::format("point {}: its result {}: it is run again", i, why));
      std::optional<PointFailure> failure = how_.retry ? std::nullopt : results_.failure(plan_.points[i]);
      if (failure) {
        failure->point = static_cast<std::int64_t>(i);
        failures.push_back(std::move(*failure));
      } else {
        left_.push_back(i);
      }
    }
    return failures;
  }

  // A disk that takes nothing is told before anything runs.
  void prepare() {
    const std::filesystem::path folder = plan_.folder / kResultsFolder;
    std::error_code error;
    std::filesystem::create_directory(folder, error); // where it is missing, check_writable tells
    check_writable(folder / (task_name(how_) + kRecordEnding));
    scenarios_.emplace(plan_);
  }

  centre::PointsJob job() {
    centre::PointsJob job;
    job.points = static_cast<std::int64_t>(left_.size());
    job.scenario = [this](std::int64_t i) -> std::optional<centre::Scenario> {
      if (is_done_meanwhile(point(i))) return std::nullopt;
      return scenarios_->make(point(i));
    };
    job.done = [this](std::int64_t i, centre::Result&& result) {
      const std::string* model = nullptr;
      for (const auto& [name, value] : result.tree.at("").attributes)
        if (name == "model_version") model = std::get_if<std::string>(&value);
      records_.append(make_record(RecordKind::result, point(i).hash,
                                  about_text(plan_.seed, plan_.replications, model ? *model : ""),
                                  tree_to_bytes(result.tree)));
    };
    job.failed = [this](std::int64_t i, const PointFailure& failure) {
      if (!failure.model) return; // what ails the call or the machine is no trait of the point
      records_.append(make_record(RecordKind::failure, point(i).hash,
                                  about_text(plan_.seed, plan_.replications, failed_model(i)), failure.reason));
    };
    job.more = how_.more;
    return job;
  }

  std::string failed_model(std::int64_t i) { return centre::model_version(scenarios_->make(point(i))); }

  // Processes without shares of their own meet in one folder; the disk is asked now and then. Shares are disjoint: what
  // a second attempt at the same one has done meanwhile is at worst done twice.
  bool is_done_meanwhile(const PlanPoint& point) {
    if (how_.of == 1 && Clock::now() - asked_ > std::chrono::seconds(2)) {
      results_.refresh();
      asked_ = Clock::now();
    }
    std::string why;
    return results_.has(point) && results_.is_whole(point, why);
  }

  void leave_mark(const centre::PointsDone& done) {
    const std::string text =
        fmt::format("{}: {} of {} points were finished by it", how_.stopped_by(), done.run, left_.size());
    records_.append(make_record(RecordKind::stopped, std::string(kRecordKey, ' '), "", text));
  }

  const Plan& plan_;
  const PlanRun& how_;
  PlanResults results_;
  RecordWriter records_;
  std::optional<PlanScenarios> scenarios_;
  std::vector<std::size_t> mine_, left_; // numbers of points
  Clock::time_point asked_ = Clock::now();
};

} // namespace

centre::PointsDone run_plan(const Plan& plan, const PlanRun& how) {
  check(how);
  return Runner(plan, how).run();
}

Collected collect(const Plan& plan, const core::StopQuestion& stop) {
  std::vector<std::string> columns{kPointNumber};
  columns.insert(columns.end(), plan.paths.begin(), plan.paths.end());
  SweepTable table(plan.scenario, plan.replications, plan.seed, columns, plan.design);
  const PlanResults results(plan);
  Collected collected;
  std::string why;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    core::stop_if(stop);
    const auto result = results.read(plan.points[i], why);
    if (!result) continue;
    centre::Overrides values{{kPointNumber, static_cast<std::int64_t>(i)}};
    values.insert(values.end(), plan.points[i].values.begin(), plan.points[i].values.end());
    table.add(values, *result);
    collected.points.push_back(i);
  }
  collected.tree = table.finish();
  return collected;
}

} // namespace centresim::io
