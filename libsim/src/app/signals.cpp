#include "signals.hpp"

namespace centresim::app {
namespace {

constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach nothing but a variable of the program.
volatile std::sig_atomic_t caught_signal = 0;

void note(int signal) { caught_signal = signal; }

} // namespace

StopSignals::StopSignals() {
  caught_signal = 0;
  struct sigaction action{};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND); // the second one ends the process
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

int StopSignals::caught() const { return caught_signal; }

NoFileSizeSignal::NoFileSizeSignal() {
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGXFSZ, &action, &former_);
}

NoFileSizeSignal::~NoFileSizeSignal() { ::sigaction(SIGXFSZ, &former_, nullptr); }

} // namespace centresim::app
