"""Schedules and jobs written in the Standard Workload Format."""

from pathlib import Path

import centresim as cs
import numpy as np
import pytest
from centresim import design
from cli_tools import DONE, INPUT, TINY_FARM, centresim, refused
from farm.test_reference import TRACE

HERE = Path(__file__).parent


def schedule(result: cs.Result) -> np.ndarray:
    jobs = result.design.trace.jobs.to_xarray()
    rows = np.stack([jobs[name].values for name in ("submit", "start", "end")], axis=1)
    return rows[np.lexsort(rows.T[::-1])]


@pytest.fixture
def farm(tmp_path: Path) -> Path:
    path = tmp_path / "farm.toml"
    path.write_text(TINY_FARM, encoding="utf-8")
    return path


def test_what_ran_is_written_and_read_back(farm: Path, tmp_path: Path) -> None:
    out = tmp_path / "schedule.swf"
    args = ["--replications", 2, "--seed", 5, "--no-progress", "--set", "end=drain", "--set", "warmup=0"]
    ran = centresim("run", farm, *args, "--swf", out)
    assert ran.returncode == DONE, ran.stderr
    assert f"wrote {out}" in ran.stderr
    lines = out.read_text(encoding="utf-8").splitlines()
    assert all(len(line.split()) == 18 for line in lines if line[0] != ";")
    assert "; Queue: 1 " in "\n".join(lines)
    scenario = cs.load(farm).with_({"end": "drain", "warmup": "0 s"})
    result = scenario.run(replications=2, seed=5, progress=False, trace=["jobs"])
    other = tmp_path / "other.swf"
    design.write_swf(result, other)
    assert other.read_bytes() == out.read_bytes()
    design.write_swf(result, other, replication=1)
    assert other.read_bytes() != out.read_bytes()
    assert [p.name for p in tmp_path.iterdir() if "tmp" in p.name] == []


@pytest.mark.skipif(not TRACE.is_file(), reason=f"the trace {TRACE.name} is not there (set CENTRESIM_SHARED)")
@pytest.mark.parametrize("policy", ["fcfs", "easy"])
def test_the_hpc2n_schedule_survives(policy: str, tmp_path: Path) -> None:
    first = design.read_swf(TRACE, processors=240, policy=policy).run(
        replications=1, seed=1, progress=False, trace=["jobs"]
    )
    design.write_swf(first, tmp_path / "t.swf")
    again = design.read_swf(tmp_path / "t.swf", processors=240, policy=policy)
    second = again.run(replications=1, seed=1, progress=False, trace=["jobs"])
    assert np.array_equal(schedule(first), schedule(second))
    assert np.array_equal(
        first.design.trace.jobs["number"].values, second.design.trace.jobs["number"].values
    )  # a trace keeps its numbers


def test_jobs_are_those_of_the_run(farm: Path, tmp_path: Path) -> None:
    scenario = cs.load(farm).with_({"end": "drain", "warmup": "0 s"})
    count = design.write_jobs(scenario, tmp_path / "jobs.csv", seed=5, replication=1)
    result = scenario.run(replications=2, seed=5, progress=False, trace=["jobs"])
    jobs = result.design.trace.jobs.to_xarray()
    submit = jobs["submit"].values[jobs["replication_index"].values == 1]
    assert count == len(submit)
    lines = (tmp_path / "jobs.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert np.array_equal(np.sort(submit), [round(1000 * float(line.split(",")[1])) for line in lines])
    done = centresim("jobs", farm, "--set", "end=drain", "--seed", 5, "--replication", 1, "-o", tmp_path / "jobs.swf")
    assert done.returncode == DONE, done.stderr
    assert f"wrote {count} jobs" in done.stderr
    trace = design.read_swf(tmp_path / "jobs.swf", processors=8)
    assert f"{count} jobs" in trace.title


def test_refusals(farm: Path, tmp_path: Path) -> None:
    refused(centresim("jobs", farm, "-o", tmp_path / "jobs.txt"), INPUT, ".csv or .swf")
    refused(centresim("jobs", farm), INPUT, "--output")
    refused(centresim("jobs", "mm1", "-o", tmp_path / "jobs.csv"), INPUT, "no compute farm")
    refused(centresim("run", "mm1", "--swf", tmp_path / "t.swf"), INPUT, "--swf", "no compute farm")
    refused(centresim("run", farm, "--swf", farm), INPUT, "is the scenario itself")
    assert [p.name for p in tmp_path.iterdir()] == ["farm.toml"]
    result = cs.load(farm).run(replications=1, seed=1, progress=False)
    with pytest.raises(cs.InputError, match="trace"):
        design.write_swf(result, tmp_path / "t.swf")
    with pytest.raises(cs.InputError, match="replication"):
        design.write_swf(
            cs.load(farm).run(replications=1, seed=1, progress=False, trace=["jobs"]), tmp_path / "t", replication=3
        )
