// How fast a result becomes a file, and comes back from one.
#include "centresim/centre/run.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/hdf5.hpp"
#include "lines.hpp"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

using namespace centresim;

// Gone with its files at the end.
struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / ("centresim_bench-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

// What the values of a result take in memory.
double bytes_of(const experiment::Tree& tree) {
  double bytes = 0;
  for (const auto& [path, group] : tree)
    for (const auto& variable : group.variables)
      bytes += std::visit(
          [](const auto& values) {
            using T = typename std::decay_t<decltype(values)>::value_type;
            double sum = 0;
            if constexpr (std::is_same_v<T, std::string>)
              for (const std::string& text : values) sum += static_cast<double>(text.size());
            else
              sum = static_cast<double>(values.size() * sizeof(T));
            return sum;
          },
          variable.values);
  return bytes;
}

// A result with every lot and every visit of a step in it.
centre::Result traced_line() {
  centre::Scenario scenario;
  scenario.name = "line";
  scenario.fab = describe({});
  scenario.horizon = {units(quick() ? 300 : 4830)};
  centre::RunOptions options;
  options.replications = 4;
  options.trace_lots = true;
  return centre::run(scenario, options);
}

Sample timed(double bytes, const std::function<void()>& body) {
  const double began = wall_seconds(); // a file is waited for
  body();
  return {wall_seconds() - began, bytes / 1e6, 1};
}

Outcome write(int repetitions) {
  const Folder folder;
  const centre::Result result = traced_line();
  const double bytes = bytes_of(result.tree);
  const std::string plain(static_cast<std::size_t>(bytes), 'x');
  const auto file = folder.path / "result.h5", rival = folder.path / "plain";
  const Side ours{[&] { return timed(bytes, [&] { io::write_tree(result.tree, file); }); }, 1, 1},
      theirs{[&] { return timed(bytes, [&] { io::write_file(rival, plain); }); }, 1, 1};
  Outcome outcome = compare(ours, theirs, repetitions);
  std::vector<double> reads;
  for (int i = 0; i < repetitions; ++i) {
    centre::Result back;
    reads.push_back(timed(bytes, [&] { back.tree = io::read_tree(file); }).seconds);
    outcome.right = outcome.right && centre::digest(back) == centre::digest(result);
  }
  // nanoseconds a megabyte so far
  outcome.figure = 1e9 / outcome.figure;
  outcome.yardstick = 1e9 / outcome.yardstick;
  outcome.more = {{"values_mb", bytes / 1e6},
                  {"file_mb", static_cast<double>(std::filesystem::file_size(file)) / 1e6},
                  {"read_mb_s", bytes / 1e6 / median(reads)}};
  return outcome;
}

} // namespace

std::vector<Benchmark> file_benchmarks() {
  return {{"hdf5_write",
           "A result with traces as HDF5, against the same bytes as they are, both on the disk at the end?", "MB/s", 0,
           write}};
}

} // namespace bench
