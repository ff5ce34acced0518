#include "signals.hpp"

#include <ctime>

#include <unistd.h>

namespace centresim::app {
namespace {

constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach nothing but variables of the program.
volatile std::sig_atomic_t caught_signal = 0, held = 0, last_call = 0;
timespec caught_at{};

// timeout(1) and batch systems send a signal to a process and again to its group: what comes within a second is one.
void note(int signal) {
  if (held == 0) {
    constexpr char kText[] = "centresim: interrupted: nothing is written\n";
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    ::signal(signal, SIG_DFL);
    ::raise(signal); // delivered when the handler returns
    return;
  }
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (caught_signal == 0) {
    caught_at = now;
    caught_signal = signal;
  } else if (now.tv_sec - caught_at.tv_sec > 1) {
    ::signal(signal, SIG_DFL);
    ::raise(signal); // delivered when the handler returns
  }
}

void note_last_call(int) { last_call = 1; }

} // namespace

StopSignals::StopSignals() {
  caught_signal = 0;
  held = 0;
  struct sigaction action{};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &former_[i]);
    // What the caller ignores (nohup) stays ignored.
    if (former_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &former_[i], nullptr);
}

void StopSignals::hold() const { held = 1; }

int StopSignals::caught() const { return caught_signal; }

LastCall::LastCall() {
  last_call = 0;
  struct sigaction action{};
  action.sa_handler = note_last_call;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &action, &former_);
}

LastCall::~LastCall() { ::sigaction(SIGUSR1, &former_, nullptr); }

bool LastCall::heard() const { return last_call != 0; }

NoFileSizeSignal::NoFileSizeSignal() {
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGXFSZ, &action, &former_);
}

NoFileSizeSignal::~NoFileSizeSignal() { ::sigaction(SIGXFSZ, &former_, nullptr); }

} // namespace centresim::app
