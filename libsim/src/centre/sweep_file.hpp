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
struct DrawHead {
  DrawKind kind = DrawKind::latin_hypercube;
  std::int64_t points = 0, seed = 1;
};

inline constexpr std::size_t kMostSobolDimensions = 3667; // of the table of Boost

// Whether the field that a path addresses is one of whole numbers; false where it addresses nothing.
[[nodiscard]] bool takes_whole_numbers(std::string_view path);

} // namespace centresim::centre

namespace centresim::schema {

template <> struct Choices<centre::DrawKind> {
  static constexpr const char* name = "DrawKind";
  static constexpr Choice<centre::DrawKind> list[] = {
      {centre::DrawKind::latin_hypercube, "latin_hypercube", "Each value's range in as many strata as points."},
      {centre::DrawKind::sobol, "sobol", "A low-discrepancy sequence, shifted at random."},
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

template <> struct Desc<centre::DrawHead> {
  static constexpr const char* name = "Design";
  static constexpr const char* doc = "Points drawn between limits.";
  static auto fields() {
    using centre::DrawHead;
    return std::make_tuple(
        field("kind", &DrawHead::kind, "How they are drawn."),
        field("points", &DrawHead::points, "How many.").range(1, static_cast<double>(centre::kMostPoints)),
        field("seed", &DrawHead::seed, "Of the draw; the seed of the sweep is that of the runs.")
            .at_least(0)
            .optional());
  }
};

} // namespace centresim::schema
