// The choices that values of a fab offer, with their names and meanings.
#pragma once
#include "centresim/fab/values.hpp"
#include "centresim/schema/describe.hpp"

namespace centresim::schema {

template <> struct Choices<fab::FailureClock> {
  static constexpr const char* name = "FailureClock";
  static constexpr Choice<fab::FailureClock> list[] = {
      {fab::FailureClock::calendar, "calendar", "Fails after so much calendar time, busy or idle."},
      {fab::FailureClock::busy, "busy", "Fails only while it works: the clock stands still otherwise."},
  };
};

template <> struct Choices<fab::Stagger> {
  static constexpr const char* name = "Stagger";
  static constexpr Choice<fab::Stagger> list[] = {
      {fab::Stagger::by_count, "by_count", "The first maintenance of tool k of N comes after k/N of `first`."},
      {fab::Stagger::by_name, "by_name",
       "The first maintenance comes after a share of `first` that depends on the tool's name, not on the number of "
       "tools."},
      {fab::Stagger::none, "none", "All tools of the group have their first maintenance at the same time."},
  };
};

template <> struct Choices<fab::ProcessUnit> {
  static constexpr const char* name = "ProcessUnit";
  static constexpr Choice<fab::ProcessUnit> list[] = {
      {fab::ProcessUnit::lot, "lot", "The process time is for a lot, whatever its size."},
      {fab::ProcessUnit::wafer, "wafer", "The process time is for each wafer, one after the other."},
      {fab::ProcessUnit::batch, "batch", "The process time is for a batch of lots that run together."},
  };
};

template <> struct Choices<fab::SetupWhen> {
  static constexpr const char* name = "SetupWhen";
  static constexpr Choice<fab::SetupWhen> list[] = {
      {fab::SetupWhen::need, "need", "Set up only when the tool has another setup."},
      {fab::SetupWhen::always, "always", "Set up before every lot."},
  };
};

template <> struct Choices<fab::BatchMix> {
  static constexpr const char* name = "BatchMix";
  static constexpr Choice<fab::BatchMix> list[] = {
      {fab::BatchMix::route_step, "route_step", "Lots at the same step of the same route share a batch."},
      {fab::BatchMix::family_step, "family_step",
       "Lots of one product family at steps of the same name share a batch."},
      {fab::BatchMix::recipe, "recipe",
       "Lots at steps of the same `batch_recipe` share a batch, whatever their route."},
  };
};

template <> struct Choices<fab::BatchChoice> {
  static constexpr const char* name = "BatchChoice";
  static constexpr Choice<fab::BatchChoice> list[] = {
      {fab::BatchChoice::rank, "rank", "The batch of the lot that ranks first among those that can start."},
      {fab::BatchChoice::fullest, "fullest", "The batch that fills the most of its largest size."},
      {fab::BatchChoice::most_urgent, "most_urgent",
       "The batch with the lot of the highest priority; of equal ones the fullest."},
  };
};

template <> struct Choices<fab::QueueTimeAction> {
  static constexpr const char* name = "QueueTimeAction";
  static constexpr Choice<fab::QueueTimeAction> list[] = {
      {fab::QueueTimeAction::record, "record", "Nothing: the violation is counted."},
      {fab::QueueTimeAction::scrap, "scrap", "The lot is scrapped."},
      {fab::QueueTimeAction::rework, "rework", "The lot goes back to `queue_time_rework_to`."},
      {fab::QueueTimeAction::hold, "hold",
       "The lot is on hold for `queue_time_hold` (engineering disposition), then waits on without a limit."},
  };
};

template <> struct Choices<fab::ToolChoice> {
  static constexpr const char* name = "ToolChoice";
  static constexpr Choice<fab::ToolChoice> list[] = {
      {fab::ToolChoice::longest_idle, "longest_idle", "An arriving lot takes the tool that has been free the longest."},
      {fab::ToolChoice::least_setup_time, "least_setup_time",
       "An arriving lot takes the free tool with the shortest setup for it."},
  };
};

template <> struct Choices<fab::NextJob> {
  static constexpr const char* name = "NextJob";
  static constexpr Choice<fab::NextJob> list[] = {
      {fab::NextJob::at_once, "at_once", "As soon as it has started the first; the lot then waits inside."},
      {fab::NextJob::just_in_time, "just_in_time",
       "So early that it is loaded, and set up where the group has setups, when the first position becomes free. Of "
       "the "
       "free tools, those that are inside their first job come first."},
  };
};

template <> struct Choices<fab::Rank> {
  static constexpr const char* name = "Rank";
  static constexpr Choice<fab::Rank> list[] = {
      {fab::Rank::priority, "priority", "Higher lot priority first."},
      {fab::Rank::setup_time, "setup_time", "Shorter setup on this tool first (times of changes of setup only)."},
      {fab::Rank::fifo, "fifo", "First in, first out: earlier arrival in this queue first."},
      {fab::Rank::due_date, "due_date", "Earliest due date first (EDD)."},
      {fab::Rank::critical_ratio, "critical_ratio", "Smaller (due - now) / remaining work first (CR)."},
      {fab::Rank::slack, "slack", "Smaller due - now - remaining work first."},
      {fab::Rank::shortest_time, "shortest_time", "Shorter expected step time first (SPT)."},
      {fab::Rank::least_work_next, "least_work_next", "Less work queued per tool at the lot's next tool group first."},
      {fab::Rank::queue_time_ratio, "queue_time_ratio",
       "Smaller time left in the queue-time window / work left in it first (QTCR); lots without an open window last."},
      {fab::Rank::queue_time_due, "queue_time_due",
       "Earlier due date of the step within the queue-time window first, the limit spread over the steps by their "
       "`flow_factor` (QTS); lots without an open window last."},
  };
};

} // namespace centresim::schema
