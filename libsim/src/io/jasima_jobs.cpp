// The last sections of a jasima file: jobs one by one, and streams of jobs.
#include "jasima_parser.hpp"

#include <fmt/format.h>

namespace centresim::io::jasima {

void Parser::read_section() {
  const Line& line = lines_[at_];
  if (!starts_jobs(line)) {
    issue(line.number, "", line.text, "must be jobs or jobs_dynamic, or the end of the file");
    shop_.whole = false;
    return;
  }
  at_++;
  if (is_word(line.text, "jobs"))
    read_jobs();
  else
    read_source(line.number);
}

std::size_t Parser::route_of(const std::string& word, int line, const std::string& path) {
  const Number n = parse_count(word, 1, static_cast<double>(shop_.routes.size()));
  if (!n.value) issue(line, path, word, fmt::format("must be the number of a route, 1 to {}", shop_.routes.size()));
  return static_cast<std::size_t>(n.value.value_or(1)) - 1;
}

double Parser::weight_of(const std::optional<double>& value, int line, const std::string& path,
                         const std::string& text) {
  if (value && (*value < 0 || *value > 1e6)) issue(line, path, text, "a weight must be 0 to 1000000");
  return value.value_or(1);
}

void Parser::read_jobs() {
  const auto count = read_count("number of jobs", 0, 1e7);
  if (!count) {
    shop_.whole = false;
    return;
  }
  last_release_ = 0;
  for (double n = 0; n < *count; n++) {
    const std::string path = fmt::format("job {:.0f}", n + 1);
    if (peek() && starts_jobs(*peek())) {
      issue(peek()->number, path, "", fmt::format("is missing: {:.0f} jobs are announced", *count));
      return;
    }
    const Line* line = next(path);
    if (!line) return;
    if (line->words.size() < 4 || line->words.size() > 5) {
      issue(line->number, path, line->text, "must be: route, release, due date, weight, and a name if wanted");
      continue;
    }
    read_job(*line, path);
  }
}

void Parser::read_job(const Line& line, const std::string& path) {
  Job job;
  job.line = line.number;
  job.route = route_of(line.words[0], line.number, path + ", route");
  const Number release = parse_minutes(line.words[1], false, job.release);
  if (!release.value) issue(line.number, path + ", release", line.words[1], release.rule);
  const Number due = parse_minutes(line.words[2], true, job.due);
  if (!due.value) issue(line.number, path + ", due date", line.words[2], due.rule);
  const Number weight = parse_value(line.words[3]);
  if (!weight.value) issue(line.number, path + ", weight", line.words[3], weight.rule);
  job.weight = weight_of(weight.value, line.number, path + ", weight", line.words[3]);
  if (line.words.size() > 4) job.name = line.words[4];
  if (release.value && job.release < last_release_)
    issue(line.number, path + ", release", line.words[1], "jobs must stand in the order of their release");
  if (release.value) last_release_ = job.release;
  shop_.jobs.push_back(std::move(job));
}

const Line* Parser::read_field(const char* keyword) {
  const Line* line = next(std::string("jobs_dynamic, ") + keyword);
  if (!line) return nullptr;
  if (!is_word(line->text, keyword)) {
    issue(line->number, "jobs_dynamic", line->text, std::string("must be ") + keyword);
    if (starts_jobs(*line)) at_--;
    while (peek() && !starts_jobs(*peek())) at_++;
    return nullptr;
  }
  return next(std::string("jobs_dynamic, ") + keyword);
}

void Parser::read_source(int section_line) {
  Source s;
  s.line = section_line;
  const Line* route = read_field("route");
  if (!route) return;
  s.route = route_of(route->text, route->number, "jobs_dynamic, route");
  const Line* arrivals = read_field("arrivals");
  if (!arrivals) return;
  read_arrivals(*arrivals, s);
  const Line* due = read_field("due_dates");
  if (!due) return;
  s.due_factor = constant_of(*due, "jobs_dynamic, due_dates").value_or(1);
  if (s.due_factor < 0) issue(due->number, "jobs_dynamic, due_dates", due->text, "must not be negative");
  const Line* weights = read_field("weights");
  if (!weights) return;
  s.weight = weight_of(constant_of(*weights, "jobs_dynamic, weights"), weights->number, "jobs_dynamic, weights",
                       weights->text);
  if (peek() && is_word(peek()->text, "numJobs")) {
    at_++;
    const Line* line = next("jobs_dynamic, numJobs");
    if (!line) return;
    const Number n = parse_count(line->text, 1, 1e12);
    if (!n.value) issue(line->number, "jobs_dynamic, numJobs", line->text, n.rule);
    s.count = static_cast<std::int64_t>(n.value.value_or(1));
  }
  shop_.sources.push_back(std::move(s));
}

std::optional<double> Parser::constant_of(const Line& line, const char* path) {
  const auto stream = parse_stream(line.text);
  if (!stream || stream->first != "const" || stream->second.size() != 1) {
    issue(line.number, path, line.text, "must be const(VALUE): values that vary are not supported");
    return std::nullopt;
  }
  return stream->second.front();
}

void Parser::read_arrivals(const Line& line, Source& s) {
  const auto stream = parse_stream(line.text);
  const auto refuse = [&](const char* rule) { issue(line.number, "jobs_dynamic, arrivals", line.text, rule); };
  s.every = common::Distribution::constant(static_cast<double>(core::kTicksPerDay), common::Dimension::time);
  if (!stream)
    return refuse("must be a stream: dblExp(MEAN), const(VALUE), dblUnif(LEAST,MOST) or dblTri(LEAST,MODE,MOST)");
  std::vector<double> p = stream->second;
  for (double& minutes : p) {
    if (minutes < 0) return refuse("must not be negative");
    if (minutes > static_cast<double>(core::kMaxTick / core::kTicksPerMinute))
      return refuse("is too long: at most 139 years");
    minutes *= static_cast<double>(core::kTicksPerMinute);
  }
  const std::string& name = stream->first;
  if (name == "dblExp" && p.size() == 1)
    s.every = {core::LawKind::exponential, common::Dimension::time, {p[0]}, {}};
  else if (name == "const" && p.size() == 1)
    s.every = common::Distribution::constant(p[0], common::Dimension::time);
  else if (name == "dblUnif" && p.size() == 2 && p[0] <= p[1])
    s.every = {core::LawKind::uniform, common::Dimension::time, {(p[0] + p[1]) / 2, (p[1] - p[0]) / 2}, {}};
  else if (name == "dblTri" && p.size() == 3 && p[0] <= p[1] && p[1] <= p[2])
    s.every = {core::LawKind::triangular, common::Dimension::time, {p[0], p[1], p[2]}, {}};
  else
    return refuse("must be dblExp(MEAN), const(VALUE), dblUnif(LEAST,MOST) or dblTri(LEAST,MODE,MOST), in minutes");
  if (s.every.mean() < 1) refuse("the mean must be at least a millisecond");
}

} // namespace centresim::io::jasima
