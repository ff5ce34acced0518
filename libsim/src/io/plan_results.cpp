// What the record files of a plan hold.
#include "centresim/centre/run.hpp"
#include "centresim/core/error.hpp"
#include "centresim/io/plan.hpp"
#include "plan_records.hpp"
#include "records.hpp"
#include "tree_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <unordered_map>

namespace centresim::io {

namespace fs = std::filesystem;

namespace {

struct Found {
  const fs::path* file = nullptr;
  RecordPlace place;
  std::string why; // it does not count; empty: it does
};
using Known = std::unordered_map<std::string, std::vector<Found>>;

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, 200));
  for (char& c : line)
    if (c == '\n') c = ' ';
  return line;
}

// Uses the body of the first record of the point that counts and is whole; else says why none is.
template <class Use> bool first_whole(const Known& known, const PlanPoint& point, std::string& why, const Use& use) {
  why.clear();
  const auto found = known.find(point.hash);
  if (found == known.end()) return false;
  for (const Found& f : found->second) {
    why = f.why;
    if (!why.empty()) continue;
    const auto because = [&](const std::string& fault) { return "in " + f.file->filename().string() + " " + fault; };
    try {
      use(read_body(*f.file, f.place));
      return true;
    } catch (const core::IoError& fault) {
      why = because(fault.reason());
    } catch (const std::runtime_error& fault) {
      why = because(fault.what());
    }
  }
  return false;
}

} // namespace

struct PlanResults::Index {
  fs::path folder;
  std::string about; // how that of a result begins
  std::map<fs::path, Scanned> files;
  std::map<fs::path, std::string> strange; // files that cannot be read
  Known results, failed;
  std::vector<std::string> stops;

  [[nodiscard]] std::string judge(std::string_view its) const {
    if (!its.starts_with(about)) return "was made with " + one_line(its);
    const std::string model(its.substr(about.size()));
    return centre::is_current_model(model) ? "" : "was made by model '" + one_line(model) + "', not by this release's";
  }

  void scan(const fs::path& path) {
    const auto at = files.try_emplace(path).first;
    Scanned& known = at->second;
    std::error_code error;
    const std::uint64_t size = fs::file_size(path, error);
    if (!error && size == known.next + known.tail && size > 0) return;
    const auto use = [&](const ScannedRecord& r) {
      if (r.kind == RecordKind::stopped) {
        try {
          stops.push_back(path.filename().string() + ": " + unpack(read_body(path, r.place)));
        } catch (const std::runtime_error&) { // a mark is not worth a result
        }
        return;
      }
      Known& into = r.kind == RecordKind::result ? results : failed;
      into[std::string(r.key)].push_back({&at->first, r.place, judge(r.about)});
    };
    const Scanned now = scan_records(path, known.next, use);
    known = {now.next, known.foreign + now.foreign, now.tail};
  }
};

PlanResults::PlanResults(const Plan& plan)
    : index_(
          new Index{plan.folder / kResultsFolder, about_text(plan.seed, plan.replications, ""), {}, {}, {}, {}, {}}) {
  refresh();
}
PlanResults::~PlanResults() = default;
PlanResults::PlanResults(PlanResults&&) noexcept = default;
PlanResults& PlanResults::operator=(PlanResults&&) noexcept = default;

void PlanResults::refresh() {
  std::error_code error;
  fs::directory_iterator entries(index_->folder, error);
  if (error == std::errc::no_such_file_or_directory) return; // taken away, to begin anew
  if (error) throw core::IoError(index_->folder.string(), "", "cannot be read: " + error.message());
  for (const fs::directory_entry& entry : entries) {
    if (entry.path().extension() != kRecordEnding) continue;
    try {
      index_->scan(entry.path());
      index_->strange.erase(entry.path());
    } catch (const core::IoError& fault) {
      index_->strange[entry.path()] = fault.reason();
    } catch (const std::runtime_error& fault) {
      index_->strange[entry.path()] = fault.what();
    }
  }
}

bool PlanResults::has(const PlanPoint& point) const {
  const auto found = index_->results.find(point.hash);
  return found != index_->results.end() &&
         std::ranges::any_of(found->second, [](const Found& f) { return f.why.empty(); });
}

std::optional<experiment::Tree> PlanResults::read(const PlanPoint& point, std::string& why) const {
  std::optional<experiment::Tree> tree;
  first_whole(index_->results, point, why, [&](const PackedBody& body) {
    experiment::Tree read = tree_from_bytes(unpack(body));
    if (const std::string fault = check_result(read, point.hash); !fault.empty()) throw std::runtime_error(fault);
    tree = std::move(read);
  });
  return tree;
}

bool PlanResults::is_whole(const PlanPoint& point, std::string& why) const {
  return first_whole(index_->results, point, why, check_body);
}

std::optional<centre::PointFailure> PlanResults::failure(const PlanPoint& point) const {
  std::optional<centre::PointFailure> failure;
  std::string ignored;
  if (!has(point))
    first_whole(index_->failed, point, ignored,
                [&](const PackedBody& body) { failure = centre::PointFailure{0, unpack(body), true}; });
  return failure;
}

std::vector<std::string> PlanResults::faults() const {
  std::vector<std::string> told;
  for (const auto& [path, why] : index_->strange) told.push_back(path.string() + ": " + why);
  for (const auto& [path, scanned] : index_->files) {
    if (scanned.foreign > 0)
      told.push_back(fmt::format("{}: {} bytes in it belong to no record", path.string(), scanned.foreign));
    if (scanned.tail > 0)
      told.push_back(fmt::format("{}: its last {} bytes are a record that is being written or was cut off",
                                 path.string(), scanned.tail));
  }
  return told;
}

std::vector<std::string> PlanResults::stops() const { return index_->stops; }

} // namespace centresim::io
