// The tasks of a project: released, worked at, done.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline Bill ProjectState::empty_bill(std::uint32_t table) const {
  const std::size_t teams = model_.teams.size(), shuttles = model_.shuttles.size();
  return {std::vector<Tick>(teams), std::vector<Tick>(teams),
          std::vector<std::int64_t>(model_.projects[table].tasks.size()), std::vector<std::int64_t>(shuttles),
          std::vector<std::int64_t>(shuttles)};
}

inline void ProjectState::begin_project(std::uint32_t table_number) {
  const ProjectTable& t = model_.projects[table_number];
  LiveProject& p = live_.emplace_back();
  const auto id = static_cast<std::uint32_t>(live_.size() - 1);
  p.id = id;
  p.table = table_number;
  p.number = begun_[table_number]++;
  p.identity = core::mix(t.identity, static_cast<std::uint64_t>(p.number));
  p.started = now_;
  p.bill = empty_bill(table_number);
  p.tasks.resize(t.tasks.size());
  for (const TaskTable& k : t.tasks) p.left += k.every == 0;
  active_.push_back(&p);
  if (in_window()) seen_.projects[table_number].begun++;
  if (t.repeats && begun_[table_number] < t.number) {
    const double u = draw(t.identity, core::Purpose::project_start, static_cast<std::uint64_t>(p.number));
    const Tick at = now_ + std::max<Tick>(1, t.every.ticks(u));
    if (at < model_.horizon) add_event(at, kProjectBegins, table_number);
  }
  make_bugs(p);
  for (std::uint32_t task = 0; task < t.tasks.size(); task++)
    if (t.tasks[task].before.empty()) release(p, task, kNobody);
}

inline void ProjectState::release(LiveProject& p, std::uint32_t task, std::uint32_t by) {
  const TaskTable& k = table(p, task);
  LiveTask& t = p.tasks[task];
  t.run = static_cast<std::uint32_t>(p.runs.size());
  p.runs.push_back({task, by, t.again, now_, -1, {}});
  t.worked = t.licence = 0;
  t.machine = {};
  t.on_machines = 0;
  const auto times = static_cast<std::uint64_t>(t.again);
  switch (k.type) {
  case TaskType::human: {
    const double u = draw(p.identity, core::Purpose::task_effort, k.identity, times);
    return make_ready(p, task, scaled(k.effort, u, k.effort_scale * t.factor));
  }
  case TaskType::mixed: {
    const double u = draw(p.identity, core::Purpose::task_launch, k.identity, times);
    t.launching = true;
    return make_ready(p, task, scaled(k.launch, u, k.effort_scale * t.factor));
  }
  case TaskType::compute:
    if (k.every > 0) return again(p, task);
    return submit(p, task);
  case TaskType::gate:
    return try_gate(p, task);
  case TaskType::external: {
    const double u = draw(p.identity, core::Purpose::task_time, k.identity, times);
    t.state = TaskState::outside;
    t.due = now_ + scaled(k.time, u, 1);
    return add_event(t.due, kOutsideDone, p.id, task);
  }
  case TaskType::blocks:
    return finish_task(p, task);
  case TaskType::shuttle:
    t.state = TaskState::ready;
    p.ready_since = -1;
    return ask_ready(p);
  case TaskType::silicon:
    return try_silicon(p, task);
  }
}

// Work for engineers.
inline void ProjectState::make_ready(LiveProject& p, std::uint32_t task, Tick work) {
  LiveTask& t = p.tasks[task];
  if (work == 0) return work_done(p, task);
  t.state = TaskState::ready;
  t.work = work * kWorkUnit;
  t.rate = 0;
  t.settled = now_;
  t.hands = t.active = 0;
  t.sites.clear();
  p.ready.push_back(task);
  wake_.insert(p.id);
}

// No work of engineers is left: the jobs follow, or the task is done.
inline void ProjectState::work_done(LiveProject& p, std::uint32_t task) {
  LiveTask& t = p.tasks[task];
  std::erase(p.ready, task);
  if (table(p, task).type == TaskType::mixed && t.launching) {
    t.launching = false;
    return submit(p, task);
  }
  finish_task(p, task);
}

// ---- jobs -----------------------------------------------------------------------------------------------------------

inline void ProjectState::submit(LiveProject& p, std::uint32_t task) {
  const TaskTable& k = table(p, task);
  LiveTask& t = p.tasks[task];
  const std::uint64_t owner = core::mix(p.identity, k.identity);
  const auto batch = static_cast<std::uint64_t>(t.batch++);
  const double u = draw(owner, core::Purpose::task_jobs, batch);
  const auto jobs = static_cast<std::int64_t>(std::llround(k.jobs.value(u)));
  t.state = TaskState::machines;
  if (jobs <= 0) {
    if (k.every == 0) outside_done(p, task);
    return;
  }
  count_machines(p, +1);
  t.submitted = now_;
  t.jobs = static_cast<std::uint32_t>(jobs);
  const std::uint64_t of_batch = core::mix(owner, batch);
  for (std::int64_t i = 0; i < jobs; i++) {
    const auto n = static_cast<std::uint64_t>(i);
    JobOf job{p.id, task, kNobody, 0, 0, 0, 0};
    const double scale = k.run_scale * (k.every > 0 ? 1 : t.factor);
    job.run = std::max<Tick>(1, scaled(k.run, draw(of_batch, core::Purpose::task_run, n), scale));
    const double times = k.request.value(draw(of_batch, core::Purpose::task_request, n));
    job.request = std::max<Tick>(1, core::detail::round_to_tick(static_cast<double>(job.run) * times));
    const double memory = k.memory.value(draw(of_batch, core::Purpose::task_memory, n)) * k.memory_scale;
    const auto most = static_cast<double>(model_.largest_memory);
    job.peak = std::llround(std::min(memory, most));
    job.memory = std::llround(std::min(memory * k.memory_request, most));
    post_job(p, task, job);
  }
}

inline std::uint64_t ProjectState::new_tag(const JobOf& job) {
  if (free_tags_.empty()) {
    jobs_.push_back(job);
    return jobs_.size() - 1;
  }
  const std::uint64_t tag = free_tags_.back();
  free_tags_.pop_back();
  jobs_[tag] = job;
  return tag;
}

inline void ProjectState::post_job(LiveProject& p, std::uint32_t task, const JobOf& job) {
  const ProjectTable& of = table(p);
  const TaskTable& k = table(p, task);
  FarmOrder order;
  order.tag = new_tag(job);
  Submission& s = order.job;
  s.submit = now_;
  s.run = job.run;
  s.request = job.request;
  s.memory = job.memory;
  s.peak = job.peak;
  s.cores = k.cores;
  s.flow = k.kind;
  s.tokens = k.tokens;
  s.priority = of.priority + k.priority;
  s.account = of.account;
  s.owner = of.owner;
  s.home = of.home;
  // Due so that what follows is on time: least slack of the farm is that of the critical path.
  if (of.due != core::kNever) s.due = p.started + of.due - static_cast<Tick>(std::max(0.0, k.to_ready - k.expected));
  orders_->push_back(order);
}

// One more batch of jobs that come again and again; none while the last is not through.
inline void ProjectState::again(LiveProject& p, std::uint32_t task) {
  const TaskTable& k = table(p, task);
  LiveTask& t = p.tasks[task];
  t.state = TaskState::machines;
  t.due = now_ + k.every;
  add_event(t.due, kAgain, p.id, task);
  if (t.jobs > 0) {
    if (in_window()) seen_.projects[p.table].batches_skipped++;
    return;
  }
  submit(p, task);
}

inline void ProjectState::job_ended(const JobFact& fact) {
  JobOf job = jobs_[fact.tag];
  LiveProject& p = live_[job.project];
  const TaskTable& k = table(p, job.task);
  LiveTask& t = p.tasks[job.task];
  if (fact.state == JobState::rejected)
    throw core::ModelError("a job of task '" + k.name + "' of project '" + table(p).name +
                           "' can never run: it needs more cores, memory or licences than the farm has");
  free_tags_.push_back(fact.tag);
  const bool wanted = p.ended < 0 && t.state == TaskState::machines;
  if (wanted && fact.state == JobState::walltime) { // asked for too little time: with twice as much, again
    job.request = std::min(job.request * 2, core::kMaxTick / 4);
    return post_job(p, job.task, job);
  }
  if (wanted && fact.state == JobState::failed && job.memory < job.peak) {
    job.memory = job.peak;
    return post_job(p, job.task, job);
  }
  if (fact.state != JobState::completed && in_window()) seen_.projects[p.table].failed_jobs++;
  const Tick waited = fact.first_start < 0 ? fact.at - fact.submitted : fact.first_start - fact.submitted;
  t.machine = {};
  const auto part = [&](Cause c) -> Tick& { return t.machine[static_cast<std::size_t>(c)]; };
  part(Cause::licences) = std::min(waited, fact.lacked);
  part(Cause::cores) = waited - part(Cause::licences);
  t.jobs--;
  if (t.jobs == 0) count_machines(p, -1);
  if (p.ended < 0 && fact.state == JobState::completed && k.cycles > 0) run_cycles(p, job.task, k.cycles);
  if (t.jobs == 0 && k.every == 0) outside_done(p, job.task);
}

// What others did is done: jobs, or somebody outside.
inline void ProjectState::outside_done(LiveProject& p, std::uint32_t task) {
  const TaskTable& k = table(p, task);
  LiveTask& t = p.tasks[task];
  if (k.type != TaskType::mixed) return finish_task(p, task);
  t.on_machines = now_ - t.submitted;
  const double u = draw(p.identity, core::Purpose::task_effort, k.identity, static_cast<std::uint64_t>(t.again));
  make_ready(p, task, scaled(k.effort, u, k.effort_scale * t.factor));
}

// ---- the end --------------------------------------------------------------------------------------------------------

inline void ProjectState::complete(LiveProject& p, std::uint32_t task) {
  LiveTask& t = p.tasks[task];
  account_run(p, task);
  t.state = TaskState::done;
  if (task >= table(p).tasks.size()) return bug_mended(p, task);
  if (in_window()) seen_.projects[p.table].bill.task_ends[task]++, p.bill.task_ends[task]++;
  p.left--;
  const ProjectTable& of = table(p);
  for (std::uint32_t other = 0; other < of.tasks.size(); other++) // what came again and again until now
    if (of.tasks[other].until == task && p.tasks[other].state == TaskState::machines) {
      drop_event(p.tasks[other].due, kAgain, p.id, other);
      account_run(p, other);
      p.tasks[other].state = TaskState::done;
    }
  if (of.shuttle != kNobody && of.tasks[of.shuttle].book_after == task && p.shuttle == kNobody) {
    const TaskState state = p.tasks[of.shuttle].state;
    if (state == TaskState::waiting || state == TaskState::ready) book_seat(p);
  }
  if (p.left == 0 && p.open_bugs == 0) return end_project(p, t.run);
  release_next(p, task);
}

inline void ProjectState::release_next(LiveProject& p, std::uint32_t task) {
  const ProjectTable& of = table(p);
  for (const std::uint32_t next : of.tasks[task].next) {
    if (p.tasks[next].state != TaskState::waiting) continue;
    const bool ready = std::ranges::all_of(of.tasks[next].before,
                                           [&](std::uint32_t b) { return p.tasks[b].state == TaskState::done; });
    if (ready) release(p, next, p.tasks[task].run);
  }
  resume_shuttle(p, p.tasks[task].run);
}

inline void ProjectState::end_project(LiveProject& p, std::uint32_t last_run) {
  p.ended = now_;
  ProjectSums& sums = seen_.projects[p.table];
  if (in_window()) {
    sums.finished++;
    sums.to_end += now_ - p.started;
  }
  const ProjectTable& of = table(p);
  for (std::uint32_t task = 0; task < of.tasks.size(); task++)
    if (of.tasks[task].every > 0 && p.tasks[task].state == TaskState::machines) {
      drop_event(p.tasks[task].due, kAgain, p.id, task);
      p.tasks[task].state = TaskState::done;
    }
  for (const std::uint32_t e : std::vector(p.crew)) engineers_[e].overtime ? send_home(e) : give(e, kNobody);
  walk_back(p, last_run);
  std::erase(active_, &p);
}

} // namespace centresim::design
