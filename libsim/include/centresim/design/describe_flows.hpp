// The people of a design floor and their flows described (see describe.hpp).
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/design/flow_values.hpp"
#include "centresim/schema/describe.hpp"

#include <tuple>

namespace centresim::schema {

template <> struct Choices<design::TaskType> {
  static constexpr const char* name = "TaskType";
  static constexpr Choice<design::TaskType> list[] = {
      {design::TaskType::human, "human", "Engineers work at it."},
      {design::TaskType::compute, "compute", "Jobs of the compute farm; done with the last of them."},
      {design::TaskType::mixed, "mixed", "An engineer launches jobs, and analyses what they give."},
      {design::TaskType::gate, "gate", "Passed, or work goes back."},
      {design::TaskType::external, "external", "Somebody else's: packaging, shipping, customs."},
      {design::TaskType::blocks, "blocks", "The flows of all blocks of the project."},
      {design::TaskType::shuttle, "shuttle", "A seat on a shuttle: its cut-off, and the fab."},
      {design::TaskType::silicon, "silicon", "The chip is tried: it works, or work goes back for a respin."},
  };
};

template <> struct Choices<design::Threads> {
  static constexpr const char* name = "Threads";
  static constexpr Choice<design::Threads> list[] = {
      {design::Threads::fixed, "fixed", "As many as `threads`."},
      {design::Threads::min_finish, "min_finish", "As many, up to `threads`, as make the run shortest."},
      {design::Threads::efficiency, "efficiency",
       "The most, up to `threads`, of which each does at least `efficiency` of the work of a single one."},
      {design::Threads::token_cost, "token_cost",
       "As many, up to `threads`, as make cores and licence tokens of a run cheapest."},
  };
};

template <> struct Desc<design::Skill> {
  static constexpr const char* name = "Skill";
  static constexpr const char* doc = "Something that the engineers of a team can do.";
  static auto fields() {
    using design::Skill;
    return std::make_tuple(field("name", &Skill::name, "Name of the skill: rtl, dv, pd, ..."),
                           field("level", &Skill::level, "Work that an hour does, against an engineer of level 1.")
                               .optional()
                               .unit("1")
                               .more_than(0)
                               .at_most(100));
  }
};

template <> struct Desc<design::Team> {
  static constexpr const char* name = "Team";
  static constexpr const char* doc = "Engineers of one place with the same skills and hours.";
  static auto fields() {
    using design::Team;
    return std::make_tuple(
        field("name", &Team::name, "Name of the team; its engineers are numbered within it."),
        field("engineers", &Team::engineers, "Engineers.").optional().unit("engineers").range(1, 10'000),
        field("skills", &Team::skills, "What they can do.").nonempty(),
        field("calendar", &Team::calendar, "When they work; default: the only calendar.").optional(),
        field("site", &Team::site, "Where they work; hand-overs count between sites.").optional(),
        field("cost", &Team::cost, "Cost of an hour of presence.").optional().unit("money/h").range(0, 1e6),
        field("presence", &Team::presence, "Share of the half-days on which each is present (FTE).")
            .optional()
            .unit("1")
            .more_than(0)
            .at_most(1),
        field("learning", &Team::learning,
              "Time constant of learning: productivity is 1 - (1 - novice) e^(-t/learning). Default: no learning.")
            .unit("d")
            .more_than(0),
        field("novice", &Team::novice, "Productivity of a newcomer.").optional().unit("1").more_than(0).at_most(1),
        field("experience", &Team::experience, "What the engineers of the first day have behind them.")
            .optional()
            .unit("d"),
        field("stay", &Team::stay,
              "Time until an engineer leaves; a plain time is the mean of an exponential law. Default: never.")
            .unit("d")
            .bare_exponential(),
        field("replacement", &Team::replacement, "Time until a newcomer takes the place of who left.")
            .optional()
            .unit("d"),
        field("overtime", &Team::overtime,
              "How much longer who is at work stays on a day for a project that is late for a tape-out.")
            .optional()
            .unit("h")
            .at_most(12),
        field("overtime_cost", &Team::overtime_cost, "Cost of an hour of overtime, as a multiple of `cost`.")
            .optional()
            .unit("1")
            .range(0, 100),
        field("round_trip", &Team::round_trip,
              "Round-trip time to the machines whose desktops they work on: productivity is 1 / (1 + (round_trip / "
              "round_trip_half)^2) of what it is beside them, but not less than least_productivity.")
            .optional()
            .unit("ms"));
  }
};

template <> struct Desc<design::Staffing> {
  static constexpr const char* name = "Staffing";
  static constexpr const char* doc = "How engineers are given to projects, half-day by half-day.";
  static auto fields() {
    using design::Staffing;
    return std::make_tuple(
        field("at_once", &Staffing::at_once,
              "An engineer without work takes up what becomes ready within a half-day, whichever project it is of.")
            .optional(),
        field("switching_loss", &Staffing::switching_loss,
              "Productivity lost with every further project on which an engineer worked within ten half-days.")
            .optional()
            .unit("1")
            .range(0, 1),
        field("least_productivity", &Staffing::least_productivity, "No engineer does less than this.")
            .optional()
            .unit("1")
            .more_than(0)
            .at_most(1),
        field("handover", &Staffing::handover, "Work to take over a task that another site has begun.")
            .optional()
            .unit("h"),
        field("round_trip_half", &Staffing::round_trip_half,
              "Round-trip time at which work on a remote desktop takes twice as long: unverified, vary it.")
            .optional()
            .unit("ms")
            .more_than(0));
  }
};

template <> struct Desc<design::Stage> {
  static constexpr const char* name = "Stage";
  static constexpr const char* doc =
      "Run time and memory of a tool: run (cells / 100,000)^run_exponent g(n) / g(reference_threads), "
      "g(n) = serial + parallel / n + overhead n, both lognormal about their medians.";
  static auto fields() {
    using design::Stage;
    return std::make_tuple(
        field("name", &Stage::name, "Name of the stage."),
        field("run", &Stage::run, "Median run time at 100,000 cells.").unit("s").more_than(0),
        field("run_exponent", &Stage::run_exponent, "Growth of the run time with cells.")
            .optional()
            .unit("1")
            .range(0, 3),
        field("run_spread", &Stage::run_spread, "Standard deviation of the logarithm of the run time.")
            .optional()
            .unit("1")
            .range(0, 3),
        field("memory", &Stage::memory, "Median peak memory at 100,000 cells.").optional().unit("GB").range(0, 1e6),
        field("memory_exponent", &Stage::memory_exponent, "Growth of the memory with cells.")
            .optional()
            .unit("1")
            .range(0, 3),
        field("memory_spread", &Stage::memory_spread, "Standard deviation of the logarithm of the memory.")
            .optional()
            .unit("1")
            .range(0, 3),
        field("serial", &Stage::serial, "Part that threads do not shorten.").optional().unit("1").range(0, 1e6),
        field("parallel", &Stage::parallel, "Part that n threads shorten n times.").optional().unit("1").range(0, 1e6),
        field("overhead", &Stage::overhead, "What every thread adds.").optional().unit("1").range(0, 1e6),
        field("reference_threads", &Stage::reference_threads, "Threads with which `run` was measured.")
            .optional()
            .unit("threads")
            .range(1, 4096));
  }
};

template <> struct Desc<design::Return> {
  static constexpr const char* name = "Return";
  static constexpr const char* doc =
      "A task to which work goes back: it and all between it and the gate is done again.";
  static std::string element_name(const Node& node) {
    const Node* found = node.find("to");
    return found && found->text() ? *found->text() : std::string();
  }
  static auto fields() {
    using design::Return;
    return std::make_tuple(
        field("to", &Return::to, "Task of the flow; from a chip's flow \"FLOW/TASK\" is that task of all such blocks.")
            .nonempty(),
        field("weight", &Return::weight, "How often, relative to the other returns.")
            .optional()
            .unit("1")
            .range(0, 1e9));
  }
};

template <> struct Desc<design::Task> {
  static constexpr const char* name = "Task";
  static constexpr const char* doc = "One task of a flow.";
  static auto fields() {
    using design::Task;
    return std::make_tuple(
        field("name", &Task::name, "Name of the task; random draws are keyed by it."),
        field("type", &Task::type, "What kind of task it is.").optional(),
        field("after", &Task::after, "Tasks that must be done before.").optional(),
        field("skill", &Task::skill, "human, mixed: the skill that it needs.").optional(),
        field("effort", &Task::effort,
              "human, mixed: engineer-hours at 100,000 cells (a day here is 24 of them: write hours); mixed: of the "
              "analysis.")
            .optional()
            .unit("h"),
        field("effort_exponent", &Task::effort_exponent, "Growth of the effort with cells.")
            .optional()
            .unit("1")
            .range(0, 3),
        field("people", &Task::people, "Engineers who may work at it at the same time.")
            .optional()
            .unit("engineers")
            .range(1, 1000),
        field("launch", &Task::launch, "mixed: engineer-hours before the jobs are submitted.").optional().unit("h"),
        field("session", &Task::session, "Licence tokens that an engineer holds while working at it.").optional(),
        field("stage", &Task::stage, "compute, mixed: the law of its jobs' run time and memory.").optional(),
        field("run", &Task::run, "compute, mixed: run time of a job on a node of speed 1, in place of a stage.")
            .unit("min"),
        field("jobs", &Task::jobs, "Jobs of the array.").optional().unit("jobs").number_law(),
        field("threads", &Task::threads, "Cores of a job; with `choose` the most.")
            .optional()
            .unit("cores")
            .range(1, 4096),
        field("choose", &Task::choose, "How many threads a job of a stage gets.").optional(),
        field("efficiency", &Task::efficiency, "choose = efficiency: run(1) / (n run(n)) at least.")
            .optional()
            .unit("1")
            .more_than(0)
            .at_most(1),
        field("memory", &Task::memory, "Peak memory of a job, where no stage says it.")
            .optional()
            .unit("GB")
            .number_law(),
        field("memory_request", &Task::memory_request, "Memory requested, as a multiple of the peak.")
            .optional()
            .unit("1")
            .range(1, 100),
        field("request", &Task::request, "Run time requested, as a multiple of the run time.")
            .optional()
            .unit("1")
            .number_law(),
        field("tokens", &Task::tokens, "Licence tokens of a job: \"vcs\", \"vcs:2\", \"vcs:1+1/8\".").optional(),
        field("priority", &Task::priority, "Added to the priority of the project, for its jobs.")
            .optional()
            .range(-1e6, 1e6),
        field("every", &Task::every, "compute: again and again (nightly regressions), until `until` is done.")
            .unit("d")
            .more_than(0),
        field("until", &Task::until, "With `every`: the task with which it ends.").optional(),
        field("cycles", &Task::cycles, "Regression cycles that a job runs.").optional().unit("cycles").range(0, 1e15),
        field("pass", &Task::pass, "gate: probability of passing at the first try.").optional().unit("1").range(0, 1),
        field("improvement", &Task::improvement,
              "gate: the probability of failing is multiplied by it with every further try.")
            .optional()
            .unit("1")
            .range(0, 1),
        field("after_cycles", &Task::after_cycles, "gate: not before the project has run so many regression cycles.")
            .optional()
            .unit("cycles")
            .range(0, 1e15),
        field("returns", &Task::returns,
              "gate, silicon: where work goes back to; shuttle: when another provider takes over.")
            .optional(),
        field("rework", &Task::rework, "Effort and run time of what is done again, as a share of the first time.")
            .optional()
            .unit("1")
            .range(0, 10),
        field("max_tries", &Task::max_tries, "gate: waived after so many tries; silicon: given up after so many chips.")
            .optional()
            .unit("tries")
            .range(1, 1000),
        field("time", &Task::time, "external: how long it takes.").optional().unit("d"),
        field("cost", &Task::cost, "Cost of every time it is done.").optional().unit("money").range(0, 1e12),
        field("book_after", &Task::book_after,
              "shuttle: the task with whose end a seat is booked; default: when everything is ready.")
            .optional());
  }
};

template <> struct Desc<design::Flow> {
  static constexpr const char* name = "Flow";
  static constexpr const char* doc = "The tasks of a block or of a chip and their order.";
  static auto fields() {
    using design::Flow;
    return std::make_tuple(field("name", &Flow::name, "Name of the flow."),
                           field("tasks", &Flow::tasks, "Its tasks.").nonempty());
  }
};

} // namespace centresim::schema
