// The small line, broken in one way at a time, and what the check says of it.
#pragma once
#include "catch.hpp"
#include "small_line.hpp"

#include "centresim/fab/check.hpp"
#include "centresim/schema/errors.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace check_cases {

using namespace small_line;
using fab::Fab;

// The faults of the line after one change, each as "path: value: rule".
inline std::vector<std::string> faults_after(const std::function<void(Fab&)>& change) {
  Fab f = line();
  change(f);
  schema::Errors errors;
  fab::check(f, "fab", errors);
  std::vector<std::string> list;
  for (const core::Issue& i : errors.issues()) list.push_back(core::to_string(i));
  return list;
}

struct Case {
  const char* what;
  std::function<void(Fab&)> change;
  std::vector<std::string> parts; // of one of the messages
};

inline fab::Step& at(Fab& f, std::size_t i) { return f.routes[0].steps[i]; }

inline bool holds_all(const std::string& text, const std::vector<std::string>& parts) {
  return std::ranges::all_of(parts, [&](const std::string& p) { return text.find(p) != std::string::npos; });
}

inline void run_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.what);
    const auto faults = faults_after(c.change);
    std::string all;
    for (const std::string& f : faults) all += f + "\n";
    INFO(all);
    CHECK(std::ranges::any_of(faults, [&](const std::string& f) { return holds_all(f, c.parts); }));
  }
}

} // namespace check_cases
