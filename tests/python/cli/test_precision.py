"""`centresim run --precision`: as many replications as an answer takes."""

import json
from pathlib import Path

import centresim as cs
import pytest
from cli_tools import DONE, INPUT, centresim
from sweep_tools import planned

RUN = ("run", "mm1", "--horizon", "60 d", "--warmup", "10 d", "--seed", "3", "--no-progress")


def test_it_goes_on_until_the_mean_is_precise(tmp_path: Path) -> None:
    done = centresim(*RUN, "--precision", "fab.cycle_time[product=lot]=10 %", "-o", tmp_path / "a.h5")
    assert done.returncode == DONE, done.stderr
    result = cs.open(tmp_path / "a.h5")
    same = cs.load("mm1").run(
        horizon="60 d", warmup="10 d", seed=3, precision={"fab.cycle_time[product=lot]": 0.1}, progress=False
    )
    assert result == same
    assert result.precise is True
    assert f"mm1: {result.replications} replications" in done.stdout


def test_it_says_when_the_replications_were_not_enough(tmp_path: Path) -> None:
    done = centresim(*RUN, "--precision", "fab.wip=0.1 %", "--replications", "11", "--summary", tmp_path / "s.json")
    assert done.returncode == DONE
    assert "11 replications, seed 3; that is all that were allowed, and not yet as precise as asked" in done.stdout
    assert "centresim: 11 replications are all that were allowed: not yet as precise as asked" in done.stderr
    summary = json.loads((tmp_path / "s.json").read_text())
    assert (summary["replications"], summary["precise"]) == (11, False)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ("fab.wip", "--precision: fab.wip: must be KPI=WITHIN"),
        ("fab.utilisation[tool_group=tool]", "must be KPI=WITHIN"),
        ("fab.wip=", "must be a share of the mean"),
        ("=2 %", "names no figure"),
        ("fab.wip=-2 %", "must be above 0"),
        ("fab.wip=200 %", "must be below 100 %"),
        ("fab.wip=2 parsecs", "is no unit of that figure, which is in lots"),
        ("fab.wpi=2 %", "did you mean 'fab.wip'?"),
    ],
)
def test_what_is_no_precision_is_refused(tmp_path: Path, given: str, rule: str) -> None:
    done = centresim(*RUN, "--precision", given, "-o", tmp_path / "a.h5")
    assert done.returncode == INPUT
    assert rule in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_plan_has_its_own_replications(tmp_path: Path) -> None:
    done = centresim("run", planned(tmp_path), "--precision", "fab.wip=2 %")
    assert done.returncode == INPUT
    assert "--precision: is for one scenario" in done.stderr
