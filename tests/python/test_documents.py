"""Every code block of the README and the documents runs: the python and bash blocks of a page in order, in one folder.

Blocks marked `console` (set-up commands of a whole machine), `text`, `toml`, `cpp` and the like are not run; a `toml`
block that starts with a comment `# FILE` is written to FILE first, so that a page can show an input and use it.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "CONTRIBUTING.md",
    ROOT / "data" / "README.md",
]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
RUN = {"python", "bash"}
SHOWN = {"console", "text", "toml", "csv", "cpp", "cmake", "json", "mermaid"}

DRIVER = """
import json, subprocess, sys
import matplotlib
matplotlib.use("Agg")
names = {"__name__": "__main__"}
for kind, line, text in json.load(open(sys.argv[2])):
    if kind == "python":
        exec(compile("\\n" * line + text, sys.argv[1], "exec"), names)
    else:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text])
        if done.returncode:
            sys.exit(f"{sys.argv[1]}:{line + 1}: the shell block ended with status {done.returncode}")
"""


def blocks(page: Path) -> list[tuple[str, int, str]]:
    text = page.read_text(encoding="utf-8")
    return [(m.group(1), text.count("\n", 0, m.start()) + 1, m.group(2)) for m in BLOCK.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_blocks_are_of_a_known_kind(page: Path) -> None:
    kinds = {kind for kind, _, _ in blocks(page)}
    assert kinds <= RUN | SHOWN, f"{page}: {kinds}"


def links(page: Path) -> list[str]:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in t and not t.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dangling = [link for link in links(page) if not (page.parent / link).exists()]
    assert not dangling


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page", [p for p in PAGES if any(k in RUN for k, _, _ in blocks(p))], ids=lambda p: str(p.relative_to(ROOT))
)
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    name = str(page.relative_to(ROOT))
    to_run = []
    for kind, line, text in blocks(page):
        file = re.match(r"# ([\w./-]+\.(?:toml|csv))\n", text)
        if kind in {"toml", "csv"} and file:
            to_run.append(("python", line, f"open({file.group(1)!r}, 'w').write({text!r})"))
        elif kind in RUN:
            to_run.append((kind, line, text))
    (tmp_path / "blocks.json").write_text(json.dumps(to_run), encoding="utf-8")
    (tmp_path / "driver.py").write_text(DRIVER, encoding="utf-8")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "driver.py", name, "blocks.json"],
        cwd=tmp_path,
        env=os.environ | {"PATH": path, "CENTRESIM_ROOT": str(ROOT), "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
    )
    assert done.returncode == 0, f"{name}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"


def test_the_reference_is_fresh() -> None:
    """docs/reference/scenario.md says what the library's descriptions say; `generate.py` writes it anew."""
    done = subprocess.run([sys.executable, ROOT / "docs" / "reference" / "generate.py", "--check"], check=False)
    assert done.returncode == 0, "run docs/reference/generate.py"


def test_the_reference_writes_numbers_out() -> None:
    text = (ROOT / "docs" / "reference" / "scenario.md").read_text(encoding="utf-8")
    assert "≤ 1000000 |" in text
    assert not re.search(r"\d[eE][+-]?\d", text)
