#include "centresim/experiment/replicate.hpp"

#include "threads.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <exception>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace centresim::experiment {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kMonitorInterval = std::chrono::milliseconds(50);
constexpr auto kWaitInterval = std::chrono::milliseconds(1);

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// What a thread tells the others; on a cache line of its own.
struct alignas(64) Seat {
  std::atomic<double> fraction{0}; // of the replication it works on
  double cpu_s = 0;                // CPU time within the model
  double elsewhere_s = 0;          // minus the CPU time within the monitor
};

// All that the threads of one call share.
class Crew {
 public:
  Crew(std::int64_t n, int threads, const core::Monitor& monitor,
       const std::function<bool(std::int64_t, core::Pulse&)>& body)
      : n_(n), monitor_(monitor), body_(body), seats_(static_cast<std::size_t>(threads)) {}

  // Works until nothing is left to begin. Never throws.
  void work(int seat_number) {
    const bool calling_thread = seat_number == 0;
    Seat& seat = seats_[static_cast<std::size_t>(seat_number)];
    SeatPulse pulse(*this, seat, calling_thread);
    for (;;) {
      if (calling_thread) tick();
      const std::int64_t i = stopped() ? n_ : next_.fetch_add(1, std::memory_order_relaxed);
      if (i >= n_) break;
      bool finished = false;
      const double began = thread_cpu_seconds() + seat.elsewhere_s;
      try {
        finished = body_(i, pulse);
      } catch (...) {
        keep(i, std::current_exception());
      }
      seat.cpu_s += thread_cpu_seconds() + seat.elsewhere_s - began;
      seat.fraction.store(0, std::memory_order_relaxed);
      if (finished) done_.fetch_add(1, std::memory_order_relaxed);
    }
    working_.fetch_sub(1, std::memory_order_release);
  }

  // The calling thread has nothing to do but to keep the monitor going until the others are ready.
  void watch() {
    while (working_.load(std::memory_order_acquire) > 0) {
      tick();
      std::this_thread::sleep_for(kWaitInterval);
    }
  }

  // Before the threads start, on the calling thread.
  void begin(int threads) { working_.store(threads, std::memory_order_relaxed); }

  // After the threads have ended: errors, then the last tick.
  void finish() {
    if (monitor_error_) std::rethrow_exception(monitor_error_);
    if (body_error_) std::rethrow_exception(body_error_);
    if (monitor_) static_cast<void>(monitor_(progress()));
  }

  [[nodiscard]] double cpu_s() const {
    double sum = 0;
    for (const Seat& seat : seats_) sum += seat.cpu_s;
    return sum;
  }

 private:
  class SeatPulse final : public core::Pulse {
   public:
    SeatPulse(Crew& crew, Seat& seat, bool calling_thread)
        : crew_(crew), seat_(seat), calling_thread_(calling_thread) {}
    bool beat(double fraction) override {
      seat_.fraction.store(fraction, std::memory_order_relaxed);
      if (calling_thread_) crew_.tick();
      return !crew_.stopped();
    }

   private:
    Crew& crew_;
    Seat& seat_;
    bool calling_thread_;
  };

  [[nodiscard]] bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  void stop() { stop_.store(true, std::memory_order_relaxed); }

  void keep(std::int64_t index, std::exception_ptr error) {
    const std::lock_guard lock(error_mutex_);
    if (index < error_index_) {
      error_index_ = index;
      body_error_ = std::move(error);
    }
    stop();
  }

  [[nodiscard]] core::Progress progress() const {
    double done = static_cast<double>(done_.load(std::memory_order_relaxed));
    for (const Seat& seat : seats_) done += seat.fraction.load(std::memory_order_relaxed);
    const double total = static_cast<double>(n_);
    return {std::min(done, total), total};
  }

  // Calls the monitor if it is time; on the calling thread only.
  void tick() {
    if (!monitor_ || stopped()) return;
    const auto now = Clock::now();
    if (now - last_tick_ < kMonitorInterval) return;
    const double began = thread_cpu_seconds();
    try {
      if (monitor_(progress()) == core::Control::stop) stop();
    } catch (...) {
      monitor_error_ = std::current_exception();
      stop();
    }
    seats_[0].elsewhere_s -= thread_cpu_seconds() - began;
    last_tick_ = Clock::now();
  }

  const std::int64_t n_;
  const core::Monitor& monitor_;
  const std::function<bool(std::int64_t, core::Pulse&)>& body_;
  std::vector<Seat> seats_;
  std::atomic<std::int64_t> next_{0}, done_{0};
  std::atomic<int> working_{0};
  std::atomic<bool> stop_{false};
  Clock::time_point last_tick_ = Clock::now() - kMonitorInterval; // of the calling thread, as the next two
  std::exception_ptr monitor_error_;
  std::mutex error_mutex_;
  std::int64_t error_index_ = std::numeric_limits<std::int64_t>::max();
  std::exception_ptr body_error_;
};

// More threads than this make nothing faster, and where the system cannot make one libgomp ends the process.
int most_threads() { return std::min(kMaxThreads, std::max(8, 4 * detail::processors())); }

} // namespace

Effort run_in_parallel(std::int64_t n, int threads, const core::Monitor& monitor,
                       const std::function<bool(std::int64_t, core::Pulse&)>& body) {
  if (n < 1 || n > kMaxReplications) throw std::invalid_argument("replications must be from 1 to 10000000");
  const int wanted = static_cast<int>(std::min<std::int64_t>({choose_threads(threads), most_threads(), n}));
  const auto began = Clock::now();
  Crew crew(n, wanted, monitor, body);
  int used = 1;
#pragma omp parallel num_threads(wanted) default(none) shared(crew, used)
  {
#pragma omp master
    {
      used = omp_get_num_threads();
      crew.begin(used);
    }
#pragma omp barrier
    crew.work(omp_get_thread_num());
#pragma omp master
    crew.watch();
  }
  crew.finish();
  return {crew.cpu_s(), std::chrono::duration<double>(Clock::now() - began).count(), used};
}

} // namespace centresim::experiment
