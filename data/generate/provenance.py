"""Where every number of pilot-line comes from: sources.csv, and the rows that follow from the tables of tools.py.

basis: sourced (stated by the source), derived (arithmetic from it), estimate (our judgement; a slider, not data). A row
of sources.csv without a path is a choice or a check that is no number of the file; it appears in the README only.
"""

import csv
from dataclasses import dataclass, fields
from pathlib import Path

from releases import RELEASES
from tools import COMPLEX_AREAS, GROUPS, MAINTENANCE, REPAIR_FACTOR, repair_hours, smt2020_repair_hours

SMT2020 = "SMT2020 testbed (Kopp, Hassoun, Kalir, Mönch, IEEE TSM 33(4))"


@dataclass(frozen=True)
class Row:
    parameter: str  # of the README
    value: str
    path: str  # in the scenario; may hold wildcards
    basis: str
    source: str
    year: str
    low: str
    high: str
    note: str


def facts() -> dict[str, str]:
    """What the text of sources.csv may name in braces."""
    lots = sum(r.lots_per_day for r in RELEASES)
    shares = {
        kind: f"{sum(r.lots_per_day for r in RELEASES if r.kind == kind) / lots:.0%}"
        for kind in ("hot", "super_hot", "engineering")
    }
    return {
        "smt2020": SMT2020,
        "wafers": f"{wafers_a_month():,.0f}",
        "pairs": str(sum(group.tools > 1 for group in GROUPS)),
        "groups": str(len(GROUPS)),
        "complex_areas": ", ".join(sorted(COMPLEX_AREAS)),
        **shares,
    }


def wafers_a_month() -> float:
    return round(sum(r.lots_per_day * r.mean_wafers for r in RELEASES) * 365 / 12, -1)


def written_rows() -> list[Row]:
    names = facts()
    with (Path(__file__).parent / "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Row(**{f.name: row[f.name].format_map(names) for f in fields(Row)}) for row in rows]


def tool_rows() -> list[Row]:
    """For the file: one row for the repairs and one for the maintenance of each tool group."""
    rows = []
    repair = f"area mean of the data set times {REPAIR_FACTOR}: parts and service are further away"
    plan = "lengths and intervals inside the ranges of the data set, chosen for our volume"
    for group in GROUPS:
        hours = smt2020_repair_hours(group.area)
        low, high = f"{hours:.3g} h", f"{3 * hours:.3g} h"
        path = f"fab.tool_groups.{group.name}"
        rows.append(Row("", "", f"{path}.breakdowns.failure.mttr", "estimate", SMT2020, "2020", low, high, repair))
        rows.append(Row("", "", f"{path}.maintenance.*", "estimate", SMT2020, "2020", "", "", plan))
    return rows


def area_rows() -> list[Row]:
    """For the README: the same by area."""
    rows = []
    repair = f"{SMT2020}, area mean times {REPAIR_FACTOR}"
    inside = "intervals and lengths inside the ranges of SMT2020"
    for area, plan in MAINTENANCE.items():
        hours = smt2020_repair_hours(area)
        low, high = f"{hours:.3g} h", f"{3 * hours:.3g} h"
        value = f"{repair_hours(area):g} h, exponential"
        rows.append(Row(f"mean repair, {area}", value, "", "estimate", repair, "2020", low, high, ""))
        parts = [f"{h:g} h every {every if isinstance(every, str) else f'{every:,} wafers'}" for _, every, h in plan]
        value = "; ".join(parts) + "; half-width 20 %"
        rows.append(Row(f"maintenance, {area}", value, "", "estimate", inside, "2020", "x 0.5", "x 2", ""))
    return rows


def file_rows() -> list[Row]:
    return [row for row in written_rows() if row.path] + tool_rows()


def readme_rows() -> list[Row]:
    return written_rows() + area_rows()
