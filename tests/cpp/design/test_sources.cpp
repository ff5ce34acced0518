// Where jobs come from: what streams draw, by what is documented; profiles, lists, common random numbers.
#include "../../../libsim/src/design/engine/sources.hpp"
#include "support.hpp"

namespace centresim::design {
namespace {
using namespace test;
using core::Purpose;

std::vector<Submission> submissions(const Floor& floor, const Span& s, std::uint64_t seed = 1,
                                    std::uint64_t replication = 0, std::size_t source = 0) {
  for (const std::string& fault : faults(floor)) FAIL(fault);
  const Model model = compile(floor, s);
  const auto sources = make_sources(model, core::stream_key(seed, replication));
  std::vector<Submission> list;
  for (Submission job; list.size() < 1'000'000 && sources.at(source)->next(job);) list.push_back(job);
  return list;
}

// The draws of stream "s" of seed 1 and replication 0.
const std::uint64_t kStream = core::mix(core::name_identity("job stream"), core::name_identity("s"));
double sequence(Purpose purpose, std::uint32_t i) {
  return core::uniform_at(core::stream_key(1, 0), kStream, purpose, i >> 1, i & 1);
}
double draw(Purpose purpose, std::uint64_t job) {
  return core::uniform_at(core::stream_key(1, 0), core::mix(kStream, job), purpose, 0, 0);
}
Tick expo(double mean_seconds, double u) { return std::llround(mean_seconds * 1000 * -std::log(1 - u)); }

Floor streamed(Distribution every, Distribution run = fixed(1)) {
  Floor f = pool(1000);
  f.streams = {stream("s", std::move(every), std::move(run))};
  return f;
}

TEST_CASE("A stream draws its arrivals in a row and every job by its number", "[design][sources]") {
  Floor f = streamed(exponential(10), exponential(50));
  JobStream& s = f.streams[0];
  s.cores = {core::LawKind::integers, common::Dimension::number, {1, 8}, {}};
  s.memory = {core::LawKind::uniform, common::Dimension::number, {4, 2}, {}};
  s.memory_request = {core::LawKind::uniform, common::Dimension::number, {1.5, 0.5}, {}};
  s.request = {core::LawKind::uniform, common::Dimension::number, {2, 1}, {}};
  s.users = 3;
  s.start = seconds(100);
  s.due = seconds(500);
  s.priority = -7;
  s.scratch = 2;
  f.node_classes[0].memory = 64;
  const auto jobs = submissions(f, span(2000));
  REQUIRE(jobs.size() > 150);
  Tick at = ticks(100);
  for (std::uint32_t i = 0; i < jobs.size(); i++) {
    INFO("job " << i);
    const Submission& j = jobs[i];
    at += expo(10, sequence(Purpose::job_arrival, i));
    CHECK(j.submit == at);
    CHECK(j.number == i);
    CHECK(j.run == std::max<Tick>(1, expo(50, draw(Purpose::job_run, i))));
    CHECK(j.cores == 1 + static_cast<int>(8 * draw(Purpose::job_cores, i)));
    const std::int64_t peak = std::llround(1e6 * (2 + 4 * draw(Purpose::job_memory, i)));
    CHECK(j.peak == peak);
    const double asked = 1 + draw(Purpose::job_memory_request, i);
    CHECK(j.memory == std::llround(static_cast<double>(peak) * asked));
    const double request = 1 + 2 * draw(Purpose::job_request, i);
    CHECK(j.request == std::llround(static_cast<double>(j.run) * request));
    CHECK(j.owner == static_cast<std::uint32_t>(3 * draw(Purpose::job_user, i)));
    CHECK(j.due == j.submit + ticks(500));
    CHECK(j.priority == -7);
    CHECK(j.scratch == 2'000'000);
    CHECK(j.ranks == 1);
    CHECK(j.source == 2);
  }
  CHECK(at + expo(10, sequence(Purpose::job_arrival, static_cast<std::uint32_t>(jobs.size()))) >= ticks(2000));
}

TEST_CASE("A stream begins, ends and brings arrays", "[design][sources]") {
  Floor f = streamed(fixed(10));
  f.streams[0].start = seconds(5);
  f.streams[0].until = seconds(45);
  f.streams[0].jobs = {core::LawKind::discrete, common::Dimension::number, {0, 3}, {1, 1}};
  const auto jobs = submissions(f, span(1000));
  std::vector<Tick> expected; // 15, 25 and 35 s: at 45 it is over
  for (std::uint32_t a = 0; a < 3; a++)
    if (sequence(Purpose::job_count, a) > 0.5) expected.insert(expected.end(), 3, ticks(15 + 10 * a));
  std::vector<Tick> seen;
  for (const Submission& j : jobs) seen.push_back(j.submit);
  CHECK(seen == expected);
  f.streams[0].until.reset();
  CHECK(submissions(f, span(40)).size() == expected.size()); // until the horizon
  f.streams[0].jobs = number(0.4);
  CHECK(faults(f) == Lines{"design.streams.s.jobs: 0.4: rounds to no job at all"});
}

TEST_CASE("Load, further streams and further lists leave the draws of a stream alone", "[design][sources]") {
  Floor f = streamed(exponential(10), exponential(50));
  const auto before = submissions(f, span(10'000));
  Floor more = f;
  more.load_factor = 2;
  more.jobs = {job("x", 0, 1)};
  more.streams.insert(more.streams.begin(), stream("a", exponential(1), exponential(1)));
  const auto after = submissions(more, span(5'000), 1, 0, 2);
  REQUIRE(std::abs(static_cast<double>(after.size()) - static_cast<double>(before.size())) < 3);
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); i++) {
    CHECK(after[i].run == before[i].run);
    CHECK(std::abs(2 * after[i].submit - before[i].submit) <= static_cast<Tick>(i + 1)); // each gap is rounded
  }
  CHECK(submissions(f, span(10'000), 2)[0].run != before[0].run);
  CHECK(submissions(f, span(10'000), 1, 1)[0].run != before[0].run);
}

TEST_CASE("A profile moves arrivals to its hours and keeps their number", "[design][sources]") {
  Floor f = streamed(fixed(600)); // 144 a day
  f.streams[0].profile = "p";
  f.profiles = {{"p", std::vector<double>(24, 0)}};
  for (const int h : {9, 10, 11, 14, 15}) f.profiles[0].rates[static_cast<std::size_t>(h)] = h == 15 ? 2 : 1;
  for (const Tick offset : {Tick{0}, 3 * core::kTicksPerDay + 10 * core::kTicksPerHour + 1}) {
    Span s = span(50 * 86400.0);
    s.week_offset = offset;
    std::vector<int> by_hour(24);
    Tick last = -1;
    const auto jobs = submissions(f, s);
    for (const Submission& j : jobs) {
      CHECK(j.submit > last);
      last = j.submit;
      by_hour[static_cast<std::size_t>((j.submit + offset) / core::kTicksPerHour % 24)]++;
    }
    CHECK(jobs.size() == Approx(50 * 144).margin(30));
    for (std::size_t h = 0; h < 24; h++) {
      INFO("hour " << h << ", offset " << offset);
      CHECK(by_hour[h] == Approx(50 * 24 * f.profiles[0].rates[h]).margin(60));
      if (f.profiles[0].rates[h] == 0) CHECK(by_hour[h] <= 51); // those on the very edge of an hour
    }
  }
}

TEST_CASE("Arrivals on the edges of a week with hours of rate 0", "[design][sources]") {
  // gaps that divide the week hit its first and last instants for centuries, whatever rounding does
  Floor f = streamed(fixed(3600.0 * 168 / 49));
  f.streams[0].profile = "p";
  f.profiles = {{"p", std::vector<double>(168, 0)}};
  for (std::size_t h = 60; h < 67; h++) f.profiles[0].rates[h] = 1.0 / 3;
  const double weeks = 50 * 52;
  const auto jobs = submissions(f, span(weeks * 7 * 86400));
  CHECK(jobs.size() == Approx(weeks * 49).margin(2));
  Tick last = -1;
  for (const Submission& j : jobs) {
    const Tick hour = j.submit / core::kTicksPerHour % 168;
    if (hour < 60 || hour > 67 || j.submit <= last) FAIL("at " << j.submit);
    last = j.submit;
  }
}

TEST_CASE("Numbers without bounds", "[design][sources]") {
  Floor f = streamed(fixed(0), fixed(0)); // one a tick, one tick long
  const auto jobs = submissions(f, span(1));
  REQUIRE(jobs.size() == 999); // at 1 to 999 ms
  CHECK(jobs.back().submit == 999);
  CHECK(jobs[0].run == 1);
  CHECK(jobs[0].request == 1);
  f = streamed(fixed(1e9), {core::LawKind::lognormal, common::Dimension::time, {1e12, 100}, {}});
  f.streams[0].cores = {core::LawKind::lognormal, common::Dimension::number, {1e9, 100}, {}};
  f.streams[0].memory = {core::LawKind::lognormal, common::Dimension::number, {1e9, 100}, {}};
  f.streams[0].request = number(1e9);
  f.streams[0].every = fixed(3600);
  for (const Submission& j : submissions(f, span(86400.0 * 365))) {
    if (j.run < 1 || j.run > core::kMaxTick || j.request < 1 || j.request > core::kMaxTick || j.cores < 1 ||
        j.cores > 10'000'000 || j.peak < 0 || j.memory < 0)
      FAIL("run " << j.run << " request " << j.request << " cores " << j.cores << " peak " << j.peak);
  }
}

TEST_CASE("Arrays beyond max_queue end the run, however large", "[design][sources]") {
  for (const double n : {1001.0, 1e6, 1e18, 1e300}) {
    Floor f = streamed(fixed(10));
    f.max_queue = 1000;
    f.streams[0].jobs = number(n);
    INFO(n);
    CHECK(model_error(f, span(1000)).find("more than 1000 jobs are in it") != std::string::npos);
    f.streams[0].cores = number(1);
    f.streams[0].memory = {core::LawKind::uniform, common::Dimension::number, {2, 0.1}, {}}; // fits nowhere
    f.node_classes[0].memory = 1;
    f.streams[0].until = seconds(15);
    if (n < 1e4) CHECK(model_error(f, span(1000)).empty()); // rejected ones are not in the farm
  }
  Floor f = streamed(fixed(10), fixed(9.999));
  f.max_queue = 1000;
  f.streams[0].jobs = number(1000);
  CHECK(model_error(f, span(1000)).empty());
}

TEST_CASE("Listed jobs are told to the engine as they are written", "[design][sources]") {
  Floor f = pool(100);
  f.policy.order = Order::fairshare;
  f.accounts = {{"ada", "", 1, true}, {"chip", "", 3, true}};
  Job a = job("A", 20, 0), b = job("B", 10, 7, 4);
  a.user = "ada";
  a.project = "no account";
  b.user = "ada";
  b.project = "chip";
  b.ranks = 2;
  b.memory = 1.5;
  b.scratch = 0.25;
  b.request = seconds(9);
  b.due = seconds(99);
  b.preemptible = false;
  f.jobs = {a, b};
  const auto jobs = submissions(f, span(1000));
  REQUIRE(jobs.size() == 2);
  const Submission &first = jobs[0], &second = jobs[1];
  CHECK(first.number == 1); // by time of submission
  CHECK(first.run == ticks(7));
  CHECK(first.request == ticks(9));
  CHECK(first.due == ticks(99));
  CHECK(first.memory == 1'500'000);
  CHECK(first.peak == 1'500'000);
  CHECK(first.scratch == 250'000);
  CHECK(first.cores == 4);
  CHECK(first.ranks == 2);
  CHECK(first.account == 1);
  CHECK_FALSE(first.preemptible);
  CHECK(second.run == 1); // at least a tick
  CHECK(second.request == 1);
  CHECK(second.account == 0);
  CHECK(second.due == core::kNever);
  CHECK(second.owner == first.owner);
}

} // namespace
} // namespace centresim::design
