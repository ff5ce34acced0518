"""A small plan of many points, for the tests of the command line."""

import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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


HEAD = struct.Struct("<8sIIQQII")  # mark, kind, bytes of about, bytes of the body, unpacked; their checksums
RESULT, FAILURE, STOPPED = 1, 2, 3


class Record(NamedTuple):
    """As docs/formats/sweep.md describes it."""

    kind: int
    hash: str
    about: str
    body: bytes
    file: Path
    start: int
    end: int


def records_of(file: Path) -> Iterator[Record]:
    data, at = file.read_bytes(), 0
    while len(data) - at >= HEAD.size:
        mark, kind, about, packed, _, _, _ = HEAD.unpack_from(data, at)
        assert mark == b"CSrec1\r\n"
        begin = at + HEAD.size + 64 + about
        end = begin + packed
        if end > len(data):  # cut off
            return
        key = data[at + HEAD.size : at + HEAD.size + 64].decode()
        yield Record(kind, key, data[begin - about : begin].decode(), data[begin:end], file, at, end)
        at = end


def records(plan: Path, kind: int = RESULT) -> list[Record]:
    files = sorted((plan / "results").glob("*.rec"))
    return [record for file in files for record in records_of(file) if record.kind == kind]


def contents(plan: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (plan / "results").iterdir()}


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
    while len(records(plan)) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
