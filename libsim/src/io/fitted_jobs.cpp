#include "centresim/io/fitted_jobs.hpp"

#include "centresim/core/error.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/job_accounting.hpp"
#include "centresim/io/job_trace.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/node.hpp"
#include "job_accounting_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <system_error>

namespace centresim::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMonday = "2026-01-05"; // where nothing tells the day

// A folder for a table in between, gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "centresim-fit-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw core::IoError(name, "", "cannot be made");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

// Seconds since 1970 of "2026-03-02" or "2026-03-02T08:00:00".
std::int64_t seconds_of(const std::string& text) {
  std::int64_t seconds = 0;
  if (!detail::parse_date(text.size() == 10 ? text + "T00:00:00" : text, seconds) || text.size() < 10)
    throw core::InputError({core::Issue{"", 0, "start", text, "must be a date YYYY-MM-DD or YYYY-MM-DDThh:mm:ss"}});
  return seconds;
}

// The trace that is fitted, and what is known of its clock.
struct Source {
  design::Trace trace;
  std::string start; // empty: unknown
  std::vector<std::string> notes;
};

Source source_of(const std::string& format, const fs::path& file, const TemporaryFolder& folder) {
  Source source;
  source.trace.format = format == "swf" ? design::TraceFormat::swf : design::TraceFormat::csv;
  source.trace.file = file.string();
  source.trace.kind = format == "swf" ? "" : "jobs"; // SWF: the queues
  if (format == "swf" || format == "jobs") return source;
  if (format != "sacct" && format != "lsf")
    throw core::InputError({core::Issue{"", 0, "format", format, "must be swf, jobs, sacct or lsf"}});
  const fs::path csv = folder / "jobs.csv";
  const Accounting done = format == "sacct" ? convert_sacct(file, csv) : convert_lsf(file, csv);
  source.trace.file = csv.string();
  source.start = done.start;
  source.notes.push_back(fmt::format("left out: {} that never ran, {} that had not ended, {} records of other things",
                                     done.never_started, done.unfinished, done.other));
  return source;
}

std::string shown(const design::FittedLaw& law) {
  std::string text = fmt::format("n {}, KS {:.3f}", law.n, law.ks);
  if (law.badly && !law.law.weights.empty()) text += ", as seen: no law fits";
  if (law.next) text += fmt::format("; {} {}, KS {:.3f}", law.badly ? "best" : "next", to_text(*law.next), law.next_ks);
  if (!law.note.empty()) text += "; " + law.note;
  return text;
}

// A long list of values would hide what is said of it.
std::string name_of(const design::FittedLaw& law) {
  std::string text = to_text(law.law);
  if (law.law.weights.size() <= 8) return text;
  return fmt::format("{}({} values)", common::law_name(law.law.kind), law.law.weights.size());
}

} // namespace

FittedJobs fit_job_trace(const std::string& format, const fs::path& file, std::int64_t processors,
                         const std::string& policy, const std::string& start) {
  FittedJobs made;
  made.scenario.design = pool_of(processors, policy);
  const TemporaryFolder folder;
  std::int64_t begin = start.empty() ? 0 : seconds_of(start);
  Source source = source_of(format, file, folder);
  schema::Errors errors;
  const design::TraceInfo info = design::scan_trace(source.trace, errors);
  check_processors(info, processors, file.string(), errors);
  errors.throw_if_any();

  made.notes = std::move(source.notes);
  if (start.empty() && !source.start.empty()) begin = seconds_of(source.start);
  if (start.empty() && source.start.empty()) begin = info.unix_start > 0 ? info.unix_start : seconds_of(kMonday);
  if (start.empty() && source.start.empty() && info.unix_start <= 0)
    made.notes.push_back(fmt::format("the day of its time 0 is not known: taken to be Monday {}, 00:00", kMonday));
  const std::string date = detail::date_text(begin).substr(0, 10);
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t day = begin / kDay - (begin % kDay < 0 ? 1 : 0);
  made.scenario.start = date;
  made.fit = design::fit_jobs(source.trace, info,
                              {(begin - day * kDay) * core::kTicksPerSecond, centre::week_offset(made.scenario)});

  design::Floor& floor = *made.scenario.design;
  floor.streams = std::move(made.fit.streams);
  floor.profiles = std::move(made.fit.profiles);
  floor.features = std::move(made.fit.features);
  made.scenario.name = file.stem().string();
  made.scenario.title = fmt::format("Laws fitted to the {} jobs of {}, on {} processors, {}", info.jobs,
                                    file.filename().string(), processors, policy);
  made.scenario.horizon.ticks = made.fit.horizon;
  made.scenario.end = centre::End::drain;
  made.notes.insert(made.notes.end(), made.fit.notes.begin(), made.fit.notes.end());
  centre::check(made.scenario);
  return made;
}

std::string fitted_toml(const FittedJobs& fitted) {
  std::map<std::string, std::map<std::string, const design::FittedLaw*>> laws;
  for (const design::FittedLaw& law : fitted.fit.laws) laws[law.stream][law.quantity] = &law;
  const std::string plain = schema::write_toml(centre::to_node(fitted.scenario));
  std::string text;
  const std::map<std::string, const design::FittedLaw*>* now = nullptr; // of the stream that is written
  std::size_t stream = 0;
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t end = plain.find('\n', at);
    const std::string line = plain.substr(at, end - at);
    at = end + 1;
    text += line;
    if (line.starts_with('[')) now = nullptr;
    if (line == "[[design.streams]]") now = &laws[fitted.scenario.design->streams.at(stream++).name];
    if (now != nullptr)
      if (const auto law = now->find(line.substr(0, line.find(' '))); law != now->end())
        text += "  # " + shown(*law->second);
    text += '\n';
  }
  return text;
}

void save_fitted(const FittedJobs& fitted, const fs::path& path) {
  if (path.extension() == ".toml")
    write_file(path, fitted_toml(fitted));
  else
    centre::save_scenario(fitted.scenario, path);
}

std::vector<std::string> fit_report(const FittedJobs& fitted) {
  std::vector<std::string> lines;
  for (const design::FittedStream& s : fitted.fit.told) {
    lines.push_back(
        fmt::format("{}: {} jobs in {} arrivals of {} users; expected {:.0f} jobs, {:.3g} of {:.3g} core-hours",
                    s.stream, s.jobs, s.arrivals, s.users, s.fitted_jobs, s.fitted_core_hours, s.core_hours));
    for (const design::FittedLaw& law : fitted.fit.laws)
      if (law.stream == s.stream) lines.push_back(fmt::format("  {} {}  ({})", law.quantity, name_of(law), shown(law)));
  }
  for (const design::FittedLaw& law : fitted.fit.laws)
    if (law.badly || law.ks > design::FittedFloor::kBadly)
      lines.push_back(fmt::format("fits badly: {} of {}: KS {:.3f}", law.quantity, law.stream,
                                  law.badly && law.next ? law.next_ks : law.ks));
  lines.insert(lines.end(), fitted.notes.begin(), fitted.notes.end());
  return lines;
}

} // namespace centresim::io
