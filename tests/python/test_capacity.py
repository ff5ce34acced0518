"""The closed-form twin from Python: tables, operating curves, and what is refused."""

import math
import time

import centresim as cs
import matplotlib as mpl
import pandas as pd
import pytest
from centresim import fab

mpl.use("Agg")


def queue(mean: str = "8 min", tools: int = 1) -> cs.Scenario:
    return cs.Scenario(
        name="queue",
        horizon="100 d",
        warmup="10 d",
        fab=fab.Fab(
            tool_groups=[fab.ToolGroup("tool", tools=tools)],
            routes=[fab.Route("r", [fab.Step("s", "tool", time=cs.exponential(mean))])],
            products=[fab.Product("A", route="r")],
            releases=[fab.Release("A", every=cs.exponential("10 min"))],
        ),
    )


def test_mm1_is_exact():
    now = cs.capacity(queue())
    assert now.cycle_time == pytest.approx(40 / 1440)
    assert now.products.loc[("A", "regular"), "cycle_time"] == pytest.approx(40 / 1440)
    assert now.groups.loc["tool", "queue_time"] == pytest.approx(32 / 60)
    assert now.starts_per_day == pytest.approx(144)
    assert now.max_starts == pytest.approx(180)
    assert now.bottleneck == "tool"
    assert now.sensitivity.loc["tool", "max_starts_gain"] == pytest.approx(180)
    assert now.sensitivity.loc["tool", "cycle_time"] == pytest.approx(cs.capacity(queue(tools=2)).cycle_time)


def test_needs_count_tools():
    now = cs.capacity(queue())
    assert now.needs().loc["tool", "need"] == pytest.approx(0.8 / 0.85)
    assert bool(now.needs().loc["tool", "one_of_a_kind"])
    twice = now.needs(start_rate=288, target=0.5).loc["tool"]
    assert twice["need"] == pytest.approx(3.2)
    assert (twice["needed"], twice["missing"], twice["one_of_a_kind"]) == (4, 3, False)


def test_the_curve_lays_simulation_beside_the_twin():
    curve = cs.operating_curve(queue(), [0.8, 0.5], replications=4, seed=1, progress=False)
    table = curve.table
    assert list(table["load"]) == [0.5, 0.8]
    assert table["starts_per_day"].tolist() == pytest.approx([90, 144])
    assert table["twin"].tolist() == pytest.approx([16 / 1440, 40 / 1440])
    error = (table["simulated"] - table["twin"]).abs()
    assert (error < 3 * table["half_width"]).all()
    assert len(curve.results) == 2
    assert curve.plot().get_ylabel() == "x-factor"
    with pytest.raises(LookupError, match="there are: A"):
        curve.plot(product="B")


def test_the_curve_without_simulation():
    curve = cs.operating_curve(cs.load("pilot-line"), [0.3, 0.6, 0.9], replications=0)
    assert curve.results == []
    assert curve.table["simulated"].isna().all()
    for _, own in curve.table.groupby(["product", "kind"]):
        assert own["twin"].is_monotonic_increasing
        assert (own["twin"] > own["raw_process_time"]).all()
    curve.plot(kind="regular")


@pytest.mark.parametrize("loads", [[0], [1], [-0.5], [1.2], [math.nan], [math.inf], []])
def test_loads_out_of_range(loads):
    with pytest.raises(cs.InputError, match="loads"):
        cs.operating_curve(queue(), loads, replications=0)


def test_no_curve_of_a_number_of_lots():
    few = queue().with_({"fab.releases.A.count": 100})
    with pytest.raises(cs.InputError, match="do not come to more when they come faster"):
        cs.operating_curve(few, [0.001], replications=0)


def test_what_has_no_capacity():
    with pytest.raises(cs.InputError, match="fab"):
        cs.capacity(cs.load("eda-farm"))
    with pytest.raises(cs.InputError, match="releases"):
        cs.capacity(queue().with_({"fab.releases": []}))
    now = cs.capacity(queue())
    for rate in (0, -1, math.nan, math.inf, 1e300):
        with pytest.raises(cs.InputError, match="start_rate"):
            now.needs(start_rate=rate)
    for target in (0, -1, 1.01, math.nan):
        with pytest.raises(cs.InputError, match="target"):
            now.needs(target=target)
    with pytest.raises(TypeError):
        cs.capacity("mm1")


def test_an_overloaded_line():
    now = cs.capacity(queue("11 min"))
    assert now.cycle_time == math.inf
    assert now.groups.loc["tool", "load"] == pytest.approx(1.1)
    assert now.groups.loc["tool", "idle"] == pytest.approx(-0.1)
    assert "inf" in repr(now)
    now.plot()


def test_built_in_lines_in_milliseconds():
    for name in ("pilot-line", "mini-fab", "reentrant-line", "mm1"):
        line = cs.load(name)
        start = time.perf_counter()
        now = cs.capacity(line)
        assert now.max_starts > now.starts_per_day
        assert isinstance(now.groups, pd.DataFrame)
        assert len(now.sensitivity) == len(now.groups)
        assert time.perf_counter() - start < 2  # 0.05 on an idle machine
        assert (now.groups["load"].drop(now.bottleneck) <= 1).all()
        now.plot(n=5)
        assert "<table" in now._repr_html_()
