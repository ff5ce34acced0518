// How a long run tells the outside how far it is, and how the outside stops it.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>

namespace centresim::core {

struct Progress {
  double done = 0;  // simulated replications, parts of running ones included
  double total = 0; // replications asked for
};
enum class Control { go, stop };

// Called on the thread that started the run only, at most every 50 ms. May throw; the run then ends and rethrows.
using Monitor = std::function<Control(const Progress&)>;

// Handed into one replication, which calls beat() every few thousand events.
class Pulse {
 public:
  virtual ~Pulse() = default;
  // `fraction`: simulated share of this replication, 0 to 1. False: abandon the replication now.
  [[nodiscard]] virtual bool beat(double fraction) = 0;
};

// For runs that nobody watches.
class NoPulse final : public Pulse {
 public:
  [[nodiscard]] bool beat(double) override { return true; }
};

} // namespace centresim::core
