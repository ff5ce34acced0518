// Selecting the best: by hand, the probability of being right where it is hardest, and independence of the order of
// values; the allocation of OCBA against its published example.
#include "catch.hpp"
#include "centresim/experiment/selection.hpp"
#include "draws.hpp"

#include <algorithm>
#include <numeric>

using namespace centresim::experiment;
using Numbers = std::vector<double>;
using Counts = std::vector<std::int64_t>;

namespace {

const double kNaN = std::nan("");

// Tells value(system, replication) as they are wanted until one is selected.
template <class Value> std::size_t select(KimNelson& procedure, Value&& value) {
  std::int64_t told = 0;
  while (!procedure.selected()) {
    const std::int64_t to = procedure.wanted();
    for (const std::size_t i : procedure.systems_in())
      for (std::int64_t r = told; r < to; r++) procedure.add(i, r, value(i, r));
    told = to;
  }
  return *procedure.selected();
}

template <class Value> std::size_t select(Ocba& procedure, Value&& value) {
  Counts told(procedure.wanted().size());
  while (!procedure.selected()) {
    const Counts wanted = procedure.wanted();
    for (std::size_t i = 0; i < wanted.size(); i++)
      for (; told[i] < wanted[i]; told[i]++) procedure.add(i, told[i], value(i, told[i]));
  }
  return *procedure.selected();
}

// Normal values of variance 1, correlation `rho` between systems in the same replication, drawn when they are asked
// for.
class Systems {
 public:
  Systems(Numbers means, double rho, std::uint64_t experiment)
      : means_(std::move(means)), rho_(rho), common_(31, experiment) {
    for (std::size_t i = 0; i < means_.size(); i++) own_.emplace_back(32 + i, experiment);
    values_.resize(means_.size());
  }
  double operator()(std::size_t system, std::int64_t replication) {
    const auto r = static_cast<std::size_t>(replication);
    while (shared_.size() <= r) shared_.push_back(common_.normal());
    Numbers& row = values_[system];
    while (row.size() <= r)
      row.push_back(means_[system] + std::sqrt(rho_) * shared_[row.size()] +
                    std::sqrt(1 - rho_) * own_[system].normal());
    return row[r];
  }

 private:
  Numbers means_;
  double rho_;
  Draws common_;
  std::vector<Draws> own_;
  Numbers shared_;
  std::vector<Numbers> values_;
};

} // namespace

TEST_CASE("Kim and Nelson, by hand", "[experiment]") {
  // n0 = 2, k = 2: h^2 = 0.1^-2 - 1 = 99. Differences -1, 1: S^2 = 2. Zone 5: h^2 S^2 / 25 = 7.92, so at most 7 looks,
  // and the eighth decides. W(r) = 5 / (2 r) (7.92 - r): W(2) = 7.4, W(3) = 4.1.
  const KimNelsonOptions options{2, 5, Better::higher, 0.95, 2};
  KimNelson p(options);
  CHECK(p.wanted() == 2);
  CHECK(std::isnan(p.mean(0)));
  for (const auto& [i, r, x] : {std::tuple{0u, 0, 1.}, {0u, 1, 3.}, {1u, 0, 2.}}) p.add(i, r, x);
  CHECK(p.wanted() == 2);
  CHECK(p.most_replications() == 0);
  p.add(1, 1, 2);
  CHECK(p.most_replications() == 8);
  CHECK(p.wanted() == 3);
  p.add(1, 2, 2);
  SECTION("behind by more than W(3)") {
    p.add(0, 2, 14.4); // means 6.1333 and 2
    CHECK(p.selected() == 0u);
    CHECK(p.systems_in() == std::vector<std::size_t>{0});
  }
  SECTION("behind by less: to the end") {
    p.add(0, 2, 14.2); // means 6.0667 and 2
    CHECK_FALSE(p.selected().has_value());
    // W(4) .. W(7): 2.45, 1.46, 0.8, 0.33. From here on means are kept 0.3 apart.
    double sum = 18.2;
    for (std::int64_t r = 3; r < 8; r++) {
      CHECK(p.wanted() == r + 1);
      const double next = 2.3 * static_cast<double>(r + 1) - sum;
      sum += next;
      p.add(1, r, 2);
      CHECK_FALSE(p.selected().has_value());
      p.add(0, r, next);
    }
    CHECK(p.selected() == 0u);
    CHECK(p.replications(1) == 8);
    CHECK(p.mean(0) == Approx(2.3));
  }
}

TEST_CASE("Where nothing varies the first replications decide, ties by number", "[experiment]") {
  KimNelson lower({3, 0.1, Better::lower, 0.9, 5});
  CHECK(select(lower, [](std::size_t i, std::int64_t r) { return static_cast<double>(r) + (i == 0 ? 1 : 0); }) == 1);
  CHECK(lower.replications(2) == 5);
  CHECK(lower.most_replications() == 5);
}

TEST_CASE("Two systems that are the same are told apart at the end by their number", "[experiment]") {
  Systems systems({1, 0.8}, 0, 1);
  KimNelson p({3, 0.3, Better::lower, 0.95, 10});
  CHECK(select(p, [&](std::size_t i, std::int64_t r) { return systems(i == 0 ? 0 : 1, r); }) == 1);
  CHECK(p.most_replications() > 50);
  CHECK(static_cast<double>(p.replications(1)) == p.most_replications());
  CHECK(p.systems_in() == std::vector<std::size_t>{1, 2});
}

TEST_CASE("The best is selected as often as promised where it is hardest to see", "[experiment]") {
  // The best ahead of all others by no more than the indifference zone; independent systems, and common random numbers.
  constexpr int kExperiments = 2000;
  struct {
    std::size_t systems;
    double rho, zone;
    double most; // replications of each on average
  } const cases[] = {{2, 0, 0.7, 50}, {5, 0, 0.7, 50}, {5, 0.75, 0.35, 50}};
  for (const auto& c : cases) {
    int right = 0;
    double replications = 0, bound = 0;
    for (int e = 0; e < kExperiments; e++) {
      Numbers means(c.systems, 0);
      means[1] = -c.zone;
      Systems systems(means, c.rho, static_cast<std::uint64_t>(e));
      KimNelson p({c.systems, c.zone, Better::lower, 0.95, 10});
      right += select(p, systems) == 1;
      for (std::size_t i = 0; i < c.systems; i++)
        replications += static_cast<double>(p.replications(i)) / static_cast<double>(c.systems) / kExperiments;
      bound += p.most_replications() / kExperiments;
    }
    CAPTURE(c.systems, c.rho, right, replications, bound);
    CHECK(z_of_count(right, kExperiments, 0.95) > -4);
    CHECK(right < 0.99 * kExperiments); // it pays for little more than it promises
    CHECK(replications < c.most);
    CHECK(replications < 0.6 * bound);
  }
}

TEST_CASE("Common random numbers save replications, and bad systems go early", "[experiment]") {
  const auto looked_at = [](double rho) {
    Systems systems({0, 0.5, 0.5, 3}, rho, 1);
    KimNelson p({4, 0.25, Better::lower, 0.95, 10});
    CHECK(select(p, systems) == 0);
    CHECK(p.replications(3) == 10);
    CHECK(p.replications(0) > 10);
    return p.replications(0);
  };
  CHECK(looked_at(0.9) * 3 < looked_at(0));
}

TEST_CASE("The selection does not depend on the order of values, nor on those that come too early", "[experiment]") {
  Systems systems({0.2, 0, 0.3, 1}, 0.5, 5);
  const KimNelsonOptions options{4, 0.2, Better::lower, 0.95, 10};
  KimNelson in_order(options);
  const std::size_t best = select(in_order, systems);
  CHECK(in_order.replications(best) > 30);

  KimNelson shuffled(options); // all of 700 replications, in an order of hashes
  std::vector<std::pair<std::uint64_t, std::pair<std::size_t, std::int64_t>>> order;
  for (std::size_t i = 0; i < 4; i++)
    for (std::int64_t r = 0; r < 700; r++)
      order.push_back({centresim::core::mix(i, static_cast<std::uint64_t>(r)), {i, r}});
  std::ranges::sort(order);
  for (const auto& [hash, at] : order) shuffled.add(at.first, at.second, systems(at.first, at.second));
  CHECK(shuffled.selected() == best);
  for (std::size_t i = 0; i < 4; i++) {
    CHECK(shuffled.replications(i) == in_order.replications(i));
    CHECK(shuffled.mean(i) == in_order.mean(i));
  }
}

TEST_CASE("OCBA's published example", "[experiment]") {
  // Chen and Lee (2010), p. 49, minimised: 11.20, 8.62, 19.40, 8.62, 2.16 of 50.
  const Numbers means{1, 2, 3, 4, 5}, variances{1, 1, 9, 9, 4};
  CHECK(ocba_allocation(means, variances, 50, Better::lower) == Counts{11, 9, 19, 9, 2});
  const Numbers shares = ocba_shares(means, variances, Better::lower);
  const Numbers expected{11.20, 8.62, 19.40, 8.62, 2.16};
  for (std::size_t i = 0; i < 5; i++) CHECK(50 * shares[i] == Approx(expected[i]).margin(0.006));
  CHECK(ocba_allocation(Numbers{-1, -2, -3, -4, -5}, variances, 50, Better::higher) == Counts{11, 9, 19, 9, 2});
  // By any unit, and however small.
  CHECK(ocba_allocation(Numbers{1e-150, 2e-150, 3e-150, 4e-150, 5e-150}, variances, 50, Better::lower) ==
        Counts{11, 9, 19, 9, 2});
}

TEST_CASE("Shares of systems that are equal or do not vary", "[experiment]") {
  // Two as good as each other: 4 for the second, sqrt(1 x 4) for the first, nothing for the third.
  const Numbers tied = ocba_shares(Numbers{1, 1, 2}, Numbers{1, 4, 1}, Better::lower);
  CHECK(tied[0] == Approx(1.0 / 3));
  CHECK(tied[1] == Approx(2.0 / 3));
  CHECK(tied[2] == 0);
  const Numbers nearly = ocba_shares(Numbers{1, 1 + 1e-9, 2}, Numbers{1, 4, 1}, Better::lower);
  for (std::size_t i = 0; i < 3; i++) CHECK(nearly[i] == Approx(tied[i]).margin(1e-12));
  CHECK(ocba_shares(Numbers{1, 2}, Numbers{0, 0}, Better::lower) == Numbers{0.5, 0.5});
  CHECK(ocba_shares(Numbers{1, 2, 3}, Numbers{1, 0, 4}, Better::lower)[1] == 0);
  CHECK(ocba_allocation(Numbers{1, 2, 3}, Numbers{0, 0, 0}, 8, Better::lower) == Counts{3, 3, 2});
}

TEST_CASE("An increment brings counts to their shares and takes none back", "[experiment]") {
  const Numbers means{1, 2, 3, 4, 5}, variances{1, 1, 9, 9, 4};
  CHECK(ocba_increment(means, variances, Counts{5, 5, 5, 5, 5}, 25, Better::lower) == Counts{6, 3, 13, 3, 0});
  // The last has 5 of 2.16: what is left, 45, is divided by the shares of the others, 10.53, 8.10, 18.23, 8.10.
  for (std::int64_t increment = 0; increment < 200; increment++) {
    const Counts before{5, 30, 0, 5, 20};
    const Counts more = ocba_increment(means, variances, before, increment, Better::lower);
    CHECK(std::accumulate(more.begin(), more.end(), std::int64_t{0}) == increment);
    CHECK(std::ranges::min(more) >= 0);
  }
  // Far enough ahead, what came before is forgotten.
  const Counts more = ocba_increment(means, variances, Counts{5, 30, 0, 5, 20}, 4940, Better::lower);
  CHECK(more[0] + 5 == 1120);
  CHECK(more[2] == 1940);
  // Only a system without spread is left to take the increment.
  CHECK(ocba_increment(Numbers{1, 2}, Numbers{0, 1}, Counts{0, 0}, 3, Better::lower) == Counts{0, 3});
}

TEST_CASE("OCBA in rounds spends its budget and finds the best more often than equal shares", "[experiment]") {
  constexpr int kExperiments = 1000;
  const Numbers means{0, 0.4, 0.8, 1.2, 1.6, 2, 2.4, 2.8, 3.2, 3.6};
  int ocba = 0, equal = 0;
  for (int e = 0; e < kExperiments; e++) {
    Systems systems(means, 0, static_cast<std::uint64_t>(e));
    Ocba p({10, 140, 5, 0, Better::lower});
    ocba += select(p, systems) == 0;
    CHECK(std::accumulate(p.wanted().begin(), p.wanted().end(), std::int64_t{0}) == 140);
    Numbers sums(10);
    for (std::size_t i = 0; i < 10; i++)
      for (std::int64_t r = 0; r < 14; r++) sums[i] += systems(i, r);
    equal += std::ranges::min_element(sums) == sums.begin();
  }
  CAPTURE(ocba, equal);
  CHECK(ocba > equal + 4 * std::sqrt(kExperiments * 0.25)); // two counts: their difference at most sqrt(n / 2) off
}

TEST_CASE("Rounds do not depend on the order of values, nor on those that come too early", "[experiment]") {
  Systems systems({0.2, 0, 0.3, 1}, 0, 5);
  const OcbaOptions options{4, 98, 5, 7, Better::lower}; // 20, eleven rounds of 7, and one is left
  Ocba in_order(options), early(options);
  const auto all_wanted = [&] {
    return std::accumulate(in_order.wanted().begin(), in_order.wanted().end(), std::int64_t{0});
  };
  for (std::int64_t r = 0; r < 5; r++)
    for (std::size_t i = 0; i < 4; i++) {
      CHECK(all_wanted() == 20);
      in_order.add(i, r, systems(i, r));
    }
  CHECK(all_wanted() == 27);
  const std::size_t best = select(in_order, systems);
  CHECK(all_wanted() == 98);
  for (std::int64_t r = 97; r >= 0; r--)
    for (std::size_t i = 0; i < 4; i++) early.add(i, r, systems(i, r));
  CHECK(early.selected() == best);
  CHECK(early.wanted() == in_order.wanted());
  CHECK(early.mean(best) == in_order.mean(best));
}

TEST_CASE("What cannot be selected from is refused", "[experiment]") {
  const auto kn = [](KimNelsonOptions o) { return refusal_of([&] { KimNelson p(o); }); };
  CHECK(kn({2, 1, Better::lower, 0.95, 10}).empty());
  CHECK(holds(kn({1, 1, Better::lower, 0.95, 10}), "two systems"));
  CHECK(holds(kn({2, 0, Better::lower, 0.95, 10}), "indifference zone"));
  CHECK(holds(kn({2, kNaN, Better::lower, 0.95, 10}), "indifference zone"));
  CHECK(holds(kn({2, 1, Better::neither, 0.95, 10}), "higher or lower"));
  CHECK(holds(kn({4, 1, Better::lower, 0.25, 10}), "confidence"));
  CHECK(holds(kn({4, 1, Better::lower, 1, 10}), "confidence"));
  CHECK(holds(kn({4, 1, Better::lower, 0.95, 1}), "first replications"));
  KimNelson p({2, 1, Better::lower, 0.95, 10});
  const auto add = [&](std::size_t i, std::int64_t r, double x) { return refusal_of([&] { p.add(i, r, x); }); };
  CHECK(add(0, 3, 7).empty());
  CHECK(add(0, 3, 7).empty());
  CHECK(holds(add(0, 3, 8), "7 and 8 in replication 3"));
  CHECK(holds(add(2, 3, 8), "no system 2 of 2"));
  CHECK(holds(add(0, -1, 8), "no replication -1"));
  CHECK(holds(add(1, 3, kNaN), "system 1 has no number in replication 3"));

  const auto ocba = [](OcbaOptions o) { return refusal_of([&] { Ocba q(o); }); };
  CHECK(ocba({2, 20, 10, 0, Better::lower}).empty());
  CHECK(holds(ocba({2, 19, 10, 0, Better::lower}), "budget is smaller"));
  CHECK(holds(ocba({1, 19, 10, 0, Better::lower}), "two systems"));
  CHECK(holds(ocba({2, 20, 1, 0, Better::lower}), "first replications"));
  CHECK(holds(ocba({2, 20, 10, -1, Better::lower}), "increment"));
  CHECK(holds(ocba({2, 20, 10, 0, Better::neither}), "higher or lower"));
  const auto shares = [](Numbers m, Numbers v) { return refusal_of([&] { (void)ocba_shares(m, v, Better::lower); }); };
  CHECK(holds(shares({1, 2}, {1}), "2 means and 1 variances"));
  CHECK(holds(shares({1}, {1}), "two systems"));
  CHECK(holds(shares({1, kNaN}, {1, 1}), "system 1 has mean nan"));
  CHECK(holds(shares({1, 2}, {1, -1}), "variance -1"));
  CHECK(holds(refusal_of([] { (void)ocba_increment(Numbers{1, 2}, Numbers{1, 1}, Counts{1}, 5, Better::lower); }),
              "one count a system"));
  CHECK(holds(refusal_of([] { (void)ocba_allocation(Numbers{1, 2}, Numbers{1, 1}, -5, Better::lower); }),
              "must not be negative"));
}
