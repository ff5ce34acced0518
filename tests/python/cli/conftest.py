"""A small scenario file and its result, for the tests of the command line."""

import shutil
from pathlib import Path

import pytest
from cli_tools import DONE, TINY, TINY_FARM, TINY_SITES, centresim
from sweep_tools import planned


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def result(tiny: Path) -> Path:
    """One run with everything that a file can hold."""
    path = tiny.parent / "tiny.h5"
    run = centresim("run", tiny, "--replications", 3, "--seed", 7, "-o", path, "--trace", "lots", "--trace", "tools")
    assert run.returncode == DONE, run.stderr
    return path


@pytest.fixture(scope="session")
def tiny_farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "farm.toml"
    path.write_text(TINY_FARM, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def farm_result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for a compute farm."""
    path = tmp_path_factory.mktemp("farm")
    (path / "farm.toml").write_text(TINY_SITES, encoding="utf-8")
    traces = ("--trace", "jobs", "--trace", "tasks")
    run = centresim("run", path / "farm.toml", "--replications", 3, "--seed", 7, "-o", path / "farm.h5", *traces)
    assert run.returncode == DONE, run.stderr
    return path / "farm.h5"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan whose points are all finished: look, do not touch."""
    plan = planned(tmp_path_factory.mktemp("plan"))
    done = centresim("run", plan, "--threads", 2, "-o", plan.parent / "all.h5")
    assert done.returncode == DONE, done.stderr
    assert "4 points finished now, 0 before" in done.stderr
    return plan


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "plan"))
