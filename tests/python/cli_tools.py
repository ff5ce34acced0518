"""What the tests of the command line share: the program, a small scenario file, how a refusal looks."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "formats" / "results.md"
EXE = [os.environ["CENTRESIM_EXE"]] if os.environ.get("CENTRESIM_EXE") else [sys.executable, "-m", "centresim"]
DONE, INPUT, FILES, TO_BE_RESUMED, CTRL_C = 0, 2, 3, 75, 130

TINY = """format = "centresim/1"
name = "tiny"
horizon = "20 d"
warmup = "2 d"
report_every = "3 d"

[[fab.tool_groups]]
name = "litho"
tools = 2
breakdowns = [{ mttf = "100 h", mttr = "4 h" }]

[[fab.tool_groups]]
name = "etch"

[[fab.routes]]
name = "r"
steps = [
  { name = "expose", tool_group = "litho", time = "45 min", queue_time_to = "etch", queue_time_limit = "30 min" },
  { name = "etch", tool_group = "etch", time = "exponential(30 min)" },
]

[[fab.products]]
name = "Ω, \\"A\\""
route = "r"

[[fab.releases]]
product = "Ω, \\"A\\""
every = "exponential(50 min)"
due = "5 d"
"""

TINY_FARM = """format = "centresim/1"
name = "farm"
horizon = "20 d"
warmup = "2 d"

[[design.node_classes]]
name = "node"
cores = 8
memory = 64

[[design.features]]
name = "sim"
tokens = 2
acquire = "queue"
users = 1
think = "2 h"
hold = "1 h"

[[design.streams]]
name = "test"
every = "exponential(1 h)"
run = "exponential(1 h)"
memory = 4
tokens = ["sim"]

[[design.jobs]]
name = "first"
submit = "1 h"
run = "2 h"
"""

# The same at two sites that lend each other a licence.
TINY_SITES = TINY_FARM.replace('name = "node"', 'name = "node"\nsite = "a"')
for entry in ('name = "test"', 'name = "first"'):
    TINY_SITES = TINY_SITES.replace(entry, entry + '\nsite = "a"')
TINY_SITES += """
[[design.sites]]
name = "a"
[[design.sites]]
name = "b"
[[design.links]]
name = "ab"
sites = ["a", "b"]
[[design.node_classes]]
name = "far"
site = "b"
[[design.features]]
name = "lent"
tokens = 2
lend = true
partitions = [{ project = "p" }]
[[design.calendars]]
name = "always"
half_days = ["0 h", "12 h"]
length = "12 h"
[[design.teams]]
name = "team"
skills = [{ name = "rtl" }]
[[design.flows]]
name = "chip"
tasks = [{ name = "work", skill = "rtl", effort = "1 h" }, { name = "mpw", type = "shuttle", after = ["work"] }]
[[design.projects]]
name = "chip"
flow = "chip"
site = "a"
[[design.shuttles]]
name = "mpw"
every = "1 d"
"""


def centresim(*args: object, **options: object) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run([*EXE, *map(str, args)], **options)


def refused(run: subprocess.CompletedProcess[str], status: int, *parts: str) -> None:
    """Refused with this status and these words, and nothing on standard output that could be taken for an answer."""
    assert run.returncode == status, run.stderr
    for part in parts:
        assert part in run.stderr
    assert run.stdout == ""
    assert "internal error" not in run.stderr


def with_line(old: str, new: str) -> str:
    assert old in TINY
    return TINY.replace(old, new)
