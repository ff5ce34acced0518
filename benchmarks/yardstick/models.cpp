#include "models.hpp"

#include "tools.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace yardstick {
namespace {

using u16 = std::uint16_t;
using u32 = std::uint32_t;
constexpr double kFar = std::numeric_limits<double>::infinity();

class Ring { // first in, first out; at most 2^16 items
 public:
  void push(u32 item) { items_[tail_++] = item; }
  u32 pop() { return items_[head_++]; }
  [[nodiscard]] bool empty() const { return head_ == tail_; }

 private:
  std::vector<u32> items_ = std::vector<u32>(65536);
  u16 head_ = 0, tail_ = 0;
};

u32 lowest(u32 bits) { return static_cast<u32>(std::countr_zero(bits)); }

} // namespace

Run hold(u32 holds) {
  constexpr u32 kPending = 4096;
  Generator random(11);
  Tournament events(kPending);
  for (u32 i = 0; i < kPending; ++i) events.put(i, random.exponential() * kPending);
  double now = 0, first = 0;
  bool ordered = true;
  for (u32 i = 0; i < kPending + holds; ++i) {
    const double time = events.time();
    ordered = ordered && time >= now;
    now = time;
    if (i == kPending) first = now;
    events.put(events.slot(), now + random.exponential() * kPending);
  }
  return {static_cast<double>(kPending + holds), ordered ? (now - first) / holds : -1};
}

Run draws(u32 count) {
  Generator random(12);
  double sum = 0;
  for (u32 i = 0; i < count; ++i) sum += random.exponential();
  return {static_cast<double>(count), sum / count};
}

Run mm1(u32 customers) {
  constexpr u32 kMask = 0xffff;
  Generator random(13);
  std::vector<double> entered(kMask + 1);
  u32 in = 0, out = 0;
  double arrival = random.exponential() / 0.9, departure = kFar, total = 0;
  while (out < customers) {
    if (arrival < departure) {
      entered[in & kMask] = arrival;
      if (in++ == out) departure = arrival + random.exponential();
      arrival = in < customers ? arrival + random.exponential() / 0.9 : kFar;
    } else {
      total += departure - entered[out & kMask];
      departure = ++out != in ? departure + random.exponential() : kFar;
    }
  }
  return {2.0 * customers, total / customers};
}

Run line(u32 lots) {
  constexpr u32 kStations = 20, kMachines = 5, kSteps = 200, kTools = kStations * kMachines;
  constexpr double kRate = 0.9 * kTools / kSteps;
  Generator random(14);
  Tournament events(kTools + 1); // the last slot: the next start
  std::vector<u16> station(kSteps), step;
  std::vector<double> started;
  std::vector<u32> on(kTools), idle(kStations, (1u << kMachines) - 1);
  std::vector<Ring> queue(kStations);
  for (u32 k = 0; k < kSteps; ++k) station[k] = static_cast<u16>(k % kStations);
  double now = 0, total = 0;
  u32 done = 0;
  std::uint64_t work = 0;
  const auto begin = [&](u32 tool, u32 lot) {
    on[tool] = lot;
    events.put(tool, now + random.exponential());
  };
  const auto arrive = [&](u32 lot) {
    const u32 s = station[step[lot]], free = idle[s];
    if (free == 0) return queue[s].push(lot);
    idle[s] = free & (free - 1);
    begin(s * kMachines + lowest(free), lot);
  };
  events.put(kTools, random.exponential() / kRate);
  while (done < lots) {
    const u32 slot = events.slot();
    now = events.time();
    ++work;
    if (slot == kTools) {
      events.put(kTools, now + random.exponential() / kRate);
      step.push_back(0);
      started.push_back(now);
      arrive(static_cast<u32>(step.size() - 1));
      continue;
    }
    const u32 lot = on[slot], s = slot / kMachines;
    if (queue[s].empty()) {
      idle[s] |= 1u << slot % kMachines;
      events.clear(slot);
    } else {
      begin(slot, queue[s].pop());
    }
    if (++step[lot] < kSteps)
      arrive(lot);
    else {
      total += now - started[lot];
      ++done;
    }
  }
  return {static_cast<double>(work), total / done};
}

namespace {

// The state of the fab workload; one object, so that the parts stay small.
class Fab {
 public:
  explicit Fab(u32 lots) : lots_(lots) {
    for (u32 pass = 0; pass < kProducts * kSteps / kGroups; ++pass) {
      const auto first = route_.begin() + pass * kGroups;
      std::iota(first, first + kGroups, u16{0});
      for (u32 i = kGroups - 1; i > 0; --i) std::swap(first[i], first[static_cast<u32>(random_.uniform() * (i + 1))]);
    }
    for (u32 tool = 0; tool < kTools; ++tool) events_.put(kTools + tool, random_.exponential() * kUp);
    events_.put(kStart, random_.exponential() / kRate);
  }

  Run run() {
    while (done_ < lots_) {
      const u32 slot = events_.slot();
      now_ = events_.time();
      if (slot < kTools)
        finish_step(slot);
      else if (slot < kStart)
        change_state(slot - kTools);
      else if (slot == kStart)
        start_lot();
      else {
        events_.clear(slot);
        arrive(slot - kStart - 1);
      }
    }
    const double busy = std::accumulate(busy_.begin(), busy_.end(), 0.0),
                 queued = std::accumulate(queued_.begin(), queued_.end(), 0.0);
    return {static_cast<double>(moves_), busy < now_ * kTools && queued > 0 ? total_ / done_ : -1};
  }

 private:
  static constexpr u32 kGroups = 100, kSize = 10, kTools = kGroups * kSize, kSteps = 500, kProducts = 2;
  static constexpr u32 kStart = 2 * kTools, kLots = 16384, kNobody = kLots; // kLots: places, used again
  static constexpr double kUp = 200, kRepair = 10, kRate = 0.88 * kUp / (kUp + kRepair) * kTools / kSteps;

  void begin(u32 tool, u32 lot) {
    const double time = random_.exponential();
    queued_[tool / kSize] += now_ - entered_[lot];
    busy_[tool / kSize] += time;
    on_[tool] = lot;
    end_[tool] = now_ + time;
    events_.put(tool, end_[tool]);
  }
  bool begin_most_urgent(u32 tool) {
    std::vector<u32>& queue = queue_[tool / kSize];
    if (queue.empty()) return false;
    std::size_t best = 0;
    double least = kFar;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const double ratio = (due_[queue[i]] - now_) / static_cast<double>(kSteps - step_[queue[i]]);
      if (ratio < least) {
        least = ratio;
        best = i;
      }
    }
    const u32 lot = queue[best];
    queue[best] = queue.back();
    queue.pop_back();
    begin(tool, lot);
    return true;
  }
  void arrive(u32 lot) {
    const u32 group = route_[product_[lot] * kSteps + step_[lot]], free = idle_[group];
    entered_[lot] = now_;
    if (free == 0) return queue_[group].push_back(lot);
    idle_[group] = free & (free - 1);
    begin(group * kSize + lowest(free), lot);
  }
  void finish_step(u32 tool) {
    const u32 lot = on_[tool];
    ++moves_;
    on_[tool] = kNobody;
    if (!begin_most_urgent(tool)) {
      idle_[tool / kSize] |= 1u << tool % kSize;
      events_.clear(tool);
    }
    if (++step_[lot] < kSteps) return events_.put(kStart + 1 + lot, now_ + 0.75 + 1.5 * random_.uniform());
    total_ += now_ - started_[lot];
    ++done_;
    places_.push_back(lot);
  }
  void change_state(u32 tool) { // fails or is repaired
    const double time = random_.exponential() * (down_[tool] ? kUp : kRepair);
    const u32 bit = 1u << tool % kSize;
    events_.put(kTools + tool, now_ + time);
    down_[tool] = !down_[tool];
    if (down_[tool]) {
      if (on_[tool] == kNobody)
        idle_[tool / kSize] &= ~bit;
      else
        events_.put(tool, end_[tool] += time);
    } else if (on_[tool] == kNobody && !begin_most_urgent(tool)) {
      idle_[tool / kSize] |= bit;
    }
  }
  void start_lot() {
    const u32 lot = places_.back();
    places_.pop_back();
    product_[lot] = static_cast<u16>(count_++ % kProducts);
    step_[lot] = 0;
    started_[lot] = now_;
    due_[lot] = now_ + 1700 + 600 * random_.uniform();
    events_.put(kStart, now_ + random_.exponential() / kRate);
    arrive(lot);
  }

  Generator random_{15};
  Tournament events_{kStart + 1 + kLots};
  std::vector<u16> route_ = std::vector<u16>(kProducts * kSteps), step_ = std::vector<u16>(kLots),
                   product_ = std::vector<u16>(kLots);
  std::vector<double> started_ = std::vector<double>(kLots), due_ = started_, entered_ = started_,
                      end_ = std::vector<double>(kTools), queued_ = std::vector<double>(kGroups), busy_ = queued_;
  std::vector<u32> on_ = std::vector<u32>(kTools, kNobody), idle_ = std::vector<u32>(kGroups, (1u << kSize) - 1);
  std::vector<char> down_ = std::vector<char>(kTools);
  std::vector<std::vector<u32>> queue_ = std::vector<std::vector<u32>>(kGroups);
  std::vector<u32> places_ = [] {
    std::vector<u32> places(kLots);
    for (u32 i = 0; i < kLots; ++i) places[i] = kLots - 1 - i;
    return places;
  }();
  double now_ = 0, total_ = 0;
  u32 lots_, done_ = 0, count_ = 0;
  std::uint64_t moves_ = 0;
};

} // namespace

Run fab(u32 lots) { return Fab(lots).run(); }

} // namespace yardstick
