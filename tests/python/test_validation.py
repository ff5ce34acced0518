"""The page that holds HVLM against the reference tool is written by its script; the tests run it short."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMT2020 = Path(os.environ.get("CENTRESIM_SHARED") or ROOT.parent / "shared") / "data" / "smt2020"


def test_the_page_is_written_from_runs(tmp_path: Path) -> None:
    if not SMT2020.is_dir():
        pytest.skip(f"no data set in {SMT2020}: set CENTRESIM_SHARED")
    script, page = ROOT / "docs" / "validation" / "smt2020.py", tmp_path / "page.md"
    short = ["--days", "40", "--replications", "2", "--few", "2", "--curve-days", "20", "--curve-replications", "2"]
    given = [SMT2020 / "HVLM", SMT2020 / "reference", *short]
    done = subprocess.run(
        [sys.executable, script, *given, "-o", page], capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr
    written = page.read_text(encoding="utf-8")
    kept = script.with_name("smt2020.md").read_text(encoding="utf-8")
    parts = ["## Lots", "| Lot_3 | 51.21 |", "| both |", "| 92 | 1.54 |"]
    for part in [*parts, *(f"| {kind} |" for kind in ("plain (50)", "cascading (45)", "batch (10)"))]:
        assert part in written, part
        assert part in kept, part
