// Shared by the parts of the check of a fab: names by position, and the list of faults.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/fab/check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace centresim::fab {

using NameIndex = std::map<std::string_view, std::size_t>;

template <class T> NameIndex index_names(const std::vector<T>& items) {
  NameIndex index;
  for (std::size_t i = 0; i < items.size(); i++) index.emplace(items[i].name, i);
  return index;
}

// " (did you mean litho?)", or nothing where no known name is near.
std::string suggestion(std::string_view name, const NameIndex& known);
// Ticks as a span of time for messages.
std::string span_text(double ticks);
// A plain number for messages, without trailing zeros.
std::string number_text(double value);

class FaultList {
 public:
  FaultList(std::vector<Fault>& faults, std::size_t limit) : faults_(faults), limit_(limit) {}
  // False when the list is full: checking further is pointless.
  [[nodiscard]] bool open() const { return faults_.size() < limit_; }
  void add(Fault fault) {
    if (open()) faults_.push_back(std::move(fault));
  }

 private:
  std::vector<Fault>& faults_;
  std::size_t limit_;
};

struct CheckContext {
  const Fab& fab;
  FaultList& faults;

  // Laws that come from files are sound; those of values made in a program need not be.
  void check_law(const Distribution& law, Part part, std::size_t index, std::size_t inner, const char* field) const {
    if (std::string rule = common::check_distribution(law); !rule.empty())
      faults.add({part, index, inner, field, "", std::move(rule)});
  }
  void check_law(const std::optional<Distribution>& law, Part part, std::size_t index, std::size_t inner,
                 const char* field) const {
    if (law) check_law(*law, part, index, inner, field);
  }

  NameIndex groups, routes, products;
  std::map<std::string_view, std::pair<double, std::string_view>> largest_lot; // wafers and whose, by route name
  std::set<std::string_view> used_setups, locations, kinds;
  std::set<std::string_view> within_windows; // tool groups after the first step of a queue-time window

  [[nodiscard]] const ToolGroup* group(std::string_view name) const {
    const auto found = groups.find(name);
    return found == groups.end() ? nullptr : &fab.tool_groups[found->second];
  }
};

void check_tool_groups(const CheckContext& context); // check_tool_groups.cpp
void check_routes(const CheckContext& context);      // check_routes.cpp
void check_releases(const CheckContext& context);    // check_releases.cpp: releases and lots

} // namespace centresim::fab
