// Compiling projects: what they need to know of the farm, and the flow of a chip with its blocks as one graph.
#pragma once
#include "centresim/design/model.hpp"
#include "centresim/design/project_model.hpp"

#include <functional>
#include <string>
#include <vector>

namespace centresim::design {

// What the compiler of the farm knows.
struct FarmNames {
  std::function<std::uint32_t(const std::string& kind)> kind;
  std::function<std::uint32_t(const std::vector<TokenUse>& uses, const std::string& account)> tokens;
  std::function<std::uint32_t(const std::string& account)> account;
  std::function<std::uint32_t(const std::string& site)> site;
};

// Work done in an hour on a remote desktop, against an hour without round trips.
[[nodiscard]] double remote_productivity(const Team& team, const Staffing& staffing);

inline constexpr const char* kSessionKind = "session";

// Kinds of jobs that the projects of a floor submit.
[[nodiscard]] std::vector<std::string> project_kinds(const Floor& floor);
[[nodiscard]] ProjectModel compile_projects(const Floor& floor, const Model& farm, std::int64_t start_day,
                                            const FarmNames& names);

// A task of the graph of a project: of its own flow, or of that of a block.
struct GraphTask {
  const Task* task = nullptr;
  const Block* block = nullptr; // none: the chip's
  std::vector<std::uint32_t> before, next;
  [[nodiscard]] std::string name() const { return block ? block->name + "/" + task->name : task->name; }
};

// The graph in an order in which every task comes after those before it; fewer tasks than there are where it goes round
// in a circle. `blocks` tasks stay as the places where the blocks end; the first tasks of the blocks come after what is
// before them.
struct Graph {
  std::vector<GraphTask> tasks;
  std::vector<std::uint32_t> order;
  // The tasks that `name` means to a gate of the same flow and block: one, or those of several blocks.
  [[nodiscard]] std::vector<std::uint32_t> targets(const std::string& name, const Block* block) const;
  [[nodiscard]] bool is_before(std::uint32_t first, std::uint32_t second) const;
  // Tasks that go round in a circle, each before the next and the last before the first. Empty: none do.
  [[nodiscard]] std::vector<std::uint32_t> circle() const;
  // What lies between `from` and `to`, both included, in order.
  [[nodiscard]] std::vector<std::uint32_t> between(const std::vector<std::uint32_t>& from, std::uint32_t to) const;
};
[[nodiscard]] Graph graph_of(const Floor& floor, const Project& project);

// Threads of a job of a stage, and how its run time compares with that on the threads of reference.
struct ThreadChoice {
  std::int64_t threads = 1;
  double factor = 1;
};
[[nodiscard]] double scaling(const Stage& stage, std::int64_t threads);
[[nodiscard]] ThreadChoice choose_threads(const Floor& floor, const Stage& stage, const Task& task);

} // namespace centresim::design
