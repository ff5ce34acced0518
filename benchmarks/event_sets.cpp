// The pending-event set against the sets that other simulators use, in the hold model (Jones 1986): take the earliest
// of n events, put it back an exponential time later. Every set holds the same keys, so every one must end at one tick.
#include "centresim/core/law.hpp"
#include "centresim/core/winner_tree.hpp"
#include "harness.hpp"

#include <boost/heap/d_ary_heap.hpp>
#include <boost/heap/fibonacci_heap.hpp>
#include <boost/heap/pairing_heap.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <queue>
#include <set>

namespace bench {
namespace {

using namespace centresim::core;
using Key = std::uint64_t;
using Keys = std::vector<Key>;

constexpr unsigned kSlotBits = 22; // a million slots; the tick keeps the 42 bits it has in the product
constexpr Key kSlotMask = (Key{1} << kSlotBits) - 1;

// What all sets are asked: the earliest key, and a later one of the same slot in its place.
struct Set {
  virtual ~Set() = default;
  virtual double hold(std::size_t holds, const std::vector<Tick>& steps) = 0; // the clock afterwards, -1: went back
};

// The loop is compiled for each set, so no call is virtual inside it.
template <class S> struct Timed final : Set {
  explicit Timed(const Keys& keys) : set(keys) {}
  double hold(std::size_t holds, const std::vector<Tick>& steps) override {
    const std::size_t mask = steps.size() - 1;
    Key now = 0;
    bool ordered = true;
    for (std::size_t i = 0; i < holds; ++i) {
      const Key top = set.top();
      ordered &= top >= now;
      now = top;
      set.replace(top + (static_cast<Key>(steps[at++ & mask]) << kSlotBits));
    }
    return ordered ? static_cast<double>(now >> kSlotBits) : -1;
  }
  S set;
  std::size_t at = 0;
};

struct Tournament { // the product's
  explicit Tournament(const Keys& keys) : tree(keys.size()) {
    for (std::size_t i = 0; i < keys.size(); ++i) tree.set(i, keys[i]);
  }
  [[nodiscard]] Key top() const { return tree.top(); }
  void replace(Key key) { tree.set(key & kSlotMask, key); }
  WinnerTree tree;
};

struct StandardQueue { // std::priority_queue of the same keys
  explicit StandardQueue(const Keys& keys) : queue(std::greater<>(), keys) {}
  [[nodiscard]] Key top() const { return queue.top(); }
  void replace(Key key) {
    queue.pop();
    queue.push(key);
  }
  std::priority_queue<Key, Keys, std::greater<>> queue;
};

struct RecordQueue { // std::priority_queue as textbooks have it: a time as double, an identity, a comparison of both
  struct Event {
    double time;
    Key key;
    bool operator>(const Event& other) const {
      return time > other.time || (time == other.time && key > other.key); // NOLINT(clang-diagnostic-float-equal)
    }
  };
  explicit RecordQueue(const Keys& keys) {
    for (const Key key : keys) queue.push(event(key));
  }
  static Event event(Key key) { return {static_cast<double>(key >> kSlotBits), key}; }
  [[nodiscard]] Key top() const { return queue.top().key; }
  void replace(Key key) {
    queue.pop();
    queue.push(event(key));
  }
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue;
};

// An implicit heap of `kWays` children whose top is replaced where it stands: one walk down, no push.
template <std::size_t kWays> struct ImplicitHeap {
  explicit ImplicitHeap(const Keys& given) : keys(given) { std::sort(keys.begin(), keys.end()); }
  [[nodiscard]] Key top() const { return keys.front(); }
  void replace(Key key) {
    std::size_t place = 0;
    for (;;) {
      const std::size_t first = kWays * place + 1, last = std::min(first + kWays, keys.size());
      if (first >= keys.size()) break;
      std::size_t least = first;
      for (std::size_t i = first + 1; i < last; ++i) least = keys[i] < keys[least] ? i : least;
      if (keys[least] >= key) break;
      keys[place] = keys[least];
      place = least;
    }
    keys[place] = key;
  }
  Keys keys;
};

template <class Heap> struct BoostHeap { // least first
  explicit BoostHeap(const Keys& keys) {
    for (const Key key : keys) heap.push(key);
  }
  [[nodiscard]] Key top() const { return heap.top(); }
  void replace(Key key) {
    heap.pop();
    heap.push(key);
  }
  Heap heap;
};
using Least = boost::heap::compare<std::greater<>>;
using BoostFourAry = BoostHeap<boost::heap::d_ary_heap<Key, boost::heap::arity<4>, Least>>;
using BoostPairing = BoostHeap<boost::heap::pairing_heap<Key, Least>>;
using BoostFibonacci = BoostHeap<boost::heap::fibonacci_heap<Key, Least>>;

struct RedBlackTree { // std::set, its node used again
  explicit RedBlackTree(const Keys& keys) : set(keys.begin(), keys.end()) {}
  [[nodiscard]] Key top() const { return *set.begin(); }
  void replace(Key key) {
    auto node = set.extract(set.begin());
    node.value() = key;
    set.insert(std::move(node));
  }
  std::set<Key> set;
};

template <class S> std::unique_ptr<Set> make(const Keys& keys) { return std::make_unique<Timed<S>>(keys); }

struct Named {
  const char* name;
  std::unique_ptr<Set> (*make)(const Keys&);
};
constexpr std::array kSets{
    Named{"winner tree (centresim)", make<Tournament>},
    Named{"binary heap, top replaced", make<ImplicitHeap<2>>},
    Named{"4-ary heap, top replaced", make<ImplicitHeap<4>>},
    Named{"8-ary heap, top replaced", make<ImplicitHeap<8>>},
    Named{"std::priority_queue, integer keys", make<StandardQueue>},
    Named{"std::priority_queue, records", make<RecordQueue>},
    Named{"boost::heap::d_ary_heap<4>", make<BoostFourAry>},
    Named{"boost::heap::pairing_heap", make<BoostPairing>},
    Named{"boost::heap::fibonacci_heap", make<BoostFibonacci>},
    Named{"std::set", make<RedBlackTree>},
};
constexpr std::size_t kStandard = 4; // its place in the list

// Nanoseconds a hold of every set with `pending` events, medians of rounds in which all take turns.
std::vector<double> round_of_sets(std::size_t pending, std::size_t holds, int repetitions, double& spread,
                                  bool& right) {
  const Law law = Law::make(LawKind::exponential, std::array{1000.0 * static_cast<double>(pending)});
  TickSequence times(law, stream_key(14, 0), 1, Purpose::test);
  Keys keys(pending);
  for (std::size_t i = 0; i < pending; ++i) keys[i] = static_cast<Key>(times.next()) << kSlotBits | i;
  std::vector<Tick> steps(std::size_t{1} << 16); // drawn before, so that no draw is timed
  for (Tick& step : steps) step = times.next();

  std::vector<std::unique_ptr<Set>> sets;
  std::vector<std::vector<double>> figures(kSets.size());
  for (const Named& named : kSets) {
    sets.push_back(named.make(keys));
    (void)sets.back()->hold(pending, steps); // to the shape it has in the long run
  }
  for (int i = 0; i < repetitions; ++i) {
    std::vector<double> clocks;
    for (std::size_t s = 0; s < sets.size(); ++s) {
      const double began = cpu_seconds();
      clocks.push_back(sets[s]->hold(holds, steps));
      figures[s].push_back(1e9 * (cpu_seconds() - began) / static_cast<double>(holds));
    }
    for (const double clock : clocks) right = right && clock > 0 && clock == clocks[0];
  }
  std::vector<double> medians;
  for (const auto& list : figures) {
    medians.push_back(median(list));
    spread = std::max(spread, medians.back() / *std::min_element(list.begin(), list.end()));
  }
  return medians;
}

Outcome event_sets(int repetitions) {
  Outcome outcome;
  outcome.axis = "pending events";
  for (const Named& named : kSets) outcome.curves.push_back({named.name, {}});
  const std::size_t largest = quick() ? 1000 : 1'000'000, holds = quick() ? 20'000 : 200'000;
  for (std::size_t pending = 100; pending <= largest; pending *= 10) {
    const auto medians = round_of_sets(pending, holds, repetitions, outcome.spread, outcome.right);
    for (std::size_t s = 0; s < medians.size(); ++s)
      outcome.curves[s].points.emplace_back(static_cast<double>(pending), medians[s]);
    if (pending == 1000) {
      outcome.figure = medians[0];
      outcome.yardstick = medians[kStandard];
      outcome.ratio = outcome.yardstick / outcome.figure;
    }
  }
  return outcome;
}

} // namespace

std::vector<Benchmark> event_set_benchmarks() {
  return {{"event_sets", "The event set against std::priority_queue, heaps and trees: a hold of 1000 pending events?",
           "ns/hold", 2, event_sets}};
}

} // namespace bench
