// Replications: the same for any number of threads; monitor, cancel and errors from several threads.
#include "../../../libsim/src/experiment/threads.hpp"
#include "catch.hpp"
#include "centresim/core/random.hpp"
#include "centresim/experiment/replicate.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

using namespace centresim;
using namespace std::chrono_literals;
using core::Control;
using core::Progress;
using experiment::replicate;

namespace {

using Clock = std::chrono::steady_clock;

// Adds up keyed draws; replications have very different lengths.
struct Adder {
  using Observations = std::vector<std::uint64_t>;
  std::optional<Observations> run(std::uint64_t seed, std::uint64_t replication, core::Pulse& pulse) const {
    Observations sums{replication, 0};
    const std::uint64_t length = 2000 + core::mix(replication, 1) % 20000;
    for (std::uint64_t i = 0; i < length; ++i) {
      sums[1] += core::mix(core::mix(seed, replication), i);
      if (i % 1000 == 0 && !pulse.beat(static_cast<double>(i) / static_cast<double>(length))) return std::nullopt;
    }
    return sums;
  }
};

// Takes `length` of wall time, in beats of a millisecond.
struct Sleeper {
  using Observations = std::uint64_t;
  std::chrono::milliseconds length;
  mutable std::atomic<int> running{0};
  std::optional<Observations> run(std::uint64_t, std::uint64_t replication, core::Pulse& pulse) const {
    running.fetch_add(1);
    const auto began = Clock::now();
    while (Clock::now() - began < length) {
      std::this_thread::sleep_for(1ms);
      const double fraction = std::chrono::duration<double>(Clock::now() - began) / length;
      if (!pulse.beat(fraction < 1 ? fraction : 1)) return std::nullopt;
    }
    return replication;
  }
};

// Throws in some replications.
struct Thrower {
  using Observations = int;
  std::uint64_t first, second;
  std::optional<int> run(std::uint64_t, std::uint64_t replication, core::Pulse& pulse) const {
    if (replication == first) throw std::runtime_error("first");
    if (replication == second) throw std::logic_error("second");
    while (first < 100 && pulse.beat(0)) std::this_thread::sleep_for(1ms); // until somebody throws
    return 0;
  }
};

} // namespace

TEST_CASE("Replications are the same with 1, 2 and 4 threads and come in order", "[experiment][threads]") {
  const auto one = replicate(Adder{}, 23, 7, 1, {});
  REQUIRE(one.finished.size() == 23);
  CHECK_FALSE(one.interrupted);
  for (std::size_t i = 0; i < 23; ++i) CHECK(one.finished[i][0] == i);
  for (const int threads : {2, 4}) {
    const auto more = replicate(Adder{}, 23, 7, threads, {});
    CHECK(more.finished == one.finished);
    CHECK(more.threads == threads);
    CHECK(more.cpu_s > 0);
    CHECK(more.wall_s > 0);
  }
  CHECK(replicate(Adder{}, 23, 8, 2, {}).finished != one.finished);
  CHECK(replicate(Adder{}, 3, 7, 50, {}).threads <= 3);
}

TEST_CASE("Numbers of replications that cannot be are refused", "[experiment]") {
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-5}, experiment::kMaxReplications + 1})
    CHECK_THROWS_AS(replicate(Adder{}, n, 1, 1, {}), std::invalid_argument);
}

TEST_CASE("The monitor runs on the calling thread, seldom, with rising progress and a last tick",
          "[experiment][threads]") {
  for (const int threads : {1, 2}) {
    std::vector<Progress> seen;
    std::vector<Clock::time_point> times;
    const auto caller = std::this_thread::get_id();
    bool elsewhere = false;
    const auto result = replicate(Sleeper{150ms}, 4, 1, threads, [&](const Progress& p) {
      elsewhere |= std::this_thread::get_id() != caller;
      seen.push_back(p);
      times.push_back(Clock::now());
      return Control::go;
    });
    CHECK_FALSE(elsewhere);
    CHECK(result.finished.size() == 4);
    REQUIRE(seen.size() >= 3); // ticks inside the replications, too
    CHECK(seen.size() <= static_cast<std::size_t>(result.wall_s / 0.05) + 2);
    for (std::size_t i = 1; i < seen.size(); ++i) {
      CHECK(seen[i].done >= seen[i - 1].done - 1e-9);
      if (i + 1 < seen.size()) CHECK(times[i] - times[i - 1] >= 49ms);
    }
    CHECK(seen.back().done == 4);
    CHECK(seen.back().total == 4);
  }
}

TEST_CASE("The monitor goes on while the calling thread waits for the others", "[experiment][threads]") {
  struct OtherIsLong {
    using Observations = int;
    std::thread::id caller;
    std::atomic<bool>* begun;
    std::optional<int> run(std::uint64_t, std::uint64_t, core::Pulse& pulse) const {
      if (std::this_thread::get_id() == caller) { // ready as soon as the other thread is at work
        for (int i = 0; i < 5000 && !begun->load(); ++i) std::this_thread::sleep_for(1ms);
        return 1;
      }
      begun->store(true);
      for (int i = 0; i < 400 && pulse.beat(i / 400.0); ++i) std::this_thread::sleep_for(1ms);
      return 2;
    }
  };
  int ticks = 0;
  std::atomic<bool> begun{false};
  const auto result = replicate(OtherIsLong{std::this_thread::get_id(), &begun}, 2, 1, 2, [&](const Progress&) {
    ++ticks;
    return Control::go;
  });
  REQUIRE(result.threads == 2);
  REQUIRE(begun.load());
  CHECK(result.finished.size() == 2);
  CHECK(ticks >= 3); // one before and one after the run, at least one while waiting
}

TEST_CASE("Stop abandons running replications at once and keeps the finished prefix", "[experiment][threads]") {
  for (const int threads : {1, 2, 4}) {
    const Sleeper model{60ms};
    const auto began = Clock::now();
    Clock::time_point asked;
    const auto result = replicate(model, 1000, 1, threads, [&](const Progress& p) {
      if (p.done < 5) return Control::go;
      asked = Clock::now();
      return Control::stop;
    });
    CHECK(result.interrupted);
    CHECK(Clock::now() - began < 14s); // 15 s with four threads otherwise
    CHECK(Clock::now() - asked < 5s);  // far less on a machine that is not overloaded
    CHECK(result.finished.size() >= 1);
    CHECK(result.finished.size() < 500);
    for (std::size_t i = 0; i < result.finished.size(); ++i) CHECK(result.finished[i] == i);
    CHECK(model.running.load() < 500);
  }
}

TEST_CASE("A gap ends the prefix even where later replications have finished", "[experiment]") {
  struct Gap {
    using Observations = int;
    std::optional<int> run(std::uint64_t, std::uint64_t replication, core::Pulse&) const {
      if (replication == 2) return std::nullopt;
      return static_cast<int>(replication);
    }
  };
  const auto result = replicate(Gap{}, 6, 1, 2, {});
  CHECK(result.interrupted);
  CHECK(result.finished == std::vector<int>{0, 1});
}

TEST_CASE("Exceptions of a replication reach the caller, the first by index", "[experiment][threads]") {
  CHECK_THROWS_WITH(replicate(Thrower{0, 999}, 50, 1, 1, {}), "first");
  for (const int threads : {2, 4}) {
    CHECK_THROWS_WITH(replicate(Thrower{0, 999}, 50, 1, threads, {}), "first"); // the others are told to stop
    for (int i = 0; i < 20; ++i) CHECK_THROWS_WITH(replicate(Thrower{0, 1}, 50, 1, threads, {}), "first");
  }
  CHECK_THROWS_WITH(replicate(Thrower{200, 150}, 300, 1, 2, {}), "second");
}

TEST_CASE("An exception of the monitor ends the run at once and reaches the caller", "[experiment][threads]") {
  for (const int threads : {1, 2}) {
    const auto began = Clock::now();
    int calls = 0;
    const auto monitor = [&](const Progress&) -> Control {
      if (++calls == 2) throw std::domain_error("monitor");
      return Control::go;
    };
    CHECK_THROWS_AS(replicate(Sleeper{5000ms}, 8, 1, threads, monitor), std::domain_error);
    CHECK(Clock::now() - began < 5s); // one replication takes as long
    CHECK(calls == 2);
  }
}

TEST_CASE("No more threads are made than the processors can use", "[experiment]") {
  const int most = std::max(8, 4 * experiment::detail::processors());
  const auto effort = experiment::run_in_parallel(2000, 1024, {}, [](std::int64_t, core::Pulse&) { return true; });
  CHECK(effort.threads <= most);
  CHECK(effort.threads >= 1);
}
