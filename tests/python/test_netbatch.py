"""netbatch-month: the published shape of its jobs, by drawing them; when they queue, on a tenth of the farm."""

import csv
import math
import re
from functools import cache
from pathlib import Path

import centresim as cs
import numpy as np
import pytest
from centresim import design

JOBS, DAYS = 9_054_066, 30
CAP = 5.7 * 86_400


@cache
def month() -> cs.Scenario:
    return cs.load("netbatch-month")


@cache
def tenth() -> cs.Scenario:
    """A tenth of the arrivals, of the nodes and of the tokens."""
    floor = month().design
    changes = {"design.load_factor": 0.1}
    changes |= {f"design.node_classes.{c.name}.nodes": max(1, round(c.nodes / 10)) for c in floor.node_classes}
    changes |= {f"design.features.{f.name}.tokens": max(1, round(f.tokens / 10)) for f in floor.features}
    return month().with_(changes)


def test_nine_million_jobs_are_expected() -> None:
    rate = 0.0
    for stream in month().design.streams:
        rate += stream.jobs.mean / stream.every.mean.days
        assert stream.run_max.days == pytest.approx(5.7)
    assert rate * month().horizon.days == pytest.approx(JOBS, rel=1e-4)
    assert month().horizon.days == DAYS
    assert month().start == "2012-10-31"


def test_the_longest_jobs_hold_as_much_of_the_work_as_published(tmp_path: Path) -> None:
    """Three in a hundred jobs of the month: 270,000 of them leave errors of about half the bounds."""
    few = month().with_({"design.load_factor": 0.03})
    count = design.write_jobs(few, tmp_path / "jobs.csv", seed=3)
    with (tmp_path / "jobs.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        run = np.sort([float(row["run"]) * int(row["cores"]) for row in rows])[::-1]
    assert len(run) == count
    assert count == pytest.approx(0.03 * JOBS, rel=0.05)  # batches of up to 350
    assert run[0] == CAP
    total = run.sum()
    assert run[: count // 100].sum() / total == pytest.approx(0.372, abs=0.012)
    assert run[: count // 20].sum() / total == pytest.approx(0.6285, abs=0.012)
    assert run.mean() / np.median(run) == pytest.approx(14.15, rel=0.04)


def test_jobs_queue_on_weekday_afternoons_and_not_on_sundays() -> None:
    """Wednesday is day 0: day 2 is a Friday, day 4 a Sunday."""
    queue, cores = {}, {}
    for day in (2, 4):
        spans = {"horizon": f"{day * 24 + 18} h", "warmup": f"{day * 24 + 14} h"}
        result = tenth().run(**spans, replications=2, seed=1, progress=False)
        queue[day] = result.kpi("design.queue_length").mean
        cores[day] = result.kpi("design.utilisation").mean
    assert cores[2] > 0.97 > 0.75 > cores[4]
    assert queue[2] > 300
    assert queue[2] > 10 * queue[4]


def test_no_job_is_too_large_and_some_wait_for_licences() -> None:
    result = tenth().run(horizon="7 d", warmup="1 d", replications=1, seed=2, progress=False)
    assert result.kpi("design.rejected_share").mean < 1e-3
    assert result.kpi("design.submitted").mean == pytest.approx(0.1 * JOBS / DAYS, rel=0.15)
    assert 0.8 < result.kpi("design.utilisation").mean < 0.97
    assert result.kpi("design.licence_exhausted", feature="timing").mean > 0.05
    # Who waits for an answer waits least.
    assert result.kpi("design.wait", kind="compile").mean < 0.05 < result.kpi("design.wait", kind="regression").mean


def test_the_mixture_is_told_apart_from_one_law() -> None:
    """One lognormal law of the published mean over median would be far too heavy: the reason for three."""
    sigma = math.sqrt(2 * math.log(14.15))
    assert sigma == pytest.approx(2.30, abs=0.01)
    laws = {str(s.run) for s in month().design.streams}
    assert len(laws) == 3
    assert all(re.match(r"lognormal\(", law) for law in laws)
