#include "check_context.hpp"

#include "centresim/fab/expected.hpp"

namespace centresim::fab {
namespace {

class GroupCheck {
 public:
  GroupCheck(const CheckContext& context, std::size_t index)
      : context_(context), index_(index), group_(context.fab.tool_groups[index]) {}

  void run() {
    if (group_.tools < 1) add("tools", std::to_string(group_.tools), "a tool group needs at least one tool");
    if (group_.load.ticks < 0) add("load", span_text(static_cast<double>(group_.load.ticks)), "must not be negative");
    if (group_.unload.ticks < 0)
      add("unload", span_text(static_cast<double>(group_.unload.ticks)), "must not be negative");
    if (group_.next_job == NextJob::just_in_time && !group_.cascading)
      add("next_job", "just_in_time", "only cascading tools take a second job");
    if (group_.batch_mix && group_.cascading)
      add("cascading", "true", "a tool group cannot both process batches and cascade");
    if (group_.hot_lot_reservation && !group_.minimum_runs.empty())
      add("hot_lot_reservation", "true",
          "tools with minimum runs are not reserved for hot lots: choose one of the two");
    std::set<Rank> seen;
    for (const Rank r : group_.rank)
      if (!seen.insert(r).second) {
        add("rank", "", "names the same criterion twice");
        break;
      }
    check_batches();
    check_engineering();
    check_queue_time();
    check_breakdowns();
    check_maintenance();
    check_minimum_runs();
  }

 private:
  void add(std::string field, std::string value, std::string rule) {
    context_.faults.add({Part::tool_group, index_, 0, std::move(field), std::move(value), std::move(rule)});
  }
  void add(Part part, std::size_t inner, std::string field, std::string value, std::string rule) {
    context_.faults.add({part, index_, inner, std::move(field), std::move(value), std::move(rule)});
  }

  void check_batches() {
    const auto only = [&](const char* field, std::string value) {
      add(field, std::move(value), "only a tool group that processes batches (batch_mix) has it");
    };
    if (group_.batch_fill && !(*group_.batch_fill > 0 && *group_.batch_fill <= 1))
      add("batch_fill", number_text(*group_.batch_fill), "must be more than 0 and at most 1");
    if (group_.batch_look_ahead && group_.batch_look_ahead->ticks < 0)
      add("batch_look_ahead", span_text(static_cast<double>(group_.batch_look_ahead->ticks)), "must not be negative");
    if (group_.batch_mix) return;
    if (group_.batch_fill) only("batch_fill", number_text(*group_.batch_fill));
    if (group_.batch_choice != BatchChoice::rank) only("batch_choice", "");
    if (group_.batch_look_ahead) only("batch_look_ahead", "");
  }

  void check_engineering() {
    if (!group_.engineering) return;
    const EngineeringRule& rule = *group_.engineering;
    const auto fault = [&](const char* field, std::string value, std::string what) {
      add(Part::engineering, 0, field, std::move(value), std::move(what));
    };
    if (rule.kinds.empty()) fault("kinds", "", "names no lot kind");
    for (const std::string& kind : rule.kinds)
      if (!context_.kinds.contains(kind)) {
        NameIndex known;
        for (const std::string_view k : context_.kinds) known.emplace(k, 0);
        fault("kinds", kind, "no release and no lot is of that kind" + suggestion(kind, known));
      }
    const bool windows = rule.production_window || rule.engineering_window;
    if (windows == rule.campaign.has_value())
      fault("campaign", "", "needs either the two windows of turns by time, or the lots of a campaign");
    if (rule.production_window.has_value() != rule.engineering_window.has_value())
      fault(rule.production_window ? "engineering_window" : "production_window", "", "turns need both windows");
    for (const auto& [field, window] : {std::pair("production_window", &rule.production_window),
                                        std::pair("engineering_window", &rule.engineering_window)})
      if (*window && (*window)->ticks < 1)
        fault(field, span_text(static_cast<double>((*window)->ticks)), "must be more than 0");
    if (rule.campaign && *rule.campaign < 1)
      fault("campaign", std::to_string(*rule.campaign), "must be at least 1 lot");
  }

  void check_queue_time() {
    for (const auto& [field, lots] : {std::pair("queue_time_front", &group_.queue_time_front),
                                      std::pair("queue_time_lots", &group_.queue_time_lots)}) {
      if (!*lots) continue;
      if (**lots < 1) add(field, std::to_string(**lots), "must be at least 1 lot");
      if (!context_.within_windows.contains(group_.name))
        add(field, std::to_string(**lots), "no queue-time window leads to this tool group");
    }
  }

  void check_breakdowns() {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < group_.breakdowns.size(); i++) {
      const Breakdown& b = group_.breakdowns[i];
      if (!names.insert(b.name).second)
        add(Part::breakdown, i, "name", b.name, "this tool group has a breakdown of that name already");
      if (!(b.mttf.mean() >= 1))
        add(Part::breakdown, i, "mttf", span_text(b.mttf.mean()), "the mean time to failure must be more than 0");
    }
  }

  void check_maintenance() {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < group_.maintenance.size(); i++) {
      const Maintenance& m = group_.maintenance[i];
      const auto fault = [&](const char* field, std::string value, const char* rule) {
        add(Part::maintenance, i, field, std::move(value), rule);
      };
      if (!names.insert(m.name).second) fault("name", m.name, "this tool group has a maintenance of that name already");
      if (m.every.has_value() == m.every_wafers.has_value())
        fault("every", "", "maintenance needs exactly one of a calendar interval and a number of wafers");
      if (m.every && m.every->ticks < 1) fault("every", span_text(double(m.every->ticks)), "must be more than 0");
      if (m.every_wafers && *m.every_wafers < 1)
        fault("every_wafers", std::to_string(*m.every_wafers), "must be at least 1 wafer");
      if (m.first && !m.every) fault("first", "", "the time of the first maintenance needs a calendar interval");
      if (m.first && m.first->ticks < 0) fault("first", span_text(double(m.first->ticks)), "must not be negative");
      if (m.first_wafers && !m.every_wafers)
        fault("first_wafers", "", "the wafers to the first maintenance need maintenance by wafers");
      if (m.first_wafers && *m.first_wafers < 1)
        fault("first_wafers", std::to_string(*m.first_wafers), "must be at least 1 wafer");
    }
  }

  void check_minimum_runs() {
    std::set<std::string_view> setups, used;
    if (!group_.minimum_runs.empty())
      for (const Route& r : context_.fab.routes)
        for (const Step& s : r.steps)
          if (s.tool_group == group_.name && !s.setup.empty()) used.insert(s.setup);
    NameIndex known;
    for (const std::string_view s : used) known.emplace(s, 0);
    for (std::size_t i = 0; i < group_.minimum_runs.size(); i++) {
      const MinimumRun& m = group_.minimum_runs[i];
      if (!setups.insert(m.setup).second)
        add(Part::minimum_run, i, "setup", m.setup, "this tool group has a minimum run of that setup already");
      if (m.lots < 1) add(Part::minimum_run, i, "lots", std::to_string(m.lots), "must be at least 1 lot");
      if (!used.contains(m.setup))
        add(Part::minimum_run, i, "setup", m.setup,
            "no step of this tool group uses that setup" + suggestion(m.setup, known));
    }
  }

  const CheckContext& context_;
  std::size_t index_;
  const ToolGroup& group_;
};

} // namespace

void check_tool_groups(const CheckContext& context) {
  for (std::size_t i = 0; i < context.fab.tool_groups.size() && context.faults.open(); i++)
    GroupCheck(context, i).run();
}

} // namespace centresim::fab
