#include "farm.hpp"

#include "tools.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace yardstick {
namespace {

// A queue in one array that is used again when it has run empty.
struct Line {
  std::vector<std::uint32_t> jobs;
  std::size_t first = 0;
  [[nodiscard]] bool empty() const { return first == jobs.size(); }
  void leave() {
    if (++first == jobs.size()) jobs.clear(), first = 0;
  }
};

struct Host {
  double memory = kMemoryOfHost;
  std::int32_t free = kCoresOfHost;
  std::uint32_t place = 0, slots = (1u << kCoresOfHost) - 1;
};

class Farm {
 public:
  explicit Farm(const std::vector<FarmJob>& jobs)
      : jobs_(jobs), hosts_(kHosts), by_free_(kCoresOfHost + 1), ends_(kHosts * kCoresOfHost),
        on_slot_(kHosts * kCoresOfHost) {
    std::copy(std::begin(kTokens), std::end(kTokens), std::begin(tokens_));
    for (std::uint32_t h = 0; h < kHosts; h++) {
      hosts_[h].place = h;
      by_free_[kCoresOfHost].push_back(h);
    }
  }

  double run() {
    const double never = std::ldexp(1, 44 - 20);
    std::uint32_t next = 0, left = static_cast<std::uint32_t>(jobs_.size());
    while (left > 0) {
      const double end = running_ > 0 ? ends_.time() : never;
      if (next < jobs_.size() && jobs_[next].submit <= end) {
        now_ = jobs_[next].submit;
        Line& line = lines_[jobs_[next].pool];
        if (!line.empty() || !start(next)) line.jobs.push_back(next);
        next++;
        continue;
      }
      now_ = end;
      finish(ends_.slot());
      left--;
    }
    return wait_ / static_cast<double>(jobs_.size());
  }

 private:
  void move(std::uint32_t h, std::int32_t cores, double memory) {
    Host& host = hosts_[h];
    auto& from = by_free_[static_cast<std::size_t>(host.free)];
    hosts_[from.back()].place = host.place;
    from[host.place] = from.back();
    from.pop_back();
    host.free += cores;
    host.memory += memory;
    auto& to = by_free_[static_cast<std::size_t>(host.free)];
    host.place = static_cast<std::uint32_t>(to.size());
    to.push_back(h);
  }

  std::uint32_t fitting(const FarmJob& job) const {
    for (auto free = static_cast<std::size_t>(job.cores); free <= kCoresOfHost; free++) {
      const auto& list = by_free_[free];
      for (std::size_t i = list.size(), tries = 8; i > 0 && tries > 0; tries--)
        if (hosts_[list[--i]].memory >= job.memory) return list[i];
    }
    return kHosts;
  }

  bool start(std::uint32_t id) {
    const FarmJob& job = jobs_[id];
    if (tokens_[job.pool] == 0) return false;
    const std::uint32_t h = fitting(job);
    if (h == kHosts) return false;
    tokens_[job.pool]--;
    move(h, -job.cores, -job.memory);
    const auto bit = static_cast<std::uint32_t>(std::countr_zero(hosts_[h].slots));
    hosts_[h].slots &= hosts_[h].slots - 1;
    const std::uint32_t slot = h * kCoresOfHost + bit;
    on_slot_[slot] = id;
    ends_.put(slot, now_ + job.run);
    wait_ += now_ - job.submit;
    running_++;
    return true;
  }

  void finish(std::uint32_t slot) {
    const FarmJob& job = jobs_[on_slot_[slot]];
    ends_.clear(slot);
    running_--;
    const std::uint32_t h = slot / kCoresOfHost;
    hosts_[h].slots |= 1u << (slot % kCoresOfHost);
    move(h, job.cores, job.memory);
    tokens_[job.pool]++;
    for (std::uint32_t i = 0; i < kPools; i++) {
      Line& line = lines_[(job.pool + i) % kPools];
      while (!line.empty() && start(line.jobs[line.first])) line.leave();
    }
  }

  const std::vector<FarmJob>& jobs_;
  std::vector<Host> hosts_;
  std::vector<std::vector<std::uint32_t>> by_free_;
  Tournament ends_;
  std::vector<std::uint32_t> on_slot_;
  std::int32_t tokens_[kPools] = {};
  Line lines_[kPools];
  double now_ = 0, wait_ = 0;
  std::uint32_t running_ = 0;
};

} // namespace

std::vector<FarmJob> farm_jobs(std::uint32_t count) {
  Generator g(2026);
  std::vector<FarmJob> jobs(count);
  double now = 0, spare = 0;
  bool has_spare = false;
  const auto normal = [&] { // Box and Muller 1958
    if (has_spare) {
      has_spare = false;
      return spare;
    }
    const double r = std::sqrt(-2 * std::log(1 - g.uniform())), angle = 6.283185307179586 * g.uniform();
    spare = r * std::sin(angle);
    has_spare = true;
    return r * std::cos(angle);
  };
  for (FarmJob& job : jobs) {
    now += g.exponential() / 30;
    job.submit = now;
    job.run = std::clamp(60 * std::exp(2 * normal()), 1.0, 3 * 86400.0);
    job.cores = g.uniform() < 0.95 ? 1 : 4;
    job.memory = std::min(200.0, 2 * std::exp(0.4 * normal()));
    job.pool = static_cast<std::uint32_t>(g.uniform() * kPools);
  }
  return jobs;
}

double farm_by_pool(const std::vector<FarmJob>& jobs) { return Farm(jobs).run(); }

} // namespace yardstick
