#include "centresim/experiment/operating_curve_fit.hpp"

#include <Eigen/QR>

#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace centresim::experiment {
namespace {

using Eigen::MatrixXd, Eigen::VectorXd, Eigen::Index;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kOwnPart = 1e-7; // smallest part of a column that those before it leave open
constexpr double kLeastExponent = 0.2, kMostExponent = 4, kExponentFound = 1e-7;

void refuse(const std::string& what) { throw std::invalid_argument("operating curve: " + what); }

void check_load(double load) {
  if (!(load >= 0 && load < 1)) refuse(fmt::format("load {} is not from 0 to below 1", load));
}

void check(std::span<const LoadPoint> points, const CurveForm& form) {
  if (form.terms < 1) refuse("needs at least one term");
  if (form.exponent && !(*form.exponent > 0 && std::isfinite(*form.exponent))) refuse("the exponent must be above 0");
  for (const LoadPoint& p : points) {
    check_load(p.load);
    if (p.cycle_time.n < 2 || !std::isfinite(p.cycle_time.mean))
      refuse(fmt::format("load {} has fewer than two values", p.load));
    if (!(p.cycle_time.sd > 0)) refuse(fmt::format("load {}: the values do not vary and have no weight", p.load));
  }
  const std::size_t needed = form.terms + (form.exponent ? 1 : 2);
  if (points.size() < needed) refuse(fmt::format("needs at least {} loads, there are {}", needed, points.size()));
}

// 1, x / (1 - x)^p, x^2 / (1 - x)^p, ...
VectorXd terms_at(double load, std::size_t terms, double exponent) {
  VectorXd row(static_cast<Index>(terms) + 1);
  row(0) = 1;
  double term = std::pow(1 - load, -exponent);
  for (Index k = 1; k < row.size(); k++) row(k) = term *= load;
  return row;
}

// How the curve follows its parameters at a load: its terms and, where it is estimated, the exponent.
VectorXd gradient_at(const OperatingCurve& curve, double load) {
  VectorXd row = terms_at(load, curve.coefficients.size() - 1, curve.exponent);
  if (!curve.exponent_estimated) return row;
  const Eigen::Map<const VectorXd> c(curve.coefficients.data(), row.size());
  const double by_exponent = -std::log(1 - load) * c.tail(c.size() - 1).dot(row.tail(row.size() - 1));
  row.conservativeResize(row.size() + 1);
  row(row.size() - 1) = by_exponent;
  return row;
}

struct Fit {
  VectorXd parameters, leverage; // leverage: how each fitted mean follows its own point
  MatrixXd influence;            // parameters over means
  double residual = 0;           // weighted squares
};

Fit least_squares(const MatrixXd& rows, const VectorXd& means, const VectorXd& variances) {
  const Index m = rows.rows(), q = rows.cols();
  const VectorXd weights = variances.array().rsqrt();
  MatrixXd columns = weights.asDiagonal() * rows;
  const VectorXd size = columns.colwise().norm().transpose(); // what is collinear does not depend on units
  for (Index j = 0; j < q; j++) columns.col(j) /= size(j);
  const Eigen::HouseholderQR<MatrixXd> qr(columns);
  const MatrixXd r = qr.matrixQR().topRows(q).template triangularView<Eigen::Upper>();
  for (Index j = 0; j < q; j++)
    if (!(std::abs(r(j, j)) > kOwnPart)) refuse("the loads do not determine the curve: too few different ones");
  const MatrixXd base = qr.householderQ() * MatrixXd::Identity(m, q);
  const MatrixXd inverse = r.template triangularView<Eigen::Upper>().solve(base.transpose());
  Fit fit;
  fit.influence = size.cwiseInverse().asDiagonal() * inverse * weights.asDiagonal();
  fit.parameters = fit.influence * means;
  fit.leverage = base.rowwise().squaredNorm();
  fit.residual = ((means - rows * fit.parameters).array() * weights.array()).square().sum();
  return fit;
}

// Straight line of log variances over -log(1 - load), weighted by degrees of freedom; 1 / freedom is what a logarithm
// of an estimated variance is too low on average.
void fit_spread(std::span<const LoadPoint> points, OperatingCurve& curve) {
  double weight = 0, x_mean = 0, y_mean = 0, xx = 0, xy = 0;
  const auto x_of = [](const LoadPoint& p) { return -std::log(1 - p.load); };
  const auto y_of = [](const LoadPoint& p) {
    return 2 * std::log(p.cycle_time.sd) + 1 / static_cast<double>(p.cycle_time.n - 1);
  };
  for (const LoadPoint& p : points) {
    const double w = static_cast<double>(p.cycle_time.n - 1);
    weight += w;
    x_mean += w * x_of(p);
    y_mean += w * y_of(p);
  }
  x_mean /= weight;
  y_mean /= weight;
  for (const LoadPoint& p : points) {
    const double w = static_cast<double>(p.cycle_time.n - 1), x = x_of(p) - x_mean;
    xx += w * x * x;
    xy += w * x * (y_of(p) - y_mean);
  }
  curve.spread_slope = xy / xx;
  curve.spread_level = y_mean - curve.spread_slope * x_mean;
}

double spread_at(const OperatingCurve& curve, double load) {
  return std::exp(curve.spread_level - curve.spread_slope * std::log(1 - load));
}

struct Data {
  VectorXd loads, means;
  VectorXd observed, smooth; // variances of the means: as they are, and as the spread over all loads has them
  Data(std::span<const LoadPoint> points, const OperatingCurve& curve)
      : loads(static_cast<Index>(points.size())), means(loads.size()), observed(loads.size()), smooth(loads.size()) {
    for (Index i = 0; i < loads.size(); i++) {
      const LoadPoint& p = points[static_cast<std::size_t>(i)];
      const double n = static_cast<double>(p.cycle_time.n);
      loads(i) = p.load;
      means(i) = p.cycle_time.mean;
      observed(i) = p.cycle_time.sd * p.cycle_time.sd / n;
      smooth(i) = spread_at(curve, p.load) / n;
    }
  }
  [[nodiscard]] MatrixXd rows(std::size_t terms, double exponent) const {
    MatrixXd rows(loads.size(), static_cast<Index>(terms) + 1);
    for (Index i = 0; i < loads.size(); i++) rows.row(i) = terms_at(loads(i), terms, exponent).transpose();
    return rows;
  }
};

// The exponent of the smallest residual, by golden sections.
double best_exponent(const Data& data, std::size_t terms) {
  const auto residual = [&](double exponent) {
    return least_squares(data.rows(terms, exponent), data.means, data.smooth).residual;
  };
  const double share = 1 / std::numbers::phi;
  double low = kLeastExponent, high = kMostExponent;
  double a = high - share * (high - low), b = low + share * (high - low), at_a = residual(a), at_b = residual(b);
  while (high - low > kExponentFound) {
    if (at_a < at_b) {
      high = b, b = a, at_b = at_a;
      at_a = residual(a = high - share * (high - low));
    } else {
      low = a, a = b, at_a = at_b;
      at_b = residual(b = low + share * (high - low));
    }
  }
  return (low + high) / 2;
}

// Johansen's F, of the fit with weights as observed: squared residuals are then larger than a chi-squared law has them.
double misfit(const Fit& fit, std::span<const std::int64_t> freedom) {
  const double f = static_cast<double>(fit.influence.cols() - fit.influence.rows());
  if (f == 0) return kNaN;
  double a = 0;
  for (std::size_t i = 0; i < freedom.size(); i++)
    a += std::pow(1 - fit.leverage(static_cast<Index>(i)), 2) / static_cast<double>(freedom[i]);
  const double statistic = fit.residual / f / (1 + 2 * (f - 1) * a / (f * (f + 2)));
  const boost::math::fisher_f law(f, f * (f + 2) / (3 * a));
  return boost::math::cdf(boost::math::complement(law, statistic));
}

// `own`: the variance of what is predicted, about its expected value.
CurveValue value_at(const OperatingCurve& curve, double load, double own) {
  const VectorXd gradient = gradient_at(curve, load);
  const auto m = static_cast<Index>(curve.variances.size()), c = static_cast<Index>(curve.coefficients.size());
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor> influence(curve.influence.data(), gradient.size(), m);
  const VectorXd by_point = influence.transpose() * gradient;
  double variance = own, squares = 0, all_freedom = 0; // of the variance: its own variance, after Satterthwaite
  for (Index i = 0; i < m; i++) {
    const auto at = static_cast<std::size_t>(i);
    const double part = by_point(i) * by_point(i) * curve.variances[at];
    const double freedom = static_cast<double>(curve.freedom[at]);
    variance += part;
    squares += part * part / freedom;
    all_freedom += freedom;
  }
  squares += own * own / all_freedom;
  CurveValue result;
  result.value = gradient.head(c).dot(Eigen::Map<const VectorXd>(curve.coefficients.data(), c));
  const boost::math::students_t law(variance * variance / squares);
  const double half = boost::math::quantile(law, 0.975) * std::sqrt(variance);
  result.low = result.value - half;
  result.high = result.value + half;
  return result;
}

} // namespace

OperatingCurve fit_operating_curve(std::span<const LoadPoint> points, const CurveForm& form) {
  check(points, form);
  OperatingCurve curve;
  fit_spread(points, curve);
  const Data data(points, curve);
  curve.exponent_estimated = !form.exponent;
  curve.exponent = form.exponent ? *form.exponent : best_exponent(data, form.terms);
  MatrixXd rows = data.rows(form.terms, curve.exponent);
  Fit fit = least_squares(rows, data.means, data.smooth);
  curve.coefficients.assign(fit.parameters.data(), fit.parameters.data() + fit.parameters.size());
  for (const LoadPoint& p : points) curve.freedom.push_back(p.cycle_time.n - 1);
  curve.variances.assign(data.observed.data(), data.observed.data() + data.observed.size());
  VectorXd left = data.means;
  if (curve.exponent_estimated) { // the exponent is one more parameter, linear about its best value
    left -= rows * fit.parameters;
    rows.conservativeResize(rows.rows(), rows.cols() + 1);
    for (Index i = 0; i < rows.rows(); i++) rows.row(i) = gradient_at(curve, data.loads(i)).transpose();
    fit = least_squares(rows, left, data.smooth);
  }
  for (Index j = 0; j < fit.influence.rows(); j++)
    for (Index i = 0; i < fit.influence.cols(); i++) curve.influence.push_back(fit.influence(j, i));
  curve.misfit_p_value = misfit(least_squares(rows, left, data.observed), curve.freedom);
  return curve;
}

CurveValue expected_cycle_time(const OperatingCurve& curve, double load) {
  check_load(load);
  return value_at(curve, load, 0);
}

CurveValue predicted_cycle_time(const OperatingCurve& curve, double load, std::int64_t replications) {
  check_load(load);
  if (replications < 1) refuse("a prediction needs at least one replication");
  return value_at(curve, load, spread_at(curve, load) / static_cast<double>(replications));
}

} // namespace centresim::experiment
