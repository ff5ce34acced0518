// Where the values of a scenario come from, and how much of it rests on estimates.
#pragma once
#include "centresim/schema/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::schema {

enum class Basis { sourced, derived, estimate };

struct Provenance {
  std::string path; // of one value, of all below it, or of many by wildcards
  Basis basis = Basis::estimate;
  std::string source;
  std::optional<std::int64_t> year;
  std::string low, high; // as text in the unit of the value; empty: not known
  std::string note;
  bool operator==(const Provenance&) const = default;
};

template <> struct Choices<Basis> {
  static constexpr const char* name = "Basis";
  static constexpr Choice<Basis> list[] = {
      {Basis::sourced, "sourced", "Taken from the named source."},
      {Basis::derived, "derived", "Computed from sourced values."},
      {Basis::estimate, "estimate", "Judged, without a source that gives the value."},
  };
};

template <> struct Desc<Provenance> {
  static constexpr const char* name = "Provenance";
  static constexpr const char* doc = "Where one or more values come from.";
  static auto fields() {
    return std::make_tuple(
        field("path", &Provenance::path, "Path of the value, of a part, or of many values by wildcards (*).")
            .nonempty(),
        field("basis", &Provenance::basis, "How well the value is founded."),
        field("source", &Provenance::source, "Publication, data sheet or reasoning.").optional(),
        field("year", &Provenance::year, "Year of the source.").range(1900, 2200),
        field("low", &Provenance::low, "Lowest plausible value, in the unit of the value.").optional(),
        field("high", &Provenance::high, "Highest plausible value, in the unit of the value.").optional(),
        field("note", &Provenance::note, "What a reader should know beside that.").optional());
  }
};

// One numeric input that a scenario gives explicitly: number, whole number, duration or law.
struct Leaf {
  std::string path;
  int row = -1; // of the provenance table: the most particular row that covers it (the later of equals); -1: none
};

class ProvenanceMap {
 public:
  ProvenanceMap() = default;
  // `given`, `every`: as written by write(value) with the fields that differ from their default, and with all; `type`:
  // its description. A value equal to its default counts where a row names it.
  ProvenanceMap(const Node& given, const Node& every, const TypeInfo& type, const std::vector<Provenance>& rows);

  [[nodiscard]] const std::vector<Leaf>& leaves() const { return leaves_; }
  // Share of the given inputs at and below `prefix` whose basis is an estimate; NaN if no row covers any of them.
  [[nodiscard]] double estimate_share(std::string_view prefix) const;

 private:
  std::vector<Leaf> leaves_;
  std::vector<Basis> basis_;
  std::vector<std::vector<std::string>> parts_; // of the leaf paths
};

// Adds an issue per row whose path matches nothing, whose low or high is no value of the field, or low > high.
// `base`: the path of the provenance list.
void check_provenance(const Node& root, const TypeInfo& type, const std::vector<Provenance>& rows,
                      std::string_view base, Errors& errors);

// Takes out the rows whose path matches nothing: a part that they told of was removed.
void drop_orphans(const Node& root, const TypeInfo& type, std::vector<Provenance>& rows);

} // namespace centresim::schema
