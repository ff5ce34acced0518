#include "centresim/core/error.hpp"

#include "centresim/core/text.hpp"

#include <utility>

namespace centresim::core {
namespace {

std::string summary(const std::vector<Issue>& issues) {
  if (issues.empty()) return "the input is wrong";
  std::string text;
  for (const Issue& issue : issues) {
    if (!text.empty()) text += '\n';
    text += to_string(issue);
  }
  return text;
}

} // namespace

// Names and values come from files: nothing of them may reach a terminal as more than text.
std::string to_string(const Issue& issue) {
  std::string text = printable(issue.file);
  if (issue.line > 0) text += (text.empty() ? "line " : ":") + std::to_string(issue.line);
  for (const std::string* part : {&issue.path, &issue.value, &issue.rule}) {
    if (part->empty()) continue;
    if (!text.empty()) text += ": ";
    text += printable(*part);
  }
  return text;
}

InputError::InputError(std::vector<Issue> issues) : std::runtime_error(summary(issues)), issues_(std::move(issues)) {}

IoError::IoError(std::string file, std::string object, std::string reason)
    : std::runtime_error(printable(file + (object.empty() ? "" : ": " + object) + ": " + reason)),
      file_(std::move(file)), object_(std::move(object)), reason_(std::move(reason)) {}

} // namespace centresim::core
