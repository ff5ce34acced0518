// The pending-event set against a sorted set, over random schedules, re-keys, cancels and growth.
#include "catch.hpp"
#include "centresim/core/random.hpp"
#include "centresim/core/winner_tree.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

using namespace centresim::core;

TEST_CASE("Event keys sort by tick, class and slot and give them back", "[core]") {
  const std::uint64_t key = event_key(kMaxTick, 7, kMaxEventSlots - 1);
  CHECK(event_tick(key) == kMaxTick);
  CHECK(event_class(key) == 7);
  CHECK(event_slot(key) == kMaxEventSlots - 1);
  CHECK(key < WinnerTree::kEmpty);
  CHECK(event_key(5, 7, 400'000) < event_key(6, 0, 0));
  CHECK(event_key(5, 1, 400'000) < event_key(5, 2, 0));
  CHECK(event_key(5, 1, 3) < event_key(5, 1, 4));
  CHECK(event_key(0, 0, 0) == 0);
}

TEST_CASE("The winner tree gives the least key, as a priority queue with lazy deletion does", "[core]") {
  std::size_t slots = 1;
  for (int round = 0; round < 12; ++round) {
    WinnerTree tree(slots);
    std::vector<std::uint64_t> keys(slots, WinnerTree::kEmpty);
    std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> queue; // stale keys stay in it
    const auto set = [&](std::size_t slot, std::uint64_t key) {
      tree.set(slot, key);
      keys[slot] = key;
      if (key != WinnerTree::kEmpty) queue.push(key);
    };
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const std::uint64_t random = mix(static_cast<std::uint64_t>(round), i);
      if (i % 500 == 499 && slots < 4000) { // grows while events are pending
        slots = slots * 3 + 1;
        tree.grow(slots);
        keys.resize(slots, WinnerTree::kEmpty);
      }
      const std::size_t slot = (random >> 8) % slots;
      const auto tick = static_cast<Tick>(random >> 30) % 1000; // ties are frequent
      if (random % 4 == 0)
        set(slot, WinnerTree::kEmpty);
      else
        set(slot, event_key(tick, static_cast<unsigned>(random & 7), static_cast<std::uint32_t>(slot)));
      if (random % 5 == 0 && tree.top() != WinnerTree::kEmpty) set(event_slot(tree.top()), WinnerTree::kEmpty);
      while (!queue.empty() && keys[event_slot(queue.top())] != queue.top()) queue.pop();
      const std::uint64_t expected = queue.empty() ? WinnerTree::kEmpty : queue.top();
      if (tree.top() != expected) FAIL("round " << round << ", operation " << i);
      if (tree.at(slot) != keys[slot]) FAIL("slot " << slot);
    }
  }
}

TEST_CASE("An empty tree is empty whatever its size, and growing to fewer slots does nothing", "[core]") {
  for (const std::size_t slots : {0u, 1u, 2u, 3u, 1000u}) CHECK(WinnerTree(slots).top() == WinnerTree::kEmpty);
  WinnerTree tree(5);
  tree.set(4, 9);
  tree.grow(2);
  CHECK(tree.slots() == 8);
  CHECK(tree.top() == 9);
}

TEST_CASE("With four slots the next key after the least is known, with more it is likely", "[core]") {
  for (const std::size_t slots : {2u, 4u, 64u}) {
    int found = 0;
    constexpr int kTrees = 1000;
    for (std::uint64_t t = 0; t < kTrees; ++t) {
      WinnerTree tree(slots);
      std::vector<std::uint64_t> keys;
      for (std::size_t slot = 0; slot < slots; ++slot) tree.set(slot, keys.emplace_back(mix(t, slot) >> 8));
      std::ranges::sort(keys);
      const auto soon = tree.soon();
      for (const std::uint64_t key : soon)
        CHECK((key == WinnerTree::kEmpty || (key > keys[0] && std::ranges::binary_search(keys, key))));
      found += std::ranges::find(soon, keys[1]) != soon.end();
    }
    CAPTURE(slots, found);
    if (slots <= 4)
      CHECK(found == kTrees);
    else
      CHECK(std::abs(found - 0.762 * kTrees) < 4 * std::sqrt(0.762 * 0.238 * kTrees)); // 1 - 15/63
  }
  CHECK(WinnerTree(8).soon() == std::array{WinnerTree::kEmpty, WinnerTree::kEmpty});
}
