// The policies of the scheduler described (see describe.hpp).
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/design/values.hpp"
#include "centresim/schema/describe.hpp"

#include <string>
#include <tuple>

namespace centresim::schema {

template <> struct Choices<design::Order> {
  static constexpr const char* name = "Order";
  static constexpr Choice<design::Order> list[] = {
      {design::Order::fcfs, "fcfs", "First come, first served: earlier submission first."},
      {design::Order::sjf_request, "sjf_request", "Shortest job first, by the requested run time."},
      {design::Order::sjf_exact, "sjf_exact",
       "Shortest job first, by the true run time, which no real scheduler knows."},
      {design::Order::sjf_predicted, "sjf_predicted",
       "Shortest job first, by a prediction from earlier jobs of the same user and step."},
      {design::Order::ljf, "ljf", "Longest job first, by the requested run time."},
      {design::Order::priority, "priority",
       "Higher priority first; waiting adds to it (class_weight, age_weight, age_max)."},
      {design::Order::fairshare, "fairshare",
       "Accounts that used less than their share first (fairshare_weight and the weights of priority)."},
      {design::Order::due_date, "due_date", "Earliest due date first (EDD); jobs without one come last."},
      {design::Order::least_slack, "least_slack",
       "Least due date - now - requested run time first; jobs without a due date come last."},
  };
};

template <> struct Choices<design::Blocking> {
  static constexpr const char* name = "Blocking";
  static constexpr Choice<design::Blocking> list[] = {
      {design::Blocking::head, "head", "Jobs start in order; the first that does not fit holds up those behind it."},
      {design::Blocking::skip, "skip", "Jobs that do not fit are passed over."},
      {design::Blocking::shape, "shape",
       "Jobs of one shape (cores, ranks, memory class, tokens) start in order; shapes do not hold up one another."},
  };
};

template <> struct Choices<design::Fit> {
  static constexpr const char* name = "Fit";
  static constexpr Choice<design::Fit> list[] = {
      {design::Fit::first, "first", "The first node with enough of everything."},
      {design::Fit::best, "best", "The node that keeps the fewest free cores, then the least free memory."},
      {design::Fit::worst, "worst", "The node with the most free cores."},
      {design::Fit::mix, "mix",
       "The node whose free shares of cores and memory are most alike afterwards, then the fullest (mix-fit)."},
      {design::Fit::licence, "licence",
       "Jobs with tokens on the fastest nodes, jobs without on the slowest, then as best."},
      {design::Fit::max_jobs, "max_jobs", "Whichever of first, best, worst and mix starts most jobs now (max-jobs)."},
  };
};

template <> struct Choices<design::Backfill> {
  static constexpr const char* name = "Backfill";
  static constexpr Choice<design::Backfill> list[] = {
      {design::Backfill::none, "none", "Nothing passes the job that waits at the head."},
      {design::Backfill::easy, "easy", "EASY: what does not delay the head, by the requested run times, may pass it."},
      {design::Backfill::conservative, "conservative",
       "What delays nobody ahead of it may pass; everything is planned anew at every pass."},
      {design::Backfill::conservative_keep, "conservative_keep",
       "The same, but planned starts are kept from pass to pass and only move forward."},
  };
};

template <> struct Choices<design::Predictor> {
  static constexpr const char* name = "Predictor";
  static constexpr Choice<design::Predictor> list[] = {
      {design::Predictor::last, "last", "The run time of the last job."},
      {design::Predictor::average_two, "average_two", "The mean of the last two."},
      {design::Predictor::exponential, "exponential",
       "Exponential average: half the last, half what was predicted before."},
  };
};

template <> struct Choices<design::PreemptionKind> {
  static constexpr const char* name = "PreemptionKind";
  static constexpr Choice<design::PreemptionKind> list[] = {
      {design::PreemptionKind::none, "none", "Running jobs are left alone."},
      {design::PreemptionKind::kill, "kill", "The job ends and starts again from nothing."},
      {design::PreemptionKind::suspend, "suspend", "The job stays in the memory of its node and goes on there."},
      {design::PreemptionKind::checkpoint, "checkpoint", "The job goes back to its last periodic checkpoint."},
      {design::PreemptionKind::checkpoint_on_demand, "checkpoint_on_demand",
       "The job writes a checkpoint and frees its node when that is done."},
  };
};

template <> struct Choices<design::MemoryLimit> {
  static constexpr const char* name = "MemoryLimit";
  static constexpr Choice<design::MemoryLimit> list[] = {
      {design::MemoryLimit::none, "none", "Nobody watches what jobs really use."},
      {design::MemoryLimit::enforced, "enforced",
       "A job that grows beyond its request is killed and submitted again with a larger one."},
  };
};

template <> struct Choices<design::Routing> {
  static constexpr const char* name = "Routing";
  static constexpr Choice<design::Routing> list[] = {
      {design::Routing::home, "home", "Jobs run where they are submitted."},
      {design::Routing::local_first, "local_first",
       "At home, unless another site, by name, can start the job at once and home cannot."},
      {design::Routing::least_wait, "least_wait", "The site with the least estimated wait, staging of data included."},
      {design::Routing::cheapest, "cheapest", "The site where the job costs least."},
      {design::Routing::data, "data", "The site that has the data of the job."},
      {design::Routing::burst, "burst",
       "At home until the estimated wait exceeds burst_wait, then the cheapest other site (burst_cost)."},
  };
};

template <> struct Choices<design::CheckOut> {
  static constexpr const char* name = "CheckOut";
  static constexpr Choice<design::CheckOut> list[] = {
      {design::CheckOut::bundle, "bundle", "All tokens of a job at once or none."},
      {design::CheckOut::stepwise, "stepwise",
       "At the licence server feature by feature, keeping those it has: jobs can block one another for good."},
  };
};

template <> struct Desc<design::Account> {
  static constexpr const char* name = "Account";
  static constexpr const char* doc =
      "A node of the fairshare tree. Jobs are charged to the account of their project, or of their user.";
  static auto fields() {
    using design::Account;
    return std::make_tuple(
        field("name", &Account::name, "Name of the account.").nonempty(),
        field("parent", &Account::parent, "The account above; default: the root.").optional(),
        field("share", &Account::share, "Share among its siblings.").optional().unit("1").more_than(0).at_most(1e9),
        field("charged", &Account::charged, "Whether use counts (false: a no-charge queue).").optional());
  }
};

template <> struct Desc<design::Fairshare> {
  static constexpr const char* name = "Fairshare";
  static constexpr const char* doc = "How use is charged and forgotten.";
  static auto fields() {
    using design::Fairshare;
    return std::make_tuple(
        field("half_life", &Fairshare::half_life, "Time after which use counts half.")
            .optional()
            .unit("d")
            .more_than(0),
        field("core", &Fairshare::core, "Charge of a core.").optional().unit("1").range(0, 1e6),
        field("memory", &Fairshare::memory, "Charge of a GB.").optional().unit("1").range(0, 1e6),
        field("token", &Fairshare::token, "Charge of a licence token.").optional().unit("1").range(0, 1e6));
  }
};

template <> struct Desc<design::Preemption> {
  static constexpr const char* name = "Preemption";
  static constexpr const char* doc = "Whether running jobs make room for more important ones.";
  static auto fields() {
    using design::Preemption;
    return std::make_tuple(
        field("kind", &Preemption::kind, "What happens to the job that makes room.").optional(),
        field("licence_driven", &Preemption::licence_driven,
              "Whether jobs make room for a job that lacks tokens alone.")
            .optional(),
        field("min_run", &Preemption::min_run, "A job runs at least so long.").optional().unit("min"),
        field("max_preempt", &Preemption::max_preempt, "A job makes room at most so often.").optional().range(0, 1e6),
        field("keep_tokens", &Preemption::keep_tokens, "suspend: tokens stay with the suspended job.").optional(),
        field("migrate_after", &Preemption::migrate_after,
              "suspend: a job suspended for longer ends and starts anew elsewhere.")
            .unit("min")
            .more_than(0),
        field("every", &Preemption::every,
              "Checkpoints: progress from one to the next; default: none are written but on demand.")
            .unit("min")
            .more_than(0),
        field("write", &Preemption::write, "Checkpoints: time to write one.").optional().unit("min"),
        field("restart", &Preemption::restart, "Checkpoints: time to start from one.").optional().unit("min"));
  }
};

template <> struct Desc<design::Memory> {
  static constexpr const char* name = "Memory";
  static constexpr const char* doc = "Jobs that need more memory than they requested.";
  static auto fields() {
    using design::Memory;
    return std::make_tuple(field("limit", &Memory::limit, "Whether requests are enforced.").optional(),
                           field("ramp", &Memory::ramp,
                                 "Share of the run time after which memory is at its peak; it grows evenly until then.")
                               .optional()
                               .unit("1")
                               .more_than(0)
                               .at_most(1),
                           field("retry_factor", &Memory::retry_factor, "By what the request grows with every retry.")
                               .optional()
                               .unit("1")
                               .range(1, 100),
                           field("tries", &Memory::tries, "Retries at most.").optional().range(0, 100));
  }
};

template <> struct Desc<design::Policy> {
  static constexpr const char* name = "Policy";
  static constexpr const char* doc = "How the scheduler chooses.";
  static auto fields() {
    using design::Policy;
    return std::make_tuple(
        field("order", &Policy::order, "In which order jobs are looked at; ties: submission, then number.").optional(),
        field("blocking", &Policy::blocking, "What a job that does not fit means to those behind it.").optional(),
        field("backfill", &Policy::backfill, "Which jobs may pass one that waits at the head.").optional(),
        field("licence_aware", &Policy::licence_aware,
              "Backfill plans with tokens as with cores; false: it forgets them, as many schedulers do.")
            .optional(),
        field("depth", &Policy::depth, "Backfill looks at so many jobs behind the head; default: all.")
            .unit("jobs")
            .range(1, 1e9),
        field("fit", &Policy::fit, "Which node a job goes to.").optional(),
        field("kill_at_request", &Policy::kill_at_request, "Jobs end at their requested run time.").optional(),
        field("predictor", &Policy::predictor, "order = sjf_predicted: how run times are foretold.").optional(),
        field("age_weight", &Policy::age_weight, "Weight of waiting: grows to this until age_max.")
            .optional()
            .unit("1")
            .range(0, 1e9),
        field("class_weight", &Policy::class_weight, "Weight of the priority of the job.")
            .optional()
            .unit("1")
            .range(0, 1e9),
        field("fairshare_weight", &Policy::fairshare_weight, "order = fairshare: weight of the account.")
            .optional()
            .unit("1")
            .range(0, 1e9),
        field("age_max", &Policy::age_max, "Waiting beyond this adds nothing.").optional().unit("d").more_than(0),
        field("fairshare", &Policy::fairshare, "How use is charged and forgotten.").optional(),
        field("preemption", &Policy::preemption, "Whether running jobs make room.").optional(),
        field("memory", &Policy::memory, "Jobs that outgrow their request.").optional(),
        field("routing", &Policy::routing, "To which site a job goes when it is submitted.").optional(),
        field("burst_wait", &Policy::burst_wait, "routing = burst: the estimated wait at home beyond which jobs leave.")
            .optional()
            .unit("min"),
        field("burst_cost", &Policy::burst_cost, "routing = burst: the most that a job may cost elsewhere.")
            .unit("money")
            .range(0, 1e12),
        field("check_out", &Policy::check_out, "How jobs take tokens of several features at the licence server.")
            .optional());
  }
};

} // namespace centresim::schema
