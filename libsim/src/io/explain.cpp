#include "centresim/io/explain.hpp"

#include "centresim/centre/scenario.hpp"
#include "centresim/fab/model.hpp"
#include "centresim/fab/results.hpp"
#include "stored_run.hpp"
#include "tree_access.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace centresim::io {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& value, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, path, value, rule}});
}

class Asking final : public core::Pulse {
 public:
  explicit Asking(const core::StopQuestion& stop) : stop_(stop) {}
  bool beat(double) override { return !stop_ || !stop_(); }

 private:
  const core::StopQuestion& stop_;
};

// A model of another version runs otherwise: its lots are elsewhere.
void check_version(const std::string& versions) {
  const std::string own = std::string(fab::kModelVersion) + " ";
  if (!(versions + " ").starts_with(own))
    refuse("model_version", versions,
           fmt::format("the result is of another model than this release ({}), which cannot run it again as it was",
                       fab::kModelVersion));
}

} // namespace

fab::LotView explain_lot(const experiment::Tree& tree, const std::string& lot, std::int64_t replication, core::Tick at,
                         const core::StopQuestion& stop) {
  const auto [scenario, seed] = detail::stored_run(tree, replication);
  if (!scenario.fab) refuse("fab", "", "the scenario has no fab, and so no lots");
  if (std::ranges::any_of(scenario.connections, &centre::Connection::enabled))
    refuse("connections", "", "lots are explained by running the fab again alone, which is not what ran here");
  check_version(text_attribute(find_group(tree, ""), "model_version"));
  const fab::Span span{scenario.horizon.ticks, scenario.warmup.ticks,
                       scenario.report_every ? scenario.report_every->ticks : 0, scenario.end == centre::End::drain};
  Asking pulse(stop);
  std::optional<fab::LotView> view =
      fab::explain(fab::compile(*scenario.fab, span), seed, static_cast<std::uint64_t>(replication), lot, at, pulse);
  if (!view) throw core::Interrupted();
  return std::move(*view);
}

} // namespace centresim::io
