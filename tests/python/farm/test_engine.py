"""The engine against the slow simulator, job by job, on random small workloads of every policy."""

from typing import Any

import centresim as cs
import pytest
from centresim import _core

from farm.reference import simulate
from farm.scenario import to_scenario
from farm.workloads import FAMILIES, SITE_FAMILIES, random_floor

Row = tuple[int | None, int | None, int | None, str, int, int, str | None]


def run(floor: dict[str, Any]) -> dict[str, Row]:
    """First start, start, end, state, number of starts, work lost and site of every job, as the engine has them."""
    scenario = cs.Scenario(_core.scenario_from_json(to_json(floor)))
    result = scenario.run(replications=1, seed=1, threads=1, progress=False, trace=["jobs"])
    jobs = result.design.trace.jobs
    names, states = [str(n) for n in jobs["job_name"].values], [str(s) for s in jobs["job_state"].values]
    sites = [s["name"] for s in floor.get("sites", [])] or [""]
    at = [0] * jobs["number"].size
    if "site" in jobs:
        sites, at = [str(s) for s in jobs["job_site"].values], jobs["site"].values.tolist()
    rows = zip(*(jobs[key].values.tolist() for key in COLUMNS), at, strict=True)
    return {
        names[number]: (moment(first), moment(start), moment(end), states[state], starts, lost, sites[site])
        for number, first, start, end, state, starts, lost, site in rows
    }


COLUMNS = ("number", "first_start", "start", "end", "state", "starts", "lost_to_preemption")


def moment(tick: int) -> int | None:
    return None if tick < 0 else tick


def to_json(floor: dict[str, Any]) -> str:
    import json

    return json.dumps(to_scenario(floor))


def without_impossible_jobs(floor: dict[str, Any]) -> dict[str, Any]:
    """A listed job that can never run is refused before the run: those are tested elsewhere."""
    rejected = {name for name, job in simulate(floor).items() if job.state == "rejected"}
    return floor | {"jobs": [job for job in floor["jobs"] if job["name"] not in rejected]}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("block", range(5))
def test_job_by_job(family: str, block: int) -> None:  # 6 x 170 workloads
    compare(family, range(block * 34, (block + 1) * 34))


@pytest.mark.parametrize("family", SITE_FAMILIES)
def test_sites_job_by_job(family: str) -> None:  # 7 x 60
    compare(family, range(60))


def compare(family: str, seeds: range) -> None:
    for seed in seeds:
        floor = without_impossible_jobs(random_floor(seed, family))
        expected = {
            name: (job.first_start, job.start, job.end, job.state, job.starts, job.lost, job.site)
            for name, job in simulate(floor).items()
        }
        got = run(floor)
        different = {name: (got[name], row) for name, row in expected.items() if got[name] != row}
        assert not different, f"{family} {seed}: {floor['policy']}"
