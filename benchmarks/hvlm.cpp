// The SMT2020 testbed HVLM, all mechanisms, against the hand-written fab. The data is not part of the project: it is
// looked for at $CENTRESIM_SHARED/data/smt2020/HVLM, else ../shared/data/smt2020/HVLM.
#include "centresim/experiment/replicate.hpp"
#include "centresim/fab/engine.hpp"
#include "centresim/io/smt2020.hpp"
#include "harness.hpp"
#include "yardstick/models.hpp"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace bench {
namespace {

using namespace centresim;

fab::Fab hvlm() {
  const char* given = std::getenv("CENTRESIM_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(given != nullptr ? given : "../shared") / "data/smt2020/HVLM";
  if (!std::filesystem::is_directory(folder))
    throw std::runtime_error("no SMT2020 data at " + folder.string() + "; set CENTRESIM_SHARED");
  return *io::read_smt2020(folder).fab;
}

// Days of HVLM that one repetition simulates. Longer runs cost the same a step; see benchmarks/README.md.
double days() {
  const char* given = std::getenv("CENTRESIM_BENCH_DAYS");
  const double days = given != nullptr ? std::atof(given) : 0;
  return days > 0 ? days : quick() ? 20 : 200;
}

fab::Span span() { return {static_cast<core::Tick>(days() * core::kTicksPerDay)}; }

Outcome speed(int repetitions) {
  const fab::Simulation simulation(hvlm(), span());
  const Side product{[&] {
                       core::NoPulse pulse;
                       const double began = cpu_seconds();
                       const auto observed = simulation.run(1, 0, pulse);
                       const auto& counts = observed->counts;
                       return Sample{cpu_seconds() - began, static_cast<double>(counts.lot_steps),
                                     static_cast<double>(counts.lot_steps) / days()};
                     },
                     20'000, 28'000}; // lot-steps a day
  const Side yardstick{[] {
                         const double began = cpu_seconds();
                         const yardstick::Run result = yardstick::fab(4000);
                         return Sample{cpu_seconds() - began, result.work, result.result};
                       },
                       1600, 1850};
  return compare(product, yardstick, repetitions);
}

// The same line with gates in front of all queue-time windows, where hundreds of lots are held back, against the line
// without.
Outcome gates(int repetitions) {
  fab::Fab gated = hvlm();
  for (fab::Route& route : gated.routes)
    for (fab::Step& step : route.steps)
      if (!step.queue_time_to.empty()) step.queue_time_gate = 1;
  const fab::Simulation with(gated, span()), without(hvlm(), span());
  const auto side = [](const fab::Simulation& simulation) {
    return Side{[&simulation] {
                  core::NoPulse pulse;
                  const double began = cpu_seconds();
                  const auto observed = simulation.run(1, 0, pulse);
                  const auto steps = static_cast<double>(observed->counts.lot_steps);
                  return Sample{cpu_seconds() - began, steps, steps / days()};
                },
                18'000, 28'000}; // lot-steps a day
  };
  return compare(side(with), side(without), repetitions);
}

// A figure of /proc/self/status in MB: VmRSS, VmHWM.
double memory(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kilobytes = 0; word == what + ":" && status >> kilobytes) return kilobytes / 1024;
  throw std::runtime_error("cannot read " + what + " from /proc/self/status");
}

// Peak with two replications in flight, less what the process held after compiling, over two.
Outcome peak(int) {
  constexpr int kInFlight = 2;
  const fab::Simulation simulation(hvlm(), span());
#if defined(__GLIBC__)
  malloc_trim(0); // what reading left free must not hide what the replications take
#endif
  std::ofstream("/proc/self/clear_refs") << "5" << std::flush; // the peak starts anew
  const double before = memory("VmRSS");
  const auto result = experiment::replicate(simulation, kInFlight, 1, kInFlight, {});
  Outcome outcome;
  outcome.figure = (memory("VmHWM") - before) / kInFlight;
  outcome.right = result.finished.size() == kInFlight;
  outcome.more = {{"compiled_mb", before}, {"days", days()}};
  return outcome;
}

} // namespace

std::vector<Benchmark> hvlm_benchmarks() {
  return {
      {"hvlm", "SMT2020 HVLM with all mechanisms: a performed lot-step, against a move of the hand-written fab?",
       "ns/lot-step", 0.5, speed},
      {"hvlm_gates", "SMT2020 HVLM with queue-time gates: a performed lot-step, against one without gates?",
       "ns/lot-step", 0.4, gates},
      {"memory", "Peak memory of a replication of SMT2020 HVLM?", "MB", 20, peak},
  };
}

} // namespace bench
