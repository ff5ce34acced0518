// The core kernel, the event set with keyed draws, against hand-written code.
#include "centresim/core/law.hpp"
#include "centresim/core/winner_tree.hpp"
#include "harness.hpp"
#include "yardstick/models.hpp"

#include <array>
#include <memory>

namespace bench {
namespace {

using namespace centresim::core;

Law exponential(double mean) { return Law::make(LawKind::exponential, std::array{mean}); }

// The same as yardstick::hold, on the product's event set, ticks and draws: one stream.
yardstick::Run hold(std::uint32_t holds) {
  constexpr std::uint32_t kPending = 4096;
  constexpr double kTicks = 1000; // of one unit of time
  const Law law = exponential(kTicks * kPending);
  const StreamKey key = stream_key(11, 0);
  WinnerTree events(kPending);
  TickSequence times(law, key, 1, Purpose::test);
  for (std::uint32_t i = 0; i < kPending; ++i) events.set(i, event_key(times.next(), 0, i));
  Tick now = 0, first = 0;
  bool ordered = true;
  for (std::uint32_t i = 0; i < kPending + holds; ++i) {
    const std::uint64_t top = events.top();
    const std::uint32_t slot = event_slot(top);
    ordered = ordered && event_tick(top) >= now;
    now = event_tick(top);
    if (i == kPending) first = now;
    events.set(slot, event_key(now + times.next(), 0, slot));
  }
  return {static_cast<double>(kPending + holds), ordered ? static_cast<double>(now - first) / kTicks / holds : -1};
}

yardstick::Run draws(std::uint32_t count) {
  const Law law = exponential(1e6);
  TickSequence times(law, stream_key(12, 0), 1, Purpose::test);
  Tick sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) sum += times.next();
  return {static_cast<double>(count), static_cast<double>(sum) / 1e6 / count};
}

// One draw at a time, each with its own owner: a lot at a step.
yardstick::Run draws_keyed(std::uint32_t count) {
  const Law law = exponential(1e6);
  const StreamKey key = stream_key(12, 0);
  Tick sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) sum += law.ticks(uniform_at(key, i, Purpose::process, 7, 0));
  return {static_cast<double>(count), static_cast<double>(sum) / 1e6 / count};
}

yardstick::Run mm1(std::uint32_t customers) {
  constexpr std::uint32_t kServer = 0, kSource = 1, kMask = 0xffff;
  constexpr unsigned kCompletion = 1, kArrival = 5;
  constexpr double kTicks = 1e6;
  const Law service_law = exponential(kTicks), interarrival_law = exponential(kTicks / 0.9);
  const StreamKey key = stream_key(13, 0);
  TickSequence service(service_law, key, 1, Purpose::process), interarrival(interarrival_law, key, 2, Purpose::release);
  WinnerTree events(2);
  std::vector<Tick> entered(kMask + 1);
  std::uint32_t in = 0, out = 0;
  Tick total = 0;
  events.set(kSource, event_key(interarrival.next(), kArrival, kSource));
  while (out < customers) {
    const std::uint64_t top = events.top();
    const Tick now = event_tick(top);
    if (event_slot(top) == kSource) {
      entered[in & kMask] = now;
      if (in++ == out) events.set(kServer, event_key(now + service.next(), kCompletion, kServer));
      events.set(kSource,
                 in < customers ? event_key(now + interarrival.next(), kArrival, kSource) : WinnerTree::kEmpty);
    } else {
      total += now - entered[out & kMask];
      events.set(kServer, ++out != in ? event_key(now + service.next(), kCompletion, kServer) : WinnerTree::kEmpty);
    }
  }
  return {2.0 * customers, static_cast<double>(total) / kTicks / customers};
}

Side side(yardstick::Run (*run)(std::uint32_t), std::uint32_t size, double least, double most) {
  return {[=] {
            const double began = cpu_seconds();
            const yardstick::Run result = run(size);
            return Sample{cpu_seconds() - began, result.work, result.result};
          },
          least, most};
}

} // namespace

std::vector<Benchmark> kernel_benchmarks() {
  return {
      {"kernel_mm1", "Event set and keyed draws together: an event of M/M/1 on the core kernel?", "ns/event", 0.75,
       [](int n) { return compare(side(mm1, 1'000'000, 9, 11.5), side(yardstick::mm1, 1'000'000, 9, 11.5), n); }},
      {"hold", "The event set: take the earliest of 4096 events and put it back, keyed draw included?", "ns/hold", 0.6,
       [](int n) {
         return compare(side(hold, 2'000'000, 0.97, 1.03), side(yardstick::hold, 2'000'000, 0.97, 1.03), n);
       }},
      {"draws", "A keyed exponential time in ticks, drawn in blocks?", "ns/draw", 0.6,
       [](int n) {
         return compare(side(draws, 10'000'000, 0.998, 1.002), side(yardstick::draws, 10'000'000, 0.998, 1.002), n);
       }},
      {"draws_keyed", "A keyed exponential time in ticks, one at a time (a lot at a step)?", "ns/draw", 0.1,
       [](int n) {
         return compare(side(draws_keyed, 10'000'000, 0.998, 1.002), side(yardstick::draws, 10'000'000, 0.998, 1.002),
                        n);
       }},
  };
}

} // namespace bench
