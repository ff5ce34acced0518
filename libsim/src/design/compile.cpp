#include "centresim/design/model.hpp"

#include "project_compile.hpp"
#include "token_pools.hpp"

#include "centresim/core/random.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/schema/errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace centresim::design {
namespace {

constexpr double kKbPerGb = 1e6;

std::int64_t kilobytes(double gigabytes) { return std::llround(gigabytes * kKbPerGb); }
std::int64_t kilobytes(const std::optional<double>& gigabytes) { return gigabytes ? kilobytes(*gigabytes) : 0; }

using Numbers = std::map<std::string, std::uint32_t, std::less<>>;

std::uint32_t number_of(Numbers& numbers, const std::string& name) {
  return numbers.try_emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
}

class Compiler {
 public:
  Compiler(const Floor& floor, const Span& span) : floor_(floor), span_(span) {}

  Model make() {
    model_.policy = floor_.policy;
    model_.load_factor = floor_.load_factor;
    model_.waiting_cost = floor_.waiting_cost;
    model_.max_queue = floor_.max_queue;
    model_.horizon = span_.horizon;
    model_.warmup = span_.warmup;
    model_.drain = span_.drain;
    model_.week_offset = span_.week_offset;
    add_sites();
    add_nodes();
    pools_.add_features();
    add_accounts();
    add_profiles();
    scan();
    name_flows();
    add_streams();
    add_jobs();
    add_trace();
    add_projects();
    return std::move(model_);
  }

 private:
  void add_sites() {
    for (const Site* s : by_name(floor_.sites)) {
      SiteTable t;
      t.name = s->name;
      if (s->storage) t.storage = std::max<std::int64_t>(1, kilobytes(*s->storage)); // a second
      if (s->cache) t.cache = kilobytes(*s->cache);
      t.egress_cost = s->egress_cost;
      model_.sites.push_back(std::move(t));
    }
    if (model_.sites.empty()) model_.sites.emplace_back();
    for (const Link* l : by_name(floor_.links)) {
      LinkTable t;
      t.name = l->name;
      t.sites = {site_number(model_, l->sites[0]), site_number(model_, l->sites[1])};
      t.bandwidth = l->bandwidth * 1e6 / 8 / static_cast<double>(core::kTicksPerSecond);
      t.rtt = l->rtt.ticks;
      t.grace = l->grace.ticks;
      t.fails = l->mttf.has_value();
      if (t.fails) t.mttf = l->mttf->compile(), t.mttr = l->mttr->compile();
      t.lost = l->lost;
      t.identity = core::mix(core::name_identity("link"), core::name_identity(l->name));
      model_.links.push_back(std::move(t));
    }
    for (const Dataset* d : by_name(floor_.datasets))
      model_.datasets.push_back({d->name, site_number(model_, d->site), kilobytes(d->size)});
  }
  std::uint32_t reading_of(const std::string& data, double io, double io_share) {
    Reading r;
    if (!data.empty()) {
      const auto found = std::ranges::find(model_.datasets, data, &DatasetTable::name);
      r.dataset = static_cast<std::uint32_t>(found - model_.datasets.begin());
    }
    r.io = std::llround(io * 1e3);
    r.io_share = io_share;
    const auto known = std::ranges::find(model_.readings, r);
    if (known != model_.readings.end()) return static_cast<std::uint32_t>(known - model_.readings.begin());
    model_.readings.push_back(r);
    return static_cast<std::uint32_t>(model_.readings.size() - 1);
  }

  void add_nodes() {
    auto classes = by_name(floor_.node_classes);
    std::ranges::sort(classes, {}, [](const NodeClass* c) { return std::tie(c->site, c->name); });
    for (const NodeClass* c : classes) {
      NodeClassTable t;
      t.name = c->name;
      t.site = site_number(model_, c->site);
      t.first_node = model_.nodes;
      t.nodes = static_cast<std::uint32_t>(c->nodes);
      t.cores = c->cores;
      t.memory = c->memory ? kilobytes(*c->memory) : kUnlimited;
      t.scratch = c->scratch ? kilobytes(*c->scratch) : kUnlimited;
      t.speed = c->speed;
      t.fails = c->mttf.has_value();
      if (t.fails) t.mttf = c->mttf->compile(), t.mttr = c->mttr->compile();
      t.idle_power = c->idle_power;
      t.busy_power = c->busy_power;
      t.cost = c->cost;
      t.boot = c->boot.ticks;
      if (c->off_after) t.off_after = c->off_after->ticks;
      t.rented = c->rented;
      t.identity = core::mix(core::name_identity("node class"), core::name_identity(c->name));
      SiteTable& site = model_.sites[t.site];
      if (site.nodes == 0) site.first_node = model_.nodes;
      site.nodes += t.nodes;
      site.cores += t.cores * c->nodes;
      model_.nodes += t.nodes;
      model_.cores += t.cores * c->nodes;
      model_.classes.push_back(std::move(t));
    }
    for (const Drain* d : by_name(floor_.drains)) {
      const auto& k = *std::ranges::find(model_.classes, d->node_class, &NodeClassTable::name);
      const auto n = static_cast<std::uint32_t>(std::min<std::int64_t>(d->nodes.value_or(k.nodes), k.nodes));
      model_.drains.push_back(
          {k.first_node + k.nodes - n, n, d->start.ticks, d->duration.ticks, d->every ? d->every->ticks : 0});
    }
  }

  // Parents first are not needed: shares are multiplied along the path.
  void add_accounts() {
    if (floor_.policy.order != Order::fairshare) return;
    std::map<std::string_view, const Account*> named;
    std::map<std::string_view, double> siblings; // sum of shares, by parent
    for (const Account* a : by_name(floor_.accounts)) {
      named[a->name] = a;
      siblings[a->parent] += a->share;
      accounts_[a->name] = static_cast<std::uint32_t>(model_.accounts.size());
      model_.accounts.push_back({a->name, kNone, 1, a->charged});
    }
    for (AccountTable& t : model_.accounts) {
      const Account* a = named.at(t.name);
      if (!a->parent.empty()) t.parent = accounts_.at(a->parent);
      for (; a != nullptr; a = a->parent.empty() ? nullptr : named.at(a->parent))
        t.share *= a->share / siblings[a->parent];
    }
  }
  [[nodiscard]] std::uint32_t account_of(const std::string& project, const std::string& user) const {
    for (const std::string* name : {&project, &user})
      if (const auto found = accounts_.find(*name); found != accounts_.end()) return found->second;
    return kNone;
  }

  // The rate of every hour relative to the mean of the week, integrated.
  void add_profiles() {
    for (const Profile* p : by_name(floor_.profiles)) {
      const double mean = std::accumulate(p->rates.begin(), p->rates.end(), 0.0) / static_cast<double>(p->rates.size());
      ProfileTable t{{0.0}};
      for (std::size_t h = 0; h < 168; h++) t.until.push_back(t.until.back() + p->rates[h % p->rates.size()] / mean);
      profiles_[p->name] = static_cast<std::uint32_t>(model_.profiles.size());
      model_.profiles.push_back(std::move(t));
    }
  }

  void scan() {
    if (!floor_.trace) return;
    schema::Errors errors;
    info_ = std::make_shared<const TraceInfo>(scan_trace(*floor_.trace, errors));
    errors.throw_if_any();
  }

  static std::string kind_of(const JobStream& s) { return s.kind.empty() ? s.name : s.kind; }

  void name_flows() {
    std::set<std::string> kinds;
    for (const JobStream& s : floor_.streams) kinds.insert(kind_of(s));
    for (const Job& j : floor_.jobs) kinds.insert(j.kind);
    for (const std::string& kind : project_kinds(floor_)) kinds.insert(kind);
    if (info_)
      for (const std::string& kind : info_->names.kinds) kinds.insert(kind.empty() ? floor_.trace->kind : kind);
    model_.flows.assign(kinds.begin(), kinds.end());
  }
  [[nodiscard]] std::uint32_t flow_of(const std::string& kind) const {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(model_.flows, kind) - model_.flows.begin());
  }

  void add_streams() {
    // Users of one step are the same people, whichever of its streams they use: predictions learn from all.
    std::map<std::string, std::uint32_t> users_of_step, first_owner;
    for (const JobStream& s : floor_.streams) {
      std::uint32_t& users = users_of_step[s.step.empty() ? s.name : s.step];
      users = std::max(users, static_cast<std::uint32_t>(s.users));
    }
    for (const auto& [step, users] : users_of_step) first_owner[step] = std::exchange(owners_, owners_ + users);
    for (const JobStream* s : by_name(floor_.streams)) {
      StreamTable t;
      t.name = s->name;
      t.every = s->every.compile();
      t.jobs = s->jobs.compile();
      t.run = s->run.compile();
      t.cores = s->cores.compile();
      t.memory = s->memory.compile();
      t.memory_request = s->memory_request.compile();
      t.request = s->request.compile();
      if (!s->profile.empty()) t.profile = profiles_.at(s->profile);
      t.start = s->start.ticks;
      t.until = std::min(span_.horizon, s->until ? s->until->ticks : span_.horizon);
      if (s->run_max) t.run_max = s->run_max->ticks;
      if (s->due) t.due = s->due->ticks;
      t.flow = flow_of(kind_of(*s));
      t.account = account_of(s->project, "");
      t.tokens = pools_.tokens_of(s->tokens, s->project);
      t.users = static_cast<std::uint32_t>(s->users);
      t.first_owner = first_owner.at(s->step.empty() ? s->name : s->step);
      t.home = site_number(model_, s->site);
      t.reading = reading_of(s->data, s->io, s->io_share);
      t.scratch = kilobytes(s->scratch);
      t.priority = static_cast<std::int32_t>(s->priority);
      t.preemptible = s->preemptible;
      t.identity = core::mix(core::name_identity("job stream"), core::name_identity(s->name));
      model_.streams.push_back(std::move(t));
    }
  }

  // Numbers of whole-number names, which then order jobs of one tick; empty where one name is none.
  [[nodiscard]] std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> found;
    for (const Job& j : floor_.jobs) {
      std::int64_t n = 0;
      const auto end = std::from_chars(j.name.data(), j.name.data() + j.name.size(), n);
      if (end.ec != std::errc{} || end.ptr != j.name.data() + j.name.size()) return {};
      found.push_back(n);
    }
    return found;
  }

  void add_jobs() {
    const std::vector<std::int64_t> number = numbers();
    Numbers owners;
    for (std::size_t i = 0; i < floor_.jobs.size(); i++) {
      const Job& j = floor_.jobs[i];
      Submission s;
      s.submit = j.submit.ticks;
      s.run = std::max<Tick>(1, j.run.ticks);
      s.request = std::max<Tick>(1, j.request ? j.request->ticks : s.run);
      if (j.due) s.due = j.due->ticks;
      s.memory = j.memory ? kilobytes(*j.memory) : kilobytes(j.peak_memory); // where one is known it is both
      s.peak = j.peak_memory ? kilobytes(*j.peak_memory) : s.memory;
      s.home = site_number(model_, j.site);
      s.reading = reading_of(j.data, j.io, j.io_share);
      s.scratch = kilobytes(j.scratch);
      s.number = static_cast<std::int64_t>(i);
      s.cores = static_cast<std::int32_t>(j.cores);
      s.ranks = static_cast<std::int32_t>(j.ranks);
      s.priority = static_cast<std::int32_t>(j.priority);
      s.flow = flow_of(j.kind);
      s.owner = owners_ + number_of(owners, j.user + '\0' + j.step);
      s.account = account_of(j.project, j.user);
      s.tokens = pools_.tokens_of(j.tokens, j.project);
      s.preemptible = j.preemptible;
      model_.jobs.push_back(s);
      model_.job_names.push_back(j.name);
    }
    owners_ += static_cast<std::uint32_t>(owners.size());
    const auto rank = [&](const Submission& s) {
      return number.empty() ? s.number : number[static_cast<std::size_t>(s.number)];
    };
    std::ranges::sort(model_.jobs, [&](const Submission& a, const Submission& b) {
      return std::tuple(a.submit, rank(a), a.number) < std::tuple(b.submit, rank(b), b.number);
    });
  }

  // What no node or no feature can ever serve is known before the run starts.
  void check_demands() const {
    schema::Errors errors;
    for (const TraceInfo::Demand& d : info_->largest) {
      const auto add = [&](const std::string& rule) {
        errors.add_issue({floor_.trace->file, static_cast<int>(d.line), "", std::to_string(d.number), rule});
      };
      std::int64_t ranks = 0;
      for (std::uint32_t s = 0; s < model_.sites.size(); s++)
        ranks = std::max(ranks, places(model_, s, d.cores, d.memory_kb, d.scratch_kb));
      if (ranks < d.ranks) add("this job does not fit the farm, not even the empty one: it can never run");
      for (const TokenUse& use : info_->names.tokens[d.tokens]) {
        const std::int64_t most = pools_.largest(use.feature);
        if (most == 0)
          add("uses a token of '" + use.feature + "', but there is no feature of that name");
        else if (most < use.of(d.cores * d.ranks))
          add(fmt::format("uses {} tokens of '{}', which has {}", use.of(d.cores * d.ranks), use.feature, most));
      }
    }
    errors.throw_if_any();
  }

  void add_trace() {
    if (!info_) return;
    check_demands();
    auto t = std::make_shared<TraceTable>();
    t->trace = *floor_.trace;
    t->home = site_number(model_, floor_.trace->site);
    for (const std::string& kind : info_->names.kinds) t->flow.push_back(flow_of(kind.empty() ? t->trace.kind : kind));
    std::vector<std::string> classes{""}; // projects with tokens of their own, after all the others
    for (const std::string& project : pools_.projects())
      if (std::ranges::find(classes, project) == classes.end()) classes.push_back(project);
    for (const std::string& project : info_->names.projects) {
      const auto found = std::ranges::find(classes, project);
      t->project_class.push_back(found == classes.end() ? 0 : static_cast<std::uint32_t>(found - classes.begin()));
    }
    for (const std::string& project : classes) {
      std::vector<std::uint32_t>& tokens = t->tokens.emplace_back();
      for (const auto& uses : info_->names.tokens) tokens.push_back(pools_.tokens_of(uses, project));
    }
    for (const std::string& project : info_->names.projects) t->account_of_project.push_back(account_of(project, ""));
    for (const std::string& user : info_->names.users) t->account_of_user.push_back(account_of("", user));
    t->first_owner = owners_;
    t->info = info_;
    model_.trace = std::move(t);
  }

  void add_projects() {
    if (floor_.projects.empty()) return;
    const FarmNames names{[this](const std::string& kind) { return flow_of(kind); },
                          [this](const std::vector<TokenUse>& uses, const std::string& account) {
                            return pools_.tokens_of(uses, account);
                          },
                          [this](const std::string& account) { return account_of(account, ""); },
                          [this](const std::string& site) { return site_number(model_, site); }};
    model_.posted = true;
    model_.projects = compile_projects(floor_, model_, span_.start_day, names);
    for (ProjectTable& p : model_.projects.projects) p.owner = owners_++;
  }

  const Floor& floor_;
  const Span& span_;
  Model model_;
  TokenPools pools_{floor_, model_};
  Numbers accounts_, profiles_;
  std::shared_ptr<const TraceInfo> info_;
  std::uint32_t owners_ = 0;
};

} // namespace

Model compile(const Floor& floor, const Span& span) { return Compiler(floor, span).make(); }

void check_trace(const Floor& floor) {
  if (floor.trace) (void)compile(floor, {});
}

} // namespace centresim::design
