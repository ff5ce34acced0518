// Large lists of a scenario as CSV files beside it: `releases = { table = "line.tables/releases.csv" }`.
#pragma once
#include "centresim/schema/errors.hpp"
#include "centresim/schema/node.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace centresim::schema {

// UTF-8, comma, quotes as in RFC 4180; CRLF and a byte order mark are tolerated, empty lines skipped. One table per
// row, keys from the header; an empty cell is not given; `;` separates the items of a list. Faults go to `errors`.
// `type`, where it is known, of a row: columns that it does not have are faults, and their cells are dropped.
[[nodiscard]] Node parse_csv(std::string_view text, const std::string& name, Errors& errors,
                             const TypeInfo* type = nullptr);
// The inverse, for an array of tables that hold single values only.
[[nodiscard]] std::string write_csv(const Node& rows);

// Replaces every {table = "x.csv"} in the place of a list of records by the rows of that file. Relative names start at
// the folder of the file that names them (where that is a symbolic link: or of the file behind it), else at the working
// directory. `type` describes `root`.
void expand_tables(Node& root, const TypeInfo& type, Errors& errors);

// The line of the empty list that stands for a table with faults: Errors::add_at has nothing to add to it.
inline constexpr int kAlreadyTold = -1;

// Writes `path`, and lists of 50 and more rows of single values as CSV files in the folder `<stem>.tables` beside it.
// Everything is first written under temporary names; the folder is renamed first, the TOML file last (IoError: nothing
// has changed). What else lies in that folder stays.
void write_toml_with_tables(const std::filesystem::path& path, const Node& root);

} // namespace centresim::schema
