// The terminal: answers on standard output, messages and progress on standard error.
#pragma once
#include "centresim/core/monitor.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace centresim::app {

// Throws IoError if standard output cannot take it (a full disk, a closed pipe).
void answer(std::string_view text);
void message(std::string_view text);

// A bar of simulated time on standard error, drawn only where that is a terminal.
class ProgressBar {
 public:
  explicit ProgressBar(bool wanted);
  ~ProgressBar(); // takes the bar away
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void show(const core::Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  bool drawn_ = false, wanted_;
  Clock::time_point begin_ = Clock::now(), last_{};
};

} // namespace centresim::app
