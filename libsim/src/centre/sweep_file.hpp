// What a sweep file says beside its paths and values. Private to the room.
#pragma once
#include "centresim/centre/sweep.hpp"
#include "centresim/experiment/replicate.hpp"

#include <string_view>

namespace centresim::centre {

struct SweepHead {
  std::string format = kSweepFormat;
  std::string scenario;
  std::int64_t replications = 8, seed = 1;
};
// Which of the numbers a design has, its kind says.
struct DesignHead {
  DesignKind kind = DesignKind::latin_hypercube;
  std::int64_t points = 0, runs = 0, trajectories = 10, levels = 4, samples = 0, seed = 1;
};

inline constexpr std::size_t kMostSobolDimensions = 3667; // of the table of Boost

// Whether the field that a path addresses is one of whole numbers; false where it addresses nothing.
[[nodiscard]] bool takes_whole_numbers(std::string_view path);

} // namespace centresim::centre

namespace centresim::schema {

template <> struct Choices<centre::DesignKind> {
  static constexpr const char* name = "DesignKind";
  static constexpr Choice<centre::DesignKind> list[] = {
      {centre::DesignKind::latin_hypercube, "latin_hypercube", "Each value's range in as many strata as points."},
      {centre::DesignKind::sobol, "sobol", "A low-discrepancy sequence, shifted at random."},
      {centre::DesignKind::factorial, "factorial", "Two values a path: every combination, or a fraction of them."},
      {centre::DesignKind::morris, "morris", "Trajectories that move one path after another."},
      {centre::DesignKind::saltelli, "saltelli", "Two samples and their mixtures, for Sobol' indices."},
  };
};

template <> struct Desc<centre::SweepHead> {
  static constexpr const char* name = "Sweep";
  static constexpr const char* doc = "One scenario at many points.";
  static auto fields() {
    using centre::SweepHead;
    return std::make_tuple(field("format", &SweepHead::format, "Format of the file: \"centresim-sweep/1\".").optional(),
                           field("scenario", &SweepHead::scenario, "Built-in scenario, or a file.").optional(),
                           field("replications", &SweepHead::replications, "Of every point.")
                               .range(1, static_cast<double>(experiment::kMaxReplications))
                               .optional(),
                           field("seed", &SweepHead::seed, "Of all points.").at_least(0).optional());
  }
};

template <> struct Desc<centre::DesignHead> {
  static constexpr const char* name = "Design";
  static constexpr const char* doc = "Points between limits.";
  static auto fields() {
    using centre::DesignHead;
    constexpr double most = static_cast<double>(centre::kMostPoints);
    return std::make_tuple(
        field("kind", &DesignHead::kind, "How they are chosen."),
        field("points", &DesignHead::points, "Latin hypercube, Sobol: how many.").range(1, most).optional(),
        field("runs", &DesignHead::runs, "Factorial: how many, a power of two; all combinations unless it is given.")
            .range(1, most)
            .optional(),
        field("trajectories", &DesignHead::trajectories, "Morris: how many.").range(2, most).optional(),
        field("levels", &DesignHead::levels, "Morris: of each path, even.").range(2, 1000).optional(),
        field("samples", &DesignHead::samples, "Saltelli: points of each of the two samples.")
            .range(2, most)
            .optional(),
        field("seed", &DesignHead::seed, "Of the points; the seed of the sweep is that of the runs.")
            .at_least(0)
            .optional());
  }
};

} // namespace centresim::schema
