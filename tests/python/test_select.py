"""Runs that end by themselves: when a mean is precise, when the best point is found; curves of a few loads."""

import concurrent.futures
import math
from collections.abc import Callable
from typing import Any

import centresim as cs
import numpy as np
import pytest
from centresim import analysis

QUEUE = cs.load("mm1").with_({"horizon": "60 d", "warmup": "10 d"})


def choices() -> cs.Sweep:
    return cs.Sweep(QUEUE).grid({"fab.load_factor": [1.0, 0.8, 0.9, 0.82]})


def test_a_run_goes_on_until_its_means_are_precise() -> None:
    result = QUEUE.run(precision={"fab.cycle_time": 0.1, "fab.wip": "1.5"}, seed=3, progress=False)
    n = result.replications
    long = QUEUE.run(replications=n + 20, seed=3, progress=False)
    expected = next(
        k
        for k in range(10, n + 20)
        if analysis.enough_replications(long.values("fab.cycle_time")[:k], 0.1)
        and analysis.replications_needed(long.values("fab.wip")[:k], 1.5, relative=False).more == 0
    )
    assert n == expected > 10
    assert result.precise is True
    assert not result.interrupted
    assert result == QUEUE.run(
        precision={"fab.cycle_time": "10 %", "fab.wip": "1.5 lots"}, seed=3, threads=1, progress=False
    )
    plain = QUEUE.run(replications=n, seed=3, progress=False)
    assert plain == result
    assert plain.precise is None


def test_what_fails_behind_the_end_does_not_matter() -> None:
    # Some replications flood; with many threads one of them is run before the first look.
    busy = QUEUE.with_({"fab.load_factor": 0.93, "fab.max_wip": 60})
    with pytest.raises(cs.ModelError, match="the line floods"):
        busy.run(replications=64, seed=4, progress=False)
    results = [
        busy.run(precision={"fab.cycle_time": 0.1}, seed=4, threads=threads, progress=False) for threads in (1, 2, 64)
    ]
    assert results[0] == results[1] == results[2]
    assert results[0].precise


def test_a_run_that_may_not_go_on_says_so() -> None:
    with pytest.warns(UserWarning, match="11 replications are not enough to be as precise as asked"):
        result = QUEUE.run(precision={"fab.wip": 0.001}, replications=11, seed=3, progress=False)
    with pytest.raises(UserWarning) as error:  # warnings are errors in these tests
        QUEUE.run(precision={"fab.wip": 0.001}, replications=11, seed=3, progress=False)
    assert error.value.result == result  # type: ignore[attr-defined]
    assert result.replications == 11
    assert result.precise is False
    assert "not precise yet" in result.summary()


@pytest.mark.parametrize(
    ("precision", "error", "rule"),
    [
        ({"fab.wpi": 0.1}, cs.InputError, "did you mean 'fab.wip'"),
        ({"fab.wip": 0}, cs.InputError, "above 0"),
        ({"fab.wip": 1.5}, cs.InputError, "below 100 %"),
        ({"fab.wip": math.nan}, cs.InputError, "precision of fab.wip"),
        ({"fab.wip": "2 d"}, cs.InputError, "is no unit of that figure, which is in lots"),
        ({"fab.wip": None}, TypeError, "precision of fab.wip"),
        ({"fab.wip": True}, TypeError, "precision of fab.wip"),
        ({"fab.cycle_time": "1e308 wk"}, cs.InputError, "is out of range"),
        ("fab.wip", TypeError, "must be a table"),
        (["fab.wip"], TypeError, "must be a table"),
    ],
)
def test_a_precision_that_is_none_is_refused(precision: Any, error: type[Exception], rule: str) -> None:
    with pytest.raises(error, match=rule):
        QUEUE.run(precision=precision, seed=1, progress=False)


def test_quantiles_over_replications() -> None:
    result = QUEUE.run(replications=40, seed=3, progress=False)
    median = result.quantile("fab.wip", 0.5)
    assert median == analysis.quantile(result.values("fab.wip"), 0.5)
    assert median.low < median.value < median.high
    assert result.quantile("fab.wip", 0.99).refusal


def test_the_best_point_is_found_and_is_the_same_on_any_number_of_threads() -> None:
    found = choices().select("fab.cycle_time", indifference=0.02, seed=4, progress=False)
    assert found.values == {"fab.load_factor": 0.8}
    assert found.best == 1
    assert (found.kpi, found.better, found.unit) == ("fab.cycle_time", "lower", "d")
    table = found.table
    assert table.index[0] == 1
    assert table.loc[1, "state"] == "selected"
    assert set(table["state"]) == {"selected", "dropped"}
    assert table["n"].sum() == found.replications
    assert table.equals(choices().select("fab.cycle_time", indifference=0.02, seed=4, threads=1, progress=False).table)
    with_labels = choices().select("fab.cycle_time", product="lot", indifference=0.02, seed=4, progress=False)
    assert with_labels.best == 1
    highest = choices().select("fab.cycle_time", indifference=0.02, better="higher", seed=4, progress=False)
    assert highest.values == {"fab.load_factor": 1.0}


def test_a_budget_is_spent_on_those_near_the_best() -> None:
    found = choices().select("fab.cycle_time", method="ocba", budget=120, seed=4, progress=False)
    assert found.replications == 120
    assert found.best in (1, 3)
    n = found.table["n"]
    assert n[1] + n[3] > n[0] + n[2]


def test_an_executor_finds_the_same() -> None:
    from concurrent.futures import ThreadPoolExecutor

    here = choices().select("fab.cycle_time", product="lot", indifference=0.02, seed=4, progress=False)
    seen: list[float] = []
    with ThreadPoolExecutor(3) as pool:
        there = choices().select(
            "fab.cycle_time",
            product="lot",
            indifference=0.02,
            seed=4,
            executor=pool,
            progress=lambda done, total: seen.append(done / total),
        )
        assert there.table.equals(here.table)
        assert max(seen) == 1
        budget = choices().select("fab.wip", method="ocba", budget=60, seed=4, executor=pool, progress=False)
        with pytest.raises(cs.InputError, match=r"did you mean 'fab\.wip'"):
            choices().select("fab.wpi", indifference=1, seed=4, executor=pool, progress=False)
        flooding = cs.Sweep(QUEUE.with_({"fab.max_wip": 40})).grid({"fab.load_factor": [0.5, 1.08]})
        with pytest.warns(UserWarning, match="the line floods"):
            left = flooding.select("fab.wip", indifference=0.5, seed=1, executor=pool, progress=False)
        assert (left.best, list(left.failures)) == (0, [1])
        assert choices().select("fab.wip", indifference=1e-9, executor=pool, progress=lambda *_: False).interrupted
    assert budget.table.equals(choices().select("fab.wip", method="ocba", budget=60, seed=4, progress=False).table)
    with pytest.warns(UserWarning, match="the executor takes no more work"):
        closed = choices().select("fab.wip", indifference=1, seed=4, executor=pool, progress=False)
    assert closed.interrupted
    assert (closed.kpi, closed.better) == ("fab.wip", "lower")
    with pytest.raises(TypeError, match="must have a method submit"):
        choices().select("fab.wip", indifference=1, executor="pool", progress=False)  # type: ignore[arg-type]


class Shaky(concurrent.futures.ThreadPoolExecutor):
    """Its first tasks are lost."""

    def __init__(self, lost: int) -> None:
        super().__init__(2)
        self.lost = lost

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:  # type: ignore[override]
        self.lost -= 1
        return super().submit(lost, *args) if self.lost >= 0 else super().submit(fn, *args, **kwargs)


def lost(*_: object) -> object:
    raise ConnectionError("worker lost")


def test_a_lost_task_is_done_again_and_judges_no_point() -> None:
    here = choices().select("fab.cycle_time", indifference=0.02, seed=4, progress=False)
    with Shaky(2) as pool:
        there = choices().select("fab.cycle_time", indifference=0.02, seed=4, executor=pool, progress=False)
    assert there.table.equals(here.table)
    with Shaky(1000) as pool, pytest.warns(UserWarning, match="ConnectionError: worker lost"):
        broken = choices().select("fab.cycle_time", indifference=0.02, seed=4, executor=pool, progress=False)
    assert broken.interrupted
    assert not broken.failures


def test_an_executor_that_goes_away_ends_the_selection() -> None:
    pool = concurrent.futures.ThreadPoolExecutor(2)

    def leave(*_: object) -> None:
        pool.shutdown(wait=False, cancel_futures=True)

    with pytest.warns(UserWarning, match="the executor takes no more work"):
        gone = choices().select("fab.wip", indifference=1e-9, seed=4, executor=pool, progress=leave)
    assert gone.interrupted
    with pytest.raises(ZeroDivisionError), concurrent.futures.ThreadPoolExecutor(2) as working:
        choices().select("fab.wip", indifference=1, seed=4, executor=working, progress=lambda *_: 1 / 0)
    with pytest.raises(UserWarning) as error:  # warnings are errors here
        choices().select("fab.wip", indifference=1, seed=4, executor=pool, progress=False)
    assert error.value.result.interrupted  # type: ignore[attr-defined]


def test_points_that_cannot_go_on_are_left_out() -> None:
    flooding = cs.Sweep(QUEUE.with_({"fab.max_wip": 40})).grid({"fab.load_factor": [0.5, 1.08]})
    with pytest.warns(UserWarning, match=r"point 1 \(fab\.load_factor = 1\.08\): the line floods"):
        found = flooding.select("fab.throughput", indifference=0.5, better="higher", seed=1, progress=False)
    assert found.best == 0
    assert found.table.loc[0, "n"] == 10
    assert found.table.loc[1, "state"] == "failed"
    assert "1 failed" in repr(found)


def test_points_that_cannot_keep_up_are_left_out_before_anything_runs() -> None:
    overloaded = cs.Sweep(QUEUE).grid({"fab.load_factor": [1.3, 0.8, 1.2, 0.9]})
    with pytest.warns(UserWarning, match="point [02]"):
        found = overloaded.select("fab.cycle_time", indifference=0.02, seed=4, progress=False)
    assert (found.best, sorted(found.failures)) == (1, [0, 2])
    assert found.table.index.tolist() == [1, 3, 0, 2]
    with pytest.warns(UserWarning, match="point 0"):  # one is left
        alone = cs.Sweep(QUEUE).grid({"fab.load_factor": [1.3, 0.9]}).select("fab.wip", indifference=1, progress=False)
    assert (alone.best, alone.table.loc[1, "n"]) == (1, 10)
    with pytest.raises(cs.InputError, match="point 0"):  # none is left
        cs.Sweep(QUEUE).grid({"fab.load_factor": [1.3, 1.4]}).select("fab.wip", indifference=1, progress=False)
    meeting = {"fab.load_factor": [0.8, 1.3], "fab.tool_groups.tool.tools": [1, 2], "fab.tool_groups.*.tools": [1, 2]}
    with pytest.raises(cs.InputError, match="sets as well"):
        cs.Sweep(QUEUE).grid(meeting).select("fab.wip", indifference=1, progress=False)
    with pytest.warns(UserWarning, match="point [02]"):  # others keep their seeds
        ocba = overloaded.select("fab.wip", method="ocba", budget=20, seed=1, progress=False)
    own = QUEUE.with_({"fab.load_factor": 0.8}).run(replications=10, seed=2, progress=False)
    assert ocba.table.loc[1, "mean"] == pytest.approx(own.kpi("fab.wip").mean)
    with pytest.raises(cs.InputError, match=r"fab\.load_factr"):
        cs.Sweep(QUEUE).grid({"fab.load_factr": [1.3, 1.4]}).select("fab.wip", indifference=1, progress=False)


def test_the_table_tells_differences_from_the_one_on_top() -> None:
    found = choices().select("fab.cycle_time", indifference=0.02, seed=4, progress=False)
    table = found.table
    assert table["state"].iloc[0] == "selected"
    assert np.isnan(table["difference"].iloc[0])
    swept = choices().run(replications=int(table["n"].max()), seed=4, progress=False)
    for point in table.index[1:]:
        n = int(table.loc[point, "n"])
        values = [swept.result(i).values("fab.cycle_time")[:n] for i in (point, found.best)]
        assert table.loc[point, "difference"] == pytest.approx((values[0] - values[1]).mean())
        assert table.loc[point, "low"] < table.loc[point, "difference"] < table.loc[point, "high"]
    assert found.scenario == QUEUE.with_({"fab.load_factor": 0.8})
    assert "confidence 0.95, indifference 0.02 d" in repr(found)
    budget = choices().select("fab.cycle_time", method="ocba", budget=60, seed=4, progress=False)
    assert budget.table["difference"].isna().all()
    assert "no promise" in repr(budget)


def test_a_selection_that_may_not_go_on_is_undecided() -> None:
    found = choices().select("fab.cycle_time", indifference=1e-9, at_most=12, seed=4, progress=False)
    assert found.best is None
    assert found.values is None
    assert "not decided" in repr(found)
    stopped = choices().select("fab.cycle_time", indifference=1e-9, seed=4, progress=lambda done, _: done < 60)
    assert stopped.interrupted


@pytest.mark.parametrize(
    ("given", "error", "rule"),
    [
        ({}, ValueError, "indifference"),
        ({"indifference": 0}, cs.InputError, "indifference"),
        ({"indifference": math.nan}, cs.InputError, "indifference"),
        ({"indifference": 1, "confidence": 1.5}, cs.InputError, "confidence"),
        ({"indifference": 1, "first": 1}, cs.InputError, "first"),
        ({"indifference": 1, "budget": 5}, ValueError, "budget"),
        ({"method": "ocba"}, ValueError, "budget"),
        ({"method": "ocba", "budget": 10}, cs.InputError, "budget"),
        ({"method": "best", "indifference": 1}, ValueError, "none of kim-nelson, ocba"),
        ({"indifference": 1, "better": "more"}, ValueError, "none of higher, lower"),
        ({"indifference": True}, TypeError, "must be a number"),
        ({"indifference": "1 h"}, TypeError, "must be a number"),
        ({"indifference": 1, "confidence": "0.9"}, TypeError, "confidence: must be a number"),
        ({"indifference": 1, "confidence": None}, TypeError, "confidence: must be a number"),
        ({"indifference": 1, "product": 3}, TypeError, "a label is a text"),
        ({"indifference": 1, "progress": "yes"}, TypeError, "progress"),
        ({"indifference": 5e-324}, cs.InputError, "out of range"),
        ({"indifference": 1, "tool_group": "nowhere"}, cs.InputError, "has no such labels; there are fab.cycle_time"),
    ],
)
def test_a_selection_that_cannot_be_made_is_refused(given: dict[str, Any], error: type[Exception], rule: str) -> None:
    with pytest.raises(error, match=rule):
        choices().select("fab.cycle_time", **{"seed": 1, "progress": False, **given})


def test_one_point_is_no_choice() -> None:
    with pytest.raises(cs.InputError, match="at least two"):
        cs.Sweep(QUEUE).grid({"fab.load_factor": [1.0]}).select("fab.wip", indifference=1, seed=1, progress=False)


# ---- curves


def normal(mean: float, sd: float, n: int, seed: int) -> list[float]:
    return list(np.random.default_rng(seed).normal(mean, sd, n))


def test_a_curve_of_a_single_queue_is_the_known_one() -> None:
    # M/M/1 in units of the service time: 1 / (1 - x).
    loads = [0.3, 0.5, 0.7, 0.9]
    times = [normal(1 / (1 - x), 0.02 / (1 - x), 30, i) for i, x in enumerate(loads)]
    curve = analysis.fit_operating_curve(loads, times)
    assert curve.misfit_p_value > 0.001
    assert len(curve.coefficients) == 3
    for x in (0.4, 0.6, 0.8, 0.85):
        at = curve.at(x)
        assert at.low < at.value < at.high
        assert at.value == pytest.approx(1 / (1 - x), rel=0.02)
        predicted = curve.predict(x, replications=5)
        assert predicted.high - predicted.low > at.high - at.low
    assert "loads 0.3 to 0.9, misfit" in repr(curve)
    curve.plot().figure.clear()


def test_a_curve_of_a_fab_is_fitted_to_a_few_simulated_loads() -> None:
    line = cs.load("mini-fab").with_({"horizon": "300 d", "warmup": "60 d"})
    simulated = cs.operating_curve(
        line, [0.5, 0.7, 0.85, 0.93], replications=8, seed=2, independent=True, progress=False
    )
    assert [result.seed for result in simulated.results] == [2, 3, 4, 5]
    curve = simulated.fit()
    check = cs.operating_curve(line, [0.8], replications=16, seed=99, progress=False)
    row = check.table.iloc[0]
    at = curve.at(0.8)
    error = math.hypot(row["half_width"], (at.high - at.low) / 2)
    assert abs(at.value - row["simulated"]) < 2 * error  # four standard errors
    shared = cs.operating_curve(line, [0.5, 0.7, 0.85], replications=2, seed=2, progress=False)
    with pytest.raises(ValueError, match="independent=True"):
        shared.fit()
    assert "cycle time of wafer_lot regular, d" in repr(curve)
    with pytest.raises(LookupError, match="0 products and kinds are meant"):
        simulated.fit(kind="hot")


@pytest.mark.parametrize(
    ("loads", "times", "rule"),
    [
        ([0.5], [[1.0, 2.0]], "needs at least 3 loads, there are 1"),
        ([0.5, 1.2, 0.7], [[1.0, 2.0]] * 3, "1.2"),
        ([0.5, 0.6], [[1.0, 2.0]] * 3, "differ in number"),
        ([0.5, 0.6, 0.7], [[1.0, 2.0], [1.0, math.inf], [1.0, 2.0]], "load 0.6: must be finite"),
    ],
)
def test_a_curve_that_is_not_determined_is_refused(loads: list[float], times: list[list[float]], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        analysis.fit_operating_curve(loads, times)


def test_callables_of_progress_are_asked(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[float] = []
    stop: Callable[[float, float], bool] = lambda done, _: seen.append(done) is None  # noqa: E731
    choices().select("fab.cycle_time", indifference=0.05, seed=4, progress=stop)
    assert seen
