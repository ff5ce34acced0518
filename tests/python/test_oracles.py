"""Sample paths: the engine's lots, tick by tick, against recursions that need no simulation."""

import heapq

import centresim as cs
import numpy as np
import pytest
from centresim import fab

LAWS = {
    "M/M": (cs.exponential("10 min"), cs.exponential("8 min")),
    "G/G": (cs.gamma("10 min", 0.7), cs.lognormal("8 min", 1.5)),
    "D/G": (cs.constant("10 min"), cs.weibull("8 min", 1.2)),
    "ties": (cs.constant("10 min"), cs.empirical(["5 min", "10 min", "12 min"], [0.4, 0.4, 0.2])),
}


def path_of(stations, every, times):
    """Arrivals, starts and ends of all lots, in the order of release, at each station of a line."""
    line = fab.Fab(
        tool_groups=[fab.ToolGroup(f"g{i}", tools=tools, rank=["fifo"]) for i, tools in enumerate(stations)],
        routes=[fab.Route("r", [fab.Step(f"s{i}", f"g{i}", time=time) for i, time in enumerate(times)])],
        products=[fab.Product("A", route="r")],
        releases=[fab.Release("A", every=every, wafers=1)],
    )
    scenario = cs.Scenario(fab=line, horizon="30 d", end="drain")
    result = scenario.run(replications=2, seed=7, threads=2, trace=["lots"], progress=False)
    trace = result.fab.trace.lots.to_xarray()
    for replication in range(2):
        rows = trace.isel(event=trace["replication_index"].to_numpy() == replication)
        lots = int(result.fab["lots_released"][replication])
        assert rows.sizes["event"] == lots * len(stations)
        order = np.lexsort((rows["step"], rows["lot"]))  # lots are numbered in the order of release
        shape = (lots, len(stations))
        yield tuple(rows[name].to_numpy()[order].reshape(shape) for name in ("arrive", "start", "end"))


@pytest.mark.parametrize("name", LAWS)
def test_lindley_one_tool(name):
    every, time = LAWS[name]
    for arrive, start, end in path_of([1], every, [time]):
        free = 0
        for a, s, e in zip(arrive[:, 0], start[:, 0], end[:, 0], strict=True):
            assert s == max(a, free)
            free = s + (e - s)
        assert len(arrive) > 3000


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("tools", [2, 5])
def test_kiefer_wolfowitz_many_tools(name, tools):
    _, time = LAWS[name]
    mean = f"{10 / tools} min"
    every = {"M/M": cs.exponential(mean), "G/G": cs.gamma(mean, 0.7)}.get(name, cs.constant(mean))
    for arrive, start, end in path_of([tools], every, [time]):
        free = [0] * tools  # when each tool is free again
        for a, s, e in zip(arrive[:, 0], start[:, 0], end[:, 0], strict=True):
            assert s == max(a, heapq.heappop(free))
            heapq.heappush(free, e)
        assert (start[:, 0] > arrive[:, 0]).any()


@pytest.mark.parametrize("name", LAWS)
def test_tandem_is_max_plus(name):
    every, time = LAWS[name]
    for arrive, start, end in path_of([1, 1, 1, 1], every, [time, cs.gamma("8 min", 0.5), time, cs.constant("9 min")]):
        service = end - start
        assert (arrive[:, 1:] == end[:, :-1]).all()
        departure = np.zeros(arrive.shape[1], dtype=np.int64)  # of the lot before, by station
        for lot in range(len(arrive)):
            at = arrive[lot, 0]
            for station in range(arrive.shape[1]):
                at = max(at, departure[station]) + service[lot, station]
                assert at == end[lot, station]
                departure[station] = at


def test_service_times_are_the_law_that_was_asked_for():
    from scipy import stats

    times = np.concatenate(
        [(end - start)[:, 0] for _, start, end in path_of([1], cs.exponential("10 min"), [cs.gamma("8 min", 0.5)])]
    )
    assert stats.kstest(times / 60_000, stats.gamma(a=4, scale=2).cdf).pvalue > 1e-4
    assert not stats.kstest(times / 60_000, stats.gamma(a=3, scale=8 / 3).cdf).pvalue > 1e-4


def test_the_mean_of_mm1_lies_in_its_interval():
    result = cs.load("mm1").run(replications=16, seed=5, progress=False)
    time = result.kpi("fab.cycle_time")
    assert abs(time.mean * 1440 - 90) < 4 * time.sd * 1440 / 16**0.5  # 1 / (mu - lambda) = 90 min
    utilisation = result.kpi("fab.utilisation", tool_group="tool")
    assert abs(utilisation.mean - 0.9) < 4 * utilisation.sd / 16**0.5
