// The event loop: what happens at a tick.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline constexpr std::int64_t kMaxEventsAtOneTick = 10'000'000;

inline Engine::State::State(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options)
    : model_(model), policy_(model.policy), key_(core::stream_key(seed, replication)), options_(options), nodes_(model),
      sources_(make_sources(model, key_)), window_start_(model.warmup), window_end_(model.horizon) {
  const auto sources = static_cast<std::uint32_t>(sources_.size());
  const auto features = static_cast<std::uint32_t>(model.features.size());
  for (std::uint32_t n = 0; n < nodes_.size(); n++)
    if (nodes_.class_of(n).fails) failing_.push_back({n, 0, true});
  first_drain_ = first_feature_ + features;
  first_node_ = first_drain_ + static_cast<std::uint32_t>(model.drains.size());
  first_user_ = first_node_ + static_cast<std::uint32_t>(failing_.size());
  first_link_ = first_user_ + model.users;
  first_clock_ = first_link_ + kLinkEvents * static_cast<std::uint32_t>(model.links.size());
  make_clocks();
  several_sites_ = sites_.size() > 1;
  first_job_slot_ = first_clock_ + static_cast<std::uint32_t>(clocks_.size());
  if (first_job_slot_ >= core::kMaxEventSlots) throw core::ModelError("too many nodes that fail and outside users");
  tree_ = core::WinnerTree(first_job_slot_ + 1);
  set_of_uses_.assign(model.uses.size(), kNone); // by list and site
  group_cache_.fill({Shape{}, kNone});
  site_ = sites_.data();
  dynamic_ = policy_.order == Order::fairshare || (policy_.order == Order::priority && policy_.age_weight > 0);
  try_alone_ = !dynamic_ && !several_sites_ && policy_.preemption.kind == PreemptionKind::none &&
               policy_.fit != Fit::max_jobs && policy_.backfill != Backfill::conservative &&
               policy_.backfill != Backfill::conservative_keep;
  keep_releases_ = policy_.backfill != Backfill::none;
  const Preemption& preemption = policy_.preemption;
  if (preemption.every &&
      (preemption.kind == PreemptionKind::checkpoint || preemption.kind == PreemptionKind::checkpoint_on_demand))
    every_ = preemption.every->ticks;
  if (policy_.blocking != Blocking::shape && !dynamic_) groups_.resize(sites_.size());
  if (policy_.order == Order::fairshare) usage_.resize(model.accounts.size() + 1);
  seen_.flows.resize(model.flows.size());
  seen_.class_used.resize(model.classes.size());
  seen_.class_down.resize(model.classes.size());
  down_cores_.resize(model.classes.size());
  seen_.features.resize(features);
  features_.resize(features);
  for (SiteState& site : sites_) site.token_blocked.resize(features);
  sets_of_feature_.resize(features);
  users_.resize(model.users);
  stepwise_ = policy_.check_out == CheckOut::stepwise;
  suspends_ = policy_.preemption.kind == PreemptionKind::suspend ||
              std::ranges::any_of(model.links, [](const LinkTable& l) { return l.lost == LicenceLoss::suspend; });
  seen_.sites.resize(sites_.size());
  seen_.class_on.resize(model.classes.size());
  if (std::ranges::any_of(model.classes, [](const NodeClassTable& k) { return k.off_after != core::kNever; }))
    power_.resize(model.nodes);
  seen_.links.resize(model.links.size());
  links_.resize(model.links.size());
  for (std::uint32_t l = 0; l < links_.size(); l++)
    if (model.links[l].fails) schedule_link(l);
  for (std::uint32_t f = 0; f < features; f++) {
    features_[f].free = model.features[f].tokens;
    features_[f].used_by.assign(model.features[f].shares.size(), 0);
    features_[f].classes_per_token = static_cast<double>(kShareClasses - 1) /
                                     static_cast<double>(std::max<std::int64_t>(1, model.features[f].tokens));
    seen_.features[f].by_share.resize(model.features[f].shares.size());
    seen_.features[f].by_hour.assign(kHoursOfWeek, 0);
    seen_.features[f].share_by_hour.assign(kHoursOfWeek * kShareClasses, 0);
    for (std::uint32_t u = 0; u < model.features[f].users; u++) {
      users_[model.features[f].first_user + u].feature = f;
      schedule_user(model.features[f].first_user + u, model.features[f].think);
    }
  }
  for (std::uint32_t i = 0; i < failing_.size(); i++) schedule_node(i, true);
  for (std::uint32_t d = 0; d < model.drains.size(); d++) {
    drains_.push_back({model.drains[d].start, false});
    set_event(first_drain_ + d, model.drains[d].start, kCapacity);
  }
  coming_.resize(sources);
  source_at_.assign(sources, core::kNever);
  for (std::uint32_t s = 0; s < sources; s++) schedule_source(s);
  if (sources > 0) find_next_source();
}

// A clock for every share of time that jobs spend on the storage of a site.
inline void Engine::State::make_clocks() {
  sites_.resize(model_.sites.size());
  for (std::uint32_t s = 0; s < sites_.size(); s++) {
    sites_[s].number = s;
    sites_[s].copies.resize(model_.datasets.size());
    if (model_.sites[s].storage == 0) continue;
    std::set<double> shares;
    for (const Reading& r : model_.readings)
      if (r.io > 0 || r.io_share > 0) shares.insert(r.io_share);
    for (const double share : shares) {
      sites_[s].clocks.push_back(static_cast<std::uint32_t>(clocks_.size()));
      clocks_.emplace_back().share = share;
      clocks_.back().clock.set_rate(0, VirtualClock::kFull);
    }
  }
}

inline void Engine::State::schedule_source(std::uint32_t source) {
  const bool more = sources_[source]->next(coming_[source]);
  const bool in_time = more && (coming_[source].submit < model_.horizon || model_.drain);
  source_at_[source] = in_time ? std::max(now, coming_[source].submit) : core::kNever;
}

inline void Engine::State::find_next_source() { sources_at_ = std::ranges::min(source_at_); }

inline Tick Engine::State::next() const {
  if (touched_ || !tries_.empty()) return now;
  const std::uint64_t top = tree_.top();
  return std::min(sources_at_, top == core::WinnerTree::kEmpty ? core::kNever : core::event_tick(top));
}

inline void Engine::State::apply(Tick tick) {
  if (tick < now) throw std::logic_error("a farm cannot go back in time");
  now = tick;
  std::int64_t left = kMaxEventsAtOneTick;
  for (;;) {
    const std::uint64_t top = tree_.top();
    const bool due = core::event_tick(top) <= now;                          // kEmpty is beyond all ticks
    if (sources_at_ <= now && (!due || core::event_class(top) >= kArrival)) // first of the arrivals
      submit_now();
    else if (due)
      handle(top);
    else
      break;
    if (--left == 0) throw core::ModelError("events repeat without end at one tick");
  }
  if (!returning_.empty()) take_back();
  if (!tries_.empty()) { // licence attempts of one tick: by submission
    std::ranges::sort(tries_);
    const auto tries = std::move(tries_);
    tries_.clear();
    for (const auto& [seq, id] : tries) try_check_out(id);
    touched_ = true;
  }
}

inline void Engine::State::dispatch(Tick tick) {
  now = tick;
  if (!touched_) return; // what happened concerns no job, no capacity and no token
  // The next job to end is seldom near: it is fetched while this pass goes on.
  if (const std::uint64_t top = tree_.top(); top != fetched_ && top != core::WinnerTree::kEmpty) {
    fetched_ = top;
    if (const std::uint32_t slot = core::event_slot(top); slot >= first_job_slot_)
      if (const std::uint32_t id = slot_job_[slot - first_job_slot_]; id != kNone) fetch(id);
  }
  if (!ended_now_.empty()) flush_predictions();
  serve_check_outs();
  pass();
  serve_check_outs(); // of what has just started
  check_often();
}

inline void Engine::State::handle(std::uint64_t key) {
  const std::uint32_t slot = core::event_slot(key);
  seen_.counts.events++;
  if (slot >= first_job_slot_)
    job_event(slot_job_[slot - first_job_slot_]);
  else if (slot < first_drain_)
    tokens_back(slot - first_feature_);
  else if (slot < first_node_)
    drain_event(slot - first_drain_);
  else if (slot < first_user_)
    node_event(slot - first_node_);
  else if (slot < first_link_)
    user_event(slot - first_user_);
  else if (slot >= first_clock_)
    clock_event(slot - first_clock_);
  else if (event_of_link((slot - first_link_) / kLinkEvents,
                         static_cast<LinkEvent>((slot - first_link_) % kLinkEvents)))
    return; // nobody can start for it
  touched_ = true;
  check_often();
}

// True: it concerns no job, no capacity and no token.
inline bool Engine::State::event_of_link(std::uint32_t link, LinkEvent event) {
  switch (event) {
  case kTurn:
    link_event(link);
    return false;
  case kGrace:
    set_event(link_slot(link, kGrace), core::kNever, kFailure);
    return !lose_licences(link);
  case kComing:
    begin_transfers(link);
    return true;
  default:
    end_transfers(link);
    return false;
  }
}

// All jobs of this tick, source by source.
inline void Engine::State::submit_now() {
  if (!ended_now_.empty()) flush_predictions();
  for (std::uint32_t source = 0; source < source_at_.size(); source++)
    while (source_at_[source] <= now) {
      seen_.counts.events++;
      submit(coming_[source]);
      schedule_source(source);
    }
  find_next_source();
  touched_ = true;
}

inline void Engine::State::admit(LiveJob& job) {
  const Submission& s = job.s;
  seen_.counts.submitted++;
  if (in_window()) seen_.flows[s.flow].submitted++;
  if (options_.trace_jobs)
    seen_.jobs.push_back({s.number, s.submit, -1, -1, -1, JobState::completed, 0, s.source, 0, s.home});
  if (seen_.counts.submitted - seen_.counts.ended > model_.max_queue) flooded();
  const std::uint32_t site = several_sites_ ? route(job) : s.home;
  job.site = site == kNone ? s.home : site;
  job.token_set = token_set(s.tokens, job.all_cores(), job.site);
  if (site == kNone || (!several_sites_ && !can_ever_run(s, site, token_sets_[job.token_set]))) {
    seen_.counts.rejected++;
    book_end(job, JobState::rejected);
    free_job(job);
    return;
  }
  if (in_window()) {
    seen_.sites[job.site].submitted++;
    seen_.farm.moved += job.site != s.home;
  }
  job.key = policy_.order == Order::fcfs ? 0 : order_key(job);
  arrive(job);
}

// Completions of one tick teach the predictor in the order of submission, before anything is submitted.
inline void Engine::State::flush_predictions() {
  std::ranges::sort(ended_now_);
  for (const auto& [seq, owner, run] : ended_now_) {
    if (owner >= predictions_.size()) predictions_.resize(owner + 1);
    Prediction& p = predictions_[owner];
    p.before = p.last;
    p.average = p.last < 0 ? run : (run + p.average + 1) / 2;
    p.last = run;
  }
  ended_now_.clear();
}

inline bool Engine::State::run(core::Pulse& pulse) {
  constexpr std::int64_t kBeat = 16384, kMaxRounds = 1'000'000;
  std::int64_t beat_at = kBeat;
  pulse_ = &pulse;
  for (Tick tick = next(); tick != core::kNever;) {
    if (tick >= model_.horizon && (!model_.drain || seen_.counts.ended == seen_.counts.submitted)) {
      if (!model_.drain || sources_at_ == core::kNever) break; // a trace may go on after the horizon
    }
    std::int64_t rounds = 0;
    Tick after = tick;
    do {
      apply(tick);
      dispatch(tick);
      if (abandoned_) return false;
      if (++rounds > kMaxRounds) throw core::ModelError("events repeat without end at one tick");
      after = next();
    } while (after == tick);
    tick = after;
    if (seen_.counts.events >= beat_at) {
      beat_at = seen_.counts.events + kBeat;
      if (model_.drain && now >= model_.horizon) watch_drain();
      if (!pulse.beat(std::min(1.0, static_cast<double>(now) / static_cast<double>(model_.horizon)))) return false;
    }
  }
  if (model_.drain && seen_.counts.ended < seen_.counts.submitted) stuck();
  return true;
}

// Nodes that fail and users outside the scheduler go on for ever: where no job ends meanwhile, none ever will.
inline void Engine::State::watch_drain() {
  constexpr std::int64_t kMaxIdleEvents = 10'000'000;
  const auto will_end = [&](std::uint32_t id) { // however long it takes
    if (id == kNone || jobs_[id].phase != Phase::running) return false;
    bool safe = true;
    for_each_rank(jobs_[id], [&](std::uint32_t node) { safe = safe && !nodes_.class_of(node).fails; });
    return safe;
  };
  if (seen_.counts.ended != drain_.ended) drain_ = {seen_.counts.ended, seen_.counts.events, now, false};
  if (seen_.counts.events - drain_.events < kMaxIdleEvents) return;
  // Most of the time without one of the links: what waits for its repair gets as many events again from then on.
  const bool cut_off = std::ranges::any_of(
      links_, [&](const LinkState& l) { return !l.up && now - l.down_since >= (now - drain_.since) / 2; });
  if (!cut_off && !drain_.cut_off && std::ranges::none_of(slot_job_, will_end)) stuck();
  drain_ = {seen_.counts.ended, seen_.counts.events, now, cut_off};
}

inline void Engine::State::flooded() const {
  throw core::ModelError("the farm floods: more than " + std::to_string(model_.max_queue) + " jobs are in it, " +
                         std::to_string(queued_) + " of them wait");
}

inline void Engine::State::stuck() const {
  std::size_t suspended = 0, staged = 0, denied = 0;
  for (const std::uint32_t id : slot_job_)
    denied += id != kNone && (jobs_[id].phase == Phase::held || jobs_[id].phase == Phase::trying);
  for (const SiteState& site : sites_) suspended += site.suspended.size();
  for (const auto& [key, transfer] : transfers_) staged += transfer.jobs.size();
  throw core::ModelError("the farm does not run empty: " + std::to_string(seen_.counts.submitted - seen_.counts.ended) +
                         " jobs can never end, " + std::to_string(queued_) + " of them wait for cores or licences, " +
                         std::to_string(check_outs_.size()) + " on their cores at the licence server, " +
                         std::to_string(suspended) + " suspended, with what they keep" +
                         (staged > 0 ? ", " + std::to_string(staged) + " wait for their data" : "") +
                         (denied > 0 ? ", " + std::to_string(denied) + " try for licences again and again" : ""));
}

inline Observations Engine::State::finish(Tick tick) {
  now = tick;
  for (std::uint32_t f = 0; f < features_.size(); f++) book_feature(f);
  book_down();
  for (std::uint32_t l = 0; l < links_.size(); l++) book_link(l);
  for (SiteState& site : sites_) book_storage(site);
  book_power();
  count_lacking(0);
  book_queue();
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone) continue;
    LiveJob& job = jobs_[id];
    book_delay(job);
    if (job.phase == Phase::suspended)
      book_suspension(job);
    else if (job.phase != Phase::held)
      book_stay(job);
    seen_.counts.running += job.phase != Phase::held && job.phase != Phase::suspended;
  }
  seen_.counts.in_queue = seen_.counts.submitted - seen_.counts.ended - seen_.counts.running;
  if (options_.trace_jobs)
    for (std::size_t id = 0; id < jobs_.size(); id++)
      if (jobs_[id].phase != Phase::nowhere) trace_starts(jobs_[id]);
  for (FeatureSums& f : seen_.features)
    for (const std::int64_t hour : f.by_hour) f.used += hour;
  for (const Wide used : seen_.class_used) seen_.farm.used += used;
  seen_.window_start = window_start_;
  seen_.window_end = window_end_;
  check_books();
  return std::move(seen_);
}

} // namespace centresim::design
