// What a test wants to see of an InputError.
#pragma once
#include "centresim/core/error.hpp"

#include <string>
#include <vector>

// The issues that `act` throws, each as its text; empty if it throws none.
template <class Act> std::vector<std::string> faults_of(Act&& act) {
  std::vector<std::string> list;
  try {
    act();
  } catch (const centresim::core::InputError& error) {
    for (const auto& issue : error.issues()) list.push_back(centresim::core::to_string(issue));
  }
  return list;
}
template <class Act> std::string fault_of(Act&& act) {
  const auto list = faults_of(act);
  return list.empty() ? "no fault" : list.front();
}
inline bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
