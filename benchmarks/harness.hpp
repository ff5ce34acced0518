// Runs benchmarks: both sides interleaved in one process, medians of thread CPU time, one JSON object each.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

// CPU time of the calling thread.
[[nodiscard]] double cpu_seconds();
[[nodiscard]] double wall_seconds();

// One timed run of one side.
struct Sample {
  double seconds = 0;
  double work = 1;  // units of work done
  double check = 0; // what the run computed
};

struct Side {
  std::function<Sample()> run;
  double least = 0, most = 0; // of a right check value
};

// A figure as it changes along an axis.
struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

// What is printed of a benchmark.
struct Outcome {
  double figure = 0;    // of the product
  double yardstick = 0; // the same of the hand-written code; 0: none
  double ratio = 0;     // above 1: better than the yardstick
  double spread = 1;    // worst ratio of a median to its best run; far above 1: the machine was not quiet
  bool right = true;    // the check values
  std::vector<std::pair<std::string, double>> more;
  std::string axis; // of the curves
  std::vector<Curve> curves;
};

struct Benchmark {
  std::string name, question, unit;
  double target = 0; // of the ratio, or of the figure where there is no ratio (see `unit`)
  std::function<Outcome(int repetitions)> run;
};

// Nanoseconds per unit of work of both sides, run in turns.
[[nodiscard]] Outcome compare(const Side& product, const Side& yardstick, int repetitions);
[[nodiscard]] double median(std::vector<double> values);
// CENTRESIM_BENCH_QUICK is set: small sizes, to see that everything runs. The figures mean little then.
[[nodiscard]] bool quick();

[[nodiscard]] std::vector<Benchmark> kernel_benchmarks();
[[nodiscard]] std::vector<Benchmark> event_set_benchmarks();
[[nodiscard]] std::vector<Benchmark> fab_benchmarks();
[[nodiscard]] std::vector<Benchmark> growth_benchmarks();
[[nodiscard]] std::vector<Benchmark> file_benchmarks();
[[nodiscard]] std::vector<Benchmark> hvlm_benchmarks();
[[nodiscard]] std::vector<Benchmark> farm_benchmarks();
[[nodiscard]] std::vector<Benchmark> centre_benchmarks();

} // namespace bench
