#include "centresim/centre/control_variates.hpp"

#include "centresim/centre/scenario.hpp"
#include "centresim/core/error.hpp"
#include "centresim/fab/known_means.hpp"
#include "centresim/schema/suggest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <stdexcept>

namespace centresim::centre {
namespace {

using experiment::Control;
using experiment::KpiRow;

constexpr std::int64_t kReplicationsAControl = 10;
constexpr std::size_t kMostControls = 4;
constexpr std::array<std::string_view, 7> kMain = {
    "fab.cycle_time", "fab.cycle_time_p95", "fab.x_factor", "fab.throughput",
    "fab.wip",        "fab.on_time",        "fab.tardiness"};

core::Issue issue(const char* path, const std::string& value, const std::string& rule) {
  return {"", 0, path, value, rule};
}

const experiment::Group& root_of(const experiment::Tree& tree) {
  const auto found = tree.find("");
  if (found == tree.end()) throw std::runtime_error("not a result of centresim: it has no root group");
  return found->second;
}

Scenario scenario_of(const experiment::Group& root) {
  for (const auto& [name, value] : root.attributes)
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && name == "scenario_json")
      return read_scenario(schema::parse_json(*text, "scenario_json"));
  throw std::runtime_error("not a result of centresim: it has no scenario");
}

// Key figures by label, with one value per replication.
class Figures {
 public:
  explicit Figures(const experiment::Group& root) : rows_(experiment::read_kpis(root)) {
    for (const auto& variable : root.variables)
      if (variable.name == "values") values_ = std::get_if<std::vector<double>>(&variable.values);
    for (const auto& [name, size] : root.dimensions)
      if (name == "replication") replications_ = size;
    if (values_ == nullptr || values_->size() != rows_.size() * replications_)
      throw std::runtime_error("not a result of centresim: no values of the key figures in each replication");
    for (std::size_t i = 0; i < rows_.size(); i++)
      index_.emplace(experiment::kpi_label(rows_[i].info, rows_[i].labels), i);
  }
  [[nodiscard]] const std::vector<KpiRow>& rows() const { return rows_; }
  [[nodiscard]] std::size_t replications() const { return replications_; }
  [[nodiscard]] const KpiRow* find(const std::string& label) const {
    const auto found = index_.find(label);
    return found == index_.end() ? nullptr : &rows_[found->second];
  }
  [[nodiscard]] std::span<const double> values(const KpiRow& row) const {
    const auto i = static_cast<std::size_t>(&row - rows_.data());
    return std::span(*values_).subspan(i * replications_, replications_);
  }
  [[nodiscard]] std::string hint(const std::string& wanted) const {
    std::vector<std::string_view> names;
    for (const auto& [label, i] : index_) names.push_back(label);
    return schema::did_you_mean(wanted, names);
  }

 private:
  std::vector<KpiRow> rows_;
  const std::vector<double>* values_ = nullptr;
  std::size_t replications_ = 0;
  std::map<std::string, std::size_t> index_;
};

std::string label_of(const KpiRow& row) { return experiment::kpi_label(row.info, row.labels); }

std::string label_of(const fab::KnownMean& k) { return experiment::kpi_label({k.kpi, "", "", {}}, k.labels); }

// Of the line; the cycle time also of its products and kinds where there is more than one.
bool is_main(const KpiRow& row, const std::vector<KpiRow>& rows) {
  if (std::isnan(row.estimate.mean)) return false;
  if (row.labels.empty()) return std::ranges::find(kMain, row.info.name) != kMain.end();
  const auto is_part = [](const KpiRow& r) { return r.info.name == kMain.front() && !r.labels.empty(); };
  return is_part(row) && std::ranges::count_if(rows, is_part) > 1;
}

std::vector<const KpiRow*> asked_for(const Figures& figures, const std::vector<std::string>& kpis) {
  std::vector<const KpiRow*> rows;
  std::vector<core::Issue> issues;
  if (kpis.empty())
    for (const KpiRow& row : figures.rows())
      if (is_main(row, figures.rows())) rows.push_back(&row);
  for (const std::string& wanted : kpis) {
    const std::size_t before = rows.size();
    for (const KpiRow& row : figures.rows())
      if (row.info.name == wanted || label_of(row) == wanted) rows.push_back(&row);
    if (rows.size() == before)
      issues.push_back(issue("kpis", wanted, "there is no such key figure" + figures.hint(wanted)));
  }
  if (!issues.empty()) throw core::InputError(std::move(issues));
  return rows;
}

class Controls {
 public:
  Controls(const Figures& figures, const Scenario& scenario)
      : figures_(figures), known_(fab::known_means(*scenario.fab, scenario.warmup.ticks, scenario.horizon.ticks)) {}

  // Those named, or every fault of theirs.
  std::vector<Control> named(const std::vector<NamedControl>& names) {
    std::vector<Control> controls;
    std::vector<core::Issue> issues;
    for (const NamedControl& name : names) {
      std::string fault;
      const KpiRow* row = figures_.find(name.kpi);
      const double mean = name.mean ? *name.mean : expected(name.kpi, fault);
      if (row == nullptr) fault = "there is no such key figure" + figures_.hint(name.kpi);
      if (fault.empty()) {
        Control c = control(*row, mean);
        fault = refusal(c, controls);
        if (fault.empty()) controls.push_back(std::move(c));
      }
      if (!fault.empty()) issues.push_back(issue("controls", name.kpi, fault));
    }
    if (issues.empty() && figures_.replications() < controls.size() + 3)
      issues.push_back(
          issue("controls", std::to_string(controls.size()),
                "too many for " + std::to_string(figures_.replications()) + " replications: there must be 3 more"));
    if (!issues.empty()) throw core::InputError(std::move(issues));
    return controls;
  }

  // The first that pass, for a figure with these labels.
  std::vector<Control> chosen(const experiment::Labels& labels, std::size_t most) {
    std::vector<const fab::KnownMean*> order, others; // those of the figure's own group first
    for (const fab::KnownMean& k : known_) {
      if (!k.first_choice) continue;
      const bool own = k.labels.size() == 1 && std::ranges::find(labels, k.labels.front()) != labels.end();
      (own ? order : others).push_back(&k);
    }
    order.insert(order.end(), others.begin(), others.end());
    std::vector<Control> controls;
    for (const fab::KnownMean* k : order) {
      const KpiRow* row = controls.size() < most ? figures_.find(label_of(*k)) : nullptr;
      if (row == nullptr) continue;
      Control c = control(*row, k->mean);
      if (refusal(c, controls).empty()) controls.push_back(std::move(c));
    }
    return controls;
  }

  std::vector<CheckedControl> take() { return std::move(checked_); }

 private:
  [[nodiscard]] Control control(const KpiRow& row, double mean) const {
    const auto values = figures_.values(row);
    return {label_of(row), {values.begin(), values.end()}, mean};
  }

  double expected(const std::string& label, std::string& fault) const {
    for (const fab::KnownMean& k : known_)
      if (label_of(k) == label) {
        fault = k.reason;
        return k.mean;
      }
    fault = "its expected value is not known: give it";
    return 0;
  }

  // Why not to use it after those before it.
  std::string refusal(const Control& c, std::span<const Control> before) {
    const experiment::ControlCheck check = experiment::check_control(c, before);
    const auto found = std::ranges::find(checked_, c.name, &CheckedControl::kpi);
    if (found == checked_.end())
      checked_.push_back({c.name, figures_.find(c.name)->info.unit, c.mean, check});
    else if (check.refusal.empty()) // fit for one figure at least
      found->check = check;
    return check.refusal;
  }

  const Figures& figures_;
  std::vector<fab::KnownMean> known_;
  std::vector<CheckedControl> checked_;
};

ControlledKpi adjust(const KpiRow& row, std::span<const double> values, const std::vector<Control>& controls) {
  ControlledKpi k{row, {}, {}, ""};
  const auto missing = std::ranges::count_if(values, [](double x) { return !std::isfinite(x); });
  if (missing > 0) {
    // The replications that have a value are a choice that the controls are not independent of.
    k.note = "no value in " + std::to_string(missing) + " of " + std::to_string(values.size()) + " replications";
  } else if (!(row.estimate.sd > 0)) {
    k.note = "does not vary between replications";
  } else if (controls.empty()) {
    k.note = "no control is fit for use";
  }
  k.estimate = experiment::control_variates(values, k.note.empty() ? std::span<const Control>(controls)
                                                                   : std::span<const Control>());
  if (k.note.empty())
    for (const Control& c : controls) k.controls.push_back(c.name);
  return k;
}

} // namespace

ControlReport control_variates(const experiment::Tree& result, const ControlOptions& options) {
  const experiment::Group& root = root_of(result);
  const Scenario scenario = scenario_of(root);
  if (!scenario.fab) throw core::InputError({issue("fab", "", "is missing: control variates are those of a fab")});
  if (std::ranges::any_of(scenario.connections, &Connection::enabled))
    throw core::InputError(
        {issue("connections", "", "no mean of the fab is known while other rooms release lots into it")});
  const Figures figures(root);
  const std::vector<const KpiRow*> rows = asked_for(figures, options.kpis);
  ControlReport report;
  report.replications = static_cast<std::int64_t>(figures.replications());
  if (options.controls.empty() && report.replications < 4)
    throw core::InputError(
        {issue("replications", std::to_string(report.replications), "one control needs at least 4")});
  Controls controls(figures, scenario);
  const std::vector<Control> named = controls.named(options.controls);
  const std::size_t most = std::clamp<std::size_t>(figures.replications() / kReplicationsAControl, 1, kMostControls);
  for (const KpiRow* row : rows)
    report.kpis.push_back(
        adjust(*row, figures.values(*row), options.controls.empty() ? controls.chosen(row->labels, most) : named));
  report.controls = controls.take();
  return report;
}

} // namespace centresim::centre
