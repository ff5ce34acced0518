"""The sweep that every engine runs, and what it means that two of them agree."""

from pathlib import Path

import centresim as cs

POINTS = 60


def loads() -> dict[str, list[object]]:
    return {
        "fab.load_factor": [round(0.3 + 0.01 * i, 4) for i in range(POINTS)],
        "horizon": ["300 d"],
        "warmup": ["20 d"],
    }


def make_sweep() -> cs.Sweep:
    return cs.Sweep("mm1").grid(loads())


def agree(reference: Path, other: Path) -> None:
    """Equal digests, and files that are equal outside of /run, to the last bit."""
    from cli_tools import DONE, centresim

    done = centresim("diff", reference, other)
    assert (done.returncode, done.stdout) == (DONE, "they agree outside of /run\n")
    assert centresim("digest", reference).stdout == centresim("digest", other).stdout


def agrees(reference: Path, result: cs.SweepResult) -> None:
    result.save(reference.with_name("other.h5"))
    agree(reference, reference.with_name("other.h5"))
