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

std::string failure_record(const std::string& hash, const std::string& about, const centre::PointFailure& failure) {
  return make_record(RecordKind::failure, hash, about, (failure.model ? kOfModel : kOfInput) + failure.reason);
}

centre::PointFailure failure_of(const std::string& body) {
  const bool model = body.starts_with(kOfModel);
  if (!model && !body.starts_with(kOfInput)) throw std::runtime_error("is no stored result");
  return {0, body.substr((model ? kOfModel : kOfInput).size()), model};
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
    return failure_record(hash, about, {0, error.what(), true});
  } catch (const InputError& error) {
    return failure_record(hash, about, {0, error.what(), false});
  }
}

PointRecord read_point_record(const std::string& bytes) {
  ParsedRecord record = parse_record(bytes);
  PointRecord read{std::move(record.key), {}, {}};
  if (record.kind == RecordKind::result)
    read.result = tree_from_bytes(record.body);
  else if (record.kind == RecordKind::failure)
    read.failure = failure_of(record.body);
  else
    throw std::runtime_error("is no record of a result");
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
