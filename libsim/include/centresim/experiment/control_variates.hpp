// Sharper means from what is known: control variates (S. S. Lavenberg, P. D. Welch, "A perspective on the use of
// control variables to increase the efficiency of Monte Carlo simulations", Management Science 27 (1981), 322-335;
// B. L. Nelson, "Control variate remedies", Operations Research 38 (1990), 974-992; A. M. Law, Simulation Modeling and
// Analysis, 5th ed., ch. 11.4).
#pragma once
#include "centresim/experiment/estimate.hpp"

#include <span>
#include <string>
#include <vector>

namespace centresim::experiment {

// Something observed in each replication whose expected value is known.
struct Control {
  std::string name;
  std::vector<double> values; // one per replication
  double mean = 0;            // the expected value
};

struct Controlled {
  Estimate plain;    // as estimate()
  Estimate adjusted; // of the response less what the controls explain; `sd` is that of the residuals
  std::vector<double> coefficients;
  // Estimated variance of the plain mean over that of the adjusted one: so many times the replications would give the
  // plain mean the same accuracy. What it costs to estimate the coefficients is in it: below 1 the controls do harm.
  // NaN where the response does not vary, infinite where the controls explain all of it.
  double variance_reduction = 0;
  // That cost alone: controls that explain nothing multiply the variance by (n - 2) / (n - q - 2) on average.
  double loss_factor = 1;
};

// The mean of `response` (one value per replication) by regression on the controls, mean(Y) - b'(mean(C) - mu), with
// its 95 % interval: variance from the residuals with n - q - 1 degrees of freedom, times
// 1/n + (mean(C) - mu)' S^-1 (mean(C) - mu) / (n - 1) with S the sample covariance of the controls. Exact where
// response and controls are normal together, as averages over long windows nearly are. No controls: the plain estimate.
// Throws std::invalid_argument, naming the control, where lengths differ, a value is missing or infinite, there are
// fewer than q + 3 replications, a control does not vary, or others determine it.
[[nodiscard]] Controlled control_variates(std::span<const double> response, std::span<const Control> controls);

// Whether a control is fit for use, told from its own values.
struct ControlCheck {
  Estimate observed;
  double standard_errors = 0; // from the expected to the observed mean
  std::string refusal;        // why not; empty: it is fit
};

// Refuses a control whose observed mean is more than 4 standard errors from the expected one: with the right mean that
// happens to one in 16,000 with many replications, in 320 with 10, in 60 with 5. A control with another mean than the
// one it is given would shift the adjusted mean; a smaller fault passes unseen. With controls `before` it, which have
// passed, also one that they determine, and one whose mean *adjusted by them* is as far off: what two nearly equal
// controls tell beyond each other is their difference, and that has a small error.
[[nodiscard]] ControlCheck check_control(const Control& control, std::span<const Control> before = {});

} // namespace centresim::experiment
