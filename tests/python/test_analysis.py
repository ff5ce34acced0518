"""Warm-up, precision, quantiles, comparisons from Python; the methods themselves are tested in C++."""

import math

import centresim as cs
import numpy as np
import pytest
from centresim import analysis
from scipy import stats

LOADS = [0.5, 0.6, 0.7]


@pytest.fixture(scope="module")
def swept() -> cs.SweepResult:
    sweep = cs.Sweep("mm1").grid({"fab.load_factor": LOADS, "horizon": ["60 d"], "warmup": ["10 d"]})
    return sweep.run(replications=12, seed=2, progress=False)


def test_the_values_of_a_figure_make_its_estimate() -> None:
    result = cs.load("mm1").run(replications=9, seed=4, progress=False, horizon="40 d", warmup="5 d")
    values = result.values("fab.wip")
    assert values.shape == (9,)
    estimate = result.kpi("fab.wip")
    assert values.mean() == pytest.approx(estimate.mean)
    low, high = stats.t.interval(0.95, 8, values.mean(), values.std(ddof=1) / 3)
    assert (estimate.low, estimate.high) == pytest.approx((low, high))


def test_replications_needed_are_those_of_student() -> None:
    result = cs.load("mm1").run(replications=10, seed=4, progress=False, horizon="40 d", warmup="5 d")
    needed = result.replications_needed("fab.wip", within=0.05)
    sd, mean = result.kpi("fab.wip").sd, result.kpi("fab.wip").mean

    def half_width(n: int) -> float:
        return float(stats.t.ppf(0.975, n - 1)) * sd / math.sqrt(n)

    allowed = 0.05 / 1.05 * mean
    assert needed.refusal == ""
    assert half_width(needed.in_all) <= allowed < half_width(needed.in_all - 1)
    assert needed.more == needed.in_all - 10
    wide = analysis.replications_needed([1.0, 2.0, 4.0], 100, relative=False)
    assert wide.more == 0
    assert analysis.replications_needed([1.0], 0.1).refusal
    with pytest.raises(ValueError, match="-1 is not above 0"):
        analysis.replications_needed([1.0, 2.0], -1)


def test_stopping_depends_on_the_order_and_not_on_how_many_are_there() -> None:
    values = np.random.default_rng(1).normal(10, 1, 400)
    n = analysis.enough_replications(values, 0.02)
    assert n is not None
    assert 10 <= n < 400
    assert analysis.enough_replications(values[:n], 0.02) == n
    assert analysis.enough_replications(values[: n - 1], 0.02) is None


def test_points_are_compared_in_pairs(swept: cs.SweepResult) -> None:
    table = swept.compare("fab.wip")
    assert table[["first", "second"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 2]]
    values = swept.dataset["values"].sel(kpi="fab.wip").to_numpy()
    for row in table.to_dict("records"):
        a, b = values[row["first"]], values[row["second"]]
        assert row["difference"] == pytest.approx((a - b).mean())
        assert row["p_value"] == pytest.approx(stats.ttest_rel(a, b).pvalue)
        assert row["correlation"] == pytest.approx(np.corrcoef(a, b)[0, 1])
        low, high = stats.t.interval(1 - 0.05 / 3, 11, (a - b).mean(), (a - b).std(ddof=1) / math.sqrt(12))
        assert (row["low"], row["high"]) == pytest.approx((low, high))
        assert row["p_value"] <= row["p_holm"] <= row["p_bonferroni"]
    assert table.attrs == {"kpi": "fab.wip", "unit": "lots"}
    against = swept.compare("fab.wip", to=0)
    assert against["second"].tolist() == [0, 0]
    assert (against["difference"] > 0).all()
    with pytest.raises(LookupError, match="7 is none of the systems"):
        swept.compare("fab.wip", to=7)
    named = analysis.compare({"slow": values[2], "fast": values[0]})
    assert named[["first", "second"]].to_numpy().tolist() == [["slow", "fast"]]
    with pytest.raises(ValueError, match="system 1 has 1 replications, system 0 has 2"):
        analysis.compare([[1.0, 2.0], [1.0]])


def test_a_warm_up_is_found_and_drawn() -> None:
    rng = np.random.default_rng(3)
    series = [np.concatenate([np.linspace(5, 0, 100), np.zeros(900)]) + rng.normal(0, 0.5, 1000) for _ in range(10)]
    found = analysis.warm_up(series)
    assert found.refusal == ""
    assert 60 <= found.truncation <= 110
    assert found.statistic[found.left_out.index(found.truncation)] == min(found.statistic)
    ax = found.plot()
    assert ax.get_xlabel() == "observations left out"
    drifting = analysis.warm_up(np.linspace(0, 1, 1000))
    assert drifting.refusal
    assert drifting.plot().get_title(loc="left") == drifting.refusal
    assert analysis.warm_up([1.0] * 20).refusal  # four batches


def test_the_warm_up_of_a_line_that_starts_empty() -> None:
    line = cs.load("mini-fab").with_({"report_every": "1 d"})
    cold = line.run(horizon="200 d", warmup="0 d", replications=10, seed=3, progress=False)
    found = cold.warm_up()
    assert found.refusal == ""
    assert 0 < found.truncation < 100
    assert found.left_out[-1] <= 100
    with pytest.raises(ValueError, match="report_every"):
        cs.load("mini-fab").run(horizon="20 d", warmup="0 d", replications=2, seed=3, progress=False).warm_up()


def test_one_long_run_and_its_batches() -> None:
    rng = np.random.default_rng(5)
    fine = analysis.batch_means(rng.normal(3, 1, 2000))
    assert fine.refusal == ""
    assert fine.low < 3 < fine.high
    assert (fine.batches, fine.batch_size, fine.left_out) == (20, 100, 0)
    walk = analysis.batch_means(np.cumsum(rng.normal(0, 1, 2000)))
    assert walk.refusal
    assert math.isnan(walk.low)
    with pytest.raises(ValueError, match="20"):
        analysis.batch_means([1.0] * 100, batches=3)


def test_quantiles_have_intervals_from_ranks() -> None:
    values = np.random.default_rng(7).exponential(1, 101)
    found = analysis.quantile(values, 0.5)
    assert found.value == pytest.approx(np.median(values))
    ordered = np.sort(values)
    ranks = [int(np.searchsorted(ordered, end)) for end in (found.low, found.high)]
    coverage = stats.binom.cdf(ranks[1], 101, 0.5) - stats.binom.cdf(ranks[0], 101, 0.5)
    assert coverage >= 0.95
    assert "72" in analysis.quantile(values[:20], 0.95).refusal
    samples = [np.random.default_rng(i).normal(0, 1, 500) for i in range(8)]
    pooled = analysis.quantile_of_samples(samples, 0.9)
    assert pooled.low < 1.2816 < pooled.high
    assert pooled.value == pytest.approx(np.quantile(np.concatenate(samples), 0.9))
    with pytest.raises(ValueError, match="between 0 and 1"):
        analysis.quantile(values, 1.5)
