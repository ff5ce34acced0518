#include "centresim/experiment/control_variates.hpp"

#include <Eigen/QR>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace centresim::experiment {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kStandardErrors = 4;      // between the means of a control that may be chance
constexpr double kVaries = 1e-12;          // smallest spread of a control, relative to its size
constexpr double kOwnPart = 1e-6;          // smallest part of a control's spread that the controls before leave open
constexpr double kRounding = 1e-9;         // of what is left of a response that the controls determine
constexpr std::int64_t kFreedomNeeded = 3; // replications beyond the controls: else the loss has no mean

std::string first_fault(std::span<const double> values, const std::string& name) {
  const auto bad = std::ranges::find_if_not(values, [](double x) { return std::isfinite(x); });
  if (bad == values.end()) return "";
  return fmt::format("{}: no number in replication {}", name, bad - values.begin());
}

bool varies(const Control& c) {
  const auto [low, high] = std::ranges::minmax(c.values);
  return high - low > kVaries * std::max(std::abs(low), std::abs(high));
}

void check_shapes(std::span<const double> response, std::span<const Control> controls) {
  const auto n = static_cast<std::int64_t>(response.size()), q = static_cast<std::int64_t>(controls.size());
  const auto refuse = [](const std::string& rule) { throw std::invalid_argument("control variates: " + rule); };
  if (n < q + kFreedomNeeded)
    refuse(fmt::format("{} control{} need{} at least {} replications, there are {}", q, q == 1 ? "" : "s",
                       q == 1 ? "s" : "", q + kFreedomNeeded, n));
  if (const std::string fault = first_fault(response, "the response"); !fault.empty()) refuse(fault);
  for (const Control& c : controls) {
    if (c.values.size() != response.size())
      refuse(fmt::format("{}: {} values for {} replications", c.name, c.values.size(), n));
    if (const std::string fault = first_fault(c.values, c.name); !fault.empty()) refuse(fault);
    if (!std::isfinite(c.mean)) refuse(c.name + ": the expected value is no number");
    if (!varies(c)) refuse(c.name + ": does not vary between replications");
  }
}

// From the expected to the estimated mean, in standard errors; `q` controls have adjusted it.
double distance_in_errors(const Estimate& e, double mean, std::int64_t q) {
  return (e.mean - mean) / ((e.high - e.low) / 2 / student_t_95(e.n - q - 1));
}

Eigen::VectorXd centred(std::span<const double> values, double mean) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size())).array() - mean;
}

} // namespace

Controlled control_variates(std::span<const double> response, std::span<const Control> controls) {
  Controlled result;
  result.plain = result.adjusted = estimate(response);
  result.variance_reduction = result.plain.sd > 0 ? 1 : kNaN;
  if (controls.empty()) return result;
  check_shapes(response, controls);
  const auto rows = static_cast<Eigen::Index>(response.size()), q = static_cast<Eigen::Index>(controls.size());
  // In units of their own spread, so that what is collinear does not depend on units.
  Eigen::MatrixXd columns(rows, q);
  Eigen::VectorXd spread(q), distance(q);
  for (Eigen::Index j = 0; j < q; j++) {
    const Control& c = controls[static_cast<std::size_t>(j)];
    const double mean = estimate(c.values).mean;
    columns.col(j) = centred(c.values, mean);
    spread(j) = columns.col(j).norm();
    columns.col(j) /= spread(j);
    distance(j) = (mean - c.mean) / spread(j);
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  const Eigen::MatrixXd r = qr.matrixQR().topRows(q).template triangularView<Eigen::Upper>();
  for (Eigen::Index j = 0; j < q; j++)
    if (std::abs(r(j, j)) < kOwnPart)
      throw std::invalid_argument("control variates: " + controls[static_cast<std::size_t>(j)].name +
                                  ": the controls before it determine it");
  const Eigen::VectorXd y = centred(response, result.plain.mean);
  const Eigen::VectorXd rotated = qr.householderQ().transpose() * y;
  const Eigen::VectorXd beta = r.template triangularView<Eigen::Upper>().solve(rotated.head(q));
  const Eigen::VectorXd off = r.transpose().template triangularView<Eigen::Lower>().solve(distance);
  const double n = static_cast<double>(rows), freedom = n - static_cast<double>(q) - 1;
  double residual = rotated.tail(rows - q).squaredNorm() / freedom;
  if (std::sqrt(residual) < kRounding * result.plain.sd) residual = 0;
  const double variance = residual * (1 / n + off.squaredNorm());

  Estimate& a = result.adjusted;
  a.mean -= beta.dot(distance);
  a.sd = std::sqrt(residual);
  const double half_width = student_t_95(result.plain.n - q - 1) * std::sqrt(variance);
  a.low = a.mean - half_width;
  a.high = a.mean + half_width;
  for (Eigen::Index j = 0; j < q; j++) result.coefficients.push_back(beta(j) / spread(j));
  if (result.plain.sd > 0) result.variance_reduction = result.plain.sd * result.plain.sd / n / variance;
  result.loss_factor = (n - 2) / (freedom - 1);
  return result;
}

ControlCheck check_control(const Control& control, std::span<const Control> before) {
  ControlCheck check;
  check.observed = estimate(control.values);
  check.standard_errors = kNaN;
  if (!std::isfinite(control.mean))
    check.refusal = "the expected value is no number";
  else if (!first_fault(control.values, "").empty())
    check.refusal = "has no value in some replications";
  else if (check.observed.n < 2)
    check.refusal = "needs more than one replication";
  else if (!varies(control))
    check.refusal = "does not vary between replications";
  if (!check.refusal.empty()) return check;
  check.standard_errors = distance_in_errors(check.observed, control.mean, 0);
  if (std::abs(check.standard_errors) > kStandardErrors)
    check.refusal = fmt::format("its mean {:.6g} is {:.1f} standard errors from the expected {:.6g}",
                                check.observed.mean, std::abs(check.standard_errors), control.mean);
  const auto q = static_cast<std::int64_t>(before.size());
  if (!check.refusal.empty() || q == 0 || check.observed.n < q + kFreedomNeeded) return check;
  const Controlled rest = control_variates(control.values, before);
  if (rest.adjusted.sd < kOwnPart * rest.plain.sd) {
    check.refusal = "the controls before it determine it";
    return check;
  }
  const double errors = std::abs(distance_in_errors(rest.adjusted, control.mean, q));
  if (errors > kStandardErrors)
    check.refusal =
        fmt::format("its mean adjusted by the controls before it, {:.6g}, is {:.1f} standard errors from the "
                    "expected {:.6g}",
                    rest.adjusted.mean, errors, control.mean);
  return check;
}

} // namespace centresim::experiment
