// The values of the chip-design floor described once: names, units, ranges and meanings for files, JSON Schema, paths,
// Python and docs. The order of the fields is the order of positional arguments in Python.
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

template <> struct Choices<design::Acquire> {
  static constexpr const char* name = "Acquire";
  static constexpr Choice<design::Acquire> list[] = {
      {design::Acquire::reserved, "reserved", "The scheduler counts tokens: a job waits for them without a core."},
      {design::Acquire::queue, "queue",
       "The tool queues at the licence server: the job waits on its cores, which it wastes."},
      {design::Acquire::requeue, "requeue",
       "The tool fails where there is no token: the job ends and is held back for a while."},
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

template <> struct Choices<design::TraceFormat> {
  static constexpr const char* name = "TraceFormat";
  static constexpr Choice<design::TraceFormat> list[] = {
      {design::TraceFormat::swf, "swf", "Standard Workload Format of the Parallel Workloads Archive."},
      {design::TraceFormat::csv, "csv", "A table with the columns of a job."},
  };
};

template <> struct Desc<design::NodeClass> {
  static constexpr const char* name = "NodeClass";
  static constexpr const char* doc = "Identical nodes of the compute farm.";
  static auto fields() {
    using design::NodeClass;
    return std::make_tuple(
        field("name", &NodeClass::name, "Name of the class; nodes are numbered within it.").nonempty(),
        field("nodes", &NodeClass::nodes, "Number of nodes.").optional().unit("nodes").range(1, 200'000),
        field("cores", &NodeClass::cores, "Cores of a node.").optional().unit("cores").range(1, 10'000'000),
        field("memory", &NodeClass::memory, "Memory of a node; default: as much as anybody asks for.")
            .unit("GB")
            .more_than(0)
            .at_most(1e9),
        field("scratch", &NodeClass::scratch, "Local disk of a node; default: as much as anybody asks for.")
            .unit("GB")
            .more_than(0)
            .at_most(1e9),
        field("speed", &NodeClass::speed, "Speed; run times are divided by it.").optional().unit("1").range(0.01, 100),
        field("mttf", &NodeClass::mttf,
              "Time to failure of a node; a plain time is the mean (MTTF) of an exponential law.")
            .unit("d")
            .bare_exponential(),
        field("mttr", &NodeClass::mttr,
              "Time to repair of a node; a plain time is the mean (MTTR) of an exponential law.")
            .unit("h")
            .bare_exponential(),
        field("idle_power", &NodeClass::idle_power, "Power of a node with no core in use.")
            .optional()
            .unit("W")
            .range(0, 1e6),
        field("busy_power", &NodeClass::busy_power, "Power of a node with all cores in use.")
            .optional()
            .unit("W")
            .range(0, 1e6),
        field("cost", &NodeClass::cost, "Cost of an hour of a core.").optional().unit("money/h").range(0, 1e6));
  }
};

template <> struct Desc<design::Drain> {
  static constexpr const char* name = "Drain";
  static constexpr const char* doc = "Nodes out of service by plan: jobs that run there end first, no new ones start.";
  static auto fields() {
    using design::Drain;
    return std::make_tuple(field("name", &Drain::name, "Name of the drain.").nonempty(),
                           field("node_class", &Drain::node_class, "The nodes.").nonempty(),
                           field("start", &Drain::start, "When no new jobs start.").optional().unit("d"),
                           field("duration", &Drain::duration, "How long.").unit("h").more_than(0),
                           field("every", &Drain::every, "From start to start; default: once.").unit("d").more_than(0),
                           field("nodes", &Drain::nodes, "How many nodes of the class, the last ones; default: all.")
                               .unit("nodes")
                               .range(1, 200'000));
  }
};

template <> struct Desc<design::Feature> {
  static constexpr const char* name = "Feature";
  static constexpr const char* doc = "A licence feature: a pool of tokens.";
  static auto fields() {
    using design::Feature;
    return std::make_tuple(
        field("name", &Feature::name, "Name of the feature.").nonempty(),
        field("vendor", &Feature::vendor, "Vendor, for reports.").optional(),
        field("tokens", &Feature::tokens, "Tokens of the pool.").optional().unit("tokens").range(1, 10'000'000),
        field("acquire", &Feature::acquire, "How jobs come by tokens.").optional(),
        field("minimum_hold", &Feature::minimum_hold, "Shortest time from check-out to return.").optional().unit("min"),
        field("linger", &Feature::linger, "Time for which a returned token stays taken.").optional().unit("min"),
        field("first_try", &Feature::first_try, "acquire = requeue: time from the start of a job to its check-out.")
            .optional()
            .unit("s"),
        field("back_off", &Feature::back_off,
              "acquire = requeue: how long a job is held back after its first denial; doubles with every further one.")
            .optional()
            .unit("s")
            .more_than(0),
        field("back_off_max", &Feature::back_off_max, "acquire = requeue: the longest it is held back.")
            .optional()
            .unit("s")
            .more_than(0),
        field("users", &Feature::users,
              "Users outside the scheduler, who take a token where one is free and are denied otherwise.")
            .optional()
            .unit("users")
            .range(0, 100'000),
        field("think", &Feature::think,
              "Time of such a user between two uses; a plain time is the mean of an exponential law.")
            .unit("min")
            .bare_exponential(),
        field("hold", &Feature::hold,
              "Time for which such a user keeps a token; a plain time is the mean of an exponential law.")
            .unit("min")
            .bare_exponential(),
        field("cost", &Feature::cost, "Cost of a token for a year.").optional().unit("money/token-year").range(0, 1e9));
  }
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

template <> struct Desc<design::Profile> {
  static constexpr const char* name = "Profile";
  static constexpr const char* doc = "Rates of arrival by hour, relative to one another.";
  static auto fields() {
    using design::Profile;
    return std::make_tuple(
        field("name", &Profile::name, "Name of the profile.").nonempty(),
        field("rates", &Profile::rates, "24 rates for the hours of a day, or 168 from Monday 00:00 on.")
            .unit("1")
            .range(0, 1e9)
            .nonempty());
  }
};

template <> struct Desc<design::JobStream> {
  static constexpr const char* name = "JobStream";
  static constexpr const char* doc = "Jobs that arrive at random.";
  static auto fields() {
    using design::JobStream;
    return std::make_tuple(
        field("name", &JobStream::name, "Name of the stream; random draws are keyed by it.").nonempty(),
        field("every", &JobStream::every, "Time between arrivals, on the average over the profile.").unit("min"),
        field("profile", &JobStream::profile, "Profile of the arrival rate; default: constant.").optional(),
        field("jobs", &JobStream::jobs, "Jobs of one arrival (a job array).").optional().unit("jobs").number_law(),
        field("start", &JobStream::start, "Time from which jobs arrive.").optional().unit("d"),
        field("until", &JobStream::until, "Time from which no more jobs arrive; default: the horizon.")
            .unit("d")
            .more_than(0),
        field("run", &JobStream::run, "Run time on a node of speed 1.").unit("min"),
        field("run_max", &JobStream::run_max, "Longer run times are cut to this.").unit("h").more_than(0),
        field("cores", &JobStream::cores, "Cores of a job.").optional().unit("cores").number_law(),
        field("memory", &JobStream::memory, "Peak memory of a job.").optional().unit("GB").number_law(),
        field("memory_request", &JobStream::memory_request, "Memory requested, as a multiple of the peak.")
            .optional()
            .unit("1")
            .number_law(),
        field("request", &JobStream::request, "Run time requested, as a multiple of the run time.")
            .optional()
            .unit("1")
            .number_law(),
        field("scratch", &JobStream::scratch, "Local disk of a job.").optional().unit("GB").range(0, 1e9),
        field("tokens", &JobStream::tokens, "Licence tokens: \"vcs\", \"vcs:2\", \"vcs:1+1/8\" (one more per 8 cores).")
            .optional(),
        field("users", &JobStream::users, "Users who submit, each as likely as the other.")
            .optional()
            .unit("users")
            .range(1, 100'000),
        field("project", &JobStream::project, "Project or account of the jobs.").optional(),
        field("step", &JobStream::step, "Step of the flow, for predictions; default: the name.").optional(),
        field("kind", &JobStream::kind, "Kind of job, for reports; default: the name.").optional(),
        field("priority", &JobStream::priority, "Larger is more important.").optional().range(-1e6, 1e6),
        field("due", &JobStream::due, "Due date, after the submission.").unit("d"),
        field("preemptible", &JobStream::preemptible, "Whether the jobs may be preempted.").optional());
  }
};

template <> struct Desc<design::Job> {
  static constexpr const char* name = "Job";
  static constexpr const char* doc = "A job named one by one.";
  static auto fields() {
    using design::Job;
    return std::make_tuple(
        field("name", &Job::name, "Name of the job.").nonempty(),
        field("submit", &Job::submit, "When it is submitted.").optional().unit("s"),
        field("run", &Job::run, "Run time on a node of speed 1.").unit("s"),
        field("cores", &Job::cores, "Cores of a rank.").optional().unit("cores").range(1, 10'000'000),
        field("ranks", &Job::ranks, "Ranks, which start together and each fit a node (a gang).")
            .optional()
            .unit("ranks")
            .range(1, 100'000),
        field("memory", &Job::memory, "Memory of a rank that is requested; default: none.").unit("GB").range(0, 1e9),
        field("peak_memory", &Job::peak_memory, "Memory of a rank that is needed; default: as requested.")
            .unit("GB")
            .range(0, 1e9),
        field("scratch", &Job::scratch, "Local disk of a rank.").optional().unit("GB").range(0, 1e9),
        field("tokens", &Job::tokens, "Licence tokens: \"vcs\", \"vcs:2\", \"vcs:1+1/8\" (one more per 8 cores).")
            .optional(),
        field("request", &Job::request, "Run time that is requested (wall-time limit); default: the run time.")
            .unit("s"),
        field("user", &Job::user, "User, for predictions and fairshare.").optional(),
        field("project", &Job::project, "Project or account.").optional(),
        field("step", &Job::step, "Step of the flow, for predictions.").optional(),
        field("kind", &Job::kind, "Kind of job, for reports.").optional(),
        field("priority", &Job::priority, "Larger is more important.").optional().range(-1e6, 1e6),
        field("due", &Job::due, "Due date, from time 0.").unit("d").any_sign(),
        field("preemptible", &Job::preemptible, "Whether it may be preempted.").optional());
  }
};

template <> struct Desc<design::Trace> {
  static constexpr const char* name = "Trace";
  static constexpr const char* doc = "Jobs of a file that is read while it is simulated.";
  static auto fields() {
    using design::Trace;
    return std::make_tuple(
        field("file", &Trace::file,
              "The file; relative to the file of the scenario. Names that end in .gz are unpacked.")
            .nonempty(),
        field("format", &Trace::format, "Format of the file.").optional(),
        field("sha256", &Trace::sha256, "SHA-256 of the file; a run refuses another one.")
            .optional()
            .pattern("^([0-9a-f]{64})?$"),
        field("gang", &Trace::gang, "Every processor is a rank of its own, which may lie on any node.").optional(),
        field("kind", &Trace::kind, "Kind of the jobs that name none, for reports.").optional());
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
        field("memory", &Policy::memory, "Jobs that outgrow their request.").optional());
  }
};

template <> struct Desc<design::Floor> {
  static constexpr const char* name = "Floor";
  static constexpr const char* doc = "The chip-design floor: its compute farm, licences and jobs.";
  static auto fields() {
    using design::Floor;
    return std::make_tuple(
        field("node_classes", &Floor::node_classes, "The nodes of the farm.").nonempty(),
        field("jobs", &Floor::jobs, "Jobs named one by one.").optional(),
        field("streams", &Floor::streams, "Jobs that arrive at random.").optional(),
        field("features", &Floor::features, "Licence features.").optional(),
        field("policy", &Floor::policy, "How the scheduler chooses.").optional(),
        field("trace", &Floor::trace, "Jobs of a file."),
        field("profiles", &Floor::profiles, "Rates of arrival by hour of the week.").optional(),
        field("drains", &Floor::drains, "Nodes out of service by plan.").optional(),
        field("accounts", &Floor::accounts, "The fairshare tree.").optional(),
        field("waiting_cost", &Floor::waiting_cost, "Cost of an hour for which a job waits for a licence.")
            .optional()
            .unit("money/h")
            .range(0, 1e9),
        field("load_factor", &Floor::load_factor,
              "Divides the times between arrivals of the streams: 1.1 is 10 % more jobs.")
            .optional()
            .unit("1")
            .more_than(0)
            .at_most(1e6),
        field("max_queue", &Floor::max_queue, "More jobs in the farm end the run with an error.")
            .optional()
            .unit("jobs")
            .range(1, 1e8));
  }
};

} // namespace centresim::schema
