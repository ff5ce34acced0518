"""Projects of a design floor and their joint run with a fab, through the installed package."""

import json
import subprocess
import sys
from pathlib import Path

import centresim as cs
import numpy as np
import pytest
import xarray as xr
from centresim import design

RUNS = {"seed": 3, "progress": False}


def floor() -> design.Floor:
    chip = design.Flow(
        "chip",
        tasks=[
            design.Task("rtl", skill="rtl", effort="exponential(60 h)"),
            design.Task("synthesis", type="compute", after=["rtl"], run="exponential(5 h)", jobs=4, tokens=["syn"]),
            design.Task(
                "timing", type="gate", after=["synthesis"], **{"pass": 0.6}, returns=[design.Return("rtl")], rework=0.3
            ),
            design.Task("mpw", type="shuttle", after=["timing"]),
            design.Task("bring-up", after=["mpw"], skill="rtl", effort="8 h"),
        ],
    )
    return design.Floor(
        node_classes=[design.NodeClass("node", nodes=2, cores=8)],
        features=[design.Feature("syn", tokens=2)],
        calendars=[design.Calendar("Vietnam", utc_offset="7 h", holidays=["01-01", "2027-02-08"])],
        teams=[design.Team("front end", engineers=3, skills=[design.Skill("rtl")])],
        flows=[chip],
        projects=[design.Project("p", flow="chip", every="exponential(20 d)", due="60 d")],
        shuttles=[design.Shuttle("s", first="30 d", every="30 d", fab_time="60 d", price=1000, minimum_area=4)],
    )


def scenario() -> cs.Scenario:
    return cs.Scenario(name="floor", start="2027-01-04", horizon="1000 d", warmup="100 d", design=floor())


def test_result_has_projects_teams_and_shuttles(tmp_path: Path) -> None:
    result = scenario().run(replications=4, trace=["tasks"], **RUNS)
    assert result.kpi("design.tape_outs").mean > 10
    result.save(tmp_path / "r.h5")
    with xr.open_datatree(tmp_path / "r.h5") as tree:
        projects = tree["design/projects"]
        path = projects["critical_path"].sum(["cause"])
        assert (path == projects["to_end"]).all()
        assert set(projects["cause"].values) >= {"engineering", "off_hours", "shuttle", "fab", "rework"}
        assert (tree["design/teams"]["working"] <= tree["design/teams"]["present"]).all()
        tasks = tree["design/trace/tasks"]
        ended = tasks["ended"].values >= 0
        assert (tasks["ended"].values[ended] >= tasks["released"].values[ended]).all()
        assert set(np.unique(tasks["on_path"])) == {0, 1}
        rework = projects["critical_path"].sel(cause="rework")
        assert rework.sum() > 0
        assert (projects["redone"].sum("cause") == rework).all()


def test_the_summary_tells_of_projects(tmp_path: Path) -> None:
    scenario().run(replications=4, **RUNS).save(tmp_path / "r.h5")
    done = subprocess.run(
        [sys.executable, "-m", "centresim", "summary", tmp_path / "r.h5"], capture_output=True, text=True, check=True
    )
    for line in ("design.tape_outs", "design.idea_to_tape_out", "design.cost_per_tape_out", "design.shuttle_caught"):
        assert f"\n{line} " in done.stdout
    shares = done.stdout.split("Where the time of projects went: ")[1].split(".\n")[0]
    assert sum(float(part.split()[1]) for part in shares.split(", ")) == pytest.approx(100, abs=0.4)
    assert done.stdout.index("Engineers") < done.stdout.index("front end") < done.stdout.index("Licence features")


def test_the_way_of_one_project() -> None:
    result = scenario().run(replications=2, trace=["tasks"], **RUNS)
    times = result.explain_project("p", 7, replication=1)
    assert times.causes.sum() == pytest.approx(times.total)
    assert list(times.table["from"][1:]) == list(times.table["until"][:-1])
    assert times.table["task"].iloc[-1] == "bring-up"
    assert "shuttle" in repr(times)
    with pytest.raises(LookupError, match="there are: p"):
        result.explain_project("q")
    last = result.to_xarray()["design/trace/tasks"].isel(task_run=-1)
    with pytest.raises(LookupError, match="has not ended"):
        result.explain_project("p", int(last["number"]), replication=int(last["replication_index"]))
    with pytest.raises(LookupError, match="began, from 0"):
        result.explain_project("p", 4711)
    with pytest.raises(ValueError, match="trace of tasks"):
        scenario().run(replications=1, **RUNS).explain_project("p")


def test_what_one_project_cost() -> None:
    made = scenario().with_({"design.teams.front end.cost": 50, "horizon": "600 d", "warmup": "0 d"})
    result = made.run(replications=2, trace=["tasks"], **RUNS)
    projects = result.design.trace.projects.to_pandas()
    first = result.explain_project("p", 7, replication=1)
    row = projects[(projects["replication_index"] == 1) & (projects["number"] == 7)].iloc[0]
    assert first.cost["people"] == row["people_cost"] == pytest.approx(50 * row["engineers"] / 3.6e6)
    assert row["people_cost"] > 50 * (first.causes["engineering"] * 24 - 1e-6)  # and their rework
    assert first.cost["shuttles"] == row["tape_outs"] * 4 * 1000
    assert f"its cost: {first.cost.sum():,.0f} (people" in repr(first)
    both = 2 * 600 / 365  # years of the two replications
    free = float(result.design.teams.to_xarray()["free"].sum()) / 3.6e6 * 50
    paid = result.kpi("design.cost", part="people").mean * both
    assert projects["people_cost"].sum() + free == pytest.approx(paid)
    direct = projects[["people_cost", "shuttles_cost", "outside_cost"]].to_numpy().sum()
    assert result.kpi("design.project_cost", project="p").mean * both == pytest.approx(direct)


def test_days_off_are_days_off() -> None:
    result = scenario().run(replications=1, trace=["tasks"], horizon="400 d", warmup="0 d", **RUNS)
    present = result.design.teams.to_xarray()["present"].values.sum() / 3.6e6  # hours
    # 286 weekdays from 2027-01-04 to 2028-02-07; 8 February 2027 is a Monday, 1 January 2028 a Saturday
    assert present == 3 * 8 * 285


def test_the_same_bits_for_any_number_of_threads() -> None:
    digests = {scenario().run(replications=4, threads=n, **RUNS).digest() for n in (1, 2, 4)}
    assert len(digests) == 1


def test_values_read_back(tmp_path: Path) -> None:
    made = scenario()
    made.save(tmp_path / "s.toml")
    assert cs.load(tmp_path / "s.toml").design == made.design
    moved = made.with_({"design.projects.p.booking_slack": "5 d", "design.flows.chip.tasks.timing.pass": 0.9})
    assert moved.design.projects[0].booking_slack == cs.Duration("5 d")


def test_a_project_is_no_lot() -> None:
    result = scenario().run(replications=1, **RUNS)
    with pytest.raises(LookupError, match="explain_project"):
        result.explain("p")


def test_pictures_of_projects(tmp_path: Path) -> None:
    result = scenario().run(replications=2, trace=["tasks"], **RUNS)
    ax = result.plot.projects(5, replication=1)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == [f"p {number}" for number in range(5)]
    first = result.explain_project("p", 0, replication=1)
    bars = [path.get_extents() for c in ax.collections for path in c.get_paths()]
    mine = [box for box in bars if abs(0.5 * (box.y0 + box.y1)) < 0.1]
    assert sum(box.width for box in mine) == pytest.approx(first.total)
    ax = result.plot.months()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["p"]
    data = result.design.projects.to_xarray().sum("replication")
    months = float(data["to_end"].sum()) / float(data["finished"].sum()) / 86_400_000 / (365.25 / 12)
    ends = [patch.get_x() + patch.get_width() for patch in ax.patches]
    assert max(ends) == pytest.approx(months)
    result.gantt(tmp_path / "g.json", replication=1)
    events = json.loads((tmp_path / "g.json").read_text())["traceEvents"]
    trace = result.to_xarray()["design/trace/tasks"]
    ended = (np.asarray(trace["replication_index"]) == 1) & (np.asarray(trace["ended"]) >= 0)
    assert sum(e["ph"] == "b" for e in events) == sum(e["ph"] == "e" for e in events) == ended.sum()
    assert {e["args"]["name"] for e in events if e["name"] == "process_name"} >= {f"p {i}" for i in range(5)}


def test_pictures_that_cannot_be_drawn_say_why() -> None:
    result = scenario().run(replications=1, **RUNS)
    with pytest.raises(ValueError, match=r'trace=\["tasks"\]'):
        result.plot.projects()
    traced = scenario().run(replications=1, seed=1, progress=False, horizon="20 d", warmup="0 d", trace=["tasks"])
    with pytest.raises(ValueError, match="no project of replication 0 ended"):
        traced.plot.projects()
    with pytest.raises(ValueError, match="no project ended"):
        traced.plot.months()
    with pytest.raises(ValueError, match="n: must be 1 or more, not 0"):
        traced.plot.projects(0)
    with pytest.raises(cs.InputError, match="must be from 0 to 0"):
        traced.plot.projects(replication=7)
    line = cs.load("mm1").run(replications=1, seed=1, progress=False, horizon="20 d", warmup="0 d")
    with pytest.raises(AttributeError):
        line.plot.months()


def test_faults_are_told_at_once(tmp_path: Path) -> None:
    made = scenario()
    made.save(tmp_path / "s.toml")
    text = (tmp_path / "s.toml").read_text()
    text = text.replace('skill = "rtl"', 'skill = "rlt"').replace('flow = "chip"', 'flow = "chop"')
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(cs.InputError) as caught:
        cs.load(tmp_path / "s.toml")
    told = str(caught.value)
    assert "nobody has this skill" in told
    assert "there is no flow of that name" in told
    assert all(issue.line for issue in caught.value.issues)


def test_joined_rooms() -> None:
    line = cs.load("mini-fab").fab
    release = line.releases[0]
    both = cs.Scenario(
        name="both",
        horizon="1000 d",
        warmup="100 d",
        fab=line,
        design=floor(),
        connections=[cs.Connection("lots", product=release.product, kind=release.kind)],
    )
    joined = both.run(replications=2, trace=["lots"], **RUNS)
    off = both.with_({"connections.lots.enabled": False}).run(replications=2, **RUNS)
    assert joined.kpi("centre.silicon_time", connection="lots").mean < 20
    assert joined.kpi("design.project_time").mean < off.kpi("design.project_time").mean - 30
    with pytest.raises(cs.InputError, match="connections"):
        joined.with_control_variates()
    with pytest.raises(cs.InputError, match="explained by running the fab again alone"):
        joined.explain("wafer_lot.1", at="500 d")
