"""The reference simulator against the worked examples of the model, published schedules of a trace, and itself."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from farm.model import Floor
from farm.reference import JobResult, simulate
from farm.scenario import to_scenario
from farm.workloads import FAMILIES, SITE_FAMILIES, random_floor

S = 1_000  # ticks
GB = 1_000_000  # kB
ROOT = Path(__file__).resolve().parents[3]
TRACE = Path(os.environ.get("CENTRESIM_SHARED", ROOT.parent / "shared")) / "data" / "eda" / "hpc2n_sample.swf"


def job(name: str, submit: float, run: float, cores: int = 1, **more: Any) -> dict[str, Any]:
    """A job in seconds, whose request is its run time if not given."""
    request = more.pop("request", run)
    return {
        "name": name,
        "submit": int(submit * S),
        "run": int(run * S),
        "request": int(request * S),
        "cores": cores,
    } | more


def floor(cores: int, jobs: list[dict[str, Any]], *, memory: int | None = None, **more: Any) -> Floor:
    return {"node_classes": [{"name": "n", "nodes": 1, "cores": cores, "memory": memory}], "jobs": jobs, **more}


def spans(results: dict[str, JobResult]) -> dict[str, tuple[int, int]]:
    """Last start and end in seconds."""
    return {name: ((r.start or 0) // S, r.end // S) for name, r in results.items()}


# Worked examples


@pytest.mark.parametrize(
    ("aware", "expected"),
    [
        (True, [(0, 10), (10, 20), (20, 35), (3, 8), (20, 35), (4, 24)]),
        (False, [(0, 10), (30, 40), (2, 17), (10, 15), (15, 30), (4, 24)]),
    ],
)
def test_backfill_that_knows_licences_and_one_that_does_not(aware: bool, expected: list[tuple[int, int]]) -> None:
    rows = [(0, 10, 1), (1, 10, 2), (2, 15, 1), (3, 5, 1), (12, 15, 1), (4, 20, 0)]
    jobs = [job(f"J{i}", s, d, tokens={"lic": n} if n else {}) for i, (s, d, n) in enumerate(rows, 1)]
    policy = {"backfill": "easy", "licence_aware": aware}
    results = simulate(floor(8, jobs, features=[{"name": "lic", "tokens": 2}], policy=policy))
    assert spans(results) == {f"J{i}": span for i, span in enumerate(expected, 1)}


@pytest.mark.parametrize(
    ("kind", "every", "span_of_b", "end_of_a", "lost"),
    [
        ("kill", None, (40, 50), 150, 80),
        ("suspend", None, (40, 50), 110, 0),
        ("checkpoint", 15, (40, 50), 126, 16),
        ("checkpoint_on_demand", 15, (41, 51), 119, 0),
        ("checkpoint_on_demand", None, (41, 51), 113, 0),
    ],
)
def test_preemption(kind: str, every: int | None, span_of_b: tuple[int, int], end_of_a: int, lost: int) -> None:
    jobs = [job("A", 0, 100, 2, preemptible=True), job("B", 40, 10, 2, priority=1)]
    rule = {"kind": kind, "every": every and every * S, "write": 1 * S, "restart": 2 * S}
    results = simulate(floor(2, jobs, policy={"preemption": rule}))
    assert spans(results)["B"] == span_of_b
    assert results["A"].end == end_of_a * S
    assert results["A"].lost == lost * S
    assert results["A"].starts == (1 if kind == "suspend" else 2)


@pytest.mark.parametrize(("driven", "start"), [(True, 5), (False, 50)])
def test_a_licence_alone_preempts_only_if_told_to(driven: bool, start: int) -> None:
    jobs = [job("A", 0, 50, tokens={"lic": 1}, preemptible=True), job("B", 5, 10, tokens={"lic": 1}, priority=1)]
    policy = {"preemption": {"kind": "kill", "licence_driven": driven}}
    results = simulate(floor(8, jobs, features=[{"name": "lic", "tokens": 1}], policy=policy))
    assert results["B"].start == start * S
    assert results["A"].lost == (5 * S if driven else 0)


def test_a_suspended_job_goes_elsewhere_after_a_while() -> None:
    jobs = [job("A", 0, 20, 2, preemptible=True), job("B", 5, 100, 2, priority=1), job("C", 0, 30, 2, priority=1)]
    policy = {"preemption": {"kind": "suspend", "migrate_after": 40 * S}}
    farm = floor(2, jobs, policy=policy)
    farm["node_classes"][0]["nodes"] = 2
    results = simulate(farm)
    # A waits beside B from 5 s; the node of C is free at 30 s, but A may leave its own at 45 s only.
    assert spans(results) == {"A": (45, 65), "C": (0, 30), "B": (5, 105)}
    assert results["A"].first_start == 0
    assert results["A"].lost == 2 * 5 * S


def test_out_of_memory() -> None:
    jobs = [job("A", 0, 1000, memory=6 * GB, peak_memory=10 * GB), job("B", 0, 10, memory=1 * GB, peak_memory=99 * GB)]
    results = simulate(floor(4, jobs, memory=16 * GB, policy={"memory": {"limit": "enforced", "tries": 3}}))
    assert results["A"] == JobResult(360 * S, 1360 * S, "completed", 2, 0, 0)
    assert (results["B"].state, results["B"].starts) == ("failed", 4)  # 1, 2, 4 and 8 GB


def test_a_job_that_queues_in_the_tool_holds_its_core() -> None:
    feature = {"name": "lic", "tokens": 1, "acquire": "queue"}
    jobs = [job("A", 0, 10, tokens={"lic": 1}), job("B", 1, 10, tokens={"lic": 1}), job("C", 2, 5)]
    results = simulate(floor(2, jobs, features=[feature]))
    assert spans(results) == {"A": (0, 10), "B": (1, 20), "C": (10, 15)}
    jobs[1]["request"] = 12 * S
    results = simulate(floor(2, jobs, features=[feature], policy={"kill_at_request": True}))
    assert (results["B"].end, results["B"].state) == (13 * S, "walltime")


def test_a_bundle_blocks_those_that_share_a_feature_only() -> None:
    features = [{"name": name, "tokens": 1, "acquire": "queue"} for name in "xyz"]
    bundles = ["x", "xy", "y", "z"]
    jobs = [job(f"J{i}", i, 10, tokens=dict.fromkeys(bundle, 1)) for i, bundle in enumerate(bundles)]
    assert [r.end // S for r in simulate(floor(9, jobs, features=features)).values()] == [10, 20, 30, 13]


def test_a_denied_job_comes_back_later_and_later() -> None:
    feature = {"name": "lic", "tokens": 1, "acquire": "requeue", "first_try": 3 * S, "back_off": 6 * S}
    jobs = [job("A", 0, 50, tokens={"lic": 1}), job("B", 0, 10, tokens={"lic": 1}), job("C", 1, 5)]
    results = simulate(floor(2, jobs, features=[feature | {"back_off_max": 20 * S}]))
    # A works from 3 s to 53 s. B tries at 3, 12, 27, 50 and 73 s: it is held for 6, 12, 20 and 20 s.
    assert spans(results) == {"A": (0, 53), "B": (70, 83), "C": (3, 8)}
    assert results["B"].starts == 5


def test_tokens_linger() -> None:
    feature = {"name": "lic", "tokens": 1, "minimum_hold": 30 * S, "linger": 5 * S}
    jobs = [job("A", 0, 10, tokens={"lic": 1}), job("B", 0, 40, tokens={"lic": 1}), job("C", 0, 1, tokens={"lic": 1})]
    assert spans(simulate(floor(8, jobs, features=[feature]))) == {"A": (0, 10), "B": (35, 75), "C": (80, 81)}


def test_ranks_start_together_and_on_nodes_chosen_one_by_one() -> None:
    classes = [{"name": "a", "nodes": 1, "cores": 4}, {"name": "b", "nodes": 1, "cores": 3}]
    jobs = [job("A", 0, 10, 2), job("B", 0, 10, 2, ranks=2), job("C", 0, 10, 2, ranks=3), job("D", 0, 10, 2, ranks=4)]
    results = simulate({"node_classes": classes, "jobs": jobs})
    assert [results[name].start for name in "ABC"] == [0, 0, 10 * S]
    assert results["D"].state == "rejected"


def test_predictions_come_from_completed_jobs() -> None:
    first = [job("1", 0, 10, step="a", request=5), job("2", 0, 2, step="b", request=90)]
    later = [job("3", 12, 8, step="a", request=1), job("4", 12, 9, step="b", request=90)]
    policy = {"order": "sjf_predicted", "predictor": "last"}
    results = simulate(floor(1, [*first, *later], policy=policy))
    assert [results[name].start for name in "1243"] == [0, 10 * S, 12 * S, 21 * S]


# The trace of a real cluster


class Row(NamedTuple):
    policy: dict[str, Any]
    waits: int  # sum, s
    slowdown: float
    bounded: float
    utilisation: float
    last_end: int
    longest_wait: int
    digest: str
    perfect: bool = False


KILL = {"kill_at_request": True}
ROWS = [
    Row({}, 17_616_250, 122.53, 47.12, 0.3944, 5_309_576, 78_517, "87486842b827f37a"),
    Row({"backfill": "easy"}, 10_970_771, 27.79, 16.91, 0.3965, 5_282_045, 81_059, "faa1ed5933e7755b"),
    Row({"backfill": "easy"} | KILL, 10_913_748, 26.23, 16.21, 0.3960, 5_282_045, 81_059, "26e504ef90627441"),
    Row({"backfill": "easy"}, 10_608_388, 28.76, 15.84, 0.3965, 5_282_045, 80_073, "ac7c2a7c32ac7bf2", True),
    Row(KILL, 17_576_255, 122.39, 47.04, 0.3940, 5_309_576, 78_505, "4cb39b864fb0ce98"),
    Row({"order": "sjf_request"}, 10_844_211, 64.27, 30.90, 0.3878, 5_400_681, 118_636, "6b4297ce730eb667"),
    Row({"order": "sjf_exact"}, 8_550_765, 11.11, 7.63, 0.3885, 5_390_451, 108_406, "9d41b202430e0d47"),
    Row({"blocking": "skip"}, 10_149_297, 25.90, 16.00, 0.3965, 5_282_045, 147_795, "4909932ee4672fee"),
    Row({"backfill": "conservative"}, 11_337_665, 27.56, 16.70, 0.3965, 5_282_045, 78_401, "8fe5784c79e98bd8"),
    Row({"backfill": "conservative"} | KILL, 11_311_648, 27.58, 16.74, 0.3960, 5_282_045, 78_232, "7e9af2c0eea78285"),
    Row({"backfill": "conservative"}, 10_922_402, 24.52, 14.22, 0.3965, 5_282_045, 78_125, "abda8df1821ee1f7", True),
    Row(
        {"backfill": "conservative_keep"},
        10_922_402, 24.52, 14.22, 0.3965, 5_282_045, 78_125, "abda8df1821ee1f7", True,
    ),
    Row(
        {"backfill": "conservative_keep"} | KILL,
        10_800_818, 26.84, 16.04, 0.3960, 5_282_045, 79_589, "884c85dd21a6ecbb",
    ),
]  # fmt: skip


def trace(processors: int) -> list[dict[str, Any]]:
    """The jobs of the Standard Workload Format that ran on at most so many processors."""
    jobs = []
    for line in TRACE.read_text(encoding="utf-8").splitlines():
        fields = [] if line.startswith(";") else [float(x) for x in line.split()]
        if not fields:
            continue
        run, request = int(fields[3]), int(fields[8])
        cores = int(fields[7] if fields[7] > 0 else fields[4])
        if run > 0 and 1 <= cores <= processors:
            number, submit = str(int(fields[0])), int(fields[1])
            jobs.append(job(number, submit, run, cores, request=request if request > 0 else run))
    return jobs


@pytest.mark.skipif(not TRACE.is_file(), reason=f"the trace {TRACE.name} is not there (set CENTRESIM_SHARED)")
@pytest.mark.parametrize("row", ROWS, ids=lambda r: " ".join([*map(str, r.policy.values()), "perfect" * r.perfect]))
def test_published_schedules_of_a_trace(row: Row) -> None:
    jobs = trace(240)
    if row.perfect:
        jobs = [j | {"request": j["run"]} for j in jobs]
    results = simulate(floor(240, jobs, policy=row.policy))
    starts = {name: (r.start or 0) // S for name, r in results.items()}
    waits = [starts[j["name"]] - j["submit"] // S for j in jobs]
    runs = [(results[j["name"]].end // S - starts[j["name"]]) for j in jobs]
    last = max(r.end for r in results.values()) // S
    work = sum(run * j["cores"] for run, j in zip(runs, jobs, strict=True))
    pairs = list(zip(waits, runs, strict=True))
    assert len(jobs) == 3145
    assert sum(waits) == row.waits
    assert max(waits) == row.longest_wait
    assert last == row.last_end
    assert sum((w + r) / r for w, r in pairs) / 3145 == pytest.approx(row.slowdown, abs=0.005)
    assert sum(max(1, (w + r) / max(r, 10)) for w, r in pairs) / 3145 == pytest.approx(row.bounded, abs=0.005)
    assert work / 240 / (last - min(j["submit"] for j in jobs) // S) == pytest.approx(row.utilisation, abs=0.00005)
    lines = "".join(f"{j['name']} {starts[j['name']]}\n" for j in jobs)
    assert hashlib.sha256(lines.encode()).hexdigest()[:16] == row.digest


# Random floors (the simulator checks conservation of cores, memory and tokens after every pass)


@pytest.mark.parametrize("family", FAMILIES + SITE_FAMILIES)
def test_random_floors_end(family: str) -> None:
    for seed in range(25):
        farm = random_floor(seed, family)
        assert farm == random_floor(seed, family)
        results = simulate(farm)
        fastest = max(c.get("speed", 1) for c in farm["node_classes"])
        for given in farm["jobs"]:
            got = results[given["name"]]
            if got.state == "rejected":
                assert (got.start, got.starts, got.end, got.site) == (None, 0, given["submit"], None)
                continue
            assert got.site in {site["name"] for site in farm.get("sites", [{"name": ""}])}
            assert got.first_start is not None
            assert got.start is not None
            assert given["submit"] <= got.first_start <= got.start < got.end
            assert got.state != "completed" or got.end - got.first_start >= int(given["run"] / fastest)
            assert (got.starts == 1) <= (got.start == got.first_start)


def test_first_come_first_served_starts_in_order() -> None:
    for seed in range(40):
        farm = random_floor(seed, "nodes")
        farm["policy"] |= {"order": "fcfs", "blocking": "head", "backfill": "none", "depth": None, "fit": "best"}
        results = simulate(farm)
        started = [(j["submit"], start) for j in farm["jobs"] if (start := results[j["name"]].start) is not None]
        assert all(one[1] <= other[1] for one in started for other in started if one[0] < other[0])


def test_scenario_files() -> None:
    design = json.loads(json.dumps(to_scenario(random_floor(3, "preemption"))))["design"]
    assert design["jobs"][0]["run"].endswith(" ms")
    assert design["policy"]["preemption"]["write"].endswith(" ms")
    farm = floor(2, [job("A", 0, 1, memory=GB, tokens={"lic": 2}, due=None)], memory=3 * GB // 2)
    entry = to_scenario(farm)["design"]
    assert entry["jobs"][0]["tokens"] == ["lic:2"]
    assert entry["jobs"][0]["memory"] == 1
    assert "due" not in entry["jobs"][0]
    assert entry["node_classes"][0]["memory"] == 1.5
