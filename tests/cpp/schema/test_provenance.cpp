#include "catch.hpp"
#include "centresim/schema/provenance.hpp"
#include "faults.hpp"
#include "pump.hpp"

#include <cmath>

using namespace centresim::schema;
using pumps::Station;

namespace {
const Station& line() {
  static const Station station = read<Station>(parse_toml(R"(
[[pumps]]
name = "a"
stages = 3
efficiency = 0.5
mttf = "10 h"
mode = "pulsed"
spare = true
filters = [{ name = "fine", mesh = 20 }, { name = "x.y", mesh = 30 }]
[[pumps]]
name = "b"
stages = 4
curve = [1.0, 2.0]
)",
                                                          "s"));
  return station;
}
ProvenanceMap map_of(const std::vector<Provenance>& rows) {
  return {write(line()), write(line(), Detail::all), type_info<Station>(), rows};
}
Provenance row(const std::string& path, Basis basis) {
  Provenance p;
  p.path = path, p.basis = basis;
  return p;
}
std::string provenance_fault(Provenance p) {
  return fault_of([&] {
    Errors errors;
    check_provenance(write(line()), type_info<Station>(), {p}, "provenance", errors);
    errors.throw_if_any();
  });
}
} // namespace

TEST_CASE("Only given numbers are inputs that need a source", "[schema]") {
  std::vector<std::string> paths;
  const auto map = map_of({});
  for (const Leaf& leaf : map.leaves()) paths.push_back(leaf.path);
  CHECK(paths == std::vector<std::string>{"pumps.a.stages", "pumps.a.efficiency", "pumps.a.mttf",
                                          "pumps.a.filters.fine.mesh", "pumps.a.filters.\"x.y\".mesh", "pumps.b.stages",
                                          "pumps.b.curve[0]", "pumps.b.curve[1]"});
}

TEST_CASE("The share of estimates under a prefix", "[schema]") {
  CHECK(std::isnan(map_of({}).estimate_share("")));
  const auto map =
      map_of({row("pumps.a", Basis::estimate), row("pumps.*.stages", Basis::sourced),
              row("pumps.a.filters.\"x.y\".mesh", Basis::derived), row("pumps.b.curve[1]", Basis::estimate)});
  CHECK(map.estimate_share("pumps.a") == Approx(3.0 / 5)); // efficiency, mttf, fine
  CHECK(map.estimate_share("pumps.a.stages") == 0);
  CHECK(map.estimate_share("pumps.a.mttf") == 1);
  CHECK(map.estimate_share("pumps.b") == Approx(1.0 / 3)); // a value without a row is no estimate, but an input
  CHECK(map.estimate_share("") == Approx(4.0 / 8));
  CHECK(map.estimate_share("pumps.*.stages") == 0);
  CHECK(std::isnan(map.estimate_share("pumps.b.curve[0]")));
  CHECK(std::isnan(map.estimate_share("nothing")));
  CHECK(std::isnan(map.estimate_share("not..a path")));
  // of equally particular rows the later one counts
  CHECK(map_of({row("pumps.a.stages", Basis::sourced), row("pumps.a.stages", Basis::estimate)})
            .estimate_share("pumps.a.stages") == 1);
}

TEST_CASE("A value equal to its default counts where a row names it", "[schema]") {
  const auto paths = [](const ProvenanceMap& map) {
    std::vector<std::string> found;
    for (const Leaf& leaf : map.leaves()) found.push_back(leaf.path);
    return found;
  };
  const auto before = paths(map_of({row("pumps.b", Basis::estimate)})); // a row for the whole pump names no default
  CHECK(before == paths(map_of({})));
  const auto map = map_of({row("pumps.b.efficiency", Basis::sourced)});
  CHECK(paths(map).size() == before.size() + 1);
  CHECK(map.estimate_share("pumps.b.efficiency") == 0);
}

TEST_CASE("Provenance that leads nowhere is a fault", "[schema]") {
  CHECK(provenance_fault(row("pumps.*.stages", Basis::sourced)) == "no fault");
  CHECK(provenance_fault(row("pumps.c", Basis::sourced)) ==
        "provenance[0].path: pumps.c: names no value that this scenario gives");
  CHECK(holds(provenance_fault(row("pumps..c", Basis::sourced)), "is no path"));
  Provenance p = row("pumps.a.stages", Basis::estimate);
  p.low = "2", p.high = "5";
  CHECK(provenance_fault(p) == "no fault");
  p.low = "6";
  CHECK(provenance_fault(p) == "provenance[0].low: 6: must not be above high");
  p.low = "0";
  CHECK(provenance_fault(p) == "provenance[0].low: 0: must be from 1 to 1000");
  p.path = "pumps.a";
  CHECK(holds(provenance_fault(p), "must name single values"));
  p = row("pumps.a.mttf", Basis::estimate);
  p.low = "90 min", p.high = "20 h";
  CHECK(provenance_fault(p) == "no fault");
  p.low = "2 d";
  CHECK(holds(provenance_fault(p), "must not be above high"));
}
