// What joins the rooms of a centre: which fact of which room drives which command of another. Each connection can be
// switched off, so that its effect can be measured.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/schema/describe.hpp"
#include "centresim/schema/quantity.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>

namespace centresim::centre {

enum class When { tape_out };
enum class Then { release_lot };

struct Connection {
  std::string name;
  When when = When::tape_out;
  Then then = Then::release_lot;
  bool enabled = true;
  std::string shuttle; // empty: all
  std::string product;
  std::string kind = "engineering";
  std::int64_t wafers = 25, priority = 0;
  std::optional<schema::Duration> due; // after the release
  bool shared = true;                  // one lot for all designs of a shuttle
  common::Distribution delay;          // masks
  bool operator==(const Connection&) const = default;
};

// The registry: name, unit, meaning and better direction of every key figure of a connection.
[[nodiscard]] std::span<const experiment::KpiInfo> kpi_registry();

} // namespace centresim::centre

namespace centresim::schema {

template <> struct Choices<centre::When> {
  static constexpr const char* name = "When";
  static constexpr Choice<centre::When> list[] = {
      {centre::When::tape_out, "design.tape_out", "A project of the design floor tapes out on a shuttle."},
  };
};

template <> struct Choices<centre::Then> {
  static constexpr const char* name = "Then";
  static constexpr Choice<centre::Then> list[] = {
      {centre::Then::release_lot, "fab.release_lot",
       "The fab releases a lot for it; what drove it goes on when that lot is finished."},
  };
};

template <> struct Desc<centre::Connection> {
  static constexpr const char* name = "Connection";
  static constexpr const char* doc = "A fact of one room that drives a command of another. Without it a law of the "
                                     "room stands in (fab_time of a shuttle).";
  static auto fields() {
    using centre::Connection;
    return std::make_tuple(
        field("name", &Connection::name, "Name of the connection; random draws are keyed by it."),
        field("product", &Connection::product, "The product of the lots.").nonempty(),
        field("kind", &Connection::kind, "Their kind: the fab must know lots of this product and kind.").optional(),
        field("when", &Connection::when, "The fact.").optional(),
        field("then", &Connection::then, "The command.").optional(),
        field("enabled", &Connection::enabled, "Whether it acts.").optional(),
        field("shuttle", &Connection::shuttle, "The shuttle whose designs it carries; default: all.").optional(),
        field("wafers", &Connection::wafers, "Wafers of a lot.").optional().unit("wafers").range(1, 1000),
        field("priority", &Connection::priority, "Priority of the lots; larger is more important.")
            .optional()
            .range(-1e6, 1e6),
        field("due", &Connection::due, "Due date of a lot, after its release.").unit("d").more_than(0),
        field("shared", &Connection::shared,
              "All designs of a cut-off share a lot (multi-project wafers); false: a lot for each.")
            .optional(),
        field("delay", &Connection::delay, "From the tape-out to the release of the lot: masks.").optional().unit("d"));
  }
};

} // namespace centresim::schema
