// Chip projects, bugs and shuttles described (see describe.hpp).
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/design/project_values.hpp"
#include "centresim/schema/describe.hpp"

#include <tuple>

namespace centresim::schema {

template <> struct Choices<design::ProviderLoss> {
  static constexpr const char* name = "ProviderLoss";
  static constexpr Choice<design::ProviderLoss> list[] = {
      {design::ProviderLoss::lost, "lost", "Designs on their way are lost: their projects tape out again."},
      {design::ProviderLoss::late, "late", "Designs on their way come back later, by `delay`."},
  };
};

template <> struct Desc<design::Block> {
  static constexpr const char* name = "Block";
  static constexpr const char* doc = "A part of a chip with a flow of its own.";
  static auto fields() {
    using design::Block;
    return std::make_tuple(
        field("name", &Block::name, "Name of the block, within its project."),
        field("flow", &Block::flow, "Its flow.").nonempty(),
        field("cells", &Block::cells, "Its size.").optional().unit("cells").more_than(0).at_most(1e10),
        field("reuse", &Block::reuse, "Share that is taken over: free of new bugs.").optional().unit("1").range(0, 1));
  }
};

template <> struct Desc<design::Bugs> {
  static constexpr const char* name = "Bugs";
  static constexpr const char* doc =
      "Bugs of a project: Poisson in number, each found after an exponential number of regression cycles.";
  static auto fields() {
    using design::Bugs;
    return std::make_tuple(
        field("density", &Bugs::density, "Bugs in 100,000 new cells.").unit("bugs").range(0, 1e6),
        field("rate", &Bugs::rate, "Rate at which a bug is found.").unit("1/cycle").range(0, 1e6),
        field("skill", &Bugs::skill, "The skill that mending one needs.").nonempty(),
        field("fix", &Bugs::fix, "Engineer-hours that mending one takes.").unit("h"),
        field("fatality", &Bugs::fatality, "Probability that one makes the chip useless.")
            .optional()
            .unit("1")
            .range(0, 1),
        field("introduced", &Bugs::introduced, "Probability that mending one makes a new one.")
            .optional()
            .unit("1")
            .range(0, 0.99),
        field("found_in_silicon", &Bugs::found_in_silicon, "Probability that a chip shows one that is in it.")
            .optional()
            .unit("1")
            .range(0, 1));
  }
};

template <> struct Desc<design::Project> {
  static constexpr const char* name = "Project";
  static constexpr const char* doc = "A chip from idea to silicon; with `every`, one after another.";
  static auto fields() {
    using design::Project;
    return std::make_tuple(
        field("name", &Project::name, "Name of the project; random draws are keyed by it."),
        field("flow", &Project::flow, "The chip's flow.").nonempty(),
        field("blocks", &Project::blocks, "Its blocks.").optional(),
        field("cells", &Project::cells, "Size for the tasks of the chip's flow.")
            .optional()
            .unit("cells")
            .more_than(0)
            .at_most(1e10),
        field("start", &Project::start, "When it begins.").optional().unit("d"),
        field("every", &Project::every, "Time until the next project of its kind begins; default: there is only one.")
            .unit("d"),
        field("number", &Project::number, "With `every`: so many of them; default: no limit.")
            .unit("projects")
            .range(1, 100'000),
        field("priority", &Project::priority, "Larger is more important.").optional().range(-1e6, 1e6),
        field("due", &Project::due, "Due date of the tape-out, after its start.").unit("d").more_than(0),
        field("node", &Project::node, "Technology node: of the shuttles that it may take.").optional(),
        field("area", &Project::area, "Area of the chip.").optional().unit("mm2").more_than(0).at_most(1e5),
        field("booking_slack", &Project::booking_slack, "Spare time for which a shuttle is booked.")
            .optional()
            .unit("d"),
        field("bugs", &Project::bugs, "Its bugs; default: none."),
        field("site", &Project::site, "The site where its jobs are submitted.").optional(),
        field("account", &Project::account, "Project or account of its jobs; default: its name.").optional());
  }
};

template <> struct Desc<design::Provider> {
  static constexpr const char* name = "Provider";
  static constexpr const char* doc = "A company that runs shuttles.";
  static auto fields() {
    using design::Provider;
    return std::make_tuple(
        field("name", &Provider::name, "Name of the provider; random draws are keyed by it."),
        field("mttf", &Provider::mttf,
              "Time until it closes down for good; a plain time is the mean of an exponential law. Default: never.")
            .unit("d")
            .bare_exponential(),
        field("designs", &Provider::designs, "What then becomes of designs on their way.").optional(),
        field("delay", &Provider::delay, "designs = late: how much later they come back.").optional().unit("d"));
  }
};

template <> struct Desc<design::Shuttle> {
  static constexpr const char* name = "Shuttle";
  static constexpr const char* doc = "Multi-project wafers (MPW) that leave at regular dates.";
  static auto fields() {
    using design::Shuttle;
    return std::make_tuple(
        field("name", &Shuttle::name, "Name of the shuttle; random draws are keyed by it."),
        field("provider", &Shuttle::provider, "Who runs it; default: somebody who never fails.").optional(),
        field("node", &Shuttle::node, "Technology node.").optional(),
        field("first", &Shuttle::first, "First cut-off date.").optional().unit("d"),
        field("every", &Shuttle::every, "From cut-off to cut-off.").unit("d").more_than(0),
        field("booking", &Shuttle::booking, "A seat is booked at least so long before the cut-off.")
            .optional()
            .unit("d"),
        field("seats", &Shuttle::seats, "Seats; default: for all who want one.").unit("seats").range(1, 100'000),
        field("slip", &Shuttle::slip, "How much later than planned the cut-off is.").optional().unit("d"),
        field("cancel", &Shuttle::cancel, "Probability that it is called off at its cut-off.")
            .optional()
            .unit("1")
            .range(0, 0.99),
        field("fab_time", &Shuttle::fab_time, "From the cut-off to dies in hand: masks, wafers, dicing.")
            .optional()
            .unit("d"),
        field("price", &Shuttle::price, "Price of a mm2.").optional().unit("money/mm2").range(0, 1e9),
        field("minimum_area", &Shuttle::minimum_area, "Least area that is paid for.")
            .optional()
            .unit("mm2")
            .range(0, 1e5),
        field("missed_fee", &Shuttle::missed_fee, "Share of the price of a seat that was booked and missed.")
            .optional()
            .unit("1")
            .range(0, 1));
  }
};

} // namespace centresim::schema
