"""A cluster on this machine, and one sweep whose results are known."""

import os
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import centresim as cs
import pytest
from cli_tools import EXE
from loads import make_sweep
from slurm_here import Slurm, slurm, why_not


@pytest.fixture(scope="session")
def sweep() -> cs.Sweep:
    return make_sweep()


@pytest.fixture(scope="session")
def reference(sweep: cs.Sweep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sweep on threads of this process, as a file."""
    path = tmp_path_factory.mktemp("reference") / "all.h5"
    sweep.run(replications=2, seed=5, progress=False).save(path)
    return path


@pytest.fixture(scope="session")
def program() -> str:
    """The command as a job calls it: by one name."""
    return EXE[0] if len(EXE) == 1 else str(Path(sysconfig.get_path("scripts")) / "centresim")


@pytest.fixture(scope="session")
def slurm_cluster() -> Iterator[Slurm]:
    """Two nodes of four CPUs. Where it must be there (CENTRESIM_CLUSTER=1), a missing one is a failure."""
    reason = why_not()
    if reason:
        if os.environ.get("CENTRESIM_CLUSTER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="centresim-slurm-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with slurm(Path(folder)) as cluster:
            yield cluster
