// Laws of listed values: what was seen, or classes of it.
#include "fit_laws.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace centresim::design::detail {

namespace {

using core::LawKind;

double all_of(std::span<const Point> points) {
  double all = 0;
  for (const Point& p : points) all += p.n;
  return all;
}

double shown(Dimension dimension, double value) {
  return dimension == Dimension::time ? std::round(value) : rounded(value);
}

// Bounds of probability: 1 % steps to 99 %, then 0.1 % to 99.9 %, and so on as long as a class holds an observation.
std::vector<double> bounds_for(double n) {
  std::vector<double> bounds;
  double from = 0, step = 0.01;
  for (int level = 0; level < 5 && step * n >= 1; ++level, step /= 10) {
    const int count = level == 0 ? 99 : 9;
    for (int i = 1; i <= count; ++i) bounds.push_back(from + i * step);
    from = bounds.back();
  }
  bounds.push_back(1);
  return bounds;
}

struct Class {
  double mean = 0, n = 0;
};

// Points are split over classes where they reach over a bound.
std::vector<Class> classes(std::span<const Point> points) {
  const double all = all_of(points);
  std::vector<Class> made;
  double sum = 0, inside = 0, done = 0;
  std::size_t bound = 0;
  const std::vector<double> bounds = bounds_for(all);
  for (const Point& p : points) {
    double left = p.n;
    while (left > 0) {
      const bool last = bound + 1 >= bounds.size();
      const double room = last ? left : std::max(bounds[bound] * all - done, 0.0);
      const double taken = std::min(left, room);
      sum += taken * p.value;
      inside += taken;
      done += taken;
      left -= taken;
      if (last || left <= 0) continue;
      if (inside > 0) made.push_back({sum / inside, inside});
      sum = inside = 0;
      ++bound;
    }
  }
  if (inside > 0) made.push_back({sum / inside, inside});
  return made;
}

} // namespace

Distribution listed(Dimension dimension, std::span<const Point> points, bool whole) {
  Distribution law{whole ? LawKind::discrete : LawKind::empirical, dimension, {}, {}};
  const double all = all_of(points);
  for (const Point& p : points) {
    law.parameters.push_back(whole ? std::round(p.value) : shown(dimension, p.value));
    law.weights.push_back(rounded(p.n / all));
  }
  return law;
}

Distribution classes_of(Dimension dimension, std::span<const Point> points) {
  if (points.size() <= 100) return listed(dimension, points, false);
  Distribution law{LawKind::empirical, dimension, {}, {}};
  const double all = all_of(points);
  for (const Class& c : classes(points)) {
    const double value = shown(dimension, c.mean);
    if (!law.parameters.empty() && law.parameters.back() == value) {
      law.weights.back() = rounded(law.weights.back() + c.n / all);
      continue;
    }
    law.parameters.push_back(value);
    law.weights.push_back(rounded(c.n / all));
  }
  return law;
}

Distribution whole_classes_of(std::span<const Point> points) {
  std::map<double, double> weights; // a class between two whole numbers goes to both
  const double all = all_of(points);
  for (const Class& c : classes(points)) {
    const double low = std::floor(c.mean), part = c.mean - low;
    weights[low] += c.n / all * (1 - part);
    if (part > 0) weights[low + 1] += c.n / all * part;
  }
  Distribution law{LawKind::discrete, Dimension::number, {}, {}};
  for (const auto& [value, weight] : weights) {
    law.parameters.push_back(value);
    law.weights.push_back(rounded(weight));
  }
  return law;
}

double ks_of_values(const Distribution& law, std::span<const Point> points) {
  double total = 0, all = all_of(points), most = 0, below = 0, law_below = 0;
  for (const double w : law.weights) total += w;
  std::size_t i = 0;
  for (const Point& p : points) {
    const double tolerance = 1e-6 * p.value + (law.dimension == Dimension::time ? 0.5 : 0);
    for (; i < law.parameters.size() && law.parameters[i] < p.value - tolerance; ++i) {
      law_below += law.weights[i] / total;
      most = std::max(most, std::abs(law_below - below / all));
    }
    below += p.n;
    for (; i < law.parameters.size() && law.parameters[i] <= p.value + tolerance; ++i)
      law_below += law.weights[i] / total;
    most = std::max(most, std::abs(law_below - below / all));
  }
  return most;
}

} // namespace centresim::design::detail
