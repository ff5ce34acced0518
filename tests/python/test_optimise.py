"""cs.optimise: what it finds, what it survives."""

import itertools
import json
import logging
import math
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import centresim as cs
import numpy as np
import optuna
import pandas
import pytest
from optimise_tools import DIFFUSION, FEW, IMPLANT, LITHO, SHORT, TOOLS, cost, search


@pytest.fixture(scope="module")
def grid() -> cs.SweepResult:
    """Every point of TOOLS that can keep up."""
    base = cs.load("mini-fab").with_(SHORT)
    points = [dict(zip(TOOLS, point, strict=True)) for point in itertools.product((2, 3, 4), (2, 3, 4), (1, 2, 3))]
    return cs.Sweep(base).points(points).run(replications=3, seed=1, progress=False)


@pytest.fixture(scope="module")
def cheapest() -> cs.Optimisation:
    return search(TOOLS, minimise=cost, subject_to={"fab.cycle_time": "<= 0.33"}, trials=24, threads=1)


@pytest.fixture(scope="module")
def fronts() -> cs.Optimisation:
    return search({LITHO: (1, 3), "fab.load_factor": (0.7, 1.2)}, minimise=["fab.cycle_time"],
                  maximise=["fab.throughput"], trials=20)  # fmt: skip


# ---- what it finds


def test_the_cheapest_line_is_that_of_the_whole_grid(cheapest: cs.Optimisation, grid: cs.SweepResult) -> None:
    times = grid.kpi("fab.cycle_time")
    price = 2 * times[DIFFUSION] + times[IMPLANT] + 5 * times[LITHO]
    best = price[times["mean"] <= 0.33].min()
    assert cheapest.best_estimate is not None
    assert cheapest.best_estimate.mean == best < price.max()
    assert cheapest.best in times.loc[(times["mean"] <= 0.33) & (price == best), list(TOOLS)].to_dict("records")
    assert cheapest.scenario == cs.load("mini-fab").with_({**SHORT, **(cheapest.best or {})})
    assert cheapest.study.best_trial.number == cheapest.best_trial


def test_the_table_says_what_single_runs_say(cheapest: cs.Optimisation) -> None:
    table = cheapest.table
    assert list(table.columns) == [*TOOLS, "cost", "cost half_width", "fab.cycle_time", "fab.cycle_time half_width",
                                   "feasible", "sure", "failure"]  # fmt: skip
    assert len(table) == len(cheapest) == 24
    assert not table.duplicated(list(TOOLS)).any()
    for number, row in table[table["failure"] == ""].head(5).iterrows():
        assert isinstance(number, int)
        alone = cs.load("mini-fab").with_({path: int(row[path]) for path in TOOLS})
        result = alone.run(**FEW, seed=1)
        assert cheapest.result(number) == result
        estimate = result.kpi("fab.cycle_time")
        assert (row["fab.cycle_time"], row["fab.cycle_time half_width"]) == (estimate.mean, estimate.half_width)
        assert row["feasible"] == (estimate.mean <= 0.33)
        assert row["sure"] == (estimate.high <= 0.33)
        assert row["cost"] == cost(result)
        assert math.isnan(row["cost half_width"])
    assert set(table["sure"]) == {True, False}
    assert not (table["sure"] & ~table["feasible"]).any()


def test_a_line_that_cannot_keep_up_is_a_failed_trial(cheapest: cs.Optimisation) -> None:
    table = cheapest.table
    failed = table[table[DIFFUSION] == 1]
    assert len(failed) > 0
    assert failed["failure"].str.startswith("fab.tool_groups.diffusion: 1 tool: cannot keep up: the releases").all()
    assert failed["cost"].isna().all()
    assert not failed["feasible"].any()
    assert (table["failure"] != "").sum() == len(failed)
    number = int(failed.index[0])
    with pytest.raises(LookupError, match=f"no result of trial {number}: .*cannot keep up"):
        cheapest.result(number)
    with pytest.raises(LookupError, match="none of the trials"):
        cheapest.result(10_000)
    assert cheapest.study.trials[number].state.name == "PRUNED"


@pytest.mark.parametrize("threads", [1, 2])
def test_the_answer_is_the_same_on_any_number_of_threads(cheapest: cs.Optimisation, threads: int) -> None:
    again = search(TOOLS, minimise=cost, subject_to={"fab.cycle_time": "<= 0.33"}, trials=24, threads=threads)
    pandas.testing.assert_frame_equal(again.table, cheapest.table, check_exact=True)
    assert again.repeats == cheapest.repeats


def test_another_sampler_and_other_random_numbers_are_other_searches(cheapest: cs.Optimisation) -> None:
    other = search(TOOLS, minimise=cost, trials=8, search_seed=2).table
    assert other[list(TOOLS)].to_numpy().tolist() != cheapest.table[list(TOOLS)].head(8).to_numpy().tolist()
    one, two = (search(trials=3, seed=seed).table.sort_values(LITHO)["fab.cycle_time"].tolist() for seed in (1, 2))
    assert one != two


def test_the_sampler_does_better_than_chance() -> None:
    """Of a thousand lines the best of 64 tried: with as many drawn by chance the answer is worse in most searches."""
    base = cs.load("mini-fab").with_({"fab.load_factor": 2.2, "horizon": "20 d", "warmup": "5 d"})
    space = dict.fromkeys(TOOLS, (1, 10))

    def best(search_seed: int, batch: int) -> float:
        found = cs.optimise(base, space, minimise=cost, subject_to={"fab.cycle_time": "<= 0.36"}, trials=64,
                            replications=1, batch=batch, search_seed=search_seed, progress=False)  # fmt: skip
        return found.best_estimate.mean if found.best_estimate else math.inf

    # A single batch knows nothing: its points are drawn by chance.
    steered = [best(seed, 8) for seed in range(1, 5)]
    by_chance = [best(seed, 64) for seed in range(1, 5)]
    assert sum(steered) < sum(by_chance) - 4
    assert sum(a < b for a, b in zip(steered, by_chance, strict=True)) >= 3


def test_a_small_space_is_tried_once_and_whole() -> None:
    found = search(trials=60, batch=2)
    assert sorted(found.table[LITHO]) == [1, 2, 3]
    assert found.repeats == len(found.study.trials) - 3
    seen = {trial.params[LITHO]: trial.values for trial in found.study.trials}
    assert all(trial.values == seen[trial.params[LITHO]] for trial in found.study.trials)
    choices = {"fab.tool_groups.litho.rank": [["fifo"], ["due_date"]], LITHO: [2, 1]}
    found = search(choices, trials=60)
    ranks = found.table["fab.tool_groups.litho.rank"].tolist()
    assert sorted(zip(found.table[LITHO], ranks, strict=True)) == [
        (n, [r]) for n in (1, 2) for r in ("due_date", "fifo")
    ]


def test_the_whole_of_a_larger_space_is_tried() -> None:
    found = search(TOOLS, trials=1000, replications=1)
    assert len(found) == 36
    assert set(map(tuple, found.table[list(TOOLS)].to_numpy().tolist())) == set(
        itertools.product((1, 2, 3, 4), (2, 3, 4), (1, 2, 3))
    )


def test_ranges_of_all_kinds() -> None:
    values = {"fab.load_factor": (0.5, 1.0, "log"), "warmup": ("5 d", "10 d"), "fab.tool_groups.*.tools": (1.5, 4)}
    found = search(values, horizon="30 d", warmup=None, trials=12,
                   start=[{"fab.load_factor": 1, "warmup": "6 d"}, {"warmup": "120 h"}])  # fmt: skip
    table = found.table
    assert table["fab.load_factor"].between(0.5, 1).all()
    assert set(table["fab.tool_groups.*.tools"]) <= {2, 3, 4}
    assert (table.loc[0, "fab.load_factor"], table.loc[0, "warmup"]) == (1.0, "6 d")
    assert table.loc[1, "warmup"] == "5 d"
    assert all(cs.Duration("5 d") <= cs.Duration(text) <= cs.Duration("10 d") for text in table["warmup"])
    assert found.best is not None
    assert str(found.scenario.warmup) == found.best["warmup"]  # type: ignore[union-attr]


def test_maximise_and_labels() -> None:
    figure = "fab.throughput[product=wafer_lot, kind=regular]"
    found = search({"fab.load_factor": (0.7, 1.2)}, maximise=figure)
    assert found.best_estimate is not None
    assert found.best_estimate.mean == found.table[figure].max()
    assert found.best_estimate.unit == "lots/d"
    pair = search({"fab.load_factor": (0.7, 1.2)}, maximise=("fab.throughput", {"product": "wafer_lot"}))
    assert pair.table["fab.throughput[product=wafer_lot]"].tolist() == found.table[figure].tolist()


def undominated(one: "pandas.Series[float]", other: "pandas.Series[float]") -> list[int]:
    """The numbers of the trials that no other one is better than in one figure and no worse in the other."""
    points = {int(number): (one[number], other[number]) for number in one.dropna().index}
    return [
        number
        for number, mine in points.items()
        if not any(a <= mine[0] and b <= mine[1] and (a, b) != mine for a, b in points.values())
    ]


def test_the_front_is_what_nothing_dominates(fronts: cs.Optimisation) -> None:
    by_hand = undominated(fronts.table["fab.cycle_time"], -fronts.table["fab.throughput"])
    assert sorted(fronts.front.index) == by_hand
    assert 1 < len(by_hand) < len(fronts)
    assert fronts.front["fab.cycle_time"].is_monotonic_increasing
    for ask in (lambda: fronts.best, lambda: fronts.scenario, lambda: fronts.best_estimate):
        with pytest.raises(LookupError, match="see front"):
            ask()
    assert "best" not in repr(fronts)


def test_a_front_within_limits() -> None:
    found = search({LITHO: (1, 3), "fab.load_factor": (0.7, 1.5)}, minimise=["fab.cycle_time", cost],
                   subject_to={"fab.throughput": ">= 10"}, trials=20)  # fmt: skip
    assert (found.front["fab.throughput"] >= 10).all()
    assert (found.table["fab.throughput"] < 10).any()
    assert (found.table["failure"] != "").any()
    feasible = found.table[found.table["feasible"]]
    assert sorted(found.front.index) == undominated(feasible["fab.cycle_time"], feasible["cost"])
    assert len(found.front) < len(feasible)


class Stuck(optuna.samplers.RandomSampler):
    """Proposes the lower end again and again."""

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
        return param_distribution.low


def test_a_sampler_that_repeats_itself_does_not_hold_up_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optuna.samplers, "TPESampler", lambda **_: Stuck())
    found = search(TOOLS, trials=30, replications=1, batch=4)
    assert len(found) == 30
    assert not found.table.duplicated(list(TOOLS)).any()
    assert found.repeats > 0
    assert len(search({"fab.load_factor": (0.5, 1.0)})) == 1  # numbers without end: nothing else to draw from


# ---- what it survives


def test_points_without_an_answer_do_not_end_the_search() -> None:
    """Lots that flood the line, figures that are no numbers, a function that stumbles."""
    found = search({"fab.max_wip": [1, 100_000]}, trials=2)
    assert sorted(found.table["failure"].str.slice(0, 15)) == ["", "the line floods"]
    assert found.best == {"fab.max_wip": 100_000}
    found = search({"fab.load_factor": [1e-6, 1]}, trials=2)
    assert sorted(found.table["failure"]) == ["", "fab.cycle_time: nan is no value to compare"]
    assert found.best == {"fab.load_factor": 1}

    def no_two(result: cs.Result) -> float:
        return 1 / (cost(result) - 16)  # two tools of litho

    found = search(minimise=no_two, start=[{LITHO: 1}, {LITHO: 2}])
    assert found.table.sort_values(LITHO)["failure"].tolist() == [
        "",
        "no_two: ZeroDivisionError: float division by zero",
        "",
    ]


def test_where_nothing_is_feasible() -> None:
    for changes in ({"subject_to": {"fab.cycle_time": "<= 0.001"}}, {"values": {"fab.load_factor": (2.0, 3.0)}}):
        found = search(**changes)
        assert (found.best, found.best_estimate, found.scenario, found.best_trial) == (None, None, None, None)
        assert len(found.front) == 0
        assert " 0 feasible" in repr(found)
        with pytest.raises(LookupError, match="no trial is feasible"):
            found.confirm()
        assert found.plot().get_ylabel() == "fab.cycle_time"


class Stop:
    """A callback that ends the run after so many replications."""

    def __init__(self, after: float, answer: Callable[[], bool]) -> None:
        self.after, self.answer = after, answer
        self.seen: list[tuple[float, float]] = []

    def __call__(self, done: float, total: float) -> bool:
        self.seen.append((done, total))
        return self.answer() if done >= self.after else True


def ctrl_c() -> bool:
    raise KeyboardInterrupt


@pytest.mark.parametrize("answer", [ctrl_c, lambda: False], ids=["Ctrl-C", "False"])
def test_stopping_keeps_what_is_finished(answer: Callable[[], bool]) -> None:
    stop = Stop(8, answer)
    values = {"fab.load_factor": (0.7, 1.0)}
    found = search(values, trials=8, batch=3, replications=2, threads=1, horizon="600 d", progress=stop)
    assert found.interrupted
    assert "interrupted" in repr(found)
    whole = search(values, trials=8, batch=3, replications=2, horizon="600 d")
    assert not whole.interrupted
    assert 3 <= len(found) < 8
    pandas.testing.assert_frame_equal(found.table, whole.table.head(len(found)), check_exact=True)
    assert {total for _, total in stop.seen} == {16}
    assert [done for done, _ in stop.seen] == sorted(done for done, _ in stop.seen)
    assert not any(trial.state.name == "RUNNING" for trial in found.study.trials)


def test_stopping_before_anything_is_finished() -> None:
    with pytest.raises(KeyboardInterrupt):
        search(threads=1, horizon="2000 d", progress=Stop(0, ctrl_c))


def test_an_error_of_the_callback_is_handed_on() -> None:
    def fail() -> bool:
        raise RuntimeError("from the callback")

    with pytest.raises(RuntimeError, match="from the callback"):
        search(progress=Stop(0, fail))


def test_optuna_is_quiet_and_left_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    level = logging.getLogger("optuna").level
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search(subject_to={"fab.wip": "<= 5"}, start=[{LITHO: 2}])
    assert logging.getLogger("optuna").level == level
    assert capsys.readouterr() == ("", "")


def test_without_optuna_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match="pip install optuna"):
        search()


def test_optuna_is_loaded_by_the_first_search() -> None:
    code = "import sys, json, centresim as cs; cs.optimise; cs.Optimisation; print(json.dumps('optuna' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False


# ---- the winner once more


def test_the_best_are_run_again_with_new_random_numbers() -> None:
    found = search({"fab.load_factor": (0.9, 1.0), LITHO: (1, 3)}, trials=10, subject_to={"fab.wip": "<= 5"})
    again = found.confirm(replications=6)
    assert again.attrs == {"replications": 6, "seed": 2}
    order = found.table[found.table["feasible"]].sort_values("fab.cycle_time")
    assert again.index.tolist() == order.index[:3].tolist()
    assert again.index[0] == found.best_trial
    assert again["fab.cycle_time searched"].tolist() == order["fab.cycle_time"].tolist()[:3]
    first, second = (found.result(int(number)).scenario for number in again.index[:2])
    runs = [scenario.run(replications=6, seed=2, progress=False) for scenario in (first, second)]
    assert again["fab.cycle_time"].tolist()[:2] == [run.kpi("fab.cycle_time").mean for run in runs]
    assert again["fab.wip half_width"].tolist()[:2] == [run.kpi("fab.wip").half_width for run in runs]
    by_hand = runs[1].values("fab.cycle_time") - runs[0].values("fab.cycle_time")
    row = again.iloc[1]
    assert row["difference"] == pytest.approx(by_hand.mean())
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert math.isnan(again.iloc[0]["difference"])
    assert len(found.confirm(best=1, replications=2)) == 1
    chosen = [int(order.index[2]), int(order.index[0])]
    assert found.confirm(trials=chosen, replications=2, seed=9).index.tolist() == chosen
    for wrong, error, words in (
        ({"seed": 1}, ValueError, "that of the search"),
        ({"best": 0}, cs.InputError, "best: 0"),
        ({"trials": [99]}, LookupError, "trial 99"),
        ({"trials": []}, LookupError, "names none"),
        ({"replications": 0}, cs.InputError, "replications: 0"),
        ({"progress": "yes"}, TypeError, "progress: must be"),
    ):
        with pytest.raises(error, match=words):
            found.confirm(**wrong)


def test_a_front_and_functions_are_confirmed(fronts: cs.Optimisation, cheapest: cs.Optimisation) -> None:
    again = fronts.confirm(replications=3)
    assert again.index.tolist() == fronts.front.index[:3].tolist()
    assert {"fab.cycle_time difference", "fab.throughput difference_low"} <= set(again.columns)
    again = cheapest.confirm(replications=3)
    assert again["cost"].tolist() == again["cost searched"].tolist()
    assert "difference" not in again


def test_pictures(fronts: cs.Optimisation, cheapest: cs.Optimisation) -> None:
    ax = cheapest.plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("trial", "cost")
    [best] = [line for line in ax.lines if line.get_label() == "best so far"]
    steps = np.asarray(best.get_ydata()).tolist()
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] == cheapest.best_estimate.mean  # type: ignore[union-attr]
    assert fronts.plot().get_ylabel() == "fab.throughput"
    assert fronts.plot(ax) is ax
    three = search(minimise=["fab.cycle_time", "fab.wip", cost])
    with pytest.raises(LookupError, match="see front"):
        three.plot()


def test_shown(cheapest: cs.Optimisation) -> None:
    assert repr(cheapest).startswith("<centresim.Optimisation mini-fab: 24 trials, ")
    assert f"best cost 19 - at trial {cheapest.best_trial}>" in repr(cheapest)
