"""Laws fitted to tables of jobs that NumPy makes: parameters, load, quantiles; the command line says how well."""

import datetime
import gzip
import math
import tomllib
from pathlib import Path

import centresim as cs
import numpy as np
import pandas as pd
import pytest
from centresim import design
from cli_tools import DONE, INPUT, centresim, refused

DAY = 86_400


def table(path: Path, **columns: np.ndarray) -> Path:
    """A table of jobs, in the order of submission."""
    frame = pd.DataFrame(columns).sort_values("submit", kind="stable")
    frame.insert(0, "name", range(1, len(frame) + 1))
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of 20,000 jobs of two kinds, drawn by NumPy."""
    random = np.random.default_rng(5)
    n, m = 14_000, 6_000
    first = np.cumsum(random.exponential(28 * DAY / n, n)).round(3)
    second = np.cumsum(random.gamma(4, 28 * DAY / m / 4, m)).round(3)
    return table(
        tmp_path_factory.mktemp("fit") / "jobs.csv",
        submit=np.concatenate([first, second]),
        run=np.concatenate([random.lognormal(6, 1.5, n), 3600 * random.weibull(0.8, m)]).clip(0.001).round(3),
        cores=np.concatenate([np.ones(n, int), random.choice([2, 4, 8], m, p=[0.5, 0.3, 0.2])]),
        request=np.full(n + m, 86_400),
        peak_memory=np.concatenate([random.gamma(2.5, 2, n), np.full(m, 16.0)]).round(6),
        kind=np.concatenate([np.full(n, "test"), np.full(m, "route")]),
        user=np.concatenate([random.integers(0, 30, n), np.zeros(m, int)]),
    )


@pytest.fixture(scope="module")
def fitted(jobs: Path) -> design.FittedJobs:
    return design.fit(jobs, processors=1000, start="2026-03-02")


def of(fitted: design.FittedJobs, stream: str, quantity: str) -> pd.Series:
    laws = fitted.laws
    rows = laws[(laws["stream"] == stream) & (laws["quantity"] == quantity)]
    assert len(rows) == 1
    return rows.iloc[0]


def parameters(row: pd.Series) -> tuple[float, float]:
    law = cs.Distribution(row["parameters"])
    text = str(law)
    mean, cv = text[text.index("(") + 1 : -1].split(", ")
    return (cs.Duration(mean).seconds if " " in mean else float(mean)), float(cv)


def test_lognormal_run_times_come_back(fitted: design.FittedJobs) -> None:
    row = of(fitted, "test", "run")
    assert row["law"] == "lognormal"
    assert row["n"] == 14_000
    mean, cv = parameters(row)
    sigma = math.sqrt(math.log1p(cv * cv))
    assert abs(sigma - 1.5) < 4 * 1.5 / math.sqrt(2 * row["n"])
    assert abs(math.log(mean) - sigma**2 / 2 - 6) < 4 * 1.5 / math.sqrt(row["n"])
    assert row["ks"] < 1.63 / math.sqrt(row["n"])
    assert row["next_ks"] > 5 * row["ks"]
    assert row["next_aic"] > 10
    assert not row["badly"]


def test_weibull_run_times_come_back(fitted: design.FittedJobs) -> None:
    row = of(fitted, "route", "run")
    assert row["law"] == "weibull"
    mean, cv = parameters(row)
    assert abs(mean / (3600 * math.gamma(1 + 1 / 0.8)) - 1) < 4 * 1.261 / math.sqrt(6000)
    wanted = math.sqrt(math.gamma(1 + 2 / 0.8) / math.gamma(1 + 1 / 0.8) ** 2 - 1)
    assert cv == pytest.approx(wanted, rel=0.05)


def test_gaps_and_their_rate_come_back(fitted: design.FittedJobs) -> None:
    exponential, gamma = of(fitted, "test", "every"), of(fitted, "route", "every")
    assert exponential["law"] == "exponential"
    assert exponential["law_mean"] == pytest.approx(exponential["observed_mean"], rel=1e-5)
    assert gamma["law"] == "gamma"
    shape = parameters(gamma)[1] ** -2
    assert abs(shape / 4 - 1) < 4 * math.sqrt(1 / (6000 * (4 * 0.283823 - 1))) / 2
    assert fitted.scenario.design.profiles == ()  # no hour differs from another


def test_memory_cores_and_requests(fitted: design.FittedJobs) -> None:
    memory = of(fitted, "test", "memory")
    assert (memory["law"], memory["unit"]) == ("gamma", "GB")
    mean, cv = parameters(memory)
    assert mean == pytest.approx(5, rel=0.03)
    assert cv == pytest.approx(1 / math.sqrt(2.5), rel=0.03)
    streams = {s.name: s for s in fitted.scenario.design.streams}
    assert str(streams["route"].cores).startswith("discrete(2, 4, 8; ")
    assert streams["route"].memory == cs.Distribution("16")
    assert streams["test"].users == 30
    assert streams["route"].users == 1


def test_the_load_is_that_of_the_table(jobs: Path, fitted: design.FittedJobs) -> None:
    streams = fitted.streams.set_index("stream")
    frame = pd.read_csv(jobs)
    work = (frame["run"] * frame["cores"]).groupby(frame["kind"]).sum() / 3600
    for name, row in streams.iterrows():
        assert row["core_hours"] == pytest.approx(work[name], rel=1e-9)
        assert row["fitted_core_hours"] == pytest.approx(work[name], rel=0.05)
        assert row["fitted_jobs"] == pytest.approx(row["jobs"], rel=0.01)
    assert fitted.notes == []
    run = fitted.scenario.with_({"end": "stop"}).run(replications=4, seed=1, progress=False)
    # of a farm that never runs out: used is what is offered
    offered = work.sum() / (1000 * 24 * 28)
    assert run.kpi("design.utilisation").mean == pytest.approx(offered, rel=0.06)
    assert run.kpi("design.submitted").mean == pytest.approx(len(frame) / 28, rel=0.03)


def test_generated_again_means_and_quantiles_agree(jobs: Path, fitted: design.FittedJobs, tmp_path: Path) -> None:
    count = design.write_jobs(fitted.scenario, tmp_path / "again.csv", seed=9)
    old, new = pd.read_csv(jobs), pd.read_csv(tmp_path / "again.csv")
    assert len(new) == count
    assert count == pytest.approx(len(old), rel=0.04)
    for kind in ("test", "route"):
        a, b = (frame[frame["kind"] == kind] for frame in (old, new))
        for share in (0.05, 0.25, 0.5, 0.75, 0.95):
            assert b["run"].quantile(share) == pytest.approx(a["run"].quantile(share), rel=0.1)
        assert b["cores"].mean() == pytest.approx(a["cores"].mean(), rel=0.03)
        assert b["peak_memory"].mean() == pytest.approx(a["peak_memory"].mean(), rel=0.03)
    again = design.fit(tmp_path / "again.csv", processors=1000, start="2026-03-02").laws
    assert set(again["stream"]) == {"test", "route"}
    for law in (fitted.laws, again):  # gaps and memory may be one of two laws that are hardly different
        runs = law[law["quantity"] == "run"].set_index("stream")["law"]
        assert dict(runs) == {"test": "lognormal", "route": "weibull"}


def test_hours_of_the_week_and_batches_come_back(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    hours = np.arange(8 * 7 * 24)
    office = ((hours % 24 >= 8) & (hours % 24 < 18) & (hours // 24 % 7 < 5)).astype(float) * 9 + 1
    counts = random.poisson(office)
    arrivals = np.concatenate([h * 3600 + 3600 * random.random(c) for h, c in zip(hours, counts, strict=True)])
    at = np.repeat(arrivals.round(3), random.choice([1, 20], len(arrivals), p=[0.7, 0.3]))
    path = table(tmp_path / "t.csv", submit=at, run=np.full(len(at), 60.0))
    # 2026-03-02 is a Monday; the table begins on a Wednesday, so that its hours are other ones
    for start, monday in (("2026-03-02", True), (datetime.date(2026, 3, 4), False)):
        floor = design.fit(path, processors=10, start=start).scenario.design
        rates = floor.profiles[0].rates
        assert len(rates) == 168
        (stream,) = floor.streams
        assert str(stream.every).startswith("exponential(")
        assert str(stream.jobs).startswith("discrete(1, 20; 0.7")
        shift = 0 if monday else 48
        assert rates[(shift + 12) % 168] == pytest.approx(10 * 168 / sum(office[:168]), rel=0.25)
        assert rates[(shift + 3 * 24 + 3) % 168] < 1
        assert np.mean(rates) == pytest.approx(1, rel=1e-3)


def test_what_no_law_fits_is_taken_as_seen(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    n = 5000
    run = np.where(random.random(n) < 0.5, random.normal(10, 0.5, n), random.normal(20_000, 500, n)).round(3)
    path = table(tmp_path / "two.csv", submit=np.arange(n) * 60.0, run=run)
    fitted = design.fit(path, processors=100)
    row = of(fitted, "jobs", "run")
    assert row["badly"]
    assert row["law"] == "empirical"
    assert row["next_ks"] > 0.1
    assert row["ks"] < 0.02
    assert row["law_mean"] == pytest.approx(run.mean(), rel=0.001)
    told = centresim("convert", "jobs", path, "--processors", 100, "--fit", "-o", tmp_path / "s.toml")
    assert told.returncode == DONE
    assert "fits badly: run of jobs: KS 0." in told.stderr
    assert "taken to be Monday" in told.stderr
    text = (tmp_path / "s.toml").read_text(encoding="utf-8")
    assert "as seen: no law fits; best " in text
    assert cs.load(tmp_path / "s.toml") == fitted.scenario.with_({"name": "two"})


def test_the_command_line_writes_the_scenario_and_says_which_laws(jobs: Path, tmp_path: Path) -> None:
    packed = tmp_path / "jobs.csv.gz"
    packed.write_bytes(gzip.compress(jobs.read_bytes()))
    command = ["convert", "jobs", packed, "--processors", 1000, "--policy", "easy", "--fit", "--start", "2026-03-02"]
    done = centresim(*command, "-o", tmp_path / "s.toml")
    assert done.returncode == DONE, done.stderr
    assert done.stdout == ""
    assert "  run lognormal(" in done.stderr
    assert "fits badly" not in done.stderr
    scenario = cs.load(tmp_path / "s.toml")
    assert scenario.design.policy.backfill == "easy"
    text = (tmp_path / "s.toml").read_text(encoding="utf-8")
    run = next(line for line in text.splitlines() if line.startswith('run = "lognormal('))
    assert "# n 14000, KS 0.00" in run
    assert "next " in run
    assert centresim(*command).stdout == text
    ran = centresim("run", tmp_path / "s.toml", "--replications", 1, "--no-progress", "--set", "end=stop")
    assert ran.returncode == DONE, ran.stderr


SACCT = "JobID|Submit|Start|End|AllocCPUS|Timelimit|State|User|Account|Partition|Licenses\n"


def sacct(path: Path, n: int) -> Path:
    random = np.random.default_rng(4)
    begin = datetime.datetime(2026, 3, 4, 7, 30)
    lines, at = [SACCT], 0.0
    for i in range(n):
        at += random.exponential(300) if i > 0 else 0
        submit = begin + datetime.timedelta(seconds=int(at))
        end = submit + datetime.timedelta(seconds=int(random.lognormal(6, 1)) + 1)
        cells = [i + 1, submit.isoformat(), submit.isoformat(), end.isoformat(), 2, "04:00:00", "COMPLETED"]
        lines.append(
            "|".join(map(str, [*cells, f"u{i % 5}", "chip", "long" if i % 4 == 0 else "short", "sim:1"])) + "\n"
        )
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_records_of_slurm_are_fitted_on_their_own_clock(tmp_path: Path) -> None:
    path = sacct(tmp_path / "records.txt", 2000)
    fitted = design.fit(path, processors=64, format="sacct")
    scenario = fitted.scenario
    assert scenario.start == "2026-03-04"
    assert {s.name for s in scenario.design.streams} == {"long", "short"}
    for stream in scenario.design.streams:
        assert stream.start.hours == 7.5
        assert stream.project == "chip"
        assert stream.tokens == ("sim",)
        assert of(fitted, stream.name, "run")["law"] == "lognormal"
    assert scenario.design.features[0].tokens > 1
    told = centresim("convert", "sacct", path, "--processors", 64, "--fit", "-o", tmp_path / "s.toml")
    assert told.returncode == DONE, told.stderr
    assert cs.load(tmp_path / "s.toml").start == "2026-03-04"


def test_queues_of_swf_are_the_streams(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    lines = ["; UnixStartTime: 1772701200\n"]  # 2026-03-05 09:00 UTC
    for i in range(3000):
        run = int(random.exponential(500)) + 1
        lines.append(f"{i + 1} {20 * i} -1 {run} 4 -1 -1 4 {2 * run} -1 1 {i % 7} 1 -1 {i % 2 + 1} -1 -1 -1\n")
    path = tmp_path / "t.swf"
    path.write_text("".join(lines), encoding="utf-8")
    fitted = design.fit(path, processors=128)
    assert {s.name for s in fitted.scenario.design.streams} == {"queue 1", "queue 2"}
    assert fitted.scenario.start == "2026-03-05"
    for stream in fitted.scenario.design.streams:
        assert stream.users == 7
        assert stream.request == cs.Distribution("2")
        assert stream.cores == cs.Distribution("4")
        assert stream.every == cs.Distribution("40 s")
        assert of(fitted, stream.name, "run")["law"] in {"exponential", "gamma", "weibull"}


def test_mistakes_are_told(jobs: Path, tmp_path: Path) -> None:
    out = ["-o", tmp_path / "s.toml"]
    refused(centresim("convert", "jobs", jobs, "--fit", *out), INPUT, "--processors")
    refused(centresim("convert", "jobs", jobs, "--fit", "--processors", 4, *out), INPUT, "needs more than the 4")
    refused(centresim("convert", "smt2020", tmp_path, "--fit", *out), INPUT, "--fit")
    refused(centresim("convert", "jobs", jobs, "--processors", 9, "--start", "2026-03-02", *out), INPUT, "--fit")
    refused(
        centresim("convert", "jobs", jobs, "--processors", 9, "--fit", "--start", "soon", *out), INPUT, "must be a date"
    )
    refused(centresim("convert", "jobs", jobs, "--processors", 9, "--fit", "-o", tmp_path / "s.csv"), INPUT, ".toml")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="format"):
        design.fit("records.txt", processors=4)
    with pytest.raises(cs.IoError):
        design.fit(tmp_path / "nowhere.swf", processors=4)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(jobs.read_bytes())[:5000])
    with pytest.raises(cs.IoError):
        design.fit(cut, processors=1000)


def test_the_file_is_toml_whatever_the_kinds_are_called(tmp_path: Path) -> None:
    kinds = ['a "quoted" #1', "b\\c", "çé.x", "[[design.streams]]"]
    path = tmp_path / "odd.csv"
    rows = [f'{i},{i},{i % 13 + 1},"{kinds[i % 4].replace(chr(34), chr(34) * 2)}"' for i in range(400)]
    path.write_text("name,submit,run,kind\n" + "\n".join(rows) + "\n", encoding="utf-8")
    fitted = design.fit(path, processors=4)
    data = tomllib.loads(fitted.to_toml())
    assert {s["name"] for s in data["design"]["streams"]} == set(kinds)
    fitted.save(tmp_path / "odd.toml")
    assert cs.load(tmp_path / "odd.toml") == fitted.scenario
