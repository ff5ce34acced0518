"""The built-in scenarios: files as their generator writes them, sources for every number, a line that is stable."""

import csv
import math
import re
import subprocess
import sys
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import centresim as cs
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
NAMES = ["design-floor", "eda-farm", "hcmc-core", "mini-fab", "mm1", "netbatch-month", "pilot-line", "reentrant-line"]
MINUTES = {"s": 1 / 60, "min": 1.0, "h": 60.0, "d": 1440.0, "y": 525_600.0}
Table = dict[str, Any]


def expand(value: Any, folder: Path) -> Any:
    """The tables a scenario names, in the place where it names them; cells as numbers where they are numbers."""
    if isinstance(value, dict):
        if set(value) == {"table"}:
            with (folder / value["table"]).open(encoding="utf-8", newline="") as file:
                return [{k: cell(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
        return {k: expand(v, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [expand(v, folder) for v in value]
    return value


def cell(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


@cache
def scenario(name: str) -> Table:
    return expand(tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8")), DATA)


def arguments(law: str) -> list[float]:
    """The numbers of a law or duration in minutes; a number without unit (a cv) stays as it is."""
    found = re.findall(r"([\d.]+) ?([a-z]*)", law.split("(")[-1])
    return [float(number) * MINUTES.get(unit, 1.0) for number, unit in found]


def mean_minutes(law: str) -> float:
    return arguments(law)[0]


def mean_wafers(law: str | float) -> float:
    if isinstance(law, str):
        low, high = arguments(law)
        return (low + high) / 2
    return law


def test_the_folder_holds_these_scenarios() -> None:
    assert sorted(path.stem for path in DATA.glob("*.toml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_says_what_it_is(name: str) -> None:
    data = scenario(name)
    assert data["format"] == "centresim/1"
    assert data["name"] == name
    assert data["title"]
    assert data["description"].strip()
    assert mean_minutes(data["warmup"]) < mean_minutes(data["horizon"])
    assert f"`{name}`" in (DATA / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["pilot-line", "eda-farm", "design-floor", "hcmc-core", "netbatch-month"])
def test_the_generator_writes_the_files(name: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text((DATA / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    script = DATA / "generate" / f"{name.replace('-', '_')}.py"
    subprocess.run([sys.executable, "-B", str(script), str(tmp_path)], check=True)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    kept = sorted(path.relative_to(DATA) for path in DATA.glob(f"{name}*/*"))
    assert written == sorted([Path("README.md"), Path(f"{name}.toml"), *kept])
    for path in written:
        assert (tmp_path / path).read_bytes() == (DATA / path).read_bytes(), path


def test_pilot_line_is_a_research_line() -> None:
    fab = scenario("pilot-line")["fab"]
    groups = fab["tool_groups"]
    assert 55 <= len(groups) <= 65
    assert sum(group["tools"] == 1 for group in groups) > 0.8 * len(groups)
    routes = {route["name"]: route["steps"] for route in fab["routes"]}
    assert all(250 <= len(routes[name]) <= 400 for name in ("logic180", "rf180", "power180"))
    used = {step["tool_group"] for steps in routes.values() for step in steps}
    assert used == {group["name"] for group in groups}
    wafers = sum(1440 / mean_minutes(r["every"]) * mean_wafers(r["wafers"]) for r in fab["releases"]) * 365 / 12
    assert 700 <= wafers <= 1500


def test_the_modules_of_a_route_follow_the_process() -> None:
    marks = [
        "sti_etch",
        "nwell_well",
        "gate_oxide",
        "gate_etch",
        "nldd_extension",
        "spacer_etch",
        "n_plus_source_drain",
        "cobalt_dep",
        "contact_etch",
        "metal1_etch",
        "via1_etch",
        "metal2_etch",
        "pad_etch",
        "parametric_test",
    ]
    for route in scenario("pilot-line")["fab"]["routes"]:
        order = [step["name"] for step in route["steps"]]
        places = [order.index(mark) for mark in marks if mark in order]
        assert places == sorted(places), route["name"]
        for before, after in pairwise(order):
            if after.endswith("_develop"):
                assert before.endswith("_expose")


def numbers(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of all numbers, durations and laws, elements by name or index."""
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in numbers(item, (*path, key))]
    if isinstance(value, list):
        named = [(item.get("name", i) if isinstance(item, dict) else i, item) for i, item in enumerate(value)]
        return [leaf for key, item in named for leaf in numbers(item, (*path, str(key)))]
    if isinstance(value, bool):
        return []
    number = not isinstance(value, str) or re.fullmatch(r"[a-z]+\(.*\)|[\d.]+ (s|min|h|d|y)", value)
    return [path] if number else []


@pytest.mark.parametrize(
    ("name", "rooms"),
    [
        ("pilot-line", ["fab"]),
        ("eda-farm", ["design"]),
        ("design-floor", ["design"]),
        ("hcmc-core", ["fab", "design", "connections"]),
        ("netbatch-month", ["design"]),
    ],
)
def test_every_number_has_a_source(name: str, rooms: list[str]) -> None:
    data = scenario(name)
    rows = data["provenance"]
    patterns = [[re.compile(re.escape(part).replace(r"\*", ".*")) for part in row["path"].split(".")] for row in rows]

    def covered(leaf: tuple[str, ...]) -> bool:
        return any(
            len(p) <= len(leaf) and all(part.fullmatch(name) for part, name in zip(p, leaf, strict=False))
            for p in patterns
        )

    missing = {".".join(leaf) for leaf in numbers({room: data[room] for room in rooms}) if not covered(leaf)}
    assert not missing
    for row in rows:
        assert row["basis"] in {"sourced", "derived", "estimate"}
        assert row["source"]
        assert 1990 <= row["year"] <= 2026


def busy_of_available() -> dict[str, float]:
    """A capacity sheet of pilot-line: visits x tool time over tools and availability, by tool group.

    Every exposure changes its reticle; furnaces run two of a regular lot; cascading tools are bound for the interval.
    """
    fab = scenario("pilot-line")["fab"]
    groups = {group["name"]: group for group in fab["tool_groups"]}
    routes = {route["name"]: route["steps"] for route in fab["routes"]}
    busy, wafers = dict.fromkeys(groups, 0.0), dict.fromkeys(groups, 0.0)
    for release in fab["releases"]:
        lots = 1440 / mean_minutes(release["every"])
        size = mean_wafers(release["wafers"])
        for step in routes[release["product"]]:
            group = groups[step["tool_group"]]
            time = mean_minutes(step.get("interval", step["time"]))
            handling = 0.0 if "interval" in step else mean_minutes(group["load"]) + mean_minutes(group["unload"])
            units = {"lot": 1.0, "wafer": size, "batch": size / 50}[step["per"]]
            setup = mean_minutes(step["setup_time"]) if "setup_time" in step else 0.0
            visits = lots * step.get("sampling", 1.0) * (1 + 0.02)
            busy[group["name"]] += visits * (units * time + handling + setup) / 1440
            wafers[group["name"]] += visits * size
    loads = {}
    for name, group in groups.items():
        down = sum(
            mean_minutes(b["mttr"]) / (mean_minutes(b["mttr"]) + mean_minutes(b["mttf"])) for b in group["breakdowns"]
        )
        planned = 0.0
        for m in group["maintenance"]:
            every = (
                mean_minutes(m["every"]) if "every" in m else 1440 * m["every_wafers"] * group["tools"] / wafers[name]
            )
            planned += mean_minutes(m["duration"]) / every
        loads[name] = busy[name] / group["tools"] / (1 - down - planned)
    return loads


def test_the_scanner_limits_pilot_line_and_nothing_is_overloaded() -> None:
    loads = busy_of_available()
    assert max(loads, key=loads.__getitem__) == "Scanner_KrF"
    assert 0.75 < loads["Scanner_KrF"] < 0.9
    assert sorted(loads.values())[-2] < 0.75


def test_the_licences_of_eda_farm_cost_several_times_its_computers() -> None:
    farm = scenario("eda-farm")["design"]
    computers = sum(c["nodes"] * c["cores"] * c["cost"] for c in farm["node_classes"]) * 8760
    assert 5 < sum(f["tokens"] * f["cost"] for f in farm["features"]) / computers < 10
    assert {f["acquire"] for f in farm["features"]} == {"reserved", "queue", "requeue"}
    assert len(farm["features"]) == 8
    assert len(farm["node_classes"]) == 3


def test_the_hours_of_eda_farm_are_those_of_a_work_week() -> None:
    office = next(p["rates"] for p in scenario("eda-farm")["design"]["profiles"] if p["name"] == "office")
    days = [sum(office[24 * day : 24 * day + 24]) for day in range(7)]
    assert len(set(days[:5])) == 1
    assert days[0] > 5 * days[5] > 5 * days[6] == 0
    assert sum(office[8:18]) > 0.9 * days[0]


def test_reentrant_line_visits_every_station_ten_times() -> None:
    fab = scenario("reentrant-line")["fab"]
    stations = [group["name"] for group in fab["tool_groups"]]
    assert [group["tools"] for group in fab["tool_groups"]] == [5] * 20
    steps = fab["routes"][0]["steps"]
    assert [step["tool_group"] for step in steps] == stations * 10
    assert {step["time"] for step in steps} == {"exponential(1 h)"}
    assert mean_minutes(fab["releases"][0]["every"]) * 0.45 == pytest.approx(60)


def test_mini_fab_has_its_published_loads() -> None:
    fab = scenario("mini-fab")["fab"]
    every = mean_minutes(fab["releases"][0]["every"])
    work = {group["name"]: 0.0 for group in fab["tool_groups"]}
    for step in fab["routes"][0]["steps"]:
        work[step["tool_group"]] += mean_minutes(step["time"])
    loads = [round(100 * work[group["name"]] / group["tools"] / every, 1) for group in fab["tool_groups"]]
    assert loads == [76.2, 53.3, 80.0]


# What follows runs the scenarios.


@cache
def result(name: str, replications: int) -> cs.Result:
    return cs.load(name).run(replications=replications, seed=1, progress=False)


def near(estimate: cs.Estimate, exact: float) -> bool:
    """Within four standard errors: a fixed seed keeps it from flaking."""
    return abs(estimate.mean - exact) < 4 * estimate.sd / math.sqrt(estimate.n)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_reads_and_can_keep_up(name: str) -> None:
    scenario = cs.load(DATA / f"{name}.toml")
    scenario.validate()
    assert cs.load(name) == scenario  # the copy in the package


def test_mm1_gives_its_closed_form() -> None:
    r = result("mm1", 8)
    assert near(r.kpi("fab.cycle_time", product="lot"), 90 / 1440)
    assert near(r.kpi("fab.wip", product="lot"), 9)
    assert near(r.kpi("fab.utilisation", tool_group="tool"), 0.9)


def test_reentrant_line_gives_its_product_form() -> None:
    assert near(result("reentrant-line", 8).kpi("fab.cycle_time", product="lot"), 504.997 / 24)


def test_mini_fab_runs_at_its_loads() -> None:
    r = result("mini-fab", 8)
    for group, load in {"diffusion": 200 / 262.5, "implant": 140 / 262.5, "litho": 105 / 131.25}.items():
        assert near(r.kpi("fab.utilisation", tool_group=group), load), group


def test_pilot_line_is_stable_and_limited_by_its_scanner() -> None:
    r = result("pilot-line", 8)
    loads = r.kpis.query("kpi == 'fab.utilisation_available'").set_index("tool_group")["mean"].sort_values()
    assert loads.index[-1] == "Scanner_KrF"
    assert 0.8 < loads.iloc[-1] < 0.88
    assert loads.iloc[-2] < 0.75
    assert r.kpi("fab.throughput").mean == pytest.approx(r.kpi("fab.starts").mean, rel=0.02)
    assert 700 < r.kpi("fab.wafers_out").mean * 365 / 12 < 1500
    assert 2.5 < r.kpi("fab.x_factor", kind="regular").mean < 3
    for product, masks in {"logic180": 27, "rf180": 28, "power180": 24}.items():
        days = r.kpi("fab.cycle_time", product=product, kind="regular").mean
        assert 0.8 < days / masks < 1.5, product
        assert r.kpi("fab.cycle_time", product=product, kind="hot").mean < 0.8 * days


def test_the_capacity_sheet_agrees_with_the_run() -> None:
    """Plain tools: their load does not depend on how lots follow each other. The scanner sometimes spares a reticle."""
    r = result("pilot-line", 8)
    groups = scenario("pilot-line")["fab"]["tool_groups"]
    plain = {g["name"] for g in groups if not g.get("cascading") and "batch_mix" not in g}
    for name, load in busy_of_available().items():
        if name in plain:
            assert r.kpi("fab.utilisation_available", tool_group=name).mean == pytest.approx(load, abs=0.03), name


def test_most_of_pilot_line_is_said_to_be_an_estimate() -> None:
    share = result("pilot-line", 8).kpis.query("kpi == 'fab.cycle_time'")["estimate_share"]
    assert share.between(0.6, 0.97).all()


def test_eda_farm_is_as_busy_as_farms_are_and_waits_for_licences() -> None:
    r = result("eda-farm", 8)
    assert 0.5 < r.kpi("design.utilisation").mean < 0.65
    assert r.kpi("design.throughput").mean == pytest.approx(r.kpi("design.submitted").mean, rel=0.01)
    assert r.kpi("design.rejected_share").mean == 0
    assert 5 < r.kpi("design.out_of_memory").mean < 30
    assert 0.3 < r.kpi("design.licence_exhausted", feature="simulator").mean < 0.6
    assert r.kpi("design.denials", feature="extraction").mean > 10
    assert r.kpi("design.checkout_wait", feature="sta").mean > 0.1
    # Who sits at a desk waits seconds, regressions hours.
    assert r.kpi("design.wait", kind="interactive").mean < 0.01 < 1 < r.kpi("design.wait", kind="nightly").mean


def test_the_offered_load_of_eda_farm_is_what_runs() -> None:
    """Little's law: tokens in use are arrivals x run time, where jobs neither fail nor queue with the tool."""
    farm = scenario("eda-farm")["design"]
    tokens = {f["name"]: f["tokens"] for f in farm["features"]}
    r = result("eda-farm", 8)
    synthesis = next(s for s in farm["streams"] if s["name"] == "synthesis")
    offered = mean_minutes(synthesis["run"]) / mean_minutes(synthesis["every"])
    used = r.kpi("design.licence_utilisation", feature="synthesis").mean * tokens["synthesis"]
    assert used == pytest.approx(offered, rel=0.1)


def test_most_of_eda_farm_is_said_to_be_an_estimate() -> None:
    share = result("eda-farm", 8).kpis.query("kpi == 'design.wait'")["estimate_share"]
    assert share.between(0.5, 0.99).all()
