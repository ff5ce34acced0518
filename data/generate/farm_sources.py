"""What the generators of the farms share: lists of sources, the tables made of them, files written."""

import csv
import re
from pathlib import Path
from typing import Any

from pilot_line import csv_text, markdown

COLUMNS = ["path", "basis", "source", "year", "low", "high", "note"]
Row = dict[str, str]


def rows(sources: Path, facts: dict[str, Any]) -> list[Row]:
    """The rows of a list of sources, with the facts that they name filled in."""
    with sources.open(encoding="utf-8", newline="") as file:
        return [{k: v.format_map(facts) for k, v in row.items()} for row in csv.DictReader(file)]


def readme_tables(rows: list[Row]) -> str:
    lines: list[str] = []
    for part in dict.fromkeys(row["part"] for row in rows if row["part"]):
        cells = []
        for r in rows:
            if r["part"] != part:
                continue
            source = "own" if r["source"] == "own estimate" else r["source"]
            source += "" if source == "own" or r["year"] in source else f", {r['year']}"
            bounds = f"{r['low']} - {r['high']}" if r["low"] else ""
            cells.append([r["parameter"], r["value"], bounds, r["basis"], source, r["note"]])
        head = ["parameter", "value", "range", "basis", "source", "why"]
        lines += ["", f"### {part}", "", *markdown(head, cells)]
    return "\n".join(lines)


def write(folder: Path, name: str, scenario: str, provenance: list[list[object]], rows: list[Row]) -> None:
    """The scenario, its provenance, and its part of README.md where there is one."""
    (folder / f"{name}.tables").mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(scenario, encoding="utf-8")
    (folder / f"{name}.tables" / "provenance.csv").write_text(csv_text(COLUMNS, provenance), encoding="utf-8")
    readme = folder / "README.md"
    if not readme.exists():
        return
    begin, end = f"<!-- {name} sources begin -->", f"<!-- {name} sources end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    text = pattern.sub(lambda _: f"{begin}\n{readme_tables(rows)}\n{end}", readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8")
