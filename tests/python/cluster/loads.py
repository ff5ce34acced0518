"""The sweep that every engine runs, and what it means that two of them agree."""

import importlib
import os
import shutil
from pathlib import Path
from typing import Any

import centresim as cs
import pytest

POINTS = 60


def needed(module: str) -> Any:
    """A module; where all must be there (CENTRESIM_CLUSTER=1), a missing one is a failure."""
    if os.environ.get("CENTRESIM_CLUSTER"):
        return importlib.import_module(module)
    return pytest.importorskip(module)


def needed_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        reason = f"{name} is not installed: ./quickstart setup test cluster"
        pytest.fail(reason) if os.environ.get("CENTRESIM_CLUSTER") else pytest.skip(reason)
    return str(found)


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
