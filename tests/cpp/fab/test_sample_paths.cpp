// Sample paths, bit for bit: recursions of queueing theory fed with the engine's own draws. D. V. Lindley, Math. Proc.
// Camb. Phil. Soc. 48, 1952; J. Kiefer, J. Wolfowitz, Trans. Amer. Math. Soc. 78, 1955; max-plus recursions of tandems.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

constexpr std::size_t kLots = 3000;

struct Source {
  std::uint64_t seed, replication;
};

std::vector<Tick> arrivals(const Release& stream, const Source& source) {
  const core::Law every = stream.every.compile();
  const auto owner = core::name_identity(release_name(stream));
  std::vector<Tick> times{0};
  for (std::uint32_t i = 0; times.size() < kLots; i++) {
    const double u = sequence_draw(owner, core::Purpose::release, i, source.seed, source.replication);
    times.push_back(times.back() + std::max<Tick>(1, every.ticks(u)));
  }
  return times;
}
// Process times of the lots at a step.
std::vector<Tick> services(const Step& s, const Source& source) {
  const core::Law time = s.time.compile();
  std::vector<Tick> times;
  for (std::uint64_t k = 0; k < kLots; k++)
    times.push_back(
        time.ticks(step_draw(stream_lot("A", k), s.name, core::Purpose::process, 0, source.seed, source.replication)));
  return times;
}
// Traces of the lots 0 .. kLots - 1 at the step of that position.
std::vector<LotTrace> traces(const Run& r, std::uint32_t step) {
  std::vector<LotTrace> rows;
  for (const LotTrace& t : r.seen.lot_trace)
    if (t.step == step && t.lot < kLots) rows.push_back(t);
  std::ranges::sort(rows, {}, &LotTrace::lot);
  return rows;
}
Run long_run(const Fab& f, const Source& source) {
  return run(f, span(50'000), {true, false}, source.seed, source.replication);
}
constexpr Source kSources[] = {{1, 0}, {1, 7}, {123456789, 3}};

TEST_CASE("G/G/1: Lindley's recursion", "[fab][oracle]") {
  for (const Distribution& time : {exponential(8.5), uniform(8, 8), law(core::LawKind::gamma, {9, 0.0}), fixed(9)}) {
    Fab f = fab({group("E")}, {step("a", "E", time)});
    if (time.kind == core::LawKind::gamma) f.routes[0].steps[0].time.parameters[1] = 2.5; // coefficient of variation
    f.releases = {release(exponential(10))};
    for (const Source& source : kSources) {
      const auto rows = traces(long_run(f, source), 0);
      const auto came = arrivals(f.releases[0], source);
      REQUIRE(rows.size() == kLots);
      const auto time = services(f.routes[0].steps[0], source);
      Tick free = 0;
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < kLots; k++) {
        const Tick start = std::max(came[k], free);
        free = start + time[k];
        wrong += rows[k].arrive != came[k] || rows[k].start != start || rows[k].end != free;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("G/G/c: Kiefer and Wolfowitz", "[fab][oracle]") {
  for (const std::size_t c : {std::size_t{2}, std::size_t{5}}) {
    Fab f =
        fab({group("E", static_cast<std::int64_t>(c))}, {step("a", "E", exponential(8.5 * static_cast<double>(c)))});
    f.releases = {release(exponential(10))};
    for (const Source& source : kSources) {
      const auto rows = traces(long_run(f, source), 0);
      const auto came = arrivals(f.releases[0], source);
      REQUIRE(rows.size() == kLots);
      const auto time = services(f.routes[0].steps[0], source);
      std::vector<Tick> free(c, 0); // sorted: when the servers become free
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < kLots; k++) {
        const Tick start = std::max(came[k], free[0]);
        free[0] = start + time[k];
        wrong += rows[k].start != start || rows[k].end != free[0];
        std::ranges::sort(free);
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("tandem of single servers: D(i, j) = max(D(i, j-1), D(i-1, j)) + S(i, j)", "[fab][oracle]") {
  Fab f = fab({group("E"), group("F"), group("G"), group("H")},
              {step("a", "E", exponential(8)), step("b", "F", uniform(9, 9)), step("c", "G", exponential(9)),
               step("d", "H", fixed(5))});
  f.tool_groups[2].load = minutes(0.5);
  f.releases = {release(exponential(10))};
  for (const Source& source : kSources) {
    const Run r = long_run(f, source);
    const auto came = arrivals(f.releases[0], source);
    std::vector<Tick> left = came; // of the station before
    for (std::uint32_t s = 0; s < 4; s++) {
      const auto rows = traces(r, s);
      REQUIRE(rows.size() == kLots);
      const auto time = services(f.routes[0].steps[s], source);
      Tick free = 0;
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < kLots; k++) {
        const Tick start = std::max(left[k], free);
        free = start + f.tool_groups[s].load.ticks + time[k];
        wrong += rows[k].start != start || rows[k].end != free;
        left[k] = free;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("full-batch server: batch n starts when its last lot is there and the batch before is done",
          "[fab][oracle]") {
  constexpr std::size_t b = 4;
  Fab f = fab({group("F")}, {batch_step(step("a", "F", exponential(35)), b, b)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.releases = {release(exponential(10))};
  for (const Source& source : kSources) {
    const auto rows = traces(long_run(f, source), 0);
    const auto came = arrivals(f.releases[0], source);
    REQUIRE(rows.size() == kLots);
    const auto time = services(f.routes[0].steps[0], source);
    Tick free = 0;
    std::size_t wrong = 0;
    for (std::size_t k = 0; k + b <= kLots; k += b) {
      const Tick start = std::max(came[k + b - 1], free);
      free = start + time[k]; // the draw of the lot released first
      for (std::size_t i = k; i < k + b; i++) wrong += rows[i].start != start || rows[i].end != free;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("two priorities that do not interrupt, replayed", "[fab][oracle]") {
  Fab f = fab({group("E")}, {step("a", "E", exponential(8.5))});
  f.releases = {release(exponential(40)), release(exponential(14))};
  f.releases[0].name = "hot";
  f.releases[0].priority = 1;
  f.releases[1].name = "regular";
  for (const Source& source : kSources) {
    const Run r = long_run(f, source);
    // Rows in order of start; a lot may start only when no lot that ranks before it waits.
    std::vector<LotTrace> rows = r.seen.lot_trace;
    std::ranges::sort(rows, {}, &LotTrace::start);
    const auto hot = [&](const LotTrace& t) { return r.seen.lot_names[t.lot].starts_with("hot"); };
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < rows.size(); i++) {
      if (i > 0) wrong += rows[i].start != std::max(rows[i - 1].end, rows[i].arrive); // works whenever it can
      for (std::size_t j = i + 1; j < rows.size() && j < i + 300; j++) {
        if (rows[j].arrive > rows[i].start) continue; // not there yet
        const bool before = hot(rows[j]) != hot(rows[i]) ? hot(rows[j]) : rows[j].lot < rows[i].lot;
        wrong += before && rows[j].arrive < rows[i].start;
      }
    }
    REQUIRE(rows.size() > kLots);
    CHECK(wrong == 0);
  }
}

} // namespace
} // namespace centresim::fab
