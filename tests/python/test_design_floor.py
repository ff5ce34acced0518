"""The built-in design-floor: people, calendars, flows and shuttles as its sources have them, and five years of it."""

import csv
import importlib.util
import sys
import time
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import centresim as cs
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
README = (DATA / "README.md").read_text(encoding="utf-8")
KINDS = ["ai-edge-28", "mcu-65", "rf-65", "secure-28", "sensor-hub-65"]
OPEN = {  # as data/README.md has it
    "design.flows.*.tasks.*.tokens": [],
    "design.flows.*.tasks.*.session": [],
    "design.features.*.cost": 0,
    "design.stages.*.run": "*2",
}


@cache
def floor() -> dict[str, Any]:
    design: dict[str, Any] = tomllib.loads((DATA / "design-floor.toml").read_text(encoding="utf-8"))["design"]
    return design


def named(what: str, name: str) -> dict[str, Any]:
    return next(item for item in floor()[what] if item["name"] == name)


def days(text: str) -> float:
    return float(text.removesuffix(" d"))


def run(replications: int = 1, changes: Mapping[str, object] | None = None, **options: Any) -> cs.Result:
    scenario = cs.load("design-floor").with_(dict(changes or {}))
    return scenario.run(replications=replications, seed=1, progress=False, **options)


@cache
def five_years() -> cs.Result:
    return run(6)


@cache
def short() -> cs.Result:
    return run(horizon="400 d", warmup="100 d")


# -- people and calendars ----------------------------------------------------------------------------------------------


def test_forty_engineers_in_vietnam_and_three_partner_countries() -> None:
    at = dict.fromkeys(["vietnam", "japan", "korea", "united_states"], 0)
    for team in floor()["teams"]:
        at[team["calendar"]] += team["engineers"]
    assert sum(at.values()) == 40
    assert at["vietnam"] > 25
    assert all(1 <= at[country] <= 6 for country in ("japan", "korea", "united_states"))
    assert [c["utc_offset"] for c in floor()["calendars"]] == ["7 h", "9 h", "9 h", "-8 h"]
    assert len({team["site"] for team in floor()["teams"]}) == 4
    needed = {task["skill"] for flow in floor()["flows"] for task in flow["tasks"] if "skill" in task}
    assert needed == {skill["name"] for team in floor()["teams"] for skill in team["skills"]}


def holidays(country: str) -> set[date]:
    return {date.fromisoformat(day) for day in named("calendars", country)["holidays"]}


def test_tet_is_off_in_vietnam_and_the_new_year_in_korea() -> None:
    vietnam, korea = holidays("vietnam"), holidays("korea")
    # First days of the year: 26 January 2028 (in Korea the 27th), 13 February 2029, 2 February 2030, a Saturday (in
    # Korea the 3rd), 23 January 2031, 11 February 2032
    for year, month, first in [(2029, 2, 13), (2031, 1, 23), (2032, 2, 11)]:
        days_off = {date(year, month, first + n) for n in range(-1, 2)}
        assert {day for day in days_off if day.weekday() < 5} <= vietnam & korea
    assert {date(2028, 1, day) for day in (25, 26, 27, 28)} <= vietnam
    assert {date(2028, 1, day) for day in (26, 27, 28)} <= korea
    assert date(2028, 1, 25) not in korea
    assert {date(2030, 2, 1), date(2030, 2, 4), date(2030, 2, 5)} <= vietnam
    assert date(2030, 2, 1) not in korea
    assert {date(2030, 2, 4), date(2030, 2, 5)} <= korea
    assert all(day.weekday() < 5 for country in (vietnam, korea) for day in country)
    for year in range(2028, 2033):
        assert 10 <= sum(day.year == year for day in vietnam) <= 14
        assert 15 <= sum(day.year == year for day in holidays("japan")) <= 21
        assert 12 <= sum(day.year == year for day in korea) <= 18
        assert 9 <= sum(day.year == year for day in holidays("united_states")) <= 11
    assert date(2028, 11, 23) in holidays("united_states")  # Thanksgiving
    assert {date(2028, 3, 20), date(2028, 9, 22)} <= holidays("japan")  # equinoxes


def generator(name: str) -> ModuleType:
    path = DATA / "generate" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_lunar_calendar_gives_known_days() -> None:
    calendar = generator("work_calendars")
    tet = {1985: (1, 21), 2007: (2, 17), 2020: (1, 25), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17)}
    for year, (month, day) in tet.items():
        assert calendar.lunar(year, 1, 1, 7) == date(year, month, day)
    china = {1985: (2, 20), 2007: (2, 18), 2020: (1, 25), 2025: (1, 29)}  # a month, and a day, later in two years
    for year, (month, day) in china.items():
        assert calendar.lunar(year, 1, 1, 8) == date(year, month, day)
    assert calendar.lunar(2023, 3, 10, 7) == date(2023, 4, 29)  # the Hung Kings; the second month came twice
    assert calendar.lunar(2025, 8, 15, 9) == date(2025, 10, 6)  # Chuseok; the sixth month came twice


# -- tools, flows, shuttles --------------------------------------------------------------------------------------------


def test_stages_have_the_fitted_laws() -> None:
    route = named("stages", "global_route")
    times = {n: route["serial"] + route["parallel"] / n + route["overhead"] * n for n in range(1, 33)}
    assert min(times, key=times.__getitem__) == 12
    detailed = named("stages", "detailed_route")
    assert (detailed["run"], detailed["run_exponent"], detailed["reference_threads"]) == ("592 s", 0.67, 13)
    # A block of a million cells: 6.1 ks synthesis, 3.9 ks placement
    assert float(named("stages", "synth")["run"].split()[0]) * 10 ** named("stages", "synth")["run_exponent"] == (
        pytest.approx(6100, rel=0.02)
    )
    measured = [
        "synth",
        "floorplan",
        "global_place",
        "resize",
        "detailed_place",
        "global_route",
        "detailed_route",
        "finish",
    ]
    whole = sum(float(named("stages", name)["run"].split()[0]) for name in measured)
    cts = float(named("stages", "cts")["run"].split()[0])
    assert 0.1 < cts / (whole + cts - 587) < 0.17


def test_a_block_goes_back_as_its_sources_have_it() -> None:
    sign_off = next(t for t in named("flows", "digital_block")["tasks"] if t["name"] == "sign_off")
    weight = {r["to"]: r["weight"] for r in sign_off["returns"]}
    assert weight["global_route"] + weight["resize"] == pytest.approx(0.7)
    assert (weight["synthesis"], weight["rtl"]) == (0.2, 0.1)
    assert sign_off["pass"] == 0.63
    assert 0.2 <= sign_off["rework"] <= 0.5


def test_two_shuttles_a_quarter_for_each_node() -> None:
    nodes = {project["node"] for project in floor()["projects"]}
    assert nodes == {"65 nm", "28 nm"}
    for node in nodes:
        its = [s for s in floor()["shuttles"] if s["node"] == node]
        cut_offs = sorted(days(s["first"]) + days(s["every"]) * n for s in its for n in range(20))
        apart = [b - a for a, b in pairwise(cut_offs[:21])]
        assert all(45 <= gap <= 46 for gap in apart)
        assert len({s["provider"] for s in its}) == 2
    assert sum("mttf" in provider for provider in floor()["providers"]) == 1  # never are all of them gone


def test_licences_cost_several_times_the_computers() -> None:
    licences = sum(f["tokens"] * f["cost"] for f in floor()["features"])
    computers = sum(c["nodes"] * c["cores"] * c["cost"] for c in floor()["node_classes"]) * 8760
    assert 5 < licences / computers < 10
    costs = five_years()
    part = {name: costs.kpi("design.cost", part=name).mean for name in ("licences", "compute")}
    assert part["licences"] / part["compute"] == pytest.approx(licences / computers, rel=0.01)


def test_bug_rates_are_the_calibrated_ones() -> None:
    with (DATA / "generate" / "bug_rates.csv").open(encoding="utf-8", newline="") as file:
        rates = {row["project"]: float(row["rate"]) for row in csv.DictReader(file)}
    assert rates == {project["name"]: project["bugs"]["rate"] for project in floor()["projects"]}
    assert sorted(rates) == KINDS


# What follows runs the scenario.


def test_a_year_takes_seconds() -> None:
    begun = time.process_time()
    result = run(horizon="400 d", warmup="0 d")
    assert time.process_time() - begun < 10
    assert result.kpi("design.projects_begun").mean > 4


def test_every_figure_of_a_design_floor_is_there() -> None:
    kpis = set(short().kpis["kpi"])
    projects = {"tape_outs", "idea_to_tape_out", "first_silicon_success", "bugs_at_tape_out", "path_share", "cost"}
    others = {"cost_per_tape_out", "shuttle_caught", "people_working", "utilisation", "licence_utilisation"}
    for name in projects | others:
        assert f"design.{name}" in kpis, name
    assert short().kpi("design.people_working").mean > 0.4
    assert short().kpi("design.rejected_share").mean == 0
    assert short().kpi("design.projects_stalled").mean == 0
    causes = short().kpis.query("kpi == 'design.path_share'")["cause"]
    assert {"engineering", "people", "licences", "shuttle", "fab", "rework"} <= set(causes)


def test_people_farm_and_licences_are_as_busy_as_published() -> None:
    r = five_years()
    assert 0.6 < r.kpi("design.people_working").mean < 0.85
    assert 0.8 < r.kpi("design.people_productivity").mean < 1
    for team in floor()["teams"]:
        assert 0.3 < r.kpi("design.people_working", team=team["name"]).mean < 0.97, team["name"]
    assert 0.45 < r.kpi("design.utilisation").mean < 0.6
    assert 0.5 < r.kpi("design.licence_utilisation", feature="simulator").mean < 0.85
    assert r.kpi("design.licence_utilisation_p95", feature="simulator").mean == 1
    assert 3 < r.kpi("design.attrition").mean < 7  # 12 % of 40: 4.8


def test_chips_take_as_long_as_published() -> None:
    r = five_years()
    assert r.kpi("design.projects_finished").mean < r.kpi("design.projects_begun").mean
    assert 0 <= r.kpi("design.projects_begun").mean - r.kpi("design.working_chips").mean < 2.5  # begun two years later
    assert 10 < r.kpi("design.tape_outs").mean < 17
    months = {kind: r.kpi("design.idea_to_tape_out", project=kind).mean / 30.4 for kind in KINDS}
    for kind in ("secure-28", "ai-edge-28"):
        assert 12 < months[kind] < 19
    for kind in ("mcu-65", "sensor-hub-65", "rf-65"):
        assert 8 < months[kind] < 13
    assert 0.25 < r.kpi("design.ready_on_time").mean < 0.5
    assert 0.75 < r.kpi("design.shuttle_caught").mean < 0.97
    assert 0.25e6 < r.kpi("design.cost_per_tape_out").mean < 0.6e6
    causes = set(r.kpis.query("kpi == 'design.path_share'")["cause"])
    share = {cause: r.kpi("design.path_share", cause=cause).mean for cause in causes}
    assert sum(share.values()) == pytest.approx(1)
    assert max(share, key=share.__getitem__) in ("off_hours", "rework")
    assert 0.1 < share["shuttle"] + share["fab"] < 0.3


def test_first_silicon_works_as_often_as_published() -> None:
    r = five_years()
    assert 0.14 < r.kpi("design.first_silicon_success").mean < 0.3
    assert 1.8 < r.kpi("design.spins").mean < 2.4  # most chips: the second spin


def test_fewer_simulators_leave_more_bugs() -> None:
    scarce = run(2, {"design.features.simulator.tokens": 60})
    assert scarce.kpi("design.bugs_at_tape_out").mean > 1.5 * five_years().kpi("design.bugs_at_tape_out").mean
    assert scarce.kpi("design.first_silicon_success").mean < five_years().kpi("design.first_silicon_success").mean


def test_open_tools_need_no_licences_and_take_longer() -> None:
    for path, value in OPEN.items():
        assert f'"{path}": {value!r}'.replace("'", '"') in README
    r = run(2, OPEN)
    assert r.kpi("design.cost", part="licences").mean == 0
    assert r.kpi("design.path_share", cause="licences").mean == 0
    assert r.kpi("design.people_waiting_for_licences").mean == 0
    assert r.kpi("design.cost").mean < 0.75 * five_years().kpi("design.cost").mean
    for kind in ("synthesis", "detailed_route", "trial_builds"):
        on_farm = [
            x.kpi("design.turnaround", kind=kind).mean - x.kpi("design.wait", kind=kind).mean for x in (r, five_years())
        ]
        assert on_farm[0] == pytest.approx(2 * on_farm[1], rel=0.3), kind


def test_most_of_it_is_said_to_be_an_estimate() -> None:
    share = short().kpis.query("kpi == 'design.tape_outs'")["estimate_share"]
    assert share.between(0.5, 0.99).all()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('skill = "rtl", effort', 'skil = "rtl", effort', "skil"),
        ('book_after = "blocks"', 'book_after = "block"', "there is no task of that name in this flow"),
        ('node = "28 nm"\narea', 'node = "22 nm"\narea', "there is no shuttle for this node"),
        ('calendar = "japan"', 'calendar = "japon"', "there is no calendar of that name"),
        ('tokens = ["sta"]', 'tokens = ["stan"]', "there is no feature of that name"),
    ],
)
def test_a_slip_is_told(before: str, after: str, told: str, tmp_path: Path) -> None:
    text = (
        (DATA / "design-floor.toml")
        .read_text(encoding="utf-8")
        .replace("design-floor.tables", str(DATA / "design-floor.tables"))
    )
    assert before in text
    (tmp_path / "slip.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(cs.InputError, match=told):
        cs.load(tmp_path / "slip.toml")


def test_paths_that_name_nothing_are_told() -> None:
    with pytest.raises(cs.InputError, match="verifiers"):
        cs.load("design-floor").with_({"design.teams.verifier.engineers": 12})
