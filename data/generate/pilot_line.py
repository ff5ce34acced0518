"""Writes data/pilot-line.toml, its tables, and the table of sources in data/README.md.

    python data/generate/pilot_line.py            write into data/
    python data/generate/pilot_line.py FOLDER     write into another folder (README.md there only if it exists)

Kept because five routes of up to four hundred steps share their modules; edit the modules, not the tables.
"""

import csv
import io
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from provenance import OWN, Row, file_rows, readme_rows, upkeep_rows, wafers_a_month  # noqa: E402
from recipes import Route, spread  # noqa: E402
from releases import RELEASES  # noqa: E402
from routes import ROUTES  # noqa: E402
from tools import BACK_END, FRONT_END, GROUPS, Group, breakdowns, maintenance  # noqa: E402

PRODUCTS = {
    "logic180": "180 nm CMOS logic, one poly, six metals",
    "rf180": "180 nm mixed-signal and RF, deep wells, capacitors, five metals with a thick top",
    "power180": "180 nm power management, epitaxy, deep trenches, three metals with a thick top",
    "wiring_loop": "short loop for back-end experiments",
    "gate_loop": "short loop for gate-stack experiments",
}
# The species change of each implanter, minutes, whatever ran before.
SPECIES_CHANGE = {"boron": 30, "bf2": 25, "phosphorus": 30, "arsenic": 35}
IDENTITY = ["name", "tool_group", "time", "per", "interval"]
BATCH_SETUP = ["batch_min", "batch_max", "batch_wait", "setup", "setup_time"]
FLOW = ["sampling", "rework_to", "rework", "dedicates", "queue_time_to", "queue_time_limit"]
COLUMNS = IDENTITY + BATCH_SETUP + FLOW


def quote(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {quote(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            return "[\n" + "".join(f"  {quote(v)},\n" for v in value) + "]"
        return "[" + ", ".join(quote(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def table(name: str, values: dict[str, object]) -> str:
    return f"\n[[{name}]]\n" + "".join(f"{k} = {quote(v)}\n" for k, v in values.items())


def tool_group(group: Group) -> str:
    values: dict[str, object] = {
        "name": group.name,
        "tools": group.tools,
        "area": group.area,
        "location": group.location,
    }
    if group.kind == "cascading":
        values["cascading"] = True
    values.update(load="1 min", unload="1 min", rank=group.rank)
    if group.kind == "batch":
        values["batch_mix"] = "family_step"
    elif group.hold_for_hot:
        values["hot_lot_reservation"] = True
    if group.minimum_runs:
        values["minimum_runs"] = [{"setup": s, "lots": n} for s, n in group.minimum_runs.items()]
    values["breakdowns"] = breakdowns(group)
    values["maintenance"] = maintenance(group)
    first, *rest = table("fab.tool_groups", values).lstrip("\n").split("\n")
    return "\n".join(["", f"# {group.what}", first, *rest])


def scenario() -> str:
    head = [
        "# Written by data/generate/pilot_line.py; the sources of all figures: provenance below and data/README.md.",
        'format = "centresim/1"',
        'name = "pilot-line"',
        'title = "Pilot line, 200 mm, 180 nm, for the proposed centre in Ho Chi Minh City"',
        'description = """',
        f"A research line of {len(GROUPS)} tool groups, most with a single tool, that starts about",
        f"{wafers_a_month():,.0f} wafers a month: three products of 24 to 28 mask layers in lots of 25, hot lots, and",
        "engineering lots of 1 to 12 wafers, among them two short loops. What limits it is the only scanner, and long",
        "repairs of tools without a twin.",
        '"""',
        'start = "2028-01-01"',
        'horizon = "1095 d"',
        'warmup = "365 d"',
        'provenance = { table = "pilot-line.tables/provenance.csv" }',
    ]
    return "\n".join([*head, *line()]) + "\n"


def line() -> list[str]:
    """The tables of the room."""
    out = []
    for group in GROUPS:
        out.append(tool_group(group).rstrip("\n"))
    for route in ROUTES:
        steps = {"table": f"pilot-line.tables/{route.product}.csv"}
        out.append(table("fab.routes", {"name": route.product, "steps": steps}).rstrip("\n"))
    for name, what in PRODUCTS.items():
        values = {"name": name, "route": name, "family": "cmos180"}
        out.append(f"\n# {what}" + table("fab.products", values).rstrip("\n"))
    for r in RELEASES:
        values = {"product": r.product, "name": r.name}
        values["every"] = r.law(r.hours)
        values.update(wafers=r.wafers, kind=r.kind, priority=r.priority, due_factor=r.due_factor)
        if r.kind == "super_hot":
            values["hot"] = True
        out.append(table("fab.releases", values).rstrip("\n"))
    for species, minutes in SPECIES_CHANGE.items():
        out.append(table("fab.setup_times", {"from": "", "to": species, "time": spread(minutes)}).rstrip("\n"))
    for a in (FRONT_END, BACK_END):
        for b in (FRONT_END, BACK_END):
            time = "uniform(7.5 min, 2.5 min)" if a == b else "uniform(15 min, 5 min)"
            out.append(table("fab.transport", {"from": a, "to": b, "time": time}).rstrip("\n"))
    return out


def csv_text(columns: list[str], rows: list[list[object]]) -> str:
    used = [i for i in range(len(columns)) if any(row[i] not in ("", None) for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([columns[i] for i in used])
    writer.writerows([row[i] for i in used] for row in rows)
    return text.getvalue()


def route_csv(route: Route) -> str:
    unknown = {key for step in route.steps for key in step} - set(COLUMNS)
    if unknown:
        raise ValueError(f"no column for {unknown}")
    return csv_text(COLUMNS, [[step.get(c, "") for c in COLUMNS] for step in route.steps])


PROVENANCE = ["path", "basis", "source", "year", "low", "high", "note"]


def provenance_rows(rows: list[Row]) -> list[list[object]]:
    return [[getattr(row, c) for c in PROVENANCE] for row in rows]


def markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]


def readme_tables() -> str:
    lines: list[str] = []
    for part, rows in readme_rows().items():
        cells = []
        for r in rows:
            source = "own" if r.source == OWN else r.source.split(" testbed")[0]
            source += "" if source == "own" or r.year in source else f", {r.year}"
            cells.append([r.parameter, r.value, f"{r.low} - {r.high}" if r.low else "", r.basis, source, r.note])
        lines += ["", f"### {part}", "", *markdown(["parameter", "value", "range", "basis", "source", "why"], cells)]
    lines += ["", "### Repair and maintenance by area", "", UPKEEP, ""]
    lines += markdown(["area", "mean repair", "range", "planned maintenance"], [list(row) for row in upkeep_rows()])
    return "\n".join(lines)


UPKEEP = """Repairs: exponential, estimate from the area means of SMT2020 (2020) times 1.25; range from that mean to
three times it. Maintenance: own estimate, each length with a half-width of 20 %; range half to twice of each interval
and length. Ashers and resist hardening take the repair of dry etch."""


def with_table(readme: str) -> str:
    begin, end = "<!-- pilot-line sources begin -->", "<!-- pilot-line sources end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    return pattern.sub(lambda _: f"{begin}\n{readme_tables()}\n{end}", readme)


def main(folder: Path) -> None:
    tables = folder / "pilot-line.tables"
    tables.mkdir(parents=True, exist_ok=True)
    (folder / "pilot-line.toml").write_text(scenario(), encoding="utf-8")
    for route in ROUTES:
        (tables / f"{route.product}.csv").write_text(route_csv(route), encoding="utf-8")
    (tables / "provenance.csv").write_text(csv_text(PROVENANCE, provenance_rows(file_rows())), encoding="utf-8")
    readme = folder / "README.md"
    if readme.exists():
        readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent)
