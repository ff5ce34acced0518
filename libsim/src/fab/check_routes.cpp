#include "check_context.hpp"

#include "centresim/fab/expected.hpp"

#include <cmath>
#include <optional>

namespace centresim::fab {
namespace {

// One route: what ties its steps to each other and to the tool groups.
class RouteCheck {
 public:
  RouteCheck(const CheckContext& context, std::size_t index)
      : context_(context), index_(index), route_(context.fab.routes[index]), steps_(index_names(route_.steps)) {}

  void run() {
    if (route_.steps.empty())
      context_.faults.add({Part::route, index_, 0, "steps", "", "a route needs at least one step"});
    mark_loops();
    for (at_ = 0; at_ < route_.steps.size() && context_.faults.open(); at_++) {
      const Step& s = route_.steps[at_];
      if (s.name.empty())
        add("name", "", "a step needs a name");
      else if (steps_.at(s.name) != at_)
        add("name", s.name, "the route has a step of that name already");
      if (!(s.sampling > 0 && s.sampling <= 1))
        add("sampling", number_text(s.sampling), "must be more than 0 and at most 1");
      const ToolGroup* group = context_.group(s.tool_group);
      if (!group)
        add("tool_group", s.tool_group,
            "there is no tool group of that name" + suggestion(s.tool_group, context_.groups));
      if (group) {
        check_batch(s, *group);
        check_interval(s, *group);
        check_minimum_run(s, *group);
      }
      check_setup(s);
      check_dedication(s);
      check_rework(s);
      check_queue_time(s);
    }
  }

 private:
  void add(std::string field, std::string value, std::string rule) {
    context_.faults.add({Part::step, index_, at_, std::move(field), std::move(value), std::move(rule)});
  }

  [[nodiscard]] std::optional<std::size_t> position(const std::string& name) const {
    const auto found = steps_.find(name);
    return found == steps_.end() ? std::nullopt : std::optional(found->second);
  }

  // in_loop_[k]: some rework returns to k or before and is decided at k or later.
  void mark_loops() {
    std::vector<int> change(route_.steps.size() + 1, 0);
    const auto mark = [&](std::optional<std::size_t> target, std::optional<std::size_t> from) {
      if (!target || !from || *target >= *from) return;
      change[*target]++;
      change[*from + 1]--;
    };
    for (std::size_t k = 0; k < route_.steps.size(); k++) {
      const Step& s = route_.steps[k];
      if (s.rework > 0 && !s.rework_to.empty()) mark(position(s.rework_to), k);
      if (s.queue_time_action == QueueTimeAction::rework)
        mark(position(s.queue_time_rework_to), position(s.queue_time_to));
    }
    int depth = 0;
    for (std::size_t k = 0; k < route_.steps.size(); k++) in_loop_.push_back((depth += change[k]) > 0);
  }

  void check_batch(const Step& s, const ToolGroup& g) {
    const bool batch = s.per == ProcessUnit::batch;
    if (batch && !g.batch_mix)
      add("per", "batch", "the tools of " + g.name + " do not process batches (the tool group says no batch mix)");
    if (!batch && g.batch_mix)
      add("per", "", "the tools of " + g.name + " process batches: the step must be per batch");
    if (!batch) {
      if (s.batch_min) add("batch_min", std::to_string(*s.batch_min), "only a step that is per batch has a batch size");
      if (s.batch_max) add("batch_max", std::to_string(*s.batch_max), "only a step that is per batch has a batch size");
      if (s.batch_wait) add("batch_wait", "", "only a step that is per batch has a wait for its batch");
    }
    if (!s.batch_recipe.empty() && g.batch_mix != BatchMix::recipe)
      add("batch_recipe", s.batch_recipe, g.name + " does not form batches by recipe (its batch mix)");
    if (!batch) return;
    if (!s.batch_max)
      add("batch_max", "", "a batch step needs its largest batch, in wafers");
    else if (*s.batch_max < 1)
      add("batch_max", std::to_string(*s.batch_max), "must be at least 1 wafer");
    if (s.batch_min && *s.batch_min < 1) add("batch_min", std::to_string(*s.batch_min), "must be at least 1 wafer");
    if (s.batch_min && s.batch_max && *s.batch_min > *s.batch_max)
      add("batch_min", std::to_string(*s.batch_min),
          "the smallest batch must not exceed the largest, " + std::to_string(*s.batch_max) + " wafers");
    if (s.batch_min && g.batch_fill)
      add("batch_min", std::to_string(*s.batch_min), "the batch_fill of " + g.name + " says how small a batch may be");
    if (s.batch_wait && s.batch_wait->ticks < 0) add("batch_wait", "", "must not be negative");
    check_batch_partners(s, g);
    const auto largest = context_.largest_lot.find(route_.name);
    if (s.batch_max && largest != context_.largest_lot.end() &&
        largest->second.first > static_cast<double>(*s.batch_max))
      add("batch_max", std::to_string(*s.batch_max),
          "lots of " + number_text(largest->second.first) + " wafers (" + std::string(largest->second.second) +
              ") never fit in a batch");
  }

  // A batch waits for partners. Where not every lot comes by, the wait may never end unless it is bounded.
  void check_batch_partners(const Step& s, const ToolGroup& g) {
    if (s.batch_wait || smallest_batch(g, s) <= 1) return;
    if (s.sampling < 1)
      add("sampling", number_text(s.sampling), "a batch step that waits without limit for partners takes every lot");
    const auto again = [&](const Step& o) {
      return o.tool_group == s.tool_group && batch_key(g, {}, {}, o) == batch_key(g, {}, {}, s);
    };
    if (g.batch_mix == BatchMix::recipe && std::ranges::count_if(route_.steps, again) > 1)
      add("batch_wait", "",
          "its recipe comes again on the route: lots could wait for each other, so the wait needs a limit");
    if (in_loop_[at_])
      add("per", "batch", "a batch step that waits without limit for partners must lie outside rework loops");
  }

  void check_minimum_run(const Step& s, const ToolGroup& g) {
    if (s.setup.empty() || std::ranges::find(g.minimum_runs, s.setup, &MinimumRun::setup) == g.minimum_runs.end())
      return;
    if (s.sampling < 1)
      add("sampling", number_text(s.sampling), "a step with a minimum run of its setup takes every lot");
    if (in_loop_[at_]) add("setup", s.setup, "a step with a minimum run of its setup must lie outside rework loops");
  }

  void check_interval(const Step& s, const ToolGroup& g) {
    if (!s.interval) {
      if (g.cascading) add("interval", "", "the tools of " + g.name + " cascade: the step needs its interval");
      return;
    }
    const double interval = static_cast<double>(s.interval->ticks);
    if (!g.cascading)
      add("interval", span_text(interval), "the tools of " + g.name + " do not cascade");
    else if (s.per == ProcessUnit::batch)
      add("interval", span_text(interval), "batches do not cascade");
    if (s.interval->ticks < 1)
      add("interval", span_text(interval), "must be more than 0");
    else if (std::round(smallest(s.time)) < interval)
      add("interval", span_text(interval), "must not exceed the shortest process time, " + span_text(smallest(s.time)));
  }

  void check_setup(const Step& s) {
    if (!s.setup.empty()) return;
    if (s.setup_when == SetupWhen::always) add("setup_when", "always", "only a step with a setup says when to set up");
    if (s.setup_time) add("setup_time", "", "only a step with a setup has a setup time");
  }

  void check_dedication(const Step& s) {
    if (s.dedicates.empty()) return;
    const auto to = position(s.dedicates);
    if (!to)
      add("dedicates", s.dedicates, "the route has no step of that name" + suggestion(s.dedicates, steps_));
    else if (*to <= at_)
      add("dedicates", s.dedicates, "only a later step can be dedicated to the tool of this one");
    else if (route_.steps[*to].tool_group != s.tool_group)
      add("dedicates", s.dedicates,
          "is done by " + route_.steps[*to].tool_group + ": only a step of the same tool group can be dedicated");
  }

  void check_rework(const Step& s) {
    if (!(s.rework >= 0 && s.rework < 1)) add("rework", number_text(s.rework), "must be at least 0 and less than 1");
    if (s.rework_to.empty()) {
      if (s.rework > 0) add("rework_to", "", "rework needs the earlier step to return to");
      return;
    }
    if (s.rework == 0) add("rework", "0", "a step that sends lots back needs the share of lots it sends");
    const auto to = position(s.rework_to);
    if (!to)
      add("rework_to", s.rework_to, "the route has no step of that name" + suggestion(s.rework_to, steps_));
    else if (*to >= at_)
      add("rework_to", s.rework_to, "rework must return to an earlier step");
  }

  void check_queue_time(const Step& s) {
    if (s.queue_time_to.empty() != !s.queue_time_limit) {
      if (s.queue_time_limit)
        add("queue_time_to", "", "a queue-time limit needs the step at which it ends");
      else
        add("queue_time_limit", "", "a queue-time window needs its limit");
    }
    if (s.queue_time_limit && s.queue_time_limit->ticks < 1) add("queue_time_limit", "", "must be more than 0");
    check_queue_time_action(s);
    if (s.flow_factor && !(*s.flow_factor > 0 && *s.flow_factor <= 1e6))
      add("flow_factor", number_text(*s.flow_factor), "must be more than 0 and at most 1000000");
    if (s.queue_time_to.empty()) return;
    const auto to = position(s.queue_time_to);
    if (!to) {
      add("queue_time_to", s.queue_time_to, "the route has no step of that name" + suggestion(s.queue_time_to, steps_));
      return;
    }
    if (*to <= at_) {
      add("queue_time_to", s.queue_time_to, "a queue-time window must end at a later step");
      return;
    }
    if (s.sampling < 1)
      add("sampling", number_text(s.sampling), "the first step of a queue-time window takes every lot");
    if (route_.steps[*to].sampling < 1)
      add("queue_time_to", s.queue_time_to, "the last step of a queue-time window takes every lot");
    if (s.queue_time_gate) check_gate(s, *to);
    if (at_ < window_end_)
      add("queue_time_to", s.queue_time_to,
          "queue-time windows must not overlap: the one from " + route_.steps[window_start_].name + " ends at " +
              route_.steps[window_end_].name);
    if (*to > window_end_) {
      window_start_ = at_;
      window_end_ = *to;
    }
  }

  void check_queue_time_action(const Step& s) {
    const bool rework = s.queue_time_action == QueueTimeAction::rework,
               hold = s.queue_time_action == QueueTimeAction::hold;
    if (s.queue_time_to.empty()) {
      const auto only = [&](const char* field) { add(field, "", "only the first step of a queue-time window has it"); };
      if (s.queue_time_action != QueueTimeAction::record) only("queue_time_action");
      if (s.queue_time_gate) only("queue_time_gate");
    }
    if (rework == s.queue_time_rework_to.empty())
      add("queue_time_rework_to", s.queue_time_rework_to,
          rework ? "rework after a violation needs the step to return to"
                 : "only with queue_time_action = \"rework\" a lot returns to a step");
    if (hold != s.queue_time_hold.has_value())
      add("queue_time_hold", "",
          hold ? "a hold after a violation needs its time" : "only with queue_time_action = \"hold\" a lot is on hold");
    if (s.queue_time_rework_to.empty()) return;
    const auto back = position(s.queue_time_rework_to);
    if (!back)
      add("queue_time_rework_to", s.queue_time_rework_to,
          "the route has no step of that name" + suggestion(s.queue_time_rework_to, steps_));
    else if (*back > at_)
      add("queue_time_rework_to", s.queue_time_rework_to,
          "must not come after the first step of the window: the window would not open again");
  }

  // A gate that even an empty line does not open would hold lots for ever.
  void check_gate(const Step& s, std::size_t to) {
    if (!(*s.queue_time_gate > 0 && *s.queue_time_gate <= 1e6))
      return add("queue_time_gate", number_text(*s.queue_time_gate), "must be more than 0 and at most 1000000");
    if (!s.queue_time_limit) return;
    const auto lot = context_.largest_lot.find(route_.name);
    const double wafers = lot == context_.largest_lot.end() ? 1 : lot->second.first;
    double way = 0;
    for (std::size_t k = at_ + 1; k < to; k++)
      if (const ToolGroup* g = context_.group(route_.steps[k].tool_group))
        way += route_.steps[k].sampling * expected_step_time(*g, route_.steps[k], wafers);
    const double gate = *s.queue_time_gate * static_cast<double>(s.queue_time_limit->ticks);
    if (way > gate)
      add("queue_time_gate", number_text(*s.queue_time_gate),
          "lets no lot begin the window: the steps within it take " + span_text(way) + ", more than " +
              span_text(gate));
  }

  const CheckContext& context_;
  std::size_t index_;
  const Route& route_;
  NameIndex steps_;
  std::size_t at_ = 0;
  std::vector<bool> in_loop_;
  std::size_t window_start_ = 0, window_end_ = 0;
};

// Where families share batches, the products of a route must be of one.
void check_families(const CheckContext& context) {
  std::map<std::string_view, std::string_view> family; // of each route
  for (std::size_t i = 0; i < context.fab.products.size(); i++) {
    const Product& p = context.fab.products[i];
    const std::string_view own = family_of(p);
    const auto [at, fresh] = family.emplace(p.route, own);
    const auto route = context.routes.find(p.route);
    if (fresh || at->second == own || route == context.routes.end()) continue;
    for (const Step& s : context.fab.routes[route->second].steps) {
      const ToolGroup* g = context.group(s.tool_group);
      if (!g || g->batch_mix != BatchMix::family_step) continue;
      context.faults.add({Part::product, i, 0, "family", std::string(own),
                          "its route is also that of family " + std::string(at->second) + ", and " + g->name +
                              " forms batches by family: give it a route of its own"});
      break;
    }
  }
}

// Steps that share batches must mean the same batch, in all routes.
void check_shared_batches(const CheckContext& context) {
  std::map<std::string_view, std::string_view> family;
  for (const Product& p : context.fab.products) family.emplace(p.route, family_of(p));
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, const Step*> first;
  for (std::size_t r = 0; r < context.fab.routes.size(); r++) {
    const Route& route = context.fab.routes[r];
    const auto own = family.find(route.name);
    if (own == family.end()) continue;
    for (std::size_t k = 0; k < route.steps.size(); k++) {
      const Step& s = route.steps[k];
      const ToolGroup* g = context.group(s.tool_group);
      if (!g || !g->batch_mix || g->batch_mix == BatchMix::route_step) continue;
      const auto [one, two] = batch_key(*g, own->second, route.name, s);
      const Step& other = *first.try_emplace({g->name, one, two}, &s).first->second;
      const std::string whose = g->batch_mix == BatchMix::recipe
                                    ? "shares batches with step " + other.name + ", of the same recipe"
                                    : "shares batches with the step of that name in another route of the family";
      const auto differs = [&](const char* field, const std::string& value, const char* what) {
        context.faults.add({Part::step, r, k, field, value, whose + ": both need the same " + what});
      };
      if (other.batch_min != s.batch_min || other.batch_max != s.batch_max) differs("batch_max", "", "batch sizes");
      if (other.time != s.time) differs("time", "", "time");
      if (other.setup != s.setup || other.setup_when != s.setup_when || other.setup_time != s.setup_time)
        differs("setup", s.setup, "setup");
    }
  }
}

} // namespace

void check_routes(const CheckContext& context) {
  for (std::size_t i = 0; i < context.fab.routes.size() && context.faults.open(); i++) RouteCheck(context, i).run();
  check_families(context);
  check_shared_batches(context);
}

} // namespace centresim::fab
