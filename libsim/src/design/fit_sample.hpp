// Observations of one quantity in memory that does not grow with their number.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace centresim::design::detail {

// A value, or a class of values near one another, and how often it was seen.
struct Point {
  double low = 0, value = 0, high = 0; // what was seen lies between low and high, `value` on the average
  double n = 0;
};

// Whole numbers from 0 on. Up to kMostExact different ones are kept as they are; if there are more, all go into classes
// 1/kPerOctave of a power of two wide.
class Sample {
 public:
  static constexpr std::size_t kMostExact = 16'384;
  static constexpr int kPerOctave = 256;

  Sample() = default;
  Sample(const Sample&) = delete; // points into itself
  Sample& operator=(const Sample&) = delete;
  Sample(Sample&&) noexcept = default;
  Sample& operator=(Sample&&) noexcept = default;
  ~Sample() = default;

  void add(std::int64_t value, std::int64_t times = 1);
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] bool exact() const { return classes_.empty(); }
  [[nodiscard]] std::size_t different() const { return exact() ? values_.size() : kMostExact + 1; } // at least
  [[nodiscard]] std::int64_t largest() const { return largest_; }
  [[nodiscard]] std::int64_t times_largest() const { return times_largest_; }
  [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  // In ascending order, times `scale`. The largest value is a point of its own. `resolution`: values are rounded to its
  // multiples (0: not at all).
  [[nodiscard]] std::vector<Point> points(double scale, double resolution = 0) const;

 private:
  struct Class {
    std::int64_t n = 0;
    double sum = 0;
  };
  static std::size_t class_of(std::int64_t value);
  void add_to_class(std::int64_t value, std::int64_t times);
  void give_up_exactness();

  std::unordered_map<std::int64_t, std::int64_t> values_;
  std::vector<Class> classes_;
  std::int64_t count_ = 0, largest_ = -1, times_largest_ = 0;
  std::int64_t last_ = -1, *last_times_ = nullptr; // of the value before: often the same again
  double sum_ = 0;
};

} // namespace centresim::design::detail
