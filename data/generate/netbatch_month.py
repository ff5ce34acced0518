"""Writes data/netbatch-month.toml, its list of sources, and the table of sources in data/README.md.

    python data/generate/netbatch_month.py            write into data/
    python data/generate/netbatch_month.py FOLDER     write into another folder (README.md there only if it exists)

What the figures rest on stands in netbatch_sources.csv. Run times are mixed from three lognormal laws so that the whole
month has the published shape: mean over median, and the shares of the longest jobs in the work.
"""

import math
import re
import sys
from pathlib import Path
from statistics import NormalDist
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from eda_farm import Lognormal, gigabytes, minutes, profile  # noqa: E402
from farm_sources import Row, rows, write  # noqa: E402
from pilot_line import table  # noqa: E402

# -- published ---------------------------------------------------------------------------------------------------------

JOBS, DAYS = 9_054_066, 30
CAP = 5.7  # d
MEAN_OVER_MEDIAN, TOP_1, TOP_5 = 14.15, 0.372, 0.6285

# -- assumed -----------------------------------------------------------------------------------------------------------

RUNS = {"short": minutes(1, 1.2), "middle": minutes(40, 1.2), "long": minutes(960, 1.0)}
MEMORY = {"short": gigabytes(0.8, 0.7), "middle": gigabytes(1.5, 0.8), "long": gigabytes(5, 0.8)}
REQUEST = Lognormal(2.4, 0.7)  # times the run time
MARGIN = "uniform(1.65, 0.35)"  # memory requested over the peak
# name: what it is, share of the jobs in %, run time, jobs of an arrival, licence, people, priority
STREAMS: dict[str, tuple[str, float, str, tuple[int, int], str, int, int]] = {
    "checks": ("unit tests that follow a change", 30, "short", (10, 90), "simulator", 600, 20),
    "compile": ("models and test benches are built", 10, "short", (1, 1), "", 600, 30),
    "lint": ("style and clock-domain checks", 10, "short", (1, 19), "lint", 300, 20),
    "coverage": ("coverage of a regression is merged", 5, "short", (1, 39), "coverage", 100, 10),
    "regression": ("random tests in large batches", 32, "middle", (50, 350), "simulator", 400, 10),
    "timing": ("corners and modes of a block", 4, "middle", (10, 50), "timing", 150, 20),
    "power": ("power of a block under a workload", 3, "middle", (1, 9), "power", 100, 20),
    "formal": ("properties of a block", 2.5, "middle", (1, 19), "formal", 80, 20),
    "synthesis": ("a block", 2, "middle", (1, 3), "synthesis", 150, 20),
    "full_chip": ("simulation of a whole chip", 0.9, "long", (1, 9), "simulator", 60, 30),
    "place_route": ("placement and routing of a block", 0.6, "long", (1, 1), "place_route", 100, 20),
}
TOKENS = {
    "simulator": 10_000,
    "lint": 120,
    "coverage": 60,
    "timing": 1_000,
    "power": 750,
    "formal": 600,
    "synthesis": 480,
    "place_route": 2_400,
}
NODES: dict[str, dict[str, Any]] = {
    "four_gb_a_core": {"nodes": 560, "cores": 8, "memory": 32},
    "eight_gb_a_core": {"nodes": 480, "cores": 16, "memory": 128},
    "large_memory": {"nodes": 96, "cores": 16, "memory": 512},
}
NIGHT = dict.fromkeys(range(24), 0.6)
WEEKDAY = {**NIGHT, **dict.fromkeys([7, 8, 18, 19], 1.0), **dict.fromkeys(range(9, 13), 1.4)}
WEEKDAY |= dict.fromkeys(range(13, 18), 1.7)
WEEKEND = dict.fromkeys(range(24), 0.5)
RATES = profile(WEEKDAY, WEEKEND, WEEKEND)


def every(name: str) -> str:
    """The time between arrivals, so that all streams together bring the published number of jobs."""
    _, share, _, (low, high), *_ = STREAMS[name]
    seconds = DAYS * 86_400 / (JOBS * share / 100) * (low + high) / 2
    return f"exponential({seconds:.6g} s)"


# -- the shape of the whole --------------------------------------------------------------------------------------------

NORMAL = NormalDist()


def parts() -> list[tuple[float, float, float]]:
    """Share of the jobs, log of the median in s, sigma."""
    shares = dict.fromkeys(RUNS, 0.0)
    for _, share, run, *_ in STREAMS.values():
        shares[run] += share / 100
    return [(shares[name], math.log(60 * law.median), law.sigma) for name, law in RUNS.items()]


def above(seconds: float) -> float:
    """The share of jobs that run for longer."""
    return sum(w * (1 - NORMAL.cdf((math.log(seconds) - m) / s)) for w, m, s in parts())


def work_above(seconds: float) -> float:
    """Work of these jobs, in s a job of all, longer run times cut at the cap."""
    cap, total = math.log(CAP * 86_400), 0.0
    for w, m, s in parts():
        inside = NORMAL.cdf((cap - m) / s - s) - NORMAL.cdf((math.log(seconds) - m) / s - s)
        total += w * (math.exp(m + s * s / 2) * inside + CAP * 86_400 * (1 - NORMAL.cdf((cap - m) / s)))
    return total


def quantile(share: float) -> float:
    """The run time in s that this share of the jobs exceeds."""
    low, high = 1e-6, CAP * 86_400
    while high / low > 1 + 1e-12:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if above(middle) > share else (low, middle)
    return low


def shape() -> dict[str, float]:
    mean = work_above(1e-9)
    return {
        "mean": mean,
        "mean_over_median": mean / quantile(0.5),
        "top_1": work_above(quantile(0.01)) / mean,
        "top_5": work_above(quantile(0.05)) / mean,
    }


# -- the files ---------------------------------------------------------------------------------------------------------


def scenario() -> str:
    cores = sum(n["nodes"] * n["cores"] for n in NODES.values())
    nodes = sum(n["nodes"] for n in NODES.values())
    out = [
        "# Written by data/generate/netbatch_month.py; sources of all figures: provenance below and data/README.md.",
        'format = "centresim/1"',
        'name = "netbatch-month"',
        'title = "A month of nine million jobs on the farm of a large chip maker"',
        'description = """',
        f"{JOBS:,} jobs expected in {DAYS} days, heavy-tailed as the published figures of Intel NetBatch pool D: the "
        "longest",
        f"1 % of jobs hold 37 % of the work. {nodes:,} nodes of three classes with {cores:,} cores, {len(TOKENS)} "
        "licence features; on",
        "weekday afternoons jobs queue. The farm, the licences and what the jobs are for are assumptions.",
        '"""',
        'start = "2012-10-31"',
        f'horizon = "{DAYS} d"',
        'warmup = "2 d"',
        'provenance = { table = "netbatch-month.tables/provenance.csv" }',
        "",
        "[design.policy]",
        'order = "priority"',
        'blocking = "shape"',
        'fit = "best"',
        "kill_at_request = false",
    ]
    for name, values in NODES.items():
        out.append(table("design.node_classes", {"name": name, **values}).rstrip("\n"))
    for name, tokens in TOKENS.items():
        out.append(table("design.features", {"name": name, "tokens": tokens}).rstrip("\n"))
    out.append(table("design.profiles", {"name": "week", "rates": RATES}).rstrip("\n"))
    for name, (what, _, run, (low, high), feature, users, priority) in STREAMS.items():
        values: dict[str, object] = {"name": name, "every": every(name), "profile": "week"}
        if high > 1:
            values["jobs"] = f"integers({low}, {high})"
        values |= {"run": RUNS[run].text(), "run_max": f"{CAP} d", "memory": MEMORY[run].text()}
        values |= {"memory_request": MARGIN, "request": REQUEST.text()}
        if feature:
            values["tokens"] = [feature]
        values |= {"users": users, "priority": priority}
        out.append(f"\n# {what}" + table("design.streams", values).rstrip("\n"))
    return "\n".join(out) + "\n"


def facts() -> dict[str, Any]:
    """What the text of netbatch_sources.csv may name in braces."""
    now = shape()
    return {
        "jobs": f"{JOBS:,}",
        "days": DAYS,
        "cap": CAP,
        "rate": f"{JOBS / DAYS / 86_400:.3g}",
        "mean_over_median": f"{now['mean_over_median']:.2f}",
        "top_1": f"{100 * now['top_1']:.1f}",
        "top_5": f"{100 * now['top_5']:.1f}",
        "mean": f"{now['mean'] / 60:.0f}",
        "busy": f"{JOBS / DAYS / 86_400 * now['mean']:,.0f}",
        "cores": f"{sum(n['nodes'] * n['cores'] for n in NODES.values()):,}",
        "run": RUNS,
        "memory": MEMORY,
        "share": {run: f"{100 * w:g}" for run, (w, _, _) in zip(RUNS, parts(), strict=True)},
        "tokens": {name: f"{n:,}" for name, n in TOKENS.items()},
    }


def provenance(known: list[Row]) -> list[list[object]]:
    """A row with a run time or memory of a law stands for every stream of that law."""
    out: list[list[object]] = []
    for row in known:
        rest = [row["basis"], row["source"], row["year"], row["low"], row["high"], row["note"]]
        law = re.fullmatch(r"(run|memory) of (\w+)", row["path"])
        if law:
            out += [[f"design.streams.{n}.{law[1]}", *rest] for n, s in STREAMS.items() if s[2] == law[2]]
        elif row["path"]:
            out.append([row["path"], *rest])
    return out


def main(folder: Path) -> None:
    known = rows(HERE / "netbatch_sources.csv", facts())
    write(folder, "netbatch-month", scenario(), provenance(known), known)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent)
