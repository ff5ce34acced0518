// The free cores, memory and local disk of every node, and the choice of a node for a rank.
#pragma once
#include "centresim/design/model.hpp"
#include "fit_index.hpp"

#include <cmath>
#include <compare>
#include <vector>

namespace centresim::design {

// What one rank takes of a node.
struct Demand {
  std::int64_t cores = 1, memory = 0, scratch = 0;
};

// Part of a node that is not to be used: what a planned start will need there.
struct NodeCap {
  std::uint32_t node = kNone;
  Demand free; // what may be taken of it
};

class Nodes {
 public:
  explicit Nodes(const Model& model)
      : model_(&model),
        indexed_(model.nodes > 1 && model.policy.fit == Fit::best && most_cores(model) <= FitIndex::kMostCores) {
    for (const SiteTable& s : model.sites)
      sites_.push_back({s.first_node, s.first_node + s.nodes, s.cores, FitIndex(indexed_ ? most_cores(model) : 0)});
    for (std::uint32_t c = 0; c < model.classes.size(); c++) {
      const NodeClassTable& k = model.classes[c];
      for (std::uint32_t i = 0; i < k.nodes; i++) {
        const auto node = static_cast<std::uint32_t>(free_.size());
        free_.push_back({k.cores, k.memory, k.scratch});
        class_.push_back(c);
        closed_.push_back(0);
        if (indexed_) sites_[k.site].by_fit.insert(k.cores, k.memory, node);
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return free_.size(); }
  [[nodiscard]] const Demand& free(std::uint32_t node) const { return free_[node]; }
  [[nodiscard]] bool open(std::uint32_t node) const { return closed_[node] == 0; }
  [[nodiscard]] std::int64_t free_cores(std::uint32_t site) const { return sites_[site].free_cores; } // of open nodes
  [[nodiscard]] std::uint32_t first(std::uint32_t site) const { return sites_[site].first; }
  [[nodiscard]] std::uint32_t last(std::uint32_t site) const { return sites_[site].last; } // one beyond
  [[nodiscard]] bool single(std::uint32_t site) const { return sites_[site].last - sites_[site].first == 1; }
  [[nodiscard]] std::uint32_t class_index(std::uint32_t node) const { return class_[node]; }
  // No rank with more cores fits anywhere.
  [[nodiscard]] std::int64_t most_free_cores(std::uint32_t site) const {
    return indexed_ ? sites_[site].by_fit.most_cores() : sites_[site].free_cores;
  }
  [[nodiscard]] const NodeClassTable& class_of(std::uint32_t node) const { return model_->classes[class_[node]]; }

  void take(std::uint32_t node, const Demand& d) { change(node, -d.cores, -d.memory, -d.scratch); }
  void give(std::uint32_t node, const Demand& d) { change(node, d.cores, d.memory, d.scratch); }
  // Closes or opens a node: each reason once.
  void close(std::uint32_t node) {
    if (closed_[node]++ > 0) return;
    SiteNodes& site = sites_[class_of(node).site];
    if (indexed_ && free_[node].cores > 0) site.by_fit.remove(free_[node].cores, free_[node].memory, node);
    site.free_cores -= free_[node].cores;
  }
  void reopen(std::uint32_t node) {
    if (--closed_[node] > 0) return;
    SiteNodes& site = sites_[class_of(node).site];
    if (indexed_ && free_[node].cores > 0) site.by_fit.insert(free_[node].cores, free_[node].memory, node);
    site.free_cores += free_[node].cores;
  }

  [[nodiscard]] bool holds(std::uint32_t node, const Demand& d) const {
    const Demand& f = free_[node];
    return closed_[node] == 0 && f.cores >= d.cores && f.memory >= d.memory && f.scratch >= d.scratch;
  }
  // The node that the rule gives to a rank, within the caps; kNone where it fits nowhere. `tokens`: it uses some.
  [[nodiscard]] std::uint32_t find(std::uint32_t site, const Demand& d, Fit fit, bool tokens,
                                   const std::vector<NodeCap>& caps) const {
    const SiteNodes& s = sites_[site];
    if (s.last - s.first == 1) return holds(s.first, d) && allowed(s.first, d, caps) ? s.first : kNone;
    if (d.cores > s.free_cores) return kNone;
    if (indexed_ && fit == Fit::best) return find_best(s, d, caps);
    return scan(s, d, fit, tokens, caps);
  }

  // Whether the rule prefers node `a` with so much free to node `b`; false where it does not care.
  [[nodiscard]] bool better(std::uint32_t a, const Demand& free_a, std::uint32_t b, const Demand& free_b,
                            const Demand& d, Fit fit, bool tokens) const {
    return score(a, free_a, d, fit, tokens) < score(b, free_b, d, fit, tokens);
  }

 private:
  struct SiteNodes {
    std::uint32_t first = 0, last = 0;
    std::int64_t free_cores = 0;
    FitIndex by_fit; // open nodes with free cores
  };

  static std::int64_t most_cores(const Model& model) {
    std::int64_t most = 0;
    for (const NodeClassTable& k : model.classes) most = std::max(most, k.cores);
    return most;
  }

  void change(std::uint32_t node, std::int64_t cores, std::int64_t memory, std::int64_t scratch) {
    Demand& f = free_[node];
    const bool open = closed_[node] == 0;
    SiteNodes& site = sites_[class_of(node).site];
    if (indexed_ && open && f.cores > 0) site.by_fit.remove(f.cores, f.memory, node);
    f.cores += cores;
    f.memory += memory;
    f.scratch += scratch;
    if (!open) return;
    site.free_cores += cores;
    if (indexed_ && f.cores > 0) site.by_fit.insert(f.cores, f.memory, node);
  }

  static bool allowed(std::uint32_t node, const Demand& d, const std::vector<NodeCap>& caps) {
    for (const NodeCap& c : caps)
      if (c.node == node) return c.free.cores >= d.cores && c.free.memory >= d.memory && c.free.scratch >= d.scratch;
    return true;
  }

  [[nodiscard]] std::uint32_t find_best(const SiteNodes& site, const Demand& d,
                                        const std::vector<NodeCap>& caps) const {
    const auto takes = [&](std::uint32_t node) { return holds(node, d) && allowed(node, d, caps); };
    return site.by_fit.find(d.cores, d.memory, takes, kNone);
  }

  // Smaller is better; ties go to the smaller number. Shares are compared as doubles: divisions round alike everywhere.
  struct Score {
    double a = 0, b = 0, c = 0;
    auto operator<=>(const Score&) const = default;
  };
  [[nodiscard]] Score score(std::uint32_t node, const Demand& f, const Demand& d, Fit fit, bool tokens) const {
    const NodeClassTable& k = class_of(node);
    const auto cores = static_cast<double>(f.cores);
    const auto memory = static_cast<double>(std::min(f.memory, FitIndex::kMostMemory));
    switch (fit) {
    case Fit::worst:
      return {-cores, 0, 0};
    case Fit::mix: {
      const double c = static_cast<double>(f.cores - d.cores) / static_cast<double>(k.cores);
      const double m = static_cast<double>(f.memory - d.memory) / static_cast<double>(k.memory);
      return {std::fabs(c - m), c + m, 0};
    }
    case Fit::licence:
      return {tokens ? -k.speed : k.speed, cores, memory};
    case Fit::best:
      return {cores, memory, 0};
    default:
      return {};
    }
  }
  [[nodiscard]] std::uint32_t scan(const SiteNodes& site, const Demand& d, Fit fit, bool tokens,
                                   const std::vector<NodeCap>& caps) const {
    std::uint32_t best = kNone;
    Score least;
    for (std::uint32_t n = site.first; n < site.last; n++) {
      if (!holds(n, d) || !allowed(n, d, caps)) continue;
      if (fit == Fit::first) return n;
      const Score s = score(n, free_[n], d, fit, tokens);
      if (best == kNone || s < least) best = n, least = s;
    }
    return best;
  }

  const Model* model_;
  bool indexed_;
  std::vector<Demand> free_;
  std::vector<std::uint32_t> class_;
  std::vector<std::int32_t> closed_; // reasons
  std::vector<SiteNodes> sites_;
};

} // namespace centresim::design
