"""The built-in hcmc-core: the rooms of design-floor and pilot-line on one clock, and what its connections do."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import centresim as cs
import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
OFF = {"connections.*.enabled": False}
RUNS: dict[str, Any] = {"seed": 1, "progress": False}
SHORT: dict[str, Any] = {"horizon": "700 d", "warmup": "200 d", "replications": 1, **RUNS}
OWN = {"mcu-65": "mcu-180", "sensor-hub-65": "sensor-hub-180", "rf-65": "rf-180"}


@cache
def data(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def five_years() -> cs.Result:
    return cs.load("hcmc-core").run(replications=6, **RUNS)


@cache
def short(*changes: tuple[str, object]) -> cs.Result:
    return cs.load("hcmc-core").with_(dict(changes)).run(**SHORT)


def observed(result: cs.Result, room: str) -> dict[str, list[Any]]:
    tree = result._tree
    return {
        f"{path}/{name}": np.asarray(tree.variable(path, name).values).tolist()
        for path in tree.paths()
        if path == room or path.startswith(f"{room}/")
        for name in tree.variables(path)
    }


def test_the_rooms_are_those_of_design_floor_and_pilot_line() -> None:
    core, floor, line = data("hcmc-core"), data("design-floor")["design"], data("pilot-line")
    assert core["fab"] == line["fab"]
    design = core["design"]
    assert {k: v for k, v in design.items() if k not in ("projects", "shuttles")} == {
        k: v for k, v in floor.items() if k not in ("projects", "shuttles")
    }
    assert [s for s in design["shuttles"] if s["node"] == "28 nm"] == [
        s for s in floor["shuttles"] if s["node"] == "28 nm"
    ]
    for ours, theirs in zip(design["projects"], floor["projects"], strict=True):
        if theirs["node"] == "28 nm":
            assert ours == theirs
        else:
            assert ours["name"] == OWN[theirs["name"]]
            assert ours["node"].startswith("180 nm")
            assert {k: v for k, v in ours.items() if k not in ("name", "node", "area")} == {
                k: v for k, v in theirs.items() if k not in ("name", "node", "area")
            }


def test_every_own_shuttle_is_carried_by_the_line() -> None:
    core = data("hcmc-core")
    own = {s["name"] for s in core["design"]["shuttles"] if s["node"].startswith("180 nm")}
    assert {c["shuttle"] for c in core["connections"]} == own
    nodes = {s["node"] for s in core["design"]["shuttles"]}
    assert {p["node"] for p in core["design"]["projects"]} == nodes
    products = {r["product"] for r in core["fab"]["releases"] if r["kind"] == "engineering"}
    assert {c["product"] for c in core["connections"]} <= products


@pytest.mark.parametrize("room", ["fab", "design"])
def test_with_its_connections_off_a_room_is_as_it_is_alone(room: str) -> None:
    core = cs.load("hcmc-core")
    alone = cs.Scenario(name="alone", start=core.start, **{room: getattr(core, room)}).run(**SHORT)
    assert observed(short(*OFF.items()), room) == observed(alone, room)
    assert observed(short(), room) != observed(alone, room)
    with pytest.raises(AttributeError, match="no enabled connection"):
        _ = alone.connections


def test_a_licence_more_leaves_every_breakdown_of_the_line_where_it_was() -> None:
    more = short(("design.features.simulator.tokens", 161))
    groups = [r.fab.tool_groups.to_xarray().squeeze("replication") for r in (short(), more)]
    assert not np.array_equal(*(g["state_time"].to_numpy() for g in groups))
    # Breakdowns are keyed by tool and number. A tool in maintenance does not break down, and its start depends on
    # wafers and on the lot that is on the tool: a few breakdowns wait for its end, here or there.
    by_wafers = {
        g["name"]
        for g in data("pilot-line")["fab"]["tool_groups"]
        if any("every_wafers" in m for m in g["maintenance"])
    }
    calendar = [name for name in groups[0]["tool_group"].values if name not in by_wafers]
    assert len(calendar) > 25
    down = [g["state_time"].sel(tool_state="down", tool_group=calendar).to_numpy() for g in groups]
    assert down[0].sum() > 0
    assert (down[0] == down[1]).mean() > 0.9
    np.testing.assert_allclose(*down, rtol=0.005)
    assert more.digest() != short().digest()


def test_dies_come_back_with_the_lots_of_the_line() -> None:
    seen = five_years().connections.to_xarray().sum("replication")
    assert (seen["facts"] > seen["lots"]).all()  # designs share lots
    assert (seen["lots"] >= seen["finished"]).all()
    assert (seen["scrapped"] == 0).all()
    for connection in ("logic lots", "rf lots"):
        time = five_years().kpi("centre.silicon_time", connection=connection)
        assert 55 < time.mean < 75  # the law that stands in has 63 days
        assert time.half_width < 4


def test_five_years_lie_in_published_ranges() -> None:
    r = five_years()
    assert 0.14 <= r.kpi("design.first_silicon_success").mean <= 0.30
    assert 8 < r.kpi("design.tape_outs").mean < 18
    assert 500 < r.kpi("design.idea_to_silicon").mean < 900
    assert 0.6 < r.kpi("design.people_working").mean < 0.85
    assert r.kpi("design.projects_stalled").mean == 0
    assert 0.75 < r.kpi("fab.utilisation_available", tool_group="Scanner_KrF").mean < 0.9


def test_hot_lots_of_the_designers_are_back_sooner() -> None:
    hot = short(("connections.*.priority", 30))
    for connection in ("logic lots", "rf lots"):
        times = [r.kpi("centre.silicon_time", connection=connection).mean for r in (hot, short())]
        assert times[0] < times[1] - 5


def test_the_same_digest_for_one_and_two_threads() -> None:
    runs = [cs.load("hcmc-core").run(**{**SHORT, "replications": 2}, threads=threads) for threads in (1, 2)]
    assert runs[0].digest() == runs[1].digest()
