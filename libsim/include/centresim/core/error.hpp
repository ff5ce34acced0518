// The errors of the library. Every one says in the user's words what is wrong and where.
#pragma once
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace centresim::core {

// One fault of an input: where it is, what was found, which rule it breaks. Unknown parts are empty (line: 0).
struct Issue {
  std::string file;
  int line = 0;
  std::string path;  // e.g. fab.tool_groups.litho.tools
  std::string value; // as the user wrote it, shortened
  std::string rule;  // e.g. "must be at least 1"
  bool operator==(const Issue&) const = default;
};

// "file:line: path: value: rule", without the parts that are unknown.
[[nodiscard]] std::string to_string(const Issue& issue);

// The input is wrong. Carries all the faults found, not only the first.
class InputError : public std::runtime_error {
 public:
  explicit InputError(std::vector<Issue> issues);
  [[nodiscard]] const std::vector<Issue>& issues() const noexcept { return issues_; }

 private:
  std::vector<Issue> issues_;
};

// A file cannot be read or written.
class IoError : public std::runtime_error {
 public:
  IoError(std::string file, std::string object, std::string reason);
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& object() const noexcept { return object_; } // the data set or table, may be empty
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  std::string file_, object_, reason_;
};

// A valid model cannot go on: the line floods, lots wait for each other for ever.
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whoever asked for the work has asked to stop it; nothing of it is left.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted: nothing is written") {}
};

// Whether to stop, asked now and then by work that takes long; empty: never.
using StopQuestion = std::function<bool()>;
inline void stop_if(const StopQuestion& asked) {
  if (asked && asked()) throw Interrupted();
}

} // namespace centresim::core
