// The values of a fab described once: names, units, ranges and meanings for files, JSON Schema, paths, Python and docs.
// The order of the fields is the order of positional arguments in Python.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/fab/choices.hpp"
#include "centresim/fab/values.hpp"
#include "centresim/schema/describe.hpp"

#include <string>
#include <tuple>

namespace centresim::schema {

template <> struct Desc<fab::Breakdown> {
  static constexpr const char* name = "Breakdown";
  static constexpr const char* doc = "Random failures of each tool of a group (unscheduled downtime).";
  static auto fields() {
    using fab::Breakdown;
    return std::make_tuple(
        field("name", &Breakdown::name, "Name of this kind of failure; random draws are keyed by it.").optional(),
        field("mttf", &Breakdown::mttf, "Time to failure; a plain time is the mean (MTTF) of an exponential law.")
            .unit("h")
            .bare_exponential(),
        field("mttr", &Breakdown::mttr, "Time to repair; a plain time is the mean (MTTR) of an exponential law.")
            .unit("h")
            .bare_exponential(),
        field("clock", &Breakdown::clock, "Time that counts towards a failure.").optional(),
        field("first", &Breakdown::first, "Time to the first failure; default: as mttf.").unit("h").bare_exponential());
  }
};

template <> struct Desc<fab::Maintenance> {
  static constexpr const char* name = "Maintenance";
  static constexpr const char* doc =
      "Preventive maintenance (PM, scheduled downtime) of each tool of a group, by calendar or by wafers processed.";
  static auto fields() {
    using fab::Maintenance;
    return std::make_tuple(
        field("name", &Maintenance::name, "Name of this kind of maintenance; random draws are keyed by it.").optional(),
        field("every", &Maintenance::every, "Calendar interval from due date to due date.").unit("d").more_than(0),
        field("every_wafers", &Maintenance::every_wafers, "Wafers that a tool processes from one to the next.")
            .unit("wafers")
            .range(1, 1e12),
        field("duration", &Maintenance::duration, "Time that the tool is out of service.").unit("h"),
        field("first", &Maintenance::first,
              "When the last tool of the group is due first (see stagger); default: every.")
            .unit("d"),
        field("first_wafers", &Maintenance::first_wafers,
              "Wafers after which the last tool of the group is due first (see stagger); default: every_wafers.")
            .unit("wafers")
            .range(1, 1e12),
        field("carry_over", &Maintenance::carry_over,
              "By wafers: wafers processed beyond the threshold count towards the next maintenance.")
            .optional());
  }
};

template <> struct Desc<fab::MinimumRun> {
  static constexpr const char* name = "MinimumRun";
  static constexpr const char* doc =
      "After a change to this setup a tool runs so many lots before it may change again.";
  static std::string element_name(const Node& node) {
    const Node* setup = node.find("setup");
    return setup && setup->text() ? *setup->text() : std::string();
  }
  static auto fields() {
    using fab::MinimumRun;
    return std::make_tuple(field("setup", &MinimumRun::setup, "The setup.").nonempty(),
                           field("lots", &MinimumRun::lots, "Lots from the change on, the changing lot included.")
                               .optional()
                               .unit("lots")
                               .range(1, 1e6));
  }
};

template <> struct Desc<fab::EngineeringRule> {
  static constexpr const char* name = "EngineeringRule";
  static constexpr const char* doc =
      "Who goes first where production and engineering lots share tools: by turns of time, or in campaigns.";
  static auto fields() {
    using fab::EngineeringRule;
    return std::make_tuple(
        field("kinds", &EngineeringRule::kinds, "Lot kinds that count as engineering; all others are production.")
            .optional(),
        field("production_window", &EngineeringRule::production_window,
              "By turns: so long production lots go first, from time 0 on.")
            .unit("h")
            .more_than(0),
        field("engineering_window", &EngineeringRule::engineering_window,
              "By turns: then engineering lots go first for so long.")
            .unit("h")
            .more_than(0),
        field("campaign", &EngineeringRule::campaign,
              "Campaigns: when so many engineering lots wait, the next so many of them go first.")
            .unit("lots")
            .range(1, 1e6));
  }
};

template <> struct Desc<fab::ToolGroup> {
  static constexpr const char* name = "ToolGroup";
  static constexpr const char* doc = "Identical tools that serve one queue.";
  static auto fields() {
    using fab::ToolGroup;
    return std::make_tuple(
        field("name", &ToolGroup::name, "Name of the tool group.").nonempty(),
        field("tools", &ToolGroup::tools, "Number of identical tools.").optional().unit("tools").range(1, 100'000),
        field("area", &ToolGroup::area, "Area of the fab, for reports: litho, etch, diffusion, ...").optional(),
        field("location", &ToolGroup::location, "Where the tools stand; transport times are between locations.")
            .optional(),
        field("cascading", &ToolGroup::cascading,
              "The tools cascade: the next lot enters while the one before is still inside (two positions in series, "
              "at most two lots).")
            .optional(),
        field("next_job", &ToolGroup::next_job, "When a cascading tool takes its second job.").optional(),
        field("load", &ToolGroup::load, "Time to load a lot or a batch; occupies the tool.").optional().unit("min"),
        field("unload", &ToolGroup::unload, "Time to unload a lot or a batch; occupies the tool.")
            .optional()
            .unit("min"),
        field("rank", &ToolGroup::rank,
              "Dispatching rule: criteria by which waiting lots are ranked, most weighty first.")
            .optional(),
        field("tool_choice", &ToolGroup::tool_choice, "Which free tool an arriving lot takes.").optional(),
        field("batch_mix", &ToolGroup::batch_mix, "The tools process batches, of lots that fit together in this way."),
        field("batch_fill", &ToolGroup::batch_fill,
              "Smallest batch as a share of the largest, in place of the batch_min of the steps; 1: full batches only.")
            .unit("1")
            .more_than(0)
            .at_most(1),
        field("batch_choice", &ToolGroup::batch_choice, "Which of the batches that can start does.").optional(),
        field("batch_look_ahead", &ToolGroup::batch_look_ahead,
              "A batch that is not full waits for a lot known to arrive within this time, where that lowers the total "
              "wait of its lots (next-arrival control).")
            .unit("min"),
        field("minimum_runs", &ToolGroup::minimum_runs, "Setups that stay for a minimum run (setup campaigns).")
            .optional(),
        field("hot_lot_reservation", &ToolGroup::hot_lot_reservation,
              "A hot lot that starts here, and whose next step is at a group with reservation too, reserves a tool "
              "there.")
            .optional(),
        field("engineering", &ToolGroup::engineering, "How production and engineering lots take turns in going first."),
        field("queue_time_front", &ToolGroup::queue_time_front,
              "As soon as so many lots with an open queue-time window wait or are processed here, no lot starts a "
              "window that comes by here (stopping).")
            .unit("lots")
            .range(1, 1e6),
        field("queue_time_lots", &ToolGroup::queue_time_lots,
              "The same, lots that still have to come here before their window ends included.")
            .unit("lots")
            .range(1, 1e6),
        field("stagger", &ToolGroup::stagger, "How first maintenances are spread over the tools.").optional(),
        field("breakdowns", &ToolGroup::breakdowns, "Kinds of random failures.").optional(),
        field("maintenance", &ToolGroup::maintenance, "Kinds of preventive maintenance.").optional());
  }
};

template <> struct Desc<fab::Step> {
  static constexpr const char* name = "Step";
  static constexpr const char* doc = "One process or measurement step of a route.";
  static auto fields() {
    using fab::Step;
    return std::make_tuple(
        field("name", &Step::name, "Name of the step, unique in its route.").nonempty(),
        field("tool_group", &Step::tool_group, "The tool group that performs it.").nonempty(),
        field("time", &Step::time, "Process time per lot, wafer or batch, without load and unload.").unit("min"),
        field("per", &Step::per, "What the process time is for.").optional(),
        field("interval", &Step::interval,
              "Cascading tools: time after which the next wafer (or lot, per lot) may enter.")
            .unit("min")
            .more_than(0),
        field("batch_min", &Step::batch_min, "Fewest wafers that start as a batch; default: 1.")
            .unit("wafers")
            .range(1, 1e6),
        field("batch_max", &Step::batch_max, "Most wafers in a batch.").unit("wafers").range(1, 1e6),
        field("batch_recipe", &Step::batch_recipe,
              "With batch_mix = recipe: steps of one recipe share batches; default: the name of the step.")
            .optional(),
        field("batch_wait", &Step::batch_wait,
              "Longest wait of a lot for a full enough batch: then what is there starts.")
            .unit("min"),
        field("setup", &Step::setup, "Setup that the tool needs (recipe family, species, reticle); empty: any.")
            .optional(),
        field("setup_when", &Step::setup_when, "When to set up.").optional(),
        field("setup_time", &Step::setup_time, "Time of the setup; default: from the table of setup times.")
            .unit("min"),
        field("sampling", &Step::sampling, "Share of lots that perform the step.")
            .optional()
            .unit("1")
            .more_than(0)
            .at_most(1),
        field("rework_to", &Step::rework_to, "Earlier step to which rework returns.").optional(),
        field("rework", &Step::rework, "Share of lots that are sent back when the step ends.")
            .optional()
            .unit("1")
            .range(0, 1),
        field("dedicates", &Step::dedicates,
              "A later step of the same tool group that must use the same tool (lens dedication).")
            .optional(),
        field("queue_time_to", &Step::queue_time_to,
              "Later step that must start within the queue-time limit after this one ends.")
            .optional(),
        field("queue_time_limit", &Step::queue_time_limit, "Limit of the queue-time window.").unit("h").more_than(0),
        field("queue_time_gate", &Step::queue_time_gate,
              "The step starts only while the time predicted to the end of the window, from the work ahead and the "
              "lot's own steps on the way, is at most this share of the limit.")
            .unit("1")
            .more_than(0)
            .at_most(1e6),
        field("queue_time_action", &Step::queue_time_action,
              "What becomes of a lot that waits at the end of the window when the limit passes, or comes there later.")
            .optional(),
        field("queue_time_rework_to", &Step::queue_time_rework_to, "Step to which such a lot goes back.").optional(),
        field("queue_time_hold", &Step::queue_time_hold, "Time that such a lot is on hold.").unit("h"),
        field("flow_factor", &Step::flow_factor,
              "Mean time from the end of the step before to the end of this one over its expected time, as measured: "
              "for the rank queue_time_due; default: 1.")
            .unit("1")
            .more_than(0)
            .at_most(1e6),
        field("description", &Step::description, "Free text.").optional());
  }
};

template <> struct Desc<fab::Route> {
  static constexpr const char* name = "Route";
  static constexpr const char* doc = "The process flow of a product: steps in order.";
  static auto fields() {
    using fab::Route;
    return std::make_tuple(field("name", &Route::name, "Name of the route.").nonempty(),
                           field("steps", &Route::steps, "The steps in process order.").nonempty());
  }
};

template <> struct Desc<fab::Product> {
  static constexpr const char* name = "Product";
  static constexpr const char* doc = "What the fab makes.";
  static auto fields() {
    using fab::Product;
    return std::make_tuple(
        field("name", &Product::name, "Name of the product.").nonempty(),
        field("route", &Product::route, "The route of its lots.").nonempty(),
        field("family", &Product::family, "Products of a family may share batches; default: the name.").optional());
  }
};

template <> struct Desc<fab::Release> {
  static constexpr const char* name = "Release";
  static constexpr const char* doc = "A stream of lots started into the line (wafer starts).";
  // As fab::release_name: the name, else the product, with the kind where one is given.
  static std::string element_name(const Node& node) {
    const auto text = [&](const char* key) {
      const Node* n = node.find(key);
      return n && n->text() ? *n->text() : std::string();
    };
    std::string given = text("name");
    const std::string kind = text("kind");
    if (!given.empty()) return given;
    return kind.empty() || kind == fab::Release{}.kind ? text("product") : text("product") + "." + kind;
  }
  static auto fields() {
    using fab::Release;
    return std::make_tuple(
        field("product", &Release::product, "The product released.").nonempty(),
        field("name", &Release::name,
              "Name of the stream; default: the product, or product.kind where a kind is given.")
            .optional(),
        field("every", &Release::every, "Time between releases.").unit("min"),
        field("wafers", &Release::wafers, "Wafers of a lot: a number, or a law such as integers(1, 12).")
            .optional()
            .unit("wafers")
            .number_law(),
        field("kind", &Release::kind, "Lot kind, for reports: regular, hot, engineering, ...").optional(),
        field("priority", &Release::priority, "Larger is more urgent.").optional().range(-1e6, 1e6),
        field("start", &Release::start, "Time of the first release.").optional().unit("d"),
        field("count", &Release::count, "Most releases; default: no limit.").unit("releases").range(1, 1e12),
        field("lots", &Release::lots, "Lots per release.").optional().unit("lots").range(1, 100'000),
        field("due", &Release::due, "Due date, after the release.").unit("d"),
        field("due_factor", &Release::due_factor, "Due date in raw process times after the release (target x-factor).")
            .more_than(0),
        field("hot", &Release::hot, "Hot lots reserve their next tool where the tool groups allow it.").optional());
  }
};

template <> struct Desc<fab::Lot> {
  static constexpr const char* name = "Lot";
  static constexpr const char* doc = "A lot named one by one: released at a time, or in process at the start.";
  static auto fields() {
    using fab::Lot;
    return std::make_tuple(
        field("name", &Lot::name, "Name of the lot.").nonempty(),
        field("product", &Lot::product, "The product.").nonempty(),
        field("wafers", &Lot::wafers, "Wafers of the lot.").optional().unit("wafers").range(1, 1e6),
        field("kind", &Lot::kind, "Lot kind, for reports: regular, hot, engineering, ...").optional(),
        field("priority", &Lot::priority, "Larger is more urgent.").optional().range(-1e6, 1e6),
        field("release", &Lot::release, "Time of the release.").optional().unit("d"),
        field("due", &Lot::due, "Due date, from time 0; negative for a lot that is late at the start.")
            .unit("d")
            .any_sign(),
        field("step", &Lot::step, "In process at the start: the step for which the lot waits.").optional(),
        field("hot", &Lot::hot, "A hot lot reserves its next tool where the tool groups allow it.").optional());
  }
};

template <> struct Desc<fab::SetupTime> {
  static constexpr const char* name = "SetupTime";
  static constexpr const char* doc = "Time of a change of setup, where the step does not give its own.";
  static auto fields() {
    using fab::SetupTime;
    return std::make_tuple(field("from", &SetupTime::from, "The setup before; empty: any other.").optional(),
                           field("to", &SetupTime::to, "The setup after.").nonempty(),
                           field("time", &SetupTime::time, "Time of the change.").unit("min"));
  }
};

template <> struct Desc<fab::Transport> {
  static constexpr const char* name = "Transport";
  static constexpr const char* doc = "Transport time between two locations; pairs not listed take no time.";
  static auto fields() {
    using fab::Transport;
    return std::make_tuple(field("from", &Transport::from, "Location of the last step performed.").nonempty(),
                           field("to", &Transport::to, "Location of the next step.").nonempty(),
                           field("time", &Transport::time, "Time on the way.").unit("min"));
  }
};

template <> struct Desc<fab::Fab> {
  static constexpr const char* name = "Fab";
  static constexpr const char* doc = "A wafer fab or pilot line: tools, routes, products, releases.";
  static auto fields() {
    using fab::Fab;
    return std::make_tuple(
        field("tool_groups", &Fab::tool_groups, "The tools, in groups of identical ones."),
        field("routes", &Fab::routes, "The process flows."), field("products", &Fab::products, "The products."),
        field("releases", &Fab::releases, "Streams of lot releases.").optional(),
        field("lots", &Fab::lots, "Lots named one by one: planned releases and the initial work in process (WIP).")
            .optional(),
        field("setup_times", &Fab::setup_times, "Times of changes of setup.").optional(),
        field("transport", &Fab::transport, "Transport times between locations.").optional(),
        field("load_factor", &Fab::load_factor,
              "Divides release times and the time between releases: 1.1 is 10 % more lots.")
            .optional()
            .unit("1")
            .more_than(0),
        field("max_wip", &Fab::max_wip, "More lots in process end the run with an error that names the fullest queue.")
            .optional()
            .unit("lots")
            .range(1, 1e8));
  }
};

} // namespace centresim::schema
