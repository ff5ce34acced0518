// Third-party data that tests read where it lies: the folder named by CENTRESIM_SHARED, else ../shared beside the
// project.
#pragma once
#include "catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

// Nothing where it is absent; the test then says so and passes.
inline std::optional<std::filesystem::path> shared_data(const std::string& inside) {
  const char* given = std::getenv("CENTRESIM_SHARED");
  const std::filesystem::path root =
      given ? std::filesystem::path(given)
            : std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path() / "shared";
  const std::filesystem::path path = root / inside;
  if (std::filesystem::exists(path)) return path;
  WARN("skipped: " << path.string() << " is absent (set CENTRESIM_SHARED to the folder of the test data)");
  return std::nullopt;
}
