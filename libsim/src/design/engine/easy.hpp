// EASY backfill: Lifka 1995; Mu'alem and Feitelson, IEEE Transactions on Parallel and Distributed Systems 12(6), 2001.
// The head of the queue gets a shadow time, at which it will fit by the requested run times; what passes it either ends
// by then or uses what the head leaves.
#pragma once
#include "queue.hpp"

namespace centresim::design {

struct Engine::State::Shadow {
  Tick at = core::kNever;               // kNever: never, and nothing is kept for the head
  std::vector<NodeCap> caps;            // what the head leaves of the nodes that it will take
  std::vector<TokenNeed> tokens;        // what it leaves of the tokens that it will take
  std::vector<std::int64_t> back;       // by feature: tokens expected back by then
  std::multimap<Tick, TokenNeed> later; // tokens that come back after their job has ended
};

// Who asks for more time than `longest` may not take more cores than these.
struct Engine::State::Late {
  Tick longest = core::kNever;
  std::int64_t cores = 0;
};

inline void Engine::State::overlay(std::uint32_t node, const Demand& d) {
  if (d.cores == 0 && d.memory == 0 && d.scratch == 0) return;
  Demand& o = overlay_[node];
  if (o.cores == 0 && o.memory == 0 && o.scratch == 0) overlaid_.push_back(node);
  o.cores += d.cores, o.memory += d.memory, o.scratch += d.scratch;
}

inline void Engine::State::release_into(const LiveJob& job, Tick at, Shadow& shadow) {
  if (job.site == site_->number) for_each_rank(job, [&](std::uint32_t node) { overlay(node, job.demand()); });
  tokens_of(job, [&](const TokenNeed& n, Tick checkout) {
    const Tick back = token_return(n.feature, checkout, at);
    if (back <= at)
      shadow.back[n.feature] += n.tokens;
    else
      shadow.later.emplace(back, n);
  });
}

// The head on what is free plus what is released: fills the caps of its nodes.
inline bool Engine::State::place_in_shadow(const LiveJob& head, Shadow& shadow) {
  const bool aware = policy_.licence_aware;
  const auto& needs = token_sets_[head.token_set].reserved;
  if (token_sets_[head.token_set].links_down > 0) return false; // nobody knows until when
  if (aware)
    for (const TokenNeed& n : needs)
      if (features_[n.feature].free + shadow.back[n.feature] < n.tokens) return false;
  // Give the released parts to the nodes, place the head, take them back.
  for (const std::uint32_t n : overlaid_) nodes_.give(n, overlay_[n]);
  const Demand demand = head.demand();
  std::vector<std::uint32_t> found;
  for (std::int32_t r = 0; r < head.s.ranks; r++) {
    const std::uint32_t node = nodes_.find(site_->number, demand, site_->fit, head.s.tokens != 0, no_caps_);
    if (node == kNone) break;
    nodes_.take(node, demand);
    found.push_back(node);
  }
  const bool fits = found.size() == static_cast<std::size_t>(head.s.ranks);
  if (fits) {
    for (const std::uint32_t n : found)
      if (std::ranges::none_of(shadow.caps, [&](const NodeCap& c) { return c.node == n; }))
        shadow.caps.push_back({n, nodes_.free(n)});
    if (aware)
      for (const TokenNeed& n : needs)
        shadow.tokens.push_back({n.feature, features_[n.feature].free + shadow.back[n.feature] - n.tokens, 0});
  }
  for (const std::uint32_t n : found) nodes_.give(n, demand);
  for (const std::uint32_t n : overlaid_) nodes_.take(n, overlay_[n]);
  return fits;
}

inline void Engine::State::find_shadow(const Queued& q, Shadow& shadow) {
  const LiveJob& head = jobs_[q.job];
  shadow.back.assign(features_.size(), 0);
  for (std::uint32_t f = 0; f < features_.size(); f++)
    for (const auto& [at, tokens] : features_[f].returns) shadow.later.emplace(at.first, TokenNeed{f, tokens, 0});
  std::multimap<Tick, std::pair<const Handover*, bool>> promised; // true: the head ends
  for (const Handover& h : handovers_) {
    if (h.writing == 0) continue;
    for (const auto& [at, n] : h.later) shadow.later.emplace(at, n);
    promised.emplace(h.at, std::pair(&h, false));
    if (h.head == kNone) continue;
    const LiveJob& next = jobs_[h.head];
    const Tick end = h.at + std::max<Tick>(1, next.s.request - next.used);
    promised.emplace(end, std::pair(&h, true));
    for (const TokenNeed& n : token_sets_[next.token_set].reserved)
      shadow.later.emplace(token_return(n.feature, h.at, end), n);
  }
  overlay_.resize(nodes_.size(), Demand{0, 0, 0});
  bool fits = !policy_.licence_aware && place_in_shadow(head, shadow); // it forgets the tokens that the head lacks
  if (fits) shadow.at = now;
  const Demand demand = head.demand();
  // Only where a node has come to hold a rank, or tokens came back, is there a reason to try.
  bool node_fits =
      head.s.ranks > 1 || nodes_.find(site_->number, demand, site_->fit, head.s.tokens != 0, no_caps_) != kNone;
  for (auto at = releases_.begin(); !fits;) {
    const bool jobs_left = !releases_.at_end(at);
    if (!jobs_left && shadow.later.empty() && promised.empty()) break;
    Tick next = jobs_left ? std::max(releases_.at(at).at, now) : core::kNever;
    if (!shadow.later.empty()) next = std::min(next, std::max(now, shadow.later.begin()->first));
    if (!promised.empty()) next = std::min(next, std::max(now, promised.begin()->first));
    for (; !promised.empty() && promised.begin()->first <= next; promised.erase(promised.begin())) {
      const auto [h, ends] = promised.begin()->second;
      if (ends)
        for (const std::uint32_t n : h->nodes) overlay(n, jobs_[h->head].demand());
      else
        for (const auto& [n, d] : h->surplus) overlay(n, d);
      if (!ends)
        for (const TokenNeed& n : h->surplus_tokens) shadow.back[n.feature] += n.tokens;
      node_fits = true; // at least worth a try
    }
    while (!releases_.at_end(at) && std::max(releases_.at(at).at, now) == next) {
      const LiveJob& job = jobs_[releases_.at(at).job];
      release_into(job, next, shadow);
      if (!node_fits && job.site == site_->number)
        for_each_rank(job, [&](std::uint32_t n) {
          const Demand &o = overlay_[n], &f = nodes_.free(n);
          node_fits = node_fits || (nodes_.open(n) && f.cores + o.cores >= demand.cores &&
                                    f.memory + o.memory >= demand.memory && f.scratch + o.scratch >= demand.scratch);
        });
      at = releases_.after(at);
    }
    while (!shadow.later.empty() && shadow.later.begin()->first <= next) {
      shadow.back[shadow.later.begin()->second.feature] += shadow.later.begin()->second.tokens;
      shadow.later.erase(shadow.later.begin());
    }
    if (!node_fits) continue;
    fits = place_in_shadow(head, shadow);
    if (fits) shadow.at = next;
  }
  for (const std::uint32_t n : overlaid_) overlay_[n] = {0, 0, 0};
  overlaid_.clear();
}

// Whether these jobs, in this order, are the last of the queue: submitted since, and by an order of submission.
inline bool Engine::State::only_at_the_end(const std::vector<std::uint32_t>& jobs) const {
  if (jobs.size() >= site_->queued) return false;
  if (!policy_.depth) return std::ranges::is_sorted(jobs, {}, [&](std::uint32_t id) { return entry(jobs_[id], id); });
  std::uint64_t seq = seq_ - jobs.size();
  return policy_.order == Order::fcfs &&
         std::ranges::all_of(jobs, [&](std::uint32_t id) { return jobs_[id].seq == seq++; });
}

// The jobs behind the head, of one queue. Most do not fit: that is seen here, without looking at the job itself.
template <class Consider> void Engine::State::scan_queue(std::int64_t depth, const Late& late, Consider consider) {
  Queue& queue = groups_[site_->number].queue;
  const auto look_at_tokens = [&] {
    for (std::size_t s = 0; s < token_sets_.size(); s++) set_lacks_[s] = !reserved_free(token_sets_[s]);
  };
  set_lacks_.resize(token_sets_.size());
  look_at_tokens();
  std::int64_t cores = nodes_.free_cores(site_->number), most = nodes_.most_free_cores(site_->number);
  const auto has_hope = [&cores, &most, &late, lacks = set_lacks_.data()](const Queued& q) {
    const std::int64_t all = std::int64_t{q.cores} * q.ranks;
    return q.cores <= most && all <= cores && (q.estimate <= late.longest || all <= late.cores) && !lacks[q.token_set];
  };
  for (auto at = queue.after(queue.begin()); depth > 0 && cores > 0; depth--) {
    const std::int64_t left = depth;
    at = queue.find(at, has_hope, depth);
    if (!go_on(left - depth + 1) || depth == 0 || queue.at_end(at)) return;
    if (!consider(queue.at(at))) {
      at = queue.after(at);
      continue;
    }
    at = queue.erase(at);
    cores = nodes_.free_cores(site_->number);
    most = nodes_.most_free_cores(site_->number);
    look_at_tokens();
  }
}

inline void Engine::State::easy(const Queued& head, bool same_head) {
  // Where nothing was freed and nothing behind the head fitted, only what came since can.
  const bool only_new =
      same_head && now < site_->settled_until && !site_->freed && !dynamic_ && only_at_the_end(site_->new_jobs);
  Shadow shadow;
  Late late;
  bool known = false, met = false, started = false;
  const auto consider = [&](const Queued& q) {
    if (!fits_now(q)) return false;
    fetch(q.job); // it may start
    if (!known) {
      // Look for a node before the dearer search for the shadow.
      if (q.ranks == 1 &&
          nodes_.find(site_->number, {q.cores, q.memory, 0}, site_->fit, q.token_set != 0, no_caps_) == kNone)
        return false;
      known = true;
      find_shadow(head, shadow);
      if (nodes_.single(site_->number) && shadow.at != core::kNever)
        late = {shadow.at - now, shadow.caps[0].free.cores};
    }
    met = true;
    if (shadow.at == core::kNever || now + q.estimate <= shadow.at) {
      const bool starts = try_start(q, no_caps_);
      started = started || starts;
      return starts;
    }
    if (q.estimate > late.longest && std::int64_t{q.cores} * q.ranks > late.cores) return false;
    for (const TokenNeed& n : token_sets_[q.token_set].reserved)
      for (const TokenNeed& cap : shadow.tokens)
        if (cap.feature == n.feature && cap.tokens < n.tokens) return false;
    if (!try_start(q, shadow.caps)) return false;
    started = true;
    const LiveJob& job = jobs_[q.job];
    for_each_rank(job, [&](std::uint32_t node) {
      for (NodeCap& c : shadow.caps)
        if (c.node == node) c.free.cores -= job.s.cores, c.free.memory -= job.s.memory, c.free.scratch -= job.s.scratch;
    });
    late.cores -= job.all_cores();
    for (const TokenNeed& n : token_sets_[q.token_set].reserved)
      for (TokenNeed& cap : shadow.tokens)
        if (cap.feature == n.feature) cap.tokens -= n.tokens;
    return true;
  };
  const std::int64_t depth = policy_.depth.value_or(std::numeric_limits<std::int64_t>::max());
  if (only_new) {
    auto place = static_cast<std::int64_t>(site_->queued - site_->new_jobs.size()); // behind the head, from 1
    for (const std::uint32_t id : site_->new_jobs) {
      if (id == head.job || place++ > depth) continue;
      const Queued q = entry(jobs_[id], id);
      if (consider(q)) groups_[site_->number].queue.remove(q);
    }
  } else if (dynamic_) {
    std::int64_t left = depth;
    Walk walk(*this);
    for (walk.next(); !walk.done() && left > 0 && go_on(1); left--) {
      if (consider(walk.job()))
        walk.erase();
      else
        walk.next();
    }
  } else {
    scan_queue(depth, late, consider);
  }
  // What was passed over cannot start later either while nothing is freed: its end only moves away from the shadow
  // time, and what the head leaves stays the same, unless starts make the head choose other nodes or bring others into
  // depth.
  const bool shifted = started && (policy_.depth || !nodes_.single(site_->number));
  const Tick until = shifted ? 0 : met ? shadow.at : core::kNever;
  site_->settled_until = only_new ? std::min(site_->settled_until, until) : until;
}

} // namespace centresim::design
