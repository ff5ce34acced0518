"""Where every number of pilot-line comes from: sources.csv, and the rows that follow from the other modules.

basis: sourced (stated by the source), derived (arithmetic from it), estimate (our judgement; a slider, not data). A row
of sources.csv without a path is a choice or a check that is no number of the file; it appears in the README only. A row
without a part of the README is in the file only, or in the README in a table of its own.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

from recipes import EXPOSE_KRF, SCANNER_FASTEST, SCANNER_SLOWEST, SPREAD, Step
from releases import RELEASES, Release
from routes import ROUTES
from tools import (
    COMPLEX_AREAS,
    GROUPS,
    MAINTENANCE,
    REPAIR_FACTOR,
    minutes,
    repair_hours,
    smt2020_repair_hours,
)

SMT2020 = "SMT2020 testbed (Kopp, Hassoun, Kalir, Mönch, IEEE TSM 33(4))"
PUBLIC_PLAN = "channeliam.com, SCL Mohali (2025-11-29); menafn.com (2024)"
SCANNER_SPEED = "Solid State Technology 40(2), report from Semicon Japan (1997-02)"
OWN = "own estimate"
STARTS_A_MONTH = 700, 1500  # of the public plan
SHARE_OF_LOTS = {"hot": (0.05, 0.20), "super_hot": (0.005, 0.02), "engineering": (0.30, 0.80)}
TIME_RANGE = 0.75, 1.25  # of every step time and interval
PLAN_RANGE = 0.5, 2.0  # of every maintenance interval and length
AREA_NAMES = {
    "litho": "lithography",
    "diffusion": "furnaces and rapid anneal",
    "metrology": "metrology",
    "implant": "implant",
    "dry_etch": "dry etch",
    "ashing": "ashers, resist hardening",
    "dielectric": "dielectric films",
    "thin_film": "metal films and epitaxy",
    "cmp": "polishing",
    "wet": "wet benches and scrubbers",
    "test": "start and end of line",
}


@dataclass(frozen=True)
class Row:
    part: str  # of the README
    parameter: str
    value: str
    path: str  # in the scenario; may hold wildcards
    basis: str
    source: str
    year: str
    low: str
    high: str
    note: str


def file_row(path: str, basis: str, source: str, year: int, low: str, high: str, note: str) -> Row:
    return Row("", "", "", path, basis, source, str(year), low, high, note)


# -- text of sources.csv -----------------------------------------------------------------------------------------------
def share(kind: str, weight: str = "lots_per_day") -> str:
    """The share of a kind in the lots or in the wafers."""
    part = sum(getattr(r, weight) for r in RELEASES if r.kind == kind)
    return f"{100 * part / sum(getattr(r, weight) for r in RELEASES):.2g} %"


def span(kind: str) -> str:
    factors = [r.due_factor for r in RELEASES if r.kind == kind]
    low, high = f"{min(factors):g}", f"{max(factors):g}"
    return low if low == high else f"{low}-{high}"


def facts() -> dict[str, str]:
    """What the text of sources.csv may name in braces."""
    kinds = "hot", "super_hot", "engineering"
    return {
        "smt2020": SMT2020,
        "plan": PUBLIC_PLAN,
        "scanner_speed": SCANNER_SPEED,
        "wafers": f"{wafers_a_month():,.0f}",
        "pairs": str(sum(group.tools > 1 for group in GROUPS)),
        "groups": str(len(GROUPS)),
        "complex_areas": ", ".join(AREA_NAMES[area] for area in sorted(COMPLEX_AREAS)),
        **{kind: share(kind) for kind in kinds},
        **{f"{kind}_wafers": share(kind, "wafers_per_day") for kind in kinds},
        **{f"due_{kind}": span(kind) for kind in ("regular", *kinds)},
    }


def wafers_a_month() -> float:
    return round(sum(r.wafers_per_day for r in RELEASES) * 365 / 12, -1)


def written_rows() -> list[Row]:
    names = facts()
    with (Path(__file__).parent / "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Row(**{f.name: row[f.name].format_map(names) for f in fields(Row)}) for row in rows]


# -- rows of the file that follow from the numbers ---------------------------------------------------------------------
def odds_range(release: Release) -> tuple[float, float]:
    """Factors of the lots of a kind at the low and the high end of its share, the other lots unchanged."""
    lots = sum(r.lots_per_day for r in RELEASES)
    own = sum(r.lots_per_day for r in RELEASES if r.kind == release.kind)
    now = own / (lots - own)
    low, high = (s / (1 - s) / now for s in SHARE_OF_LOTS[release.kind])
    return low, high


def release_rows() -> Iterator[Row]:
    """The time between the lots of each stream; the text is that of the README rows on starts and shares."""
    for r in RELEASES:
        if r.kind == "regular":
            few, many = (starts / wafers_a_month() for starts in STARTS_A_MONTH)
            source, year, note = PUBLIC_PLAN, 2025, "together {:,.0f} wafers a month; the plan goes from {} to {:,}"
            note = note.format(wafers_a_month(), *STARTS_A_MONTH)
        else:
            few, many = odds_range(r)
            low, high = SHARE_OF_LOTS[r.kind]
            source, year = OWN, 2026
            note = f"{share(r.kind)} of the lots are {r.kind.replace('_', '-')}; low and high: {low:.3g} to {high:.3g}"
        bounds = r.law(r.hours / many), r.law(r.hours / few)
        yield file_row(f"fab.releases.{r.name}.every", "estimate", source, year, *bounds, note)


def values(key: str) -> dict[str, dict[str, list[Step]]]:
    """Steps that give `key` in minutes, by name and product."""
    found: dict[str, dict[str, list[Step]]] = {}
    for route in ROUTES:
        for step in route.steps:
            if key in step:
                found.setdefault(str(step["name"]), {}).setdefault(route.product, []).append(step)
    return found


def mean(step: Step, key: str) -> float:
    return float(str(step[key]).removeprefix("uniform(").split(" ")[0])


def step_rows(key: str, note: str) -> Iterator[Row]:
    """One row for all steps of a name ending, of a name, or for one step: as many as have the same mean."""
    low, high = TIME_RANGE

    def row(path: str, value: float, most: float) -> Row:
        bounds = minutes(low * value), minutes(min(high * value, most))
        return file_row(f"fab.routes.{path}.{key}", "estimate", OWN, 2026, *bounds, note)

    def most(steps: list[Step]) -> float:  # an interval stays below the shortest time of its step
        return min((1 - SPREAD) * mean(s, "time") for s in steps) if key == "interval" else float("inf")

    table = values(key)
    for ending in sorted({name.rsplit("_", 1)[-1] for name in table}):
        members = {n: p for n, p in table.items() if fnmatchcase(n, f"*_{ending}") or n == ending}
        steps = [s for p in members.values() for group in p.values() for s in group]
        if len(members) > 1 and ending not in members and len({mean(s, key) for s in steps}) == 1:
            yield row(f"*.steps.*_{ending}", mean(steps[0], key), most(steps))
            continue
        for name, products in members.items():
            steps = [s for group in products.values() for s in group]
            if len({mean(s, key) for s in steps}) == 1:
                yield row(f"*.steps.{name}", mean(steps[0], key), most(steps))
                continue
            for product, own in products.items():
                yield row(f"{product}.steps.{name}", mean(own[0], key), most(own))


def scanner_rows() -> Iterator[Row]:
    note = (
        f"published for a new 200 mm KrF scanner: {60 / SCANNER_FASTEST:g} wafers an hour; {60 / EXPOSE_KRF:g} taken "
        "for a refurbished one that aligns every wafer"
    )
    bounds = minutes(SCANNER_FASTEST), minutes(SCANNER_SLOWEST)
    for route in ROUTES:
        for step in route.steps:
            if step["tool_group"] == "Scanner_KrF":
                path = f"fab.routes.{route.product}.steps.{step['name']}.time"
                yield file_row(path, "estimate", SCANNER_SPEED, 1997, *bounds, note)


def scaled(value: object, factor: float) -> str:
    """Of `7 d`, or of a counter of wafers."""
    if isinstance(value, str):
        number, unit = value.split(" ")
        return f"{factor * float(number):g} {unit}"
    return f"{factor * float(str(value)):g}"


def maintenance_rows() -> Iterator[Row]:
    low, high = PLAN_RANGE
    note = "kinds of counter as in SMT2020, lengths and intervals ours"
    every: dict[str, object] = {name: value for plan in MAINTENANCE.values() for name, value, _ in plan}
    for name, value in every.items():
        key = "every" if isinstance(value, str) else "every_wafers"
        path = f"fab.tool_groups.*.maintenance.{name}.{key}"
        yield file_row(path, "estimate", OWN, 2026, scaled(value, low), scaled(value, high), note)
    for name in every:
        hours = {length for plan in MAINTENANCE.values() for n, _, length in plan if n == name}
        groups = [g for g in GROUPS if any(n == name for n, _, _ in MAINTENANCE[g.plan])]
        for group in groups if len(hours) > 1 else groups[:1]:
            length = next(h for n, _, h in MAINTENANCE[group.plan] if n == name)
            path = f"fab.tool_groups.{group.name if len(hours) > 1 else '*'}.maintenance.{name}.duration"
            yield file_row(path, "estimate", OWN, 2026, f"{low * length:g} h", f"{high * length:g} h", note)


def repair_range(plan: str) -> tuple[str, str]:
    hours = smt2020_repair_hours(plan)
    return f"{hours:.3g} h", f"{3 * hours:.3g} h"


def repair_rows() -> Iterator[Row]:
    note = f"area mean of the data set times {REPAIR_FACTOR}: parts and service are further away"
    for group in GROUPS:
        path = f"fab.tool_groups.{group.name}.breakdowns.failure.mttr"
        yield file_row(path, "estimate", SMT2020, 2020, *repair_range(group.plan), note)


def file_rows() -> list[Row]:
    return [
        *release_rows(),
        *(row for row in written_rows() if row.path),
        *step_rows("time", "judgement for 200 mm tools of the 180 nm generation; the spread of 5 % is that of SMT2020"),
        *step_rows("interval", "ratio to the step time from SMT2020 by area, for tracks ours; the time is ours"),
        *scanner_rows(),
        *repair_rows(),
        *maintenance_rows(),
    ]


# -- tables of the README ----------------------------------------------------------------------------------------------
def readme_rows() -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = {}
    for row in written_rows():
        parts.setdefault(row.part, []).append(row)
    return parts


def plan_text(plan: str) -> str:
    every = [(e if isinstance(e, str) else f"{e:,} wafers", h) for _, e, h in MAINTENANCE[plan]]
    return "; ".join(f"{h:g} h every {e}" for e, h in every)


def upkeep_rows() -> list[tuple[str, str, str, str]]:
    """By area: name, mean repair, its range, planned maintenance."""
    return [(AREA_NAMES[p], f"{repair_hours(p):g} h", " - ".join(repair_range(p)), plan_text(p)) for p in MAINTENANCE]
