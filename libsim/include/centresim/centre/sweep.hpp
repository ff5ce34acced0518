// Plans of many points: one scenario, values to vary, replications and seed. docs/formats/sweep.md.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace centresim::centre {

inline constexpr const char* kSweepFormat = "centresim-sweep/1";
inline constexpr std::int64_t kMostPoints = 100'000;
inline constexpr const char* kUnchanged = "(base)"; // the value of a path that a listed point does not give

// One path and the values it takes, in a grid.
struct SweepAxis {
  std::string path;
  std::vector<schema::Node> values;
};
// One path and the ends between which it is drawn: two numbers, or two spans of time in ticks.
struct SweepRange {
  std::string path;
  double low = 0, high = 0;
  bool time = false, log = false;
  bool whole = false; // the field takes whole numbers: both ends belong to the range
  schema::Where where;
};
// Latin hypercube: McKay, Beckman, Conover, "A comparison of three methods for selecting values of input variables",
// Technometrics 21 (1979). Sobol: direction numbers of Joe and Kuo, "Constructing Sobol sequences with better
// two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), with a random digital shift. The others ask which paths
// matter: experiment/factorial.hpp and experiment/sensitivity.hpp; sweep_answers.hpp reads what they answer.
enum class DesignKind { latin_hypercube, sobol, factorial, morris, saltelli };
struct SweepDesign {
  DesignKind kind = DesignKind::latin_hypercube;
  std::int64_t points = 0;                    // latin_hypercube, sobol
  std::int64_t runs = 0;                      // factorial: a power of two
  std::int64_t trajectories = 10, levels = 4; // morris
  std::int64_t samples = 0;                   // saltelli
  std::int64_t seed = 1;          // of the points, which are the same at every seed of the run; not of a factorial
  std::vector<SweepRange> ranges; // of all but a factorial
  std::vector<SweepAxis> factors; // of a factorial: two values each
  [[nodiscard]] std::size_t paths() const { return factors.size() + ranges.size(); }
  [[nodiscard]] std::int64_t size() const; // points in all
};

struct Sweep {
  std::string scenario; // as the file names it
  schema::Where scenario_where;
  std::int64_t replications = 8, seed = 1;
  std::vector<std::string> paths; // that every point gives a value, in the order of the file
  // One of the three:
  std::vector<SweepAxis> grid;
  std::vector<Overrides> listed; // each in the order of `paths`, kUnchanged where a point gives none
  std::optional<SweepDesign> design;
  [[nodiscard]] std::int64_t size() const;
};

// Reads a description; throws InputError with every fault. `scenario` is not asked for.
[[nodiscard]] Sweep read_sweep(const schema::Node& node);
// The design of a sweep as its file has it, defaults written out; null where it has none.
[[nodiscard]] schema::Node design_node(const Sweep& sweep);
// Reads a file (.toml, .json), where the scenario must be named. Throws InputError and IoError.
[[nodiscard]] Sweep load_sweep(const std::filesystem::path& path);

// The values of point i, from 0. In a grid the last path changes fastest. Points are drawn by the seed of the design.
[[nodiscard]] std::vector<Overrides> sweep_points(const Sweep& sweep);
// Those of a design.
[[nodiscard]] std::vector<Overrides> design_points(const SweepDesign& design);
// The value at a share of a range, 0 to 1.
[[nodiscard]] schema::Node value_at(const SweepRange& range, double share);
// Where a value lies in its range: 0 is the lower end, 1 the upper one, of whole numbers the last one.
[[nodiscard]] double share_of_range(const SweepRange& range, const schema::Node& value);

// "fab.load_factor = 0.9, horizon = 100 d"; without what is unchanged, "as the base" where all is.
[[nodiscard]] std::string point_text(const Overrides& values);

// The scenarios of points, resolved: traces by absolute name and SHA-256, which is formed once for every file.
class PointScenarios {
 public:
  explicit PointScenarios(Scenario base) : base_(std::move(base)) {}
  [[nodiscard]] const Scenario& base() const { return base_; }
  [[nodiscard]] Scenario make(const Overrides& values); // throws InputError

 private:
  void pin_trace(Scenario& scenario);
  Scenario base_;
  std::map<std::string, std::string> traces_; // SHA-256 by file
};

// Gives every point with its scenario, resolved. Each is checked as `validate`
// does; throws InputError with the faults of all points, named by their values, after the last one. `stop` is asked at
// every point, also behind one with a fault; throws Interrupted where it says so.
// `overloaded`: where there is one, points of a line that provably cannot keep up are told there and not used; else
// they are faults like others.
using UsePoint = std::function<void(std::int64_t point, const Overrides& values, const Scenario& scenario)>;
using TellPoint = std::function<void(std::int64_t point, const std::string& reason)>;
void resolve_points(const Scenario& base, const Sweep& sweep, const UsePoint& use, const core::StopQuestion& stop = {},
                    const TellPoint& overloaded = {});

} // namespace centresim::centre
