// Results as HDF5 files, shaped like netCDF-4 so that xarray opens them without options: docs/formats/results.md.
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <filesystem>

namespace centresim::io {

// Version of the layout. Readers accept every minor version of this major one.
inline constexpr int kFormatMajor = 1;
inline constexpr int kFormatMinor = 2;

// What a file holds: one run (docs/formats/results.md), or the key figures of the points of a plan
// (docs/formats/sweep.md), which need not have the KPI table of a run.
enum class FileKind { results, sweep };

// Writes the tree whole or not at all (temporary name, then rename). The file adds what belongs to it alone
// (Conventions, filetype, format_version); read_tree takes it away again, so the tree comes back equal.
// Throws IoError with the reason of the system (no such folder, disk full), std::invalid_argument for a tree that is
// not well formed: see check_tree.
void write_tree(const experiment::Tree& tree, const std::filesystem::path& path, FileKind kind = FileKind::results);

// Reads a file that write_tree wrote. Throws IoError that says what is wrong with the file: missing, a folder, no HDF5,
// cut short, of another program, of a version that this release cannot read, with parts missing or of the wrong shape.
[[nodiscard]] experiment::Tree read_tree(const std::filesystem::path& path, FileKind kind = FileKind::results);

// Throws std::invalid_argument if the tree breaks a rule of the format: every variable has as many values as its
// dimensions say, names are unique and fit for a file, parents exist, the KPI table is in the root.
void check_tree(const experiment::Tree& tree, FileKind kind = FileKind::results);

// "centresim-results", "centresim-sweep-results": attribute `filetype`.
[[nodiscard]] const char* file_type_name(FileKind kind);

} // namespace centresim::io
