"""Writes data/eda-farm.toml, its list of sources, and the table of sources in data/README.md.

    python data/generate/eda_farm.py            write into data/
    python data/generate/eda_farm.py FOLDER     write into another folder (README.md there only if it exists)

What the figures rest on stands in eda_sources.csv. A run time or a memory is given by its median and sigma (of the
logarithm), as the sources give them; the file holds mean and coefficient of variation.
"""

import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from farm_sources import Row, rows, write  # noqa: E402
from pilot_line import table  # noqa: E402

WEEK = 168  # hours
ENGINEERS = 40

# -- laws --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lognormal:
    median: float
    sigma: float  # of the logarithm
    unit: str = ""

    def text(self, median: float | None = None) -> str:
        """As the file has it; with another median where one is given."""
        mean = (median or self.median) * math.exp(self.sigma**2 / 2)
        return f"lognormal({mean:.3g}{self.unit and ' ' + self.unit}, {math.sqrt(math.expm1(self.sigma**2)):.3g})"

    def __str__(self) -> str:
        return f"median {self.median:.3g} {self.unit or 'GB'}, sigma {self.sigma:g}"


def minutes(median: float, sigma: float) -> Lognormal:
    return Lognormal(median, sigma, "min")


def gigabytes(median: float, sigma: float) -> Lognormal:
    return Lognormal(median, sigma)


def a_week(arrivals: float, law: str = "exponential") -> str:
    """The time between arrivals, on the average over the week."""
    hours = f"{WEEK / arrivals:.4g} h"
    return f"{law}({hours})" if law else hours


def orfs(stages: dict[str, tuple[float, float]], cells: float) -> float:
    """Sum of stage times or memories at a block size: value at 100,000 cells and exponent (OpenROAD-flow-scripts)."""
    return sum(value * (cells / 1e5) ** exponent for value, exponent in stages.values())


CELLS = 5e5  # of a block
SYNTHESIS = {"synthesis": (587, 1.02)}  # s
PLACE = {"global place": (572, 0.83), "resize": (106, 0.85), "detailed place": (96, 0.88), "global route": (95, 0.79)}
ROUTE = {"detailed route": (592, 0.67)}  # s, at 12.9 threads
CTS_SHARE = 0.15  # of the whole
THREADS = 8


def route_threads(n: float) -> float:
    """Run time of detailed route with n threads over that with 16."""
    return 0.263 + 8.84 / n + 0.0115 * n


def place_route_minutes() -> float:
    route = orfs(ROUTE, CELLS) * route_threads(THREADS) / route_threads(12.9)
    return (orfs(PLACE, CELLS) + route) / (1 - CTS_SHARE) / 60


# -- profiles: 168 rates from Monday 00:00 -----------------------------------------------------------------------------


def profile(weekday: dict[int, float], saturday: dict[int, float], sunday: dict[int, float]) -> list[float]:
    return [day.get(hour, 0) for day in [weekday] * 5 + [saturday, sunday] for hour in range(24)]


OFFICE = {8: 0.8, 9: 1, 10: 1, 11: 0.8, 12: 0.2, 13: 0.8, 14: 1, 15: 1, 16: 1, 17: 0.8, 18: 0.3, 19: 0.2, 20: 0.1}
SATURDAY = {8: 0.2, 9: 0.3, 10: 0.3, 11: 0.2}
PROFILES = {
    "office": profile(OFFICE, SATURDAY, {}),
    "after_work": profile(dict.fromkeys([20, 21], 1), {}, {}),
    "nights_and_weekends": profile(
        dict.fromkeys([18, 19, 20, 21, 22], 1), dict.fromkeys(range(8, 22), 1), dict.fromkeys(range(8, 22), 1)
    ),
}

# -- the farm ----------------------------------------------------------------------------------------------------------

NODES: dict[str, dict[str, Any]] = {
    "small": {"nodes": 10, "cores": 16, "memory": 128, "idle_power": 120, "busy_power": 320, "cost": 0.045},
    "large": {"nodes": 6, "cores": 32, "memory": 512, "idle_power": 200, "busy_power": 600, "cost": 0.045},
    "big_memory": {"nodes": 2, "cores": 64, "memory": 1536, "idle_power": 350, "busy_power": 1100, "cost": 0.06},
}
RELIABILITY = {"mttf": "300 d", "mttr": "lognormal(12 h, 1)"}

VIEWER_RETRY = {"first_try": "10 s", "back_off": "2 min", "back_off_max": "15 min"}
TOOL_RETRY = {"first_try": "30 s", "back_off": "1 min", "back_off_max": "30 min"}
# tokens, how they are acquired, people outside the scheduler, time between two uses, time of use, cost of a token-year
FEATURES: dict[str, tuple[int, str, int, str, str, int]] = {
    "simulator": (160, "reserved", 4, "2 h", "40 min", 3_000),
    "synthesis": (4, "reserved", 0, "", "", 30_000),
    "place_route": (14, "reserved", 2, "4 h", "1 h", 30_000),
    "sta": (20, "queue", 1, "4 h", "1 h", 12_000),
    "drc_lvs": (16, "reserved", 1, "4 h", "1 h", 10_000),
    "extraction": (8, "requeue", 0, "", "", 10_000),
    "formal": (6, "queue", 0, "", "", 20_000),
    "viewer": (16, "requeue", 4, "1 h", "45 min", 1_500),
}

REQUEST = Lognormal(2.4, 0.7)  # times the run time
SMALL_MARGIN, LARGE_MARGIN = "uniform(1.65, 0.35)", Lognormal(1.6, 0.25)  # memory requested over the peak
STREAMS: dict[str, dict[str, Any]] = {
    "interactive": {
        "what": "viewing, short checks and trials of engineers at work",
        "every": a_week(ENGINEERS * 6 * 5),
        "profile": "office",
        "run": minutes(7.5, 1.2),
        "memory": gigabytes(3, 0.8),
        "memory_request": SMALL_MARGIN,
        "tokens": ["viewer"],
        "users": 40,
        "priority": 30,
    },
    "commit": {
        "what": "the short regression that follows a commit",
        "every": a_week(60 * 5),
        "profile": "office",
        "jobs": "integers(10, 50)",
        "run": minutes(1, 2.0),
        "run_max": "6 h",
        "memory": gigabytes(2, 0.6),
        "memory_request": SMALL_MARGIN,
        "tokens": ["simulator"],
        "users": 20,
        "priority": 20,
    },
    "nightly": {
        "what": "the nightly regression of all projects, at nine in the evening",
        "every": a_week(5, ""),
        "profile": "after_work",
        "start": "21 h",
        "jobs": "integers(4000, 8000)",
        "run": minutes(2.5, 2.0),
        "run_max": "1 d",
        "memory": gigabytes(3, 0.6),
        "memory_request": SMALL_MARGIN,
        "tokens": ["simulator"],
        "users": 20,
        "priority": 10,
    },
    "weekly": {
        "what": "the full regression, on Saturdays at eight",
        "every": "168 h",
        "start": "128 h",
        "jobs": "integers(12000, 20000)",
        "run": minutes(2.5, 2.0),
        "run_max": "1 d",
        "memory": gigabytes(3, 0.6),
        "memory_request": SMALL_MARGIN,
        "tokens": ["simulator"],
        "users": 20,
        "priority": 10,
    },
    "formal": {
        "what": "formal verification",
        "every": a_week(100),
        "profile": "office",
        "run": minutes(60, 1.0),
        "run_max": "12 h",
        "cores": 4,
        "memory": gigabytes(12, 0.6),
        "memory_request": LARGE_MARGIN,
        "tokens": ["formal"],
        "users": 5,
        "priority": 20,
    },
    "synthesis": {
        "what": f"synthesis of a block of {CELLS:,.0f} cells",
        "every": a_week(120),
        "profile": "office",
        "run": minutes(orfs(SYNTHESIS, CELLS) / 60, 0.69),
        "cores": 4,
        "memory": gigabytes(orfs({"synthesis": (2.567, 1.14)}, CELLS), 0.63),
        "memory_request": LARGE_MARGIN,
        "tokens": ["synthesis"],
        "users": 10,
        "priority": 20,
    },
    "place_route": {
        "what": "placement, clock tree and routing of such a block",
        "every": a_week(120),
        "profile": "office",
        "run": minutes(place_route_minutes(), 0.73),
        "cores": THREADS,
        "memory": gigabytes(orfs({"detailed route": (10.725, 0.47)}, CELLS), 0.68),
        "memory_request": LARGE_MARGIN,
        "tokens": ["place_route:1+1/8"],
        "users": 10,
        "priority": 20,
    },
    "extraction": {
        "what": "extraction, one job a corner",
        "every": a_week(60),
        "profile": "office",
        "jobs": "integers(3, 9)",
        "run": minutes(30, 0.5),
        "cores": 8,
        "memory": gigabytes(16, 0.6),
        "memory_request": LARGE_MARGIN,
        "tokens": ["extraction"],
        "users": 10,
        "priority": 20,
    },
    "sta": {
        "what": "timing sign-off, one job for each corner and mode",
        "every": a_week(80),
        "profile": "office",
        "jobs": "integers(10, 40)",
        "run": minutes(25, 0.6),
        "cores": 8,
        "memory": gigabytes(24, 0.6),
        "memory_request": LARGE_MARGIN,
        "tokens": ["sta"],
        "users": 10,
        "priority": 20,
    },
    "physical_verification": {
        "what": "DRC and LVS of blocks and of the chip",
        "every": a_week(50),
        "profile": "office",
        "run": minutes(210, 0.6),
        "cores": 16,
        "memory": gigabytes(96, 0.5),
        "memory_request": LARGE_MARGIN,
        "tokens": ["drc_lvs:2+1/8"],
        "users": 6,
        "priority": 20,
    },
    "characterisation": {
        "what": "cells, memories and Monte-Carlo, in open or own tools, which need no licence",
        "every": a_week(20),
        "profile": "nights_and_weekends",
        "jobs": "integers(1000, 5000)",
        "run": minutes(4, 1.0),
        "memory": gigabytes(1.5, 0.5),
        "memory_request": SMALL_MARGIN,
        "users": 5,
        "priority": 0,
    },
}
CENTS = 0.01  # waiting_cost, money an hour


def yearly_costs() -> tuple[float, float]:
    """Of all licences, and of all cores, in use or not."""
    licences = sum(tokens * cost for tokens, *_, cost in FEATURES.values())
    return licences, sum(n["nodes"] * n["cores"] * n["cost"] for n in NODES.values()) * 8760


def scenario() -> str:
    cores = sum(n["nodes"] * n["cores"] for n in NODES.values())
    licences, compute = yearly_costs()
    out = [
        "# Written by data/generate/eda_farm.py; the sources of all figures: provenance below and data/README.md.",
        'format = "centresim/1"',
        'name = "eda-farm"',
        'title = "Compute farm and licences of a chip-design centre of 40 engineers, Ho Chi Minh City"',
        'description = """',
        f"One site, {sum(n['nodes'] for n in NODES.values())} nodes of three classes with {cores} cores, and "
        f"{len(FEATURES)} licence features that cost {licences / compute:.1f} times",
        "as much as the computers: what the designers of a centre submit in an ordinary week, from clicks to nightly",
        "regressions. Jobs wait for licences more often than for cores. A week before tape-out: design.load_factor.",
        '"""',
        'start = "2028-01-03"',
        'horizon = "35 d"',
        'warmup = "7 d"',
        'provenance = { table = "eda-farm.tables/provenance.csv" }',
        "",
        "[design]",
        f"waiting_cost = {CENTS:g}",
        "",
        "[design.policy]",
        'order = "priority"',
        'blocking = "shape"',
        'fit = "best"',
        "kill_at_request = false",
    ]
    for name, values in NODES.items():
        out.append(table("design.node_classes", {"name": name, **values, **RELIABILITY}).rstrip("\n"))
    patch = {"name": "patches", "node_class": "large", "start": "13 d", "duration": "6 h", "every": "14 d", "nodes": 2}
    out.append(table("design.drains", patch).rstrip("\n"))
    for name, (tokens, acquire, users, think, hold, cost) in FEATURES.items():
        values: dict[str, object] = {"name": name, "tokens": tokens, "acquire": acquire, "cost": cost}
        if acquire == "requeue":
            values |= VIEWER_RETRY if name == "viewer" else TOOL_RETRY
        if users:
            values |= {"users": users, "think": f"exponential({think})", "hold": f"exponential({hold})"}
        out.append(table("design.features", values).rstrip("\n"))
    for name, rates in PROFILES.items():
        out.append(table("design.profiles", {"name": name, "rates": rates}).rstrip("\n"))
    for name, stream in STREAMS.items():
        values = {"name": name, **{k: v for k, v in stream.items() if k != "what"}, "request": REQUEST}
        values = {k: v.text() if isinstance(v, Lognormal) else v for k, v in values.items()}
        out.append(f"\n# {stream['what']}" + table("design.streams", values).rstrip("\n"))
    return "\n".join(out) + "\n"


# -- sources -----------------------------------------------------------------------------------------------------------


def facts() -> dict[str, Any]:
    """What the text of eda_sources.csv may name in braces."""
    licences, compute = yearly_costs()
    return {
        "ratio": f"{licences / compute:.1f}",
        "cores": f"{sum(n['nodes'] * n['cores'] for n in NODES.values())}",
        **{key: {name: s[key] for name, s in STREAMS.items()} for key in ("run", "memory")},
        "batches": {name: f"{WEEK / float(re.findall(r'[0-9.]+', s['every'])[0]):.0f}" for name, s in STREAMS.items()},
        "tokens": {name: f"{tokens}" for name, (tokens, *_) in FEATURES.items()},
        "cost": {name: f"{cost:,}" for name, (*_, cost) in FEATURES.items()},
    }


def file_row(row: Row) -> list[object]:
    """Low and high as values of the field: of a stream the sources list medians, and arrivals a week."""
    _, what, name, field = [*row["path"].split("."), "", ""][:4]
    low, high = row["low"], row["high"]
    if what == "streams" and field == "every" and low:
        law = "exponential" if "exponential" in STREAMS[name]["every"] else ""
        low, high = a_week(float(high), law), a_week(float(low), law)
    elif what == "streams" and field in ("run", "memory") and low:
        low, high = (STREAMS[name][field].text(float(end.split(" ")[0])) for end in (low, high))
    return [row["path"], row["basis"], row["source"], row["year"], low, high, row["note"]]


def main(folder: Path) -> None:
    known = rows(HERE / "eda_sources.csv", facts())
    write(folder, "eda-farm", scenario(), [file_row(row) for row in known if row["path"]], known)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent)
