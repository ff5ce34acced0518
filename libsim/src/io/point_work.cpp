// The work of one point, wherever it is done, and the record that comes of it.
#include "centresim/core/error.hpp"
#include "centresim/io/plan.hpp"
#include "plan_records.hpp"
#include "records.hpp"
#include "tree_bytes.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace centresim::io {

using core::InputError;
using core::Issue;

std::string about_text(std::int64_t seed, std::int64_t replications, const std::string& model) {
  return fmt::format("seed {}\nreplications {}\nmodel {}", seed, replications, model);
}

std::string check_result(const experiment::Tree& tree, std::string_view hash) {
  const auto root = tree.find("");
  if (root == tree.end()) return "is no result of a point";
  for (const auto& [name, value] : root->second.attributes)
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && name == "scenario_hash")
      return *text == hash ? "" : "is of another scenario";
  return "is no result of a point";
}

std::optional<std::string> work_point(centre::PointScenarios& scenarios, const std::string& hash,
                                      const centre::Overrides& values, const centre::RunOptions& options) {
  std::string about = about_text(static_cast<std::int64_t>(options.seed), options.replications, "");
  try {
    const centre::Scenario scenario = scenarios.make(values);
    about += centre::model_version(scenario);
    if (centre::scenario_hash(scenario) != hash) throw InputError({Issue{"", 0, "", "", kOtherScenario}});
    const centre::Result result = centre::run(scenario, options);
    if (centre::finished_replications(result) < options.replications) return std::nullopt;
    return make_record(RecordKind::result, hash, about, tree_to_bytes(result.tree));
  } catch (const core::ModelError& error) {
    return make_record(RecordKind::failure, hash, about, error.what());
  }
}

PointRecord read_point_record(const std::string& bytes, const std::string& hash, std::int64_t seed,
                              std::int64_t replications) {
  const auto demand = [](bool right, const std::string& what) {
    if (!right) throw std::runtime_error("what came back " + what);
  };
  ParsedRecord record = parse_record(bytes);
  const std::string about = about_text(seed, replications, "");
  demand(record.key == hash, "is of another point");
  demand(record.about.starts_with(about) && centre::is_current_model(record.about.substr(about.size())),
         "was made with another seed, other replications or by another model");
  PointRecord read;
  if (record.kind == RecordKind::result) {
    read.result = tree_from_bytes(record.body);
    const std::string fault = check_result(*read.result, hash);
    demand(fault.empty(), fault);
  } else {
    demand(record.kind == RecordKind::failure, "is no result of a point");
    read.failure = {0, record.body, true};
  }
  return read;
}

struct PlanWriter::File {
  RecordWriter records;
};

PlanWriter::PlanWriter(const Plan& plan, const std::string& name)
    : file_(new File{RecordWriter(plan.folder / kResultsFolder, name)}) {}
PlanWriter::~PlanWriter() = default;
void PlanWriter::add(const std::string& record) { file_->records.append(record); }
void PlanWriter::close() { file_->records.flush(); }

} // namespace centresim::io
