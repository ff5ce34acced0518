#include "check_context.hpp"

#include "centresim/fab/expected.hpp"
#include "centresim/fab/model.hpp"

#include <cmath>

namespace centresim::fab {
namespace {

bool whole(double value) { return std::isfinite(value) && value == std::floor(value); }

// A law of lot sizes must give whole numbers of wafers, 1 or more. The rule that it breaks, or nothing.
std::string lot_size_rule(const Distribution& law) {
  const bool known =
      law.kind == core::LawKind::constant || law.kind == core::LawKind::discrete || law.kind == core::LawKind::integers;
  if (!known || law.dimension != common::Dimension::number)
    return "the wafers of a lot are a whole number, discrete(...) or integers(...)";
  for (const double v : law.parameters)
    if (!whole(v)) return "a lot holds whole wafers";
  if (smallest(law) < 1) return "a lot holds at least 1 wafer";
  if (largest(law) > 1e6) return "a lot holds at most 1000000 wafers";
  return {};
}

void check_release(const CheckContext& context, std::size_t index) {
  const Release& r = context.fab.releases[index];
  const auto add = [&](const char* field, std::string value, std::string rule) {
    context.faults.add({Part::release, index, 0, field, std::move(value), std::move(rule)});
  };
  if (!context.products.contains(r.product))
    add("product", r.product, "there is no product of that name" + suggestion(r.product, context.products));
  // Interval and load factor together: a stream that releases without end at one instant never ends.
  const double every = r.every.mean() / context.fab.load_factor;
  if (!(r.every.mean() > 0))
    add("every", span_text(r.every.mean()), "the mean time between releases must be more than 0");
  else if (!(every >= 1))
    add("every", span_text(r.every.mean()), "is less than a millisecond when divided by the load factor");
  const std::string lot_size = lot_size_rule(r.wafers);
  if (!lot_size.empty()) add("wafers", number_text(r.wafers.mean()), lot_size);
  if (r.lots < 1) add("lots", std::to_string(r.lots), "must be at least 1 lot");
  if (r.count && *r.count < 1) add("count", std::to_string(*r.count), "must be at least 1 release");
  if (r.start.ticks < 0) add("start", span_text(static_cast<double>(r.start.ticks)), "must not be negative");
  if (r.due && r.due_factor) add("due_factor", number_text(*r.due_factor), "give either a due time or a due factor");
  if (r.due && r.due->ticks < 0) add("due", span_text(static_cast<double>(r.due->ticks)), "must not be negative");
  if (r.due_factor && !(*r.due_factor > 0)) add("due_factor", number_text(*r.due_factor), "must be more than 0");
}

void check_lot(const CheckContext& context, std::size_t index, const std::vector<NameIndex>& steps) {
  const Lot& l = context.fab.lots[index];
  const auto add = [&](const char* field, std::string value, std::string rule) {
    context.faults.add({Part::lot, index, 0, field, std::move(value), std::move(rule)});
  };
  if (l.wafers < 1) add("wafers", std::to_string(l.wafers), "a lot holds at least 1 wafer");
  if (l.release.ticks < 0) add("release", span_text(static_cast<double>(l.release.ticks)), "must not be negative");
  const auto product = context.products.find(l.product);
  if (product == context.products.end()) {
    add("product", l.product, "there is no product of that name" + suggestion(l.product, context.products));
    return;
  }
  if (l.step.empty()) return;
  if (l.release.ticks > 0) add("step", l.step, "a lot that is released later starts at the first step of its route");
  const auto route = context.routes.find(context.fab.products[product->second].route);
  if (route != context.routes.end() && !steps[route->second].contains(l.step))
    add("step", l.step,
        "route " + std::string(route->first) + " has no step of that name" + suggestion(l.step, steps[route->second]));
}

} // namespace

void check_releases(const CheckContext& context) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < context.fab.releases.size() && context.faults.open(); i++) {
    check_release(context, i);
    if (!names.insert(release_name(context.fab.releases[i])).second)
      context.faults.add({Part::release, i, 0, "name", release_name(context.fab.releases[i]),
                          "another release goes by that name: give each a name of its own"});
  }
  std::vector<NameIndex> steps;
  for (const Route& r : context.fab.routes) steps.push_back(index_names(r.steps));
  std::set<std::string_view> lots;
  for (std::size_t i = 0; i < context.fab.lots.size() && context.faults.open(); i++) {
    check_lot(context, i, steps);
    const std::string& name = context.fab.lots[i].name;
    if (name.empty())
      context.faults.add({Part::lot, i, 0, "name", "", "a lot needs a name"});
    else if (!lots.insert(name).second)
      context.faults.add({Part::lot, i, 0, "name", name, "there is a lot of that name already"});
  }
}

} // namespace centresim::fab
