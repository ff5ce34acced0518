"""Strategies of the fab as users meet them: flow factors, explanations of holds and gates, the page of the study."""

import math
import os
import subprocess
import sys
from pathlib import Path

import centresim as cs
import pytest

ROOT = Path(__file__).resolve().parents[2]
SMT2020 = Path(os.environ.get("CENTRESIM_SHARED") or ROOT.parent / "shared") / "data" / "smt2020"


def queue(step: cs.fab.Step, **values: object) -> cs.Scenario:
    """A window from a to b, one tool at b; two lots that come there at 10 min."""
    first = cs.fab.Step(name="a", tool_group="E", time="10 min", queue_time_to="b", queue_time_limit="30 min")
    return cs.Scenario(
        name="queue",
        horizon="1 d",
        fab=cs.fab.Fab(
            tool_groups=[cs.fab.ToolGroup(name="E", tools=9), cs.fab.ToolGroup(name="F", **values)],
            routes=[cs.fab.Route(name="main", steps=[first, step])],
            products=[cs.fab.Product(name="A", route="main")],
            lots=[cs.fab.Lot(name=name, product="A", wafers=1) for name in ("L1", "L2")],
        ),
    )


SLOW = cs.fab.Step(name="b", tool_group="F", time="50 min")


def test_the_flow_factor_of_an_mm1_queue_is_that_of_theory() -> None:
    """Time in the system over the time of service: 1 / (1 - rho)."""
    line = cs.load("mm1")
    assert line.fab is not None
    rho = cs.capacity(line).groups["utilisation"].iloc[0]
    factors = []
    for seed in range(10):
        r = line.run(horizon="4000 d", warmup="100 d", replications=2, seed=seed, progress=False)
        measured = cs.fab.with_flow_factors(r)
        assert measured.fab is not None
        factor = measured.fab.routes[0].steps[0].flow_factor
        assert factor is not None
        factors.append(factor)
    mean = sum(factors) / 10
    error = math.sqrt(sum((f - mean) ** 2 for f in factors) / 9 / 10)
    assert abs(mean - 1 / (1 - rho)) < 4 * error
    assert error < 0.05 * mean


def test_flow_factors_are_those_of_mean_lots_and_leave_out_steps_that_nobody_did() -> None:
    steps = [
        cs.fab.Step(name="a.b", tool_group="E", time="1 min", per="wafer"),
        cs.fab.Step(name="seldom", tool_group="E", time="10 min", sampling=1e-9),
    ]
    line = cs.Scenario(
        name="sizes",
        horizon="10 d",
        fab=cs.fab.Fab(
            tool_groups=[cs.fab.ToolGroup(name="E", load="1 min")],
            routes=[cs.fab.Route(name='the "route"', steps=steps)],
            products=[cs.fab.Product(name="A", route='the "route"')],
            releases=[
                cs.fab.Release(product="A", name="small", every="4 h", wafers=2),
                cs.fab.Release(product="A", name="large", every="4 h", start="2 h", wafers=8),
            ],
        ),
    )
    measured = cs.fab.with_flow_factors(line.run(replications=2, seed=1, progress=False))
    assert measured.fab is not None
    done, seldom = measured.fab.routes[0].steps
    assert done.flow_factor == pytest.approx(1, rel=1e-12)  # 3 and 9 min, for a mean lot of 5 wafers 6
    assert seldom.flow_factor is None
    with pytest.raises(ValueError, match="no fab"):
        cs.fab.with_flow_factors(cs.load("eda-farm").run(horizon="1 d", warmup="0 d", seed=1, progress=False))


def test_flow_factors_of_names_that_look_alike() -> None:
    """Route a/b with step c and route a with step b/c."""
    routes = [
        cs.fab.Route(name="a/b", steps=[cs.fab.Step(name="c", tool_group="E", time="10 min")]),
        cs.fab.Route(name="a", steps=[cs.fab.Step(name="b/c", tool_group="E", time="60 min")]),
    ]
    line = cs.Scenario(
        name="alike",
        horizon="10 d",
        fab=cs.fab.Fab(
            tool_groups=[cs.fab.ToolGroup(name="E", tools=2)],
            routes=routes,
            products=[cs.fab.Product(name=r.name, route=r.name) for r in routes],
            releases=[cs.fab.Release(product=r.name, every="4 h") for r in routes],
        ),
    )
    measured = cs.fab.with_flow_factors(line.run(seed=1, progress=False))
    assert measured.fab is not None
    assert [r.steps[0].flow_factor for r in measured.fab.routes] == [1, 1]


def test_a_lot_on_hold_says_so_and_where_its_time_went() -> None:
    line = queue(SLOW).with_(
        {"fab.routes.main.steps.a.queue_time_action": "hold", "fab.routes.main.steps.a.queue_time_hold": "45 min"}
    )
    r = line.run(seed=1, trace=["lots"], progress=False)
    text = str(r.explain("L2", at="1 h"))
    assert "on hold after a queue-time violation (main/b) since 0.02778 d (20 min), until 0.05903 d" in text
    times = r.explain("L2")
    parts = times.table.set_index("part")["hours"]
    assert parts["hold"] == pytest.approx(75 / 60, abs=1e-5)  # waited 30 min, on hold 45 min
    assert parts.sum() == pytest.approx(times.total.hours, abs=1e-9)
    assert times.steps["hold"].tolist() == pytest.approx([0, 75 / 60], abs=1e-5)
    assert times.steps["transport"].tolist() == pytest.approx([0, 0], abs=1e-9)
    assert times.windows["broken"].tolist() == [True]
    assert times.windows["waited"].tolist() == pytest.approx([0.5], abs=1e-5)


def test_a_lot_that_went_back_says_which_window_it_broke() -> None:
    line = queue(SLOW).with_(
        {
            "fab.routes.main.steps.a.queue_time_action": "rework",
            "fab.routes.main.steps.a.queue_time_rework_to": "a",
        }
    )
    times = line.run(seed=1, trace=["lots"], progress=False).explain("L2")
    assert times.steps["step"].tolist() == ["main/a", "main/a", "main/b"]
    assert times.windows["broken"].tolist() == [True, False]
    assert times.windows["waited"].tolist() == pytest.approx([0.5, 10 / 60], abs=1e-5)


def test_a_lot_that_came_too_late_and_went_back_broke_its_window() -> None:
    """The time on its way to the rework is not known: what the table says it waited is at least the limit."""
    middle = cs.fab.Step(name="m", tool_group="M", time="70 min")
    line = queue(SLOW)
    assert line.fab is not None
    first, last = line.fab.routes[0].steps
    line = line.with_(
        {
            "fab.tool_groups": [*line.fab.tool_groups, cs.fab.ToolGroup(name="M")],
            "fab.routes": [
                cs.fab.Route(
                    name="main",
                    steps=[
                        first.replace(queue_time_limit="75 min", queue_time_action="rework", queue_time_rework_to="a"),
                        middle,
                        last.replace(time="1 min"),
                    ],
                )
            ],
        }
    )
    r = line.run(seed=1, trace=["lots"], progress=False)
    assert r.explain("L1").windows["broken"].tolist() == [False]
    times = r.explain("L2")  # at M 80 to 150 min: 140 after a, sent back; alone then
    assert times.steps["step"].tolist() == ["main/a", "main/m", "main/a", "main/m", "main/b"]
    assert times.windows["broken"].tolist() == [True, False]
    assert times.windows["waited"].tolist() == pytest.approx([140 / 60, 70 / 60], abs=1e-5)
    assert r.kpi("fab.queue_time_violations").mean == pytest.approx(1 / 3)


def test_a_lot_that_was_scrapped_says_so() -> None:
    r = (
        queue(SLOW)
        .with_({"fab.routes.main.steps.a.queue_time_action": "scrap"})
        .run(seed=1, trace=["lots"], progress=False)
    )
    times = r.explain("L2")
    assert times.scrapped
    assert "scrapped after 0.00694 d, 10 min for 1 steps" in str(times)
    assert times.windows["broken"].tolist() == [True]
    assert not r.explain("L1").scrapped
    assert "scrapped since 0.02778 d" in str(r.explain("L2", at="1 h"))
    assert r.kpi("fab.scrapped").mean == 1  # a day


def test_a_gate_names_the_group_that_is_full_or_the_wait() -> None:
    lots = {"fab.lots": [cs.fab.Lot(name=f"L{i}", product="A", wafers=1, release=f"{11 * i} min") for i in range(4)]}
    full = queue(SLOW, queue_time_front=1).with_(lots).run(seed=1, progress=False)
    assert "held back: F has 1 lot with open queue-time windows" in str(full.explain("L1", at="30 min"))
    gate = {"fab.routes.main.steps.a.queue_time_gate": 1}
    wait = queue(SLOW).with_(lots | gate).run(seed=1, progress=False)
    assert "held back: the wait predicted would break the queue-time window" in str(wait.explain("L2", at="23 min"))


def test_a_batch_that_waits_for_a_known_lot_says_until_when() -> None:
    batch = cs.fab.Step(name="b", tool_group="F", time="100 min", per="batch", batch_max=4)
    line = queue(batch, batch_mix="route_step", batch_look_ahead="1 h").with_(
        {
            "fab.lots": [
                cs.fab.Lot(name="W", product="A", wafers=1, step="b"),
                cs.fab.Lot(name="L", product="A", wafers=1),
            ],
            "fab.routes.main.steps.a.time": "40 min",
        }
    )
    r = line.run(seed=1, progress=False)
    assert "batch too small: 1 of 4 wafers; waits for more until 0.02778 d" in str(r.explain("W", at="10 min"))


def test_the_page_of_strategies_is_written_from_runs(tmp_path: Path) -> None:
    if not SMT2020.is_dir():
        pytest.skip(f"no data set in {SMT2020}: set CENTRESIM_SHARED")
    script, page = ROOT / "docs" / "validation" / "strategies.py", tmp_path / "page.md"
    given = [SMT2020 / "HVLM", "--days", "16", "--replications", "2", "-o", page]
    done = subprocess.run([sys.executable, script, *given], capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    written = page.read_text(encoding="utf-8")
    kept = script.with_name("strategies.md").read_text(encoding="utf-8")
    for part in ("| QTCR |", "| QTS |", "| stopping, small limits |", "| tools | 1135 | 1142 |", "| campaigns of 10 |"):
        assert part in written, part
        assert part in kept, part
