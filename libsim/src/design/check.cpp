#include "centresim/design/check.hpp"

#include "farm_limits.hpp"
#include "project_check.hpp"

#include "centresim/schema/errors.hpp"
#include "centresim/schema/path.hpp"
#include "centresim/schema/suggest.hpp"
#include "centresim/schema/units.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

namespace centresim::design {
namespace {

constexpr double kMostCores = 1e7; // of a job that is drawn

class Check {
 public:
  Check(const Floor& floor, const std::string& path, schema::Errors& errors)
      : floor_(floor), path_(path), errors_(errors) {}

  void all() {
    const bool farm = !floor_.jobs.empty() || !floor_.streams.empty() || floor_.trace;
    if (floor_.node_classes.empty() && farm) add("node_classes", "", "a farm needs at least one class of nodes");
    if (!farm && floor_.projects.empty()) add("jobs", "", "a floor needs projects, jobs, streams of jobs or a trace");
    if (!(floor_.load_factor > 0) || !std::isfinite(floor_.load_factor))
      add("load_factor", fmt::format("{}", floor_.load_factor), "must be more than 0");
    names(floor_.sites, "sites");
    names(floor_.links, "links");
    names(floor_.datasets, "datasets");
    names(floor_.node_classes, "node_classes");
    names(floor_.features, "features");
    names(floor_.streams, "streams");
    names(floor_.jobs, "jobs");
    names(floor_.profiles, "profiles");
    names(floor_.drains, "drains");
    names(floor_.accounts, "accounts");
    sites();
    for (const Link& l : floor_.links) link(l);
    for (const Dataset& d : floor_.datasets) site("datasets", d.name, "site", d.site);
    for (const NodeClass& c : floor_.node_classes) node_class(c);
    for (const Drain& d : floor_.drains) drain(d);
    for (const Feature& f : floor_.features) feature(f);
    accounts();
    for (const Profile& p : floor_.profiles) profile(p);
    for (const JobStream& s : floor_.streams) stream(s);
    for (const Job& j : floor_.jobs) job(j);
    policy();
    check_projects(floor_, path_, errors_);
  }

 private:
  void add(const std::string& field, const std::string& value, const std::string& rule) {
    errors_.add(path_ + "." + field, value, rule);
  }
  // A field of a named element of a list.
  void add(const char* list, const std::string& name, const char* field, const std::string& value,
           const std::string& rule) {
    errors_.add(schema::join_path(path_ + "." + list, name) + (*field ? "." + std::string(field) : ""), value, rule);
  }

  template <class T> void names(const std::vector<T>& items, const char* list) {
    std::set<std::string_view> seen;
    for (const T& item : items) {
      if (item.name.empty()) {
        add(list, "", "every element needs a name");
      } else if (!seen.insert(item.name).second) {
        add(list, item.name, "name", item.name, "this name is taken");
      }
    }
  }
  void law(const char* list, const std::string& name, const char* field, const Distribution& law) {
    if (std::string rule = common::check_distribution(law); !rule.empty()) add(list, name, field, "", rule);
  }

  void sites() {
    for (const Site& s : floor_.sites)
      if (s.name.find_first_of(":;/@") != std::string::npos)
        add("sites", s.name, "name", s.name, "must not hold a colon, a semicolon, a slash or an @");
    for (const Site& s : floor_.sites)
      if (std::ranges::none_of(floor_.node_classes, [&](const NodeClass& c) { return c.site == s.name; }))
        add("sites", s.name, "", "", "has no nodes: node_classes name their site");
    if (floor_.trace && !floor_.sites.empty() && find_named(floor_.sites, floor_.trace->site) == nullptr)
      add("trace.site", floor_.trace->site, unknown_site(floor_.trace->site));
    if (floor_.trace && floor_.sites.empty() && !floor_.trace->site.empty())
      add("trace.site", floor_.trace->site, "there are no sites");
  }
  [[nodiscard]] std::string unknown_site(const std::string& name) const {
    return name.empty() ? "is missing: there are several sites"
                        : "there is no site of that name" + near_named(floor_.sites, name);
  }
  // The site of an element of a list: one of those there are, where there are any.
  void site(const char* list, const std::string& name, const char* field, const std::string& value) {
    if (floor_.sites.empty() && !value.empty())
      add(list, name, field, value, "there are no sites");
    else if (!floor_.sites.empty() && find_named(floor_.sites, value) == nullptr)
      add(list, name, field, value, unknown_site(value));
  }

  [[nodiscard]] const Link* link_between(const std::string& a, const std::string& b) const {
    for (const Link& l : floor_.links)
      if (l.sites == std::vector{a, b} || l.sites == std::vector{b, a}) return &l;
    return nullptr;
  }
  void link(const Link& l) {
    if (l.sites.size() != 2 || l.sites[0] == l.sites[1]) {
      add("links", l.name, "sites", std::to_string(l.sites.size()) + " sites", "must be two different sites");
      return;
    }
    for (const std::string& s : l.sites) site("links", l.name, "sites", s);
    if (link_between(l.sites[0], l.sites[1]) != &l) add("links", l.name, "sites", "", "these sites are linked already");
    if (l.mttf.has_value() != l.mttr.has_value())
      add("links", l.name, l.mttf ? "mttr" : "mttf", "", "mttf and mttr belong together");
    if (l.mttf) law("links", l.name, "mttf", *l.mttf);
    if (l.mttr) law("links", l.name, "mttr", *l.mttr);
  }

  // Where the jobs of a list come from and what they read.
  void reading(const char* list, const std::string& name, const std::string& from, const std::string& data) {
    site(list, name, "site", from);
    if (!data.empty() && find_named(floor_.datasets, data) == nullptr)
      add(list, name, "data", data, "there is no dataset of that name" + near_named(floor_.datasets, data));
  }

  void node_class(const NodeClass& c) {
    site("node_classes", c.name, "site", c.site);
    if (c.boot.ticks > 0 && !c.off_after)
      add("node_classes", c.name, "boot", schema::format_duration(c.boot.ticks),
          "needs off_after: nodes that are always on never boot");
    if (c.mttf.has_value() != c.mttr.has_value())
      add("node_classes", c.name, c.mttf ? "mttr" : "mttf", "", "mttf and mttr belong together");
    if (c.mttf) law("node_classes", c.name, "mttf", *c.mttf);
    if (c.mttr) law("node_classes", c.name, "mttr", *c.mttr);
    if (c.busy_power < c.idle_power)
      add("node_classes", c.name, "busy_power", fmt::format("{:g}", c.busy_power), "is less than idle_power");
  }

  void drain(const Drain& d) {
    const NodeClass* c = find_named(floor_.node_classes, d.node_class);
    if (c == nullptr)
      add("drains", d.name, "node_class", d.node_class,
          "there is no class of nodes of that name" + near_named(floor_.node_classes, d.node_class));
    else if (d.nodes && *d.nodes > c->nodes)
      add("drains", d.name, "nodes", std::to_string(*d.nodes), "the class has " + std::to_string(c->nodes) + " nodes");
    if (d.every && *d.every <= d.duration)
      add("drains", d.name, "every", schema::format_duration(d.every->ticks), "must be longer than the drain itself");
  }

  void feature(const Feature& f) {
    if (f.name.find_first_of(":;/@") != std::string::npos)
      add("features", f.name, "name", f.name, "must not hold a colon, a semicolon, a slash or an @");
    if (f.users > 0 && (!f.think || !f.hold))
      add("features", f.name, f.think ? "hold" : "think", "", "is missing: users need think and hold");
    if (f.think) law("features", f.name, "think", *f.think);
    if (f.hold) law("features", f.name, "hold", *f.hold);
    std::set<std::pair<std::string_view, std::string_view>> owners;
    std::int64_t own = 0;
    for (const Partition& p : f.partitions) {
      own += p.tokens;
      if (p.project.find_first_of("/@") != std::string::npos || (f.lend && p.project == "others"))
        add("features", f.name, "partitions", p.project,
            "must not hold a slash or an @, nor be \"others\" where tokens are lent");
      if (p.project.empty() && p.site.empty())
        add("features", f.name, "partitions", "", "a partition needs a project or a site");
      else if (!owners.insert({p.project, p.site}).second)
        add("features", f.name, "partitions", p.project + (p.site.empty() ? "" : "@" + p.site),
            p.site.empty() ? "this project has a partition already" : "there is such a partition already");
      if (!p.site.empty()) site("features", f.name, "partitions", p.site);
    }
    if (f.lend && f.partitions.empty())
      add("features", f.name, "lend", "true", "needs partitions: they are the shares");
    if (!f.server.empty()) site("features", f.name, "server", f.server);
    for (const std::string& s : f.sites) site("features", f.name, "sites", s);
    for (const Site& s : floor_.sites)
      if (!f.server.empty() && s.name != f.server && FarmLimits::usable(f, s.name) &&
          link_between(f.server, s.name) == nullptr)
        add("features", f.name, "server", f.server,
            "no link leads from there to '" + s.name + "', where tokens may be used (sites)");
    if (own > f.tokens)
      add("features", f.name, "partitions", std::to_string(own),
          fmt::format("the partitions together hold more than the {} tokens there are", f.tokens));
    if (f.users > 0 && own == f.tokens && !f.lend)
      add("features", f.name, "users", std::to_string(f.users), "the partitions leave no token for users");
    if (f.back_off_max < f.back_off)
      add("features", f.name, "back_off_max", schema::format_duration(f.back_off_max.ticks), "is less than back_off");
  }

  void accounts() {
    std::map<std::string_view, const Account*> named;
    for (const Account& a : floor_.accounts) named.emplace(a.name, &a);
    for (const Account& a : floor_.accounts) {
      if (!a.parent.empty() && !named.contains(a.parent)) {
        add("accounts", a.name, "parent", a.parent,
            "there is no account of that name" + near_named(floor_.accounts, a.parent));
        continue;
      }
      std::size_t steps = 0;
      const Account* at = &a;
      while (at != nullptr && !at->parent.empty() && steps++ <= floor_.accounts.size()) {
        const auto up = named.find(at->parent);
        at = up == named.end() ? nullptr : up->second;
      }
      if (steps > floor_.accounts.size())
        add("accounts", a.name, "parent", a.parent, "the accounts above it go round in a circle");
    }
  }

  void profile(const Profile& p) {
    if (p.rates.size() != 24 && p.rates.size() != 168)
      add("profiles", p.name, "rates", std::to_string(p.rates.size()) + " rates", "must be 24 or 168");
    double sum = 0;
    for (const double r : p.rates) sum += std::isfinite(r) && r >= 0 ? r : std::nan("");
    if (!(sum > 0)) add("profiles", p.name, "rates", "", "must not be negative, and not all 0");
  }

  void tokens(const char* list, const std::string& name, const std::vector<TokenUse>& uses, std::int64_t cores,
              const std::string& project, const std::string& home) {
    std::set<std::string_view> seen;
    for (const TokenUse& u : uses) {
      const Feature* f = find_named(floor_.features, u.feature);
      if (f == nullptr)
        add(list, name, "tokens", u.feature,
            "there is no feature of that name" + near_named(floor_.features, u.feature));
      else if (u.of(cores) > limits_.pool(*f, project, home))
        add(list, name, "tokens", to_text(u),
            fmt::format("needs {} tokens of '{}', which has {}{}: it can never run", u.of(cores), f->name,
                        limits_.pool(*f, project, home), f->partitions.empty() ? "" : " for its project"));
      if (!seen.insert(u.feature).second) add(list, name, "tokens", u.feature, "names the feature twice");
    }
  }

  void stream(const JobStream& s) {
    const auto check_law = [&](const char* field, const Distribution& d) { law("streams", s.name, field, d); };
    check_law("every", s.every);
    check_law("jobs", s.jobs);
    check_law("run", s.run);
    check_law("cores", s.cores);
    check_law("memory", s.memory);
    check_law("memory_request", s.memory_request);
    check_law("request", s.request);
    if (s.jobs.kind == core::LawKind::constant && s.jobs.mean() >= 0 && s.jobs.mean() < 0.5)
      add("streams", s.name, "jobs", fmt::format("{:g}", s.jobs.mean()), "rounds to no job at all");
    if (!s.profile.empty() && find_named(floor_.profiles, s.profile) == nullptr)
      add("streams", s.name, "profile", s.profile,
          "there is no profile of that name" + near_named(floor_.profiles, s.profile));
    if (s.until && *s.until <= s.start)
      add("streams", s.name, "until", schema::format_duration(s.until->ticks), "must be later than start");
    const auto constant = [](const Distribution& d) { return d.kind == core::LawKind::constant; };
    const std::int64_t cores =
        constant(s.cores) ? std::max<std::int64_t>(1, std::llround(std::min(s.cores.mean(), kMostCores))) : 1;
    reading("streams", s.name, s.site, s.data);
    tokens("streams", s.name, s.tokens, cores, s.project, s.site);
    if (!limits_.fits(cores, 1, 0, s.scratch, s.site)) {
      add("streams", s.name, "cores", std::to_string(cores), "such a job fits no node of the farm: it can never run");
    } else if (constant(s.memory) && constant(s.memory_request)) {
      const double memory = s.memory.mean() * s.memory_request.mean();
      if (!limits_.fits(cores, 1, memory, s.scratch, s.site))
        add("streams", s.name, "memory", fmt::format("{:g} GB", memory),
            "a job with so much requested fits no node of the farm: it can never run");
    }
  }

  void job(const Job& j) {
    reading("jobs", j.name, j.site, j.data);
    tokens("jobs", j.name, j.tokens, j.cores * j.ranks, j.project, j.site);
    if (!limits_.fits(j.cores, j.ranks, j.memory.value_or(0), j.scratch, j.site))
      add("jobs", j.name, "cores", fmt::format("{} x {} cores, {:g} GB", j.ranks, j.cores, j.memory.value_or(0)),
          "does not fit the farm, not even the empty one: it can never run");
  }

  void policy() {
    const Policy& p = floor_.policy;
    if (p.backfill != Backfill::none && p.blocking != Blocking::head)
      add("policy.backfill", "", "needs blocking = \"head\": there is no head to plan for");
    if (p.fit == Fit::max_jobs && (p.backfill != Backfill::none || p.blocking == Blocking::shape))
      add("policy.fit", "max_jobs", "needs backfill = \"none\" and blocking = \"head\" or \"skip\"");
    if (p.order == Order::fairshare && floor_.accounts.empty()) add("policy.order", "fairshare", "needs accounts");
    const Preemption& x = p.preemption;
    if (x.kind == PreemptionKind::none) return;
    if (p.blocking == Blocking::shape || p.backfill == Backfill::conservative_keep || p.fit == Fit::max_jobs)
      add("policy.preemption.kind", "",
          "does not go with blocking = \"shape\", backfill = \"conservative_keep\" or fit = \"max_jobs\"");
    if (x.kind == PreemptionKind::checkpoint && !x.every)
      add("policy.preemption.every", "", "is missing: kind = \"checkpoint\" goes back to periodic checkpoints");
  }

  const Floor& floor_;
  const FarmLimits limits_{floor_};
  const std::string& path_;
  schema::Errors& errors_;
};

} // namespace

void check(const Floor& floor, const std::string& path, schema::Errors& errors) { Check(floor, path, errors).all(); }

} // namespace centresim::design
