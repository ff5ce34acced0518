"""What the studies share: arguments, Erlang's formulas, tables and figures."""

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import centresim as cs
import matplotlib as mpl

if "MPLBACKEND" not in os.environ:
    mpl.use("Agg")


@dataclass(frozen=True)
class Options:
    replications: int
    days: int
    output: Path


def options(description: str | None, name: str, days: int, replications: int = 8) -> Options:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=replications)
    parser.add_argument("--days", type=int, default=days, help="simulated, after the warm-up")
    parser.add_argument("-o", "--output", type=Path, default=Path(f"{name}.png"), help="the figure")
    given = parser.parse_args()
    return Options(given.replications, given.days, given.output)


def merged(name: str, days: int) -> cs.Scenario:
    """A built-in design floor that runs in less than half the time: four jobs of a regression are one.

    Regressions and library jobs come as a quarter of the jobs, each on four cores with four times the memory, four
    tokens and the cycles of four. A batch of fewer jobs is over sooner and so fewer are skipped; 7 % are taken off the
    cycles, with which nearly as many bugs are left at the tape-out as in the whole floor.
    """
    changes: dict[str, object] = {
        "design.streams.characterisation.jobs": "integers(12, 62)",
        "design.streams.characterisation.cores": 4,
        "design.streams.characterisation.memory": "lognormal(6.8, 0.533)",
    }
    for task, jobs in (("regression", "10, 22"), ("nightly", "25, 50"), ("weekly", "62, 100")):
        path = f"design.flows.*.tasks.{task}"
        changes |= {
            f"{path}.jobs": f"integers({jobs})",
            f"{path}.threads": 4,
            f"{path}.memory": "lognormal(14.36, 0.658)",
            f"{path}.tokens": ["simulator:4"],
            f"{path}.cycles": 4 * 0.93 * 2e7,
        }
    return cs.load(name).with_({**changes, "horizon": f"{days + 365} d", "warmup": "365 d"})


def erlang_b(load: float, tokens: int) -> float:
    """Share of requests that find no token free, where those are lost."""
    blocked = 1.0
    for n in range(1, tokens + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(load: float, tokens: int) -> float:
    """Share of jobs that wait, where they queue."""
    blocked = erlang_b(load, tokens)
    return blocked / (1 - load / tokens * (1 - blocked))


def mean_wait(load: float, tokens: int) -> float:
    """In run times of a job."""
    return erlang_c(load, tokens) / (tokens - load)


def tokens_for(blocking: float, load: float) -> int:
    """The smallest pool that denies no more than this share of the requests."""
    tokens = 1
    while erlang_b(load, tokens) > blocking:
        tokens += 1
    return tokens


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    lines = [list(head), *([f"{x:.4g}" if isinstance(x, float) else str(x) for x in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
