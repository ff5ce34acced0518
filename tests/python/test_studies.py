"""The studies of docs/studies run, print their table and write their figure; the tests run them short."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

STUDIES = Path(__file__).resolve().parents[2] / "docs" / "studies"
SHORT = {
    "licence_tokens": ["--days", "10", "--replications", "2"],
    "pooling": ["--days", "10", "--replications", "2"],
    "backfill": ["--days", "30", "--replications", "2"],
    "predicted_sjf": ["--days", "2", "--replications", "2"],
    "shuttle_slack": ["--days", "200", "--replications", "2"],
    "isoquants": ["--days", "300", "--replications", "2"],
    "hot_mpw": ["--days", "150", "--replications", "2"],
}


def run(name: str, folder: Path, arguments: list[str]) -> list[list[str]]:
    """The lines of the table, apart."""
    done = subprocess.run(
        [sys.executable, STUDIES / f"{name}.py", *arguments, "-o", folder / "figure.png"],
        env=os.environ | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "figure.png").stat().st_size > 10_000
    *lines, last = done.stdout.splitlines()
    assert last.startswith("wrote ")
    return [line.split("  ") for line in lines]


def test_all_studies_are_tested() -> None:
    assert {path.stem for path in STUDIES.glob("*.py")} - {"common"} == set(SHORT)


@pytest.mark.parametrize("name", SHORT)
def test_runs(name: str, tmp_path: Path) -> None:
    assert len(run(name, tmp_path, SHORT[name])) > 4


def test_naive_backfill_starves_those_who_need_several_tokens(tmp_path: Path) -> None:
    lines = run("backfill", tmp_path, ["--days", "60", "--replications", "4"])
    cells = {parts[0]: [float(p) for p in parts[1:]] for line in lines[1:] if (parts := [p.strip() for p in line if p])}
    aware, naive = cells["EASY, aware"], cells["EASY, naive"]
    bundles, singles = 2, 0  # columns of the mean waits
    assert naive[bundles] > 2 * aware[bundles]
    assert naive[singles] < aware[singles]


def test_seats_caught_are_those_of_the_closed_form(tmp_path: Path) -> None:
    lines = run("shuttle_slack", tmp_path, ["--days", "300", "--replications", "2"])
    rows = [[p.strip() for p in line if p] for line in lines]
    shares = [[float(p) for p in parts[1:4]] for parts in rows[2:7]]  # without slack to most slack
    for closed, simulated, half_width in shares:
        assert simulated == pytest.approx(closed, abs=2 * half_width)
    assert [closed for closed, *_ in shares] == sorted(closed for closed, *_ in shares)
