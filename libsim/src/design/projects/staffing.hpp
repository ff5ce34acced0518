// Who does what: engineers and places are matched, so that nobody idles for whom there would have been work.
#pragma once
#include "state.hpp"

#include <numeric>

namespace centresim::design {

// As many of `left` as can have a partner of `right` of their own get one, the earlier first; each takes the first that
// fits and is free, else others move along an augmenting path (H. W. Kuhn, Naval Research Logistics Quarterly 2, 1955).
template <class Fits> class Matching {
 public:
  Matching(std::size_t left, std::size_t right, const Fits& fits)
      : fits_(fits), of_left_(left, kNobody), of_right_(right, kNobody), asked_(right) {
    std::size_t free = right;
    for (std::uint32_t l = 0; l < left && free > 0; l++) {
      if (!place(l)) continue; // what it has asked in vain others would, too
      std::ranges::fill(asked_, 0);
      free--;
    }
  }
  [[nodiscard]] std::uint32_t partner(std::size_t left) const { return of_left_[left]; } // kNobody: none

 private:
  bool place(std::uint32_t l) {
    for (const bool taken : {false, true})
      for (std::uint32_t r = 0; r < of_right_.size(); r++) {
        if ((of_right_[r] != kNobody) != taken || asked_[r] || !fits_(l, r)) continue;
        asked_[r] = 1;
        if (taken && !place(of_right_[r])) continue;
        of_right_[r] = l;
        of_left_[l] = r;
        return true;
      }
    return false;
  }
  const Fits& fits_;
  std::vector<std::uint32_t> of_left_, of_right_;
  std::vector<char> asked_;
};

// The order in which engineers are asked: those who can do little else first, then the better ones.
inline void ProjectState::rank_engineers() {
  std::vector<std::uint32_t> order(engineers_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::uint32_t engineer) {
    const std::vector<double>& levels = model_.teams[engineers_[engineer].team].level;
    const auto skills = std::ranges::count_if(levels, [](double level) { return level > 0; });
    return std::tuple(skills, levels.empty() ? 0.0 : -*std::ranges::max_element(levels), engineer);
  });
  rank_.resize(order.size());
  for (std::uint32_t i = 0; i < order.size(); i++) rank_[order[i]] = i;
}

// Ready tasks, in the order of release, for the engineers of `who` who can do them: task and engineer.
inline std::vector<std::pair<std::uint32_t, std::uint32_t>>
ProjectState::work_for(const LiveProject& p, std::vector<std::uint32_t> who) const {
  std::vector<std::uint32_t> places; // tasks, one for each engineer who may work at it
  std::vector<std::size_t> able(model_.skills.size());
  for (const std::uint32_t e : who)
    for (std::uint32_t skill = 0; skill < able.size(); skill++)
      able[skill] += model_.teams[engineers_[e].team].level[skill] > 0;
  for (const std::uint32_t task : p.ready) {
    const TaskTable& k = table(p, task);
    places.insert(places.end(), std::min<std::size_t>(k.people - p.tasks[task].hands, able[k.skill]), task);
  }
  std::ranges::sort(who, {}, [&](std::uint32_t e) { return rank_[e]; });
  const auto fits = [&](std::uint32_t place, std::uint32_t e) {
    return model_.teams[engineers_[who[e]].team].level[table(p, places[place]).skill] > 0;
  };
  const Matching matching(places.size(), who.size(), fits);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
  for (std::size_t i = 0; i < places.size(); i++)
    if (matching.partner(i) != kNobody) found.emplace_back(places[i], who[matching.partner(i)]);
  return found;
}

// Idle engineers of a project take what is ready.
inline void ProjectState::take_work(LiveProject& p) {
  if (p.ready.empty()) return;
  std::vector<std::uint32_t> idle;
  for (const std::uint32_t id : p.crew)
    if (engineers_[id].doing == Doing::idle) idle.push_back(id);
  if (idle.empty()) return;
  for (const auto& [task, engineer] : work_for(p, std::move(idle))) take_task(engineer, p, task);
}

// Engineers of a skill for whom the project has work: ready, or when its jobs end.
inline std::int64_t ProjectState::wanted(const LiveProject& p, std::uint32_t skill) const {
  std::int64_t places = 0;
  for (const std::uint32_t task : p.ready) {
    const TaskTable& k = table(p, task);
    if (k.skill == skill) places += std::int64_t{k.people} - p.tasks[task].hands;
  }
  const ProjectTable& of = table(p);
  for (std::uint32_t task = 0; task < of.tasks.size() && p.machines > 0; task++)
    places += of.tasks[task].type == TaskType::mixed && of.tasks[task].skill == skill && p.tasks[task].jobs > 0;
  return places;
}

// Of the engineers `free` those whom the project can use: who worked for it last, then those who can do little else.
inline void ProjectState::assign_to(LiveProject& p, std::vector<std::uint32_t>& free) {
  std::vector<std::uint32_t> places; // skills
  for (std::uint32_t skill = 0; skill < model_.skills.size(); skill++) {
    const auto most =
        std::ranges::count_if(free, [&](std::uint32_t e) { return model_.teams[engineers_[e].team].level[skill] > 0; });
    places.insert(places.end(), static_cast<std::size_t>(std::clamp<std::int64_t>(wanted(p, skill), 0, most)), skill);
  }
  if (places.empty()) return;
  std::ranges::sort(free, {}, [&](std::uint32_t e) { return std::pair(engineers_[e].last_project != p.id, rank_[e]); });
  const auto fits = [&](std::uint32_t e, std::uint32_t place) {
    return model_.teams[engineers_[free[e]].team].level[places[place]] > 0;
  };
  const Matching matching(free.size(), places.size(), fits);
  std::vector<std::uint32_t> left;
  for (std::size_t i = 0; i < free.size(); i++)
    if (matching.partner(i) == kNobody)
      left.push_back(free[i]);
    else
      give(free[i], p.id);
  free = std::move(left);
}

// Engineers whose half-day begins: by the priority of the projects, then least slack, then age.
inline void ProjectState::assign(std::uint32_t calendar) {
  std::vector<std::uint32_t> free;
  for (std::uint32_t id = 0; id < engineers_.size(); id++)
    if (engineers_[id].doing == Doing::free && model_.teams[engineers_[id].team].calendar == calendar)
      free.push_back(id);
  std::vector<std::tuple<std::int32_t, double, std::uint32_t>> order;
  for (const LiveProject* p : active_) order.emplace_back(-table(*p).priority, slack(*p), p->id);
  std::ranges::sort(order);
  for (const auto& [priority, slack, id] : order) {
    if (free.empty()) return;
    assign_to(live_[id], free);
  }
}

// At once: who has no work takes what is ready, of whichever project.
inline void ProjectState::call_free() {
  if (!model_.staffing.at_once) return;
  std::vector<std::tuple<std::int32_t, double, std::uint32_t>> order;
  for (const LiveProject* p : active_)
    if (!p->ready.empty()) order.emplace_back(-table(*p).priority, slack(*p), p->id);
  std::ranges::sort(order);
  for (const auto& [priority, slack, project] : order) {
    LiveProject& p = live_[project];
    std::vector<std::uint32_t> who;
    for (std::uint32_t id = 0; id < engineers_.size(); id++) {
      const Engineer& e = engineers_[id];
      if (e.doing == Doing::free || (e.doing == Doing::idle && e.project != project)) who.push_back(id);
    }
    if (who.empty()) return;
    for (const auto& [task, engineer] : work_for(p, std::move(who))) {
      give(engineer, project);
      take_task(engineer, p, task);
    }
  }
}

} // namespace centresim::design
