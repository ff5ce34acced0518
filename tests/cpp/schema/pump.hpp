// A small input type of every kind of field, for the tests of the description.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/schema/describe.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace pumps {

using centresim::common::Distribution;
using centresim::schema::Duration;

enum class Mode { steady, pulsed };

struct Filter {
  std::string name = "main";
  std::int64_t mesh = 10;
  bool operator==(const Filter&) const = default;
};

struct Pump {
  std::string name;
  std::int64_t stages = 1;
  double efficiency = 0.8;
  bool spare = false;
  Mode mode = Mode::steady;
  std::vector<Mode> modes{Mode::steady, Mode::pulsed};
  Duration start;
  std::optional<Duration> shift;
  std::optional<std::int64_t> limit;
  Distribution mttf = Distribution::constant(0, centresim::common::Dimension::time);
  Distribution batch = Distribution::constant(25);
  std::vector<std::string> tags;
  std::vector<double> curve;
  std::vector<Filter> filters;
  Filter inlet;
  std::optional<Filter> outlet;
  std::int64_t serial = 0;
  bool operator==(const Pump&) const = default;
};

struct Station {
  std::vector<Pump> pumps;
  bool operator==(const Station&) const = default;
};

} // namespace pumps

namespace centresim::schema {

template <> struct Choices<pumps::Mode> {
  static constexpr const char* name = "Mode";
  static constexpr Choice<pumps::Mode> list[] = {{pumps::Mode::steady, "steady", "Runs all the time."},
                                                 {pumps::Mode::pulsed, "pulsed", "Runs now and then."}};
};

template <> struct Desc<pumps::Filter> {
  static constexpr const char* name = "Filter";
  static constexpr const char* doc = "A filter.";
  static auto fields() {
    return std::make_tuple(field("name", &pumps::Filter::name, "Name.").optional(),
                           field("mesh", &pumps::Filter::mesh, "Width.").optional().range(1, 100));
  }
};

template <> struct Desc<pumps::Pump> {
  static constexpr const char* name = "Pump";
  static constexpr const char* doc = "A pump.";
  static auto fields() {
    using pumps::Pump;
    return std::make_tuple(
        field("name", &Pump::name, "Name."), field("stages", &Pump::stages, "Stages.").optional().range(1, 1000),
        field("efficiency", &Pump::efficiency, "Share of the power.").optional().unit("1").range(0, 1),
        field("spare", &Pump::spare, "Whether it only stands by.").optional(),
        field("mode", &Pump::mode, "How it runs.").optional(),
        field("modes", &Pump::modes, "How it may run.").optional().nonempty(),
        field("start", &Pump::start, "Time of the start.").optional().unit("min"),
        field("shift", &Pump::shift, "Before or after the start.").unit("h").any_sign(),
        field("limit", &Pump::limit, "Most litres.").at_least(0),
        field("mttf", &Pump::mttf, "Mean time to failure.").optional().unit("h").bare_exponential(),
        field("batch", &Pump::batch, "Litres at once.").optional().number_law(),
        field("tags", &Pump::tags, "Labels.").optional(), field("curve", &Pump::curve, "Heads.").optional().at_least(0),
        field("filters", &Pump::filters, "Filters.").optional(),
        field("inlet", &Pump::inlet, "At the inlet.").optional(), field("outlet", &Pump::outlet, "At the outlet."),
        field("serial", &Pump::serial, "Number of the maker.").optional());
  }
};

template <> struct Desc<pumps::Station> {
  static constexpr const char* name = "Station";
  static constexpr const char* doc = "Pumps.";
  static auto fields() { return std::make_tuple(field("pumps", &pumps::Station::pumps, "Pumps.")); }
};

} // namespace centresim::schema
