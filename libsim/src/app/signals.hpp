// Ctrl-C and its relatives as a question that a run asks now and then.
#pragma once
#include <array>
#include <csignal>

namespace centresim::app {

// While it lives, the first SIGINT, SIGTERM or SIGHUP ends the process until hold() is called: until then nothing is
// begun that could be left half done. From then on it is only noted; another one, more than a second later, ends the
// process as usual. Gives the former handlers back, so a host like Python keeps its own.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  void hold() const;                // from now on somebody asks
  [[nodiscard]] int caught() const; // the signal, or 0
  // What is asked while files are written.
  [[nodiscard]] bool stop() const {
    hold();
    return caught() != 0;
  }

 private:
  std::array<struct sigaction, 3> former_{};
};

// While it lives, SIGUSR1 is what a batch system sends some time before the end: no new work is begun.
class LastCall {
 public:
  LastCall();
  ~LastCall();
  LastCall(const LastCall&) = delete;
  LastCall& operator=(const LastCall&) = delete;
  [[nodiscard]] bool heard() const;

 private:
  struct sigaction former_{};
};

// While it lives, a file that grows over the limit of the process is a failed write, not the end of the process.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal();
  ~NoFileSizeSignal();
  NoFileSizeSignal(const NoFileSizeSignal&) = delete;
  NoFileSizeSignal& operator=(const NoFileSizeSignal&) = delete;

 private:
  struct sigaction former_{};
};

} // namespace centresim::app
