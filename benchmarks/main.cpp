// centresim_bench [--repetitions N] [--list] [NAME...]: runs the named benchmarks, all where none is named.
#include "harness.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>

namespace bench {
namespace {
double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
} // namespace

double cpu_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
double wall_seconds() { return seconds_of(CLOCK_MONOTONIC); }

bool quick() {
  const char* given = std::getenv("CENTRESIM_BENCH_QUICK");
  return given != nullptr && *given != '\0' && std::strcmp(given, "0") != 0;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

Outcome compare(const Side& product, const Side& yardstick, int repetitions) {
  Outcome outcome;
  std::vector<double> ours, theirs;
  const auto once = [&](const Side& side, std::vector<double>& figures) {
    const Sample sample = side.run();
    figures.push_back(1e9 * sample.seconds / sample.work);
    outcome.right = outcome.right && sample.check >= side.least && sample.check <= side.most;
    return sample.check;
  };
  double check = 0, yardstick_check = 0;
  for (int i = 0; i < repetitions; ++i) {
    yardstick_check = once(yardstick, theirs);
    check = once(product, ours);
  }
  outcome.figure = median(ours);
  outcome.yardstick = median(theirs);
  outcome.ratio = outcome.yardstick / outcome.figure;
  outcome.spread = std::max(outcome.figure / *std::min_element(ours.begin(), ours.end()),
                            outcome.yardstick / *std::min_element(theirs.begin(), theirs.end()));
  outcome.more = {{"check", check}, {"yardstick_check", yardstick_check}};
  return outcome;
}

} // namespace bench

namespace {

// `"axis": "pending events", "curves": {"std::set": [[100, 55.1], [1000, 81.2]]}`
void print_curves(const bench::Outcome& outcome) {
  std::printf(", \"axis\": \"%s\", \"curves\": {", outcome.axis.c_str());
  const char* before = "";
  for (const bench::Curve& curve : outcome.curves) {
    std::printf("%s\"%s\": [", before, curve.name.c_str());
    for (std::size_t i = 0; i < curve.points.size(); ++i)
      std::printf("%s[%.6g, %.6g]", i == 0 ? "" : ", ", curve.points[i].first, curve.points[i].second);
    std::printf("]");
    before = ", ";
  }
  std::printf("}");
}

void print(const bench::Benchmark& benchmark, const bench::Outcome& outcome, int repetitions) {
  std::printf("{\"name\": \"%s\", \"question\": \"%s\", \"figure\": %.6g, \"unit\": \"%s\"", benchmark.name.c_str(),
              benchmark.question.c_str(), outcome.figure, benchmark.unit.c_str());
  const auto number = [](const char* key, double value) {
    if (std::isfinite(value))
      std::printf(", \"%s\": %.6g", key, value);
    else
      std::printf(", \"%s\": null", key);
  };
  if (outcome.yardstick > 0) number("yardstick", outcome.yardstick);
  if (outcome.ratio > 0) number("ratio", outcome.ratio);
  if (benchmark.target > 0) number("target", benchmark.target);
  for (const auto& [key, value] : outcome.more) number(key.c_str(), value);
  if (!outcome.curves.empty()) print_curves(outcome);
  std::printf(", \"repetitions\": %d, \"spread\": %.4g, \"checks_ok\": %s, \"compiler\": \"%s\", \"flags\": \"%s\"}\n",
              repetitions, outcome.spread, outcome.right ? "true" : "false", CENTRESIM_BENCH_COMPILER,
              CENTRESIM_BENCH_FLAGS);
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  std::vector<bench::Benchmark> all;
  for (const auto list :
       {bench::kernel_benchmarks, bench::event_set_benchmarks, bench::fab_benchmarks, bench::growth_benchmarks,
        bench::hvlm_benchmarks, bench::farm_benchmarks, bench::centre_benchmarks, bench::file_benchmarks})
    for (auto& benchmark : list()) all.push_back(std::move(benchmark));
  int repetitions = 5;
  std::vector<const bench::Benchmark*> chosen;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--list") == 0) {
      for (const auto& benchmark : all) std::printf("%s\t%s\n", benchmark.name.c_str(), benchmark.question.c_str());
      return 0;
    }
    if (std::strcmp(argv[i], "--repetitions") == 0 && i + 1 < argc) {
      repetitions = std::atoi(argv[++i]);
      continue;
    }
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& b) { return b.name == argv[i]; });
    if (found == all.end()) {
      std::fprintf(stderr, "centresim_bench: there is no benchmark %s; see --list\n", argv[i]);
      return 2;
    }
    chosen.push_back(&*found);
  }
  if (repetitions < 1 || repetitions > 999) {
    std::fprintf(stderr, "centresim_bench: --repetitions must be from 1 to 999\n");
    return 2;
  }
  if (chosen.empty())
    for (const auto& benchmark : all) chosen.push_back(&benchmark);
  bool right = true;
  for (const bench::Benchmark* benchmark : chosen) {
    const bench::Outcome outcome = benchmark->run(repetitions);
    print(*benchmark, outcome, repetitions);
    right = right && outcome.right;
  }
  return right ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "centresim_bench: %s\n", error.what());
    return 1;
  }
}
