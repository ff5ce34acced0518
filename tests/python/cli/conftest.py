"""A small scenario file and its result, for the tests of the command line."""

from pathlib import Path

import pytest
from cli_tools import DONE, TINY, TINY_FARM, TINY_SITES, centresim


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
    run = centresim(
        "run", path / "farm.toml", "--replications", 3, "--seed", 7, "-o", path / "farm.h5", "--trace", "jobs"
    )
    assert run.returncode == DONE, run.stderr
    return path / "farm.h5"
