// Lines of the Standard Workload Format (Parallel Workloads Archive, version 2.2).
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/design/model.hpp"
#include "centresim/io/atomic_file.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace centresim::io::detail {

// "12" or "12.345": ticks as seconds, exactly; -1 below 0.
void append_seconds(std::string& text, std::int64_t ticks);

class SwfWriter {
 public:
  // `jobs`: how many there are; -1: not known.
  SwfWriter(const std::filesystem::path& path, const centre::Scenario& scenario, const design::Model& model,
            std::int64_t jobs, const char* note);

  struct Outcome {
    std::int64_t wait = -1, run = -1; // ticks
    int status = -1;                  // 1 completed, 0 failed, 5 cancelled
  };
  void add(std::int64_t number, const design::Submission& job, const Outcome& outcome);
  void commit();

 private:
  AtomicFile file_;
  std::string text_;
};

} // namespace centresim::io::detail
