// Files in the text format of jasima, made by the tests.
#pragma once
#include "catch.hpp"
#include "smt2020_folder.hpp"

#include "centresim/core/error.hpp"
#include "centresim/io/jasima.hpp"

#include <string>

namespace jasima_file {

inline centresim::centre::Scenario read(const std::string& bytes) {
  const smt2020_folder::Folder folder;
  folder.write("model.txt", bytes);
  return centresim::io::read_jasima(folder.path() / "model.txt");
}

// The faults as "line: path: value: rule".
inline std::vector<std::string> faults(const std::string& bytes) {
  try {
    (void)read(bytes);
  } catch (const centresim::core::InputError& e) {
    std::vector<std::string> all;
    for (centresim::core::Issue i : e.issues()) {
      CHECK(i.file.ends_with("model.txt"));
      i.file.clear();
      all.push_back(std::to_string(i.line) + ": " + i.path + ": " + i.value + ": " + i.rule);
    }
    return all;
  }
  return {};
}

// Two machines; job a does both, job b the other way round, job c the first machine only.
inline std::string two_machines() {
  return "2 # machine groups\n3 # routes\n\n1 2\n2\t1\n1\n4 3\n6 2\n1\n\njobs\n3\n1 0 10 1 a\n2 0 20 1 b\n3 1 30 5 c\n";
}

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
  return text;
}

inline centresim::schema::Duration schedule_due(double minutes) {
  return {static_cast<centresim::core::Tick>(minutes * static_cast<double>(centresim::core::kTicksPerMinute))};
}

} // namespace jasima_file
