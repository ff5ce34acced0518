"""The suite of benchmarks runs, keeps what it measured, and says what is wrong with what it is asked."""

import csv
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "benchmarks" / "run.py"
BENCH = os.environ.get("CENTRESIM_BENCH") or next(
    (str(p) for p in sorted(ROOT.glob("build/benchmarks*/bin/centresim_bench"))), None
)


def run(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUN), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, env={**os.environ, **changes})


def load(name: str) -> ModuleType:
    """A module of the benchmarks, by its file: they are no package."""
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmarks") / "new" / "report"
    done = run("--all", "--quick", "peers_mm1", "peers_farm", "start", "-o", folder)
    assert done.returncode == 0, done.stderr
    assert f"wrote {folder / 'table.md'}" in done.stderr
    return folder


def test_the_report_holds_what_was_measured(report: Path) -> None:
    records = json.loads((report / "results.json").read_text(encoding="utf-8"))["records"]
    own = next(r for r in records if r.get("peer") == "centresim")
    assert own["figure"] > 0
    assert own["ratio"] == 1
    assert own["checks_ok"]
    names = [r["name"] for r in records]
    assert "start: import centresim" in names
    assert any(name.startswith("peers_farm") or name.startswith("farm:") for name in names)
    with (report / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == names
    markdown = (report / "table.md").read_text(encoding="utf-8")
    assert all(name in markdown for name in names)
    assert "mm1, from Python" in (report / "plot.svg").read_text(encoding="utf-8")
    assert sorted(p.name for p in report.iterdir()) == ["plot.svg", "results.json", "table.csv", "table.md"]


def test_a_peer_that_is_absent_is_skipped_with_a_message(tmp_path: Path) -> None:
    done = run("--all", "--quick", "peers_farm", "-o", tmp_path, CENTRESIM_SHARED=str(tmp_path))
    assert done.returncode == 0
    assert re.search(r"skipped: peers_farm: (accasim is not installed|the trace is not at hand)", done.stderr)
    assert "skipped" in (tmp_path / "table.md").read_text(encoding="utf-8")


def test_a_part_that_fails_loses_no_other(tmp_path: Path) -> None:
    bench = tmp_path / "broken_bench"
    bench.write_text("#!/bin/sh\n[ \"$1\" = --list ] && printf 'hold\\tquestion\\n' && exit 0\nexit 3\n")
    bench.chmod(0o755)
    done = run("--all", "--quick", "hold", "peers_farm", "--bench", bench, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "hold failed: centresim_bench ended with status 3" in done.stderr
    rows = (tmp_path / "out" / "table.csv").read_text(encoding="utf-8")
    assert "failed: centresim_bench ended with status 3" in rows
    assert "peers_farm" in rows or "farm: accasim" in rows  # which comes later


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    bench = tmp_path / "slow_bench"
    figure = '{"name": "hold", "figure": 1.5, "unit": "ns/hold", "spread": 1, "checks_ok": true}'
    bench.write_text(
        "#!/bin/sh\n[ \"$1\" = --list ] && printf 'hold\\tquestion\\ndraws\\tquestion\\n' && exit 0\n"
        f"case $* in *hold) echo '{figure}';; *) exec sleep 60;; esac\n"
    )
    bench.chmod(0o755)
    command = [sys.executable, str(RUN), "--all", "hold", "draws", "--bench", str(bench), "-o", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a parent in the background ignores it
    )
    assert process.stdout is not None
    while not process.stdout.readline().startswith("hold"):
        pass
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "what was measured so far is kept" in said
    assert "1.5" in (tmp_path / "out" / "table.csv").read_text(encoding="utf-8")


@pytest.mark.skipif(BENCH is None, reason="centresim_bench is not built: CENTRESIM_BENCH names one")
def test_what_cpp_measures(tmp_path: Path) -> None:
    done = run("--all", "--quick", "event_sets", "scale_wip", "hdf5_write", "--bench", BENCH, "-o", tmp_path)
    assert done.returncode == 0, done.stderr
    records = {r["name"]: r for r in json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["records"]}
    curves = records["event_sets"]["curves"]
    assert {"winner tree (centresim)", "std::set", "boost::heap::pairing_heap"} <= set(curves)
    assert [at for at, _ in curves["std::set"]] == [100, 1000]
    assert records["scale_wip"]["growth"] > 0
    assert records["hdf5_write"]["file_mb"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repetitions", "0"], "must be a whole number from 1 to 999, not '0'"),
        (["--repetitions", "many"], "must be a whole number from 1 to 999, not 'many'"),
        (["--repetitions", "1000"], "must be a whole number from 1 to 999"),
        (["-o", "somewhere"], "--output needs --all"),
        (["--quick"], "--quick needs --all"),
        (["--all", "--json"], "--all writes results.json"),
        (["--bench", "/nowhere/bench"], "--bench: /nowhere/bench is no program"),
        (["--all", "-o", "/dev/null/report"], "-o: cannot write to /dev/null/report"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_benchmark_that_does_not_exist(tmp_path: Path) -> None:
    bench = tmp_path / "bench"
    bench.write_text("#!/bin/sh\nprintf 'hold\\tquestion\\n'\n")
    bench.chmod(0o755)
    done = run("hols", "--bench", bench)
    assert done.returncode == 2
    assert "there is no benchmark hols; there are hold" in done.stderr


@pytest.mark.parametrize(
    ("model", "until", "mean", "verdict"),
    [("mm1", 50000, 10.0, True), ("mm1", 50000, 14.0, False), ("line", 4830, 199.0, False), ("line", 1600, 330, True)],
)
def test_a_wrong_mean_is_seen(model: str, until: int, mean: float, verdict: bool, monkeypatch) -> None:
    assert load("parts").right(model, until, mean) is verdict
