// Which of several systems is best, with as few replications as that takes. Kim and Nelson promise a probability of
// being right (S.-H. Kim, B. L. Nelson, "A fully sequential procedure for indifference-zone selection in simulation",
// ACM TOMACS 11 (2001), 251-273); OCBA makes the most of a budget (C.-H. Chen, J. Lin, E. Yucesan, S. E. Chick,
// "Simulation budget allocation for further enhancing the efficiency of ordinal optimization", Discrete Event Dynamic
// Systems 10 (2000), 251-270; C.-H. Chen, L. H. Lee, Stochastic Simulation Optimization, 2010).
//
// Both are told values and answer what they want next; they run nothing. Values may come in any order and ahead of what
// is wanted: those are kept and looked at when their turn comes, so that the answer depends on the values alone.
#pragma once
#include "centresim/core/statistics.hpp"
#include "centresim/experiment/kpi.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace centresim::experiment {

struct KimNelsonOptions {
  std::size_t systems = 2;
  double indifference = 0; // above 0, in the unit of the figure: systems nearer to the best than that are as good
  Better better = Better::lower;
  double confidence = 0.95; // of selecting the best where no other is in the indifference zone; above 1 / systems
  std::int64_t first = 10;  // replications of every system before any is dropped, at least 2
};

// The procedure with c = 1, and alpha / (k - 1) for each pair. The promise holds for normal values that are independent
// over replications; common random numbers between systems are allowed and save replications, since the variance of
// each difference is estimated for itself.
class KimNelson {
 public:
  // Throws std::invalid_argument where an option is not as it says there, or no direction is better.
  explicit KimNelson(const KimNelsonOptions& options);

  // Told twice, a value must be the same. Those of systems that are out, or after the end, change nothing. Throws
  // std::invalid_argument where the value is no number (the promise knows no missing values), there is no such system,
  // or the replication is negative or not below kMaxReplications.
  void add(std::size_t system, std::int64_t replication, double value);

  // To go on: replications 0 .. wanted() - 1 of every system that is in.
  [[nodiscard]] std::int64_t wanted() const { return wanted_; }
  [[nodiscard]] std::vector<std::size_t> systems_in() const { return in_; }       // ascending
  [[nodiscard]] std::optional<std::size_t> selected() const { return selected_; } // of equal ones the lowest number

  // Of the replications looked at: how many until a system was dropped, or so far, and their mean.
  [[nodiscard]] std::int64_t replications(std::size_t system) const { return looked_at_.at(system); }
  [[nodiscard]] double mean(std::size_t system) const; // NaN before the first look

  // The most that any system can take, should no difference show; 0 before the first look.
  [[nodiscard]] double most_replications() const;

 private:
  void go_on();
  void estimate_variances();
  void drop_systems();
  [[nodiscard]] bool told_what_is_wanted() const;
  [[nodiscard]] double& scaled_variance(std::size_t i, std::size_t j) { return scaled_[i * options_.systems + j]; }

  KimNelsonOptions options_;
  double h_squared_ = 0, longest_ = 0; // what chance may make up for lasts as long, in replications
  std::int64_t wanted_ = 0;
  std::vector<std::vector<double>> values_; // as they came
  std::vector<std::int64_t> looked_at_;
  std::vector<double> sums_;   // of those looked at
  std::vector<double> scaled_; // h^2 S_ij^2 / indifference^2, in replications
  std::vector<std::size_t> in_;
  std::optional<std::size_t> selected_;
};

// How OCBA divides a budget, as shares that add up to 1. With d_i the distance of mean i from the best mean b and s_i
// its sd: (s_i / d_i)^2 for all but b, and s_b sqrt(sum (n_i / s_i)^2) for b. Systems that are as good as b take all of
// it, by their variances; equal shares where nothing varies. Assumes systems that are run independently. Throws
// std::invalid_argument where there are fewer than two systems, numbers differ, a mean or variance is no number, a
// variance is negative, or no direction is better.
[[nodiscard]] std::vector<double> ocba_shares(std::span<const double> means, std::span<const double> variances,
                                              Better better);

// The shares of a budget of whole replications, rounded by largest remainders. Throws also where it is negative.
[[nodiscard]] std::vector<std::int64_t>
ocba_allocation(std::span<const double> means, std::span<const double> variances, std::int64_t budget, Better better);

// How many more of each bring `counts` nearest to the shares of their sum and `increment`: none is taken back, and they
// add up to the increment. Throws also where counts differ in number or are negative.
[[nodiscard]] std::vector<std::int64_t> ocba_increment(std::span<const double> means, std::span<const double> variances,
                                                       std::span<const std::int64_t> counts, std::int64_t increment,
                                                       Better better);

struct OcbaOptions {
  std::size_t systems = 2;
  std::int64_t budget = 0;    // replications of all systems together, at least systems * first
  std::int64_t first = 10;    // of every system, at least 2
  std::int64_t increment = 0; // of all systems together in a round; 0: as many as there are systems
  Better better = Better::lower;
};

// OCBA in rounds: all get the first replications, then each round divides an increment by what is known so far.
class Ocba {
 public:
  // Throws std::invalid_argument where an option is not as it says there, or no direction is better.
  explicit Ocba(const OcbaOptions& options);

  // As that of KimNelson.
  void add(std::size_t system, std::int64_t replication, double value);

  [[nodiscard]] const std::vector<std::int64_t>& wanted() const { return wanted_; }       // of each system, to go on
  [[nodiscard]] std::optional<std::size_t> selected() const { return selected_; }         // the budget is spent
  [[nodiscard]] double mean(std::size_t system) const { return seen_.at(system).mean(); } // NaN before the first look

 private:
  void go_on();

  OcbaOptions options_;
  std::vector<std::vector<double>> values_; // as they came
  std::vector<core::Moments> seen_;         // of the replications looked at
  std::vector<std::int64_t> wanted_;
  std::optional<std::size_t> selected_;
};

} // namespace centresim::experiment
