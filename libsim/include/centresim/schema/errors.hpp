// Gathers every fault of an input before anything is thrown.
#pragma once
#include "centresim/core/error.hpp"
#include "centresim/schema/node.hpp"
#include "centresim/schema/path.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::schema {

struct TypeInfo;

class Errors {
 public:
  static constexpr std::size_t kKept = 1000; // more faults are only counted

  Errors();
  // Faults named by path alone find their file and line in `root`, whose description is `type`. Both must outlive this.
  Errors(const Node& root, const TypeInfo& type);
  ~Errors();
  Errors(Errors&&) noexcept;
  Errors& operator=(Errors&&) noexcept;

  // `value`: as the user wrote it; empty if there is none.
  void add(std::string_view path, std::string_view value, std::string_view rule);
  void add_at(const Node& node, std::string_view path, std::string_view rule);
  void add_at(const Node& node, const Trail& trail, std::string_view rule);
  void add_near(const Node& node, const Trail& trail, std::string_view rule); // something missing inside `node`
  void add_issue(core::Issue issue);

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t size() const { return count_; } // those not kept included
  [[nodiscard]] const std::vector<core::Issue>& issues() const { return issues_; }
  // A list, a table, a name or a required field could not be read: what refers to it would only be a second fault.
  [[nodiscard]] bool structure_broken() const { return structure_broken_; }
  void mark_structure_broken() { structure_broken_ = true; }
  [[nodiscard]] Where locate(std::string_view path) const; // the nearest enclosing place that is known
  // Throws InputError with all issues, ordered by file and line. Beyond kKept a last issue says how many more there
  // are.
  void throw_if_any() const;

 private:
  struct Positions;
  std::vector<core::Issue> issues_;
  std::size_t count_ = 0;
  bool structure_broken_ = false;
  std::unique_ptr<Positions> positions_;
};

} // namespace centresim::schema
