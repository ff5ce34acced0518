"""A small plan of many points, for the tests of the command line."""

import signal
import subprocess
import time
from pathlib import Path

from cli_tools import DONE, EXE, TINY, centresim

SWEEP = """scenario = "tiny.toml"
replications = 3
seed = 7

[grid]
"fab.load_factor" = [0.6, 0.8]
"fab.tool_groups.litho.tools" = [2, "+1"]
"""


def write(folder: Path, sweep: str = SWEEP, scenario: str = TINY) -> Path:
    (folder / "tiny.toml").write_text(scenario, encoding="utf-8")
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    return folder / "sweep.toml"


def planned(folder: Path, sweep: str = SWEEP, scenario: str = TINY) -> Path:
    done = centresim("plan", write(folder, sweep, scenario), "-o", folder / "plan")
    assert done.returncode == DONE, done.stderr
    return folder / "plan"


def contents(plan: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in (plan / "results").iterdir()}


def long_plan(folder: Path) -> Path:
    sweep = SWEEP.replace("[0.6, 0.8]", str([0.5 + i / 100 for i in range(20)])).replace("= 3", "= 2")
    return planned(folder, sweep, TINY.replace("20 d", "200 d"))


def start(*args: object) -> subprocess.Popen[str]:
    def heed_signals() -> None:  # a shell starts what runs in the background with Ctrl-C ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return subprocess.Popen([*EXE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=heed_signals)  # fmt: skip


def wait_for_results(plan: Path, process: subprocess.Popen[str], count: int) -> None:
    deadline = time.monotonic() + 120
    while len(list((plan / "results").glob("*.h5"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
