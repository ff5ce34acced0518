"""The engine on the HPC2N sample (Parallel Workloads Archive; log by Ake Sandgren): known schedules, to the second."""

import hashlib
from pathlib import Path

import centresim as cs
import pytest

from farm.test_reference import ROWS, TRACE, Row

PROCESSORS = 240
pytestmark = pytest.mark.skipif(
    not TRACE.is_file(), reason=f"the trace {TRACE.name} is not there (set CENTRESIM_SHARED)"
)


def perfect_estimates(folder: Path) -> Path:
    """The same jobs, each asking for the time it takes."""
    lines = [line.split() for line in TRACE.read_text(encoding="utf-8").splitlines() if line.strip()]
    path = folder / "perfect.swf"
    path.write_text("".join(" ".join([*f[:8], f[3], *f[9:]]) + "\n" for f in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.digest)
def test_schedule(row: Row, tmp_path: Path) -> None:
    trace = perfect_estimates(tmp_path) if row.perfect else TRACE
    changes = {f"design.policy.{key}": value for key, value in row.policy.items()}
    scenario = cs.design.read_swf(trace, processors=PROCESSORS).with_(changes)
    result = scenario.run(replications=1, seed=1, progress=False, trace=["jobs"])
    jobs = result.design.trace.jobs.to_xarray()
    submit, start, end = (jobs[name].values // 1000 for name in ("submit", "start", "end"))
    numbers = jobs["number"].values
    text = "".join(f"{n} {s}\n" for n, s in zip(numbers, start, strict=True))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == row.digest
    assert (start - submit).sum() == row.waits
    assert (start - submit).max() == row.longest_wait
    assert end.max() == row.last_end
    assert result.kpi("design.wait").mean * 3600 == pytest.approx(row.waits / len(numbers), abs=1e-6)
    assert round(result.kpi("design.slowdown").mean, 2) == row.slowdown
    assert round(result.kpi("design.bounded_slowdown").mean, 2) == row.bounded
