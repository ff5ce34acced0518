"""Writes data/design-floor.toml, its list of sources, and the table of sources in data/README.md.

    python data/generate/design_floor.py            write into data/
    python data/generate/design_floor.py FOLDER     write into another folder (README.md there only if it exists)

Farm and licences are those of eda-farm, without its random jobs: here projects submit them. What the figures rest on
stands in design_sources.csv; how fast bugs are found in bug_rates.csv, which calibrate_bugs.py writes.
"""

import csv
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import eda_farm  # noqa: E402
from design_flows import COVERAGE, CYCLES, FLOWS, MEASURED, REGRESSION, SIGN_OFF, flows, stages  # noqa: E402
from eda_farm import NODES, PROFILES, RELIABILITY, TOOL_RETRY, VIEWER_RETRY, Lognormal, file_row, minutes  # noqa: E402
from farm_sources import rows, write  # noqa: E402
from pilot_line import table  # noqa: E402
from work_calendars import holidays, lunar  # noqa: E402

START, YEARS = date(2028, 1, 3), 5
HORIZON, WARM_UP = 365 * YEARS, 365

# -- farm and licences -------------------------------------------------------------------------------------------------

HOME, PARTNERS = "ho_chi_minh", {"tokyo": "japan", "seoul": "korea", "san_jose": "united_states"}
PARTNER_NODE = {"nodes": 1, "cores": 16, "memory": 128, "idle_power": 120, "busy_power": 320, "cost": 0.045}
# Tokens, how they are acquired, cost of a token-year: of what eda-farm has not.
ANALOG_FEATURES = {"analog": (6, "reserved", 18_000), "spice": (40, "reserved", 2_000)}


def features() -> list[dict[str, object]]:
    """Those who debug and edit hold their tokens while they work at it here: nobody else is outside the scheduler."""
    known = {name: (tokens, acquire, cost) for name, (tokens, acquire, *_, cost) in eda_farm.FEATURES.items()}
    out: list[dict[str, object]] = []
    for name, (tokens, acquire, cost) in {**known, **ANALOG_FEATURES}.items():
        values: dict[str, object] = {"name": name, "tokens": tokens, "acquire": acquire, "cost": cost}
        if acquire == "requeue":
            values |= VIEWER_RETRY if name == "viewer" else TOOL_RETRY
        out.append(values)
    return out


# What designers of libraries and memories run for all projects: eda-farm's jobs, so many of them in a row, and
# 2.5 times as many batches.
IN_A_ROW, BATCHES = 20, 50  # a week


def characterisation() -> dict[str, object]:
    stream = eda_farm.STREAMS["characterisation"]
    run = minutes(stream["run"].median * IN_A_ROW, 0.4)
    laws = {"jobs": f"integers({1000 // IN_A_ROW}, {5000 // IN_A_ROW})", "run": run, "memory": stream["memory"]}
    laws = {k: v.text() if isinstance(v, Lognormal) else v for k, v in laws.items()}
    dates = {"every": eda_farm.a_week(BATCHES), "profile": stream["profile"]}
    rest = {"memory_request": stream["memory_request"], "users": stream["users"], "priority": -20, "site": HOME}
    return {"name": "characterisation", **dates, **laws, **rest}


# -- people ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Country:
    utc_offset: int  # h
    begins: str  # of the two half-days
    resumes: str
    hour: float  # cost, $


COUNTRIES = {
    "vietnam": Country(7, "8 h", "13 h", 18),
    "japan": Country(9, "9 h", "14 h", 55),
    "korea": Country(9, "9 h", "14 h", 45),
    "united_states": Country(-8, "9 h", "14 h", 110),
}
# Engineers, country, skills with their levels.
TEAMS: dict[str, tuple[int, str, dict[str, float]]] = {
    "architects": (2, "vietnam", {"architecture": 1, "rtl": 0.8}),
    "rtl_designers": (8, "vietnam", {"rtl": 1}),
    "verifiers": (11, "vietnam", {"dv": 1, "lab": 0.7}),
    "implementers": (5, "vietnam", {"pd": 1}),
    "analog_designers": (2, "vietnam", {"analog": 1}),
    "dft_engineer": (1, "vietnam", {"dft": 1}),
    "lab_engineer": (1, "vietnam", {"lab": 1}),
    "cad_engineer": (1, "vietnam", {"cad": 1}),
    "project_manager": (1, "vietnam", {"pm": 1}),
    "analog_japan": (2, "japan", {"analog": 1.1}),
    "implementers_korea": (3, "korea", {"pd": 1.1, "dft": 0.8}),
    "architect_us": (1, "united_states", {"architecture": 1.2}),
    "verifiers_us": (2, "united_states", {"dv": 1.1}),
}
SITES = {"vietnam": HOME, **{country: site for site, country in PARTNERS.items()}}
ATTRITION = 0.12  # a year
PEOPLE = {
    "presence": 0.93,
    "learning": "180 d",
    "novice": 0.4,
    "experience": "540 d",
    "stay": f"exponential({365 / ATTRITION:.0f} d)",
    "replacement": "lognormal(90 d, 0.4)",
    "overtime": "2 h",
    "overtime_cost": 1.5,
}
STAFFING = {"switching_loss": 0.1, "handover": "1 h"}

# -- projects ----------------------------------------------------------------------------------------------------------

Blocks = dict[str, tuple[str, float, float]]  # flow, cells, share that is taken over


def digital(cells: float, reuse: float) -> tuple[str, float, float]:
    return "digital_block", cells, reuse


def analog(reuse: float, cells: float = 8e3) -> tuple[str, float, float]:
    return "analog_block", cells, reuse


@dataclass(frozen=True)
class Kind:
    what: str
    node: str
    area: float  # mm2
    due: int  # d
    start: int
    every: str
    blocks: Blocks

    @property
    def cells(self) -> float:
        return sum(cells for _, cells, _ in self.blocks.values())

    @property
    def fresh(self) -> float:
        return sum(cells * (1 - reuse) for _, cells, reuse in self.blocks.values())


KINDS = {
    "mcu-65": Kind(
        "microcontroller",
        "65 nm",
        6,
        258,
        0,
        "uniform(180 d, 20 d)",
        {"core": digital(120e3, 0.5), "memory_bus": digital(100e3, 0.2), "peripherals": digital(150e3, 0.3),
         "clocks": analog(0.6)},
    ),
    "sensor-hub-65": Kind(
        "sensor front end with a signal processor",
        "65 nm",
        5,
        285,
        50,
        "uniform(240 d, 25 d)",
        {"control": digital(90e3, 0.4), "dsp": digital(180e3, 0.2), "adc": analog(0.3), "front_end": analog(0.1)},
    ),
    "rf-65": Kind(
        "radio for sensor networks",
        "65 nm",
        6,
        310,
        110,
        "uniform(280 d, 30 d)",
        {"controller": digital(80e3, 0.6), "modem": digital(140e3, 0.2), "synthesiser": analog(0.2),
         "transceiver": analog(0)},
    ),
    "secure-28": Kind(
        "secure element with a processor",
        "28 nm",
        4,
        342,
        170,
        "uniform(300 d, 30 d)",
        {"cpu": digital(200e3, 0.6), "crypto": digital(160e3, 0.1), "fabric": digital(120e3, 0.3),
         "clocks": analog(0.5)},
    ),
    "ai-edge-28": Kind(
        "accelerator for inference at the edge",
        "28 nm",
        9,
        430,
        30,
        "uniform(480 d, 40 d)",
        {"array": digital(450e3, 0.3), "array_control": digital(200e3, 0.2), "cpu": digital(300e3, 0.7),
         "memory_control": digital(220e3, 0.3), "io": digital(150e3, 0.5), "clocks": analog(0.5)},
    ),
}  # fmt: skip
BUGS = {"density": 40, "fatality": 0.3, "introduced": 0.1, "found_in_silicon": 0.85}
FIX_HOURS = 5
FIX = {"skill": "rtl", "fix": f"lognormal({FIX_HOURS} h, 1)"}
BOOKING_SLACK = "7 d"


def bug_rates() -> dict[str, float]:
    with (HERE / "bug_rates.csv").open(encoding="utf-8", newline="") as file:
        return {row["project"]: float(row["rate"]) for row in csv.DictReader(file)}


def project(name: str, kind: Kind, rate: float) -> dict[str, object]:
    blocks = [{"name": n, "flow": f, "cells": int(c), "reuse": r} for n, (f, c, r) in kind.blocks.items()]
    dates = {"start": f"{kind.start} d", "every": kind.every, "due": f"{kind.due} d"}
    ends = {"node": kind.node, "area": kind.area, "booking_slack": BOOKING_SLACK, "site": HOME}
    bugs = {**BUGS, "rate": float(f"{rate:.3g}"), **FIX}
    return {"name": name, "flow": "chip", "cells": int(kind.cells), "blocks": blocks, **dates, **ends, "bugs": bugs}


# -- shuttles ----------------------------------------------------------------------------------------------------------

PROVIDERS = [
    {"name": "broker", "mttf": "exponential(7300 d)", "designs": "lost"},
    {"name": "public_service"},
]
# Provider, node, first cut-off, fab time, price of a mm2, least area.
SHUTTLES = {
    "broker_65": ("broker", "65 nm", 60, "uniform(82 d, 8 d)", 5_500, 4),
    "public_65": ("public_service", "65 nm", 105, "uniform(82 d, 8 d)", 5_000, 4),
    "broker_28": ("broker", "28 nm", 75, "uniform(85 d, 8 d)", 12_000, 4),
    "public_28": ("public_service", "28 nm", 120, "uniform(85 d, 8 d)", 11_000, 6),
}


def shuttle(name: str) -> dict[str, object]:
    provider, node, first, fab_time, price, least = SHUTTLES[name]
    dates = {
        "first": f"{first} d",
        "every": "91 d",
        "booking": "21 d",
        "slip": "empirical(0 d, 7 d, 14 d; 0.5, 0.3, 0.2)",
    }
    terms = {"seats": 4, "cancel": 0.02, "fab_time": fab_time, "price": price, "minimum_area": least, "missed_fee": 0.3}
    return {"name": name, "provider": provider, "node": node, **dates, **terms}


# -- the scenario ------------------------------------------------------------------------------------------------------


def scenario() -> str:
    engineers = sum(n for n, *_ in TEAMS.values())
    head = [
        "# Written by data/generate/design_floor.py; the sources of all figures: provenance below and data/README.md.",
        'format = "centresim/1"',
        'name = "design-floor"',
        f'title = "Chip-design centre of {engineers} engineers, Ho Chi Minh City, with three partner countries"',
        'description = """',
        f"Five years of {len(KINDS)} kinds of chips at 65 and 28 nm, from idea to silicon: {engineers} engineers in",
        f"Vietnam, Japan, Korea and the United States, {cores()} cores and {len(features())} licence features at home,",
        "two shuttles a quarter for each node, bugs and respins. Four chips of five need a respin; nights,",
        "holidays, rework and the fab take most of the way from idea to silicon.",
        '"""',
        f'start = "{START.isoformat()}"',
        f'horizon = "{HORIZON} d"',
        f'warmup = "{WARM_UP} d"',
        'provenance = { table = "design-floor.tables/provenance.csv" }',
    ]
    rates = bug_rates()
    projects = [(kind.what, project(name, kind, rates[name])) for name, kind in KINDS.items()]
    return "\n".join([*head, *floor(projects, [shuttle(name) for name in SHUTTLES])]) + "\n"


def cores() -> int:
    return sum(n["nodes"] * n["cores"] for n in NODES.values())


def floor(projects: list[tuple[str, dict[str, object]]], shuttles: list[dict[str, object]]) -> list[str]:
    """Farm, people and flows, with these projects (what they are, and their fields) and shuttles."""
    out = [
        "",
        "[design]",
        f"waiting_cost = {eda_farm.CENTS:g}",
        "",
        "[design.policy]",
        'order = "priority"',
        'blocking = "shape"',
        'fit = "best"',
        'routing = "local_first"',
        "kill_at_request = false",
        "",
        "[design.staffing]",
        *(f"{k} = {v}" if isinstance(v, float) else f'{k} = "{v}"' for k, v in STAFFING.items()),
    ]

    def add(name: str, values: dict[str, object], what: str = "") -> None:
        comment = f"\n# {what}" if what else ""
        out.append(comment + table(f"design.{name}", values).rstrip("\n"))

    for values in farm():
        add(*values)
    for name, country in COUNTRIES.items():
        add("calendars", {"name": name, "utc_offset": f"{country.utc_offset} h",
                          "half_days": [country.begins, country.resumes],
                          "holidays": holidays(name, range(START.year, START.year + YEARS))})  # fmt: skip
    for name, (number, country, skills) in TEAMS.items():
        levels = [{"name": skill, "level": level} for skill, level in skills.items()]
        place = {"calendar": country, "site": SITES[country], "cost": COUNTRIES[country].hour}
        add("teams", {"name": name, "engineers": number, "skills": levels, **place, **PEOPLE})
    for name, values in [("stages", s) for s in stages()] + [("flows", f) for f in flows()]:
        add(name, values)
    for what, values in projects:
        add("projects", values, what)
    for provider in PROVIDERS:
        add("providers", dict(provider))
    for values in shuttles:
        add("shuttles", values)
    return out


def farm() -> list[tuple[str, dict[str, object], str]]:
    """Tables of sites, nodes, features and of the jobs that no project submits: name, fields, what it is."""
    out: list[tuple[str, dict[str, object], str]] = [("sites", {"name": site}, "") for site in [HOME, *PARTNERS]]
    for name, values in NODES.items():
        out.append(("node_classes", {"name": name, "site": HOME, **values, "rented": True, **RELIABILITY}, ""))
    for site in PARTNERS:
        partner = {"name": f"{site}_node", "site": site, **PARTNER_NODE, "rented": True, **RELIABILITY}
        out.append(("node_classes", partner, ""))
    patches = {
        "name": "patches",
        "node_class": "large",
        "start": "13 d",
        "duration": "6 h",
        "every": "14 d",
        "nodes": 2,
    }
    out.append(("drains", patches, ""))
    out += [("features", values, "") for values in features()]
    stream = characterisation()
    out.append(("profiles", {"name": stream["profile"], "rates": PROFILES[str(stream["profile"])]}, ""))
    what = "cells, memories and Monte-Carlo for all projects, in own tools, which need no licence"
    return [*out, ("streams", stream, what)]


# -- sources -----------------------------------------------------------------------------------------------------------

# What eda-farm says of the farm and licences that are taken over from there.
TAKEN_OVER = ("design.node_classes", "design.drains", "design.features", "design.waiting_cost")


VERIFICATION = {"testbench", "tests", "formal", "chip_testbench", "chip_tests", "gate_level", "behavioural_model"}
DESIGN = {"specification", "architecture", "micro_architecture", "rtl", "lint", "chip_rtl"}
TARGET = 0.2  # of first chips that work


def effort_hours(task: dict[str, Any], cells: float = 1e5) -> float:
    means = [float(task[part].split("(")[1].split(" ")[0]) for part in ("launch", "effort") if part in task]
    return sum(means) * (cells / 1e5) ** task.get("effort_exponent", 0)


def planned_hours(kind: Kind) -> dict[str, float]:
    """Engineer-hours of a project by task, everything done once; bugs mended among them."""
    hours = {"mending": BUGS["density"] * kind.fresh / 1e5 / (1 - BUGS["introduced"]) * FIX_HOURS}
    for flow, cells in [("chip", kind.cells), *((flow, cells) for flow, cells, _ in kind.blocks.values())]:
        for task in FLOWS[flow]:
            hours[task["name"]] = hours.get(task["name"], 0) + effort_hours(task, cells)
    return hours


def verification_share() -> float:
    """Of the hours of architecture, design, verification and mending, over all kinds; half of mending is finding."""
    all_kinds = [planned_hours(kind) for kind in KINDS.values()]
    verification = sum(sum(h.get(t, 0) for t in VERIFICATION) + h["mending"] / 2 for h in all_kinds)
    design = sum(sum(h.get(t, 0) for t in DESIGN) + h["mending"] / 2 for h in all_kinds)
    return verification / (verification + design)


def yearly_costs() -> tuple[float, float]:
    """Of all licences, and of all cores."""
    nodes = [*NODES.values(), *[PARTNER_NODE] * len(PARTNERS)]
    licences = sum(float(str(f["tokens"])) * float(str(f["cost"])) for f in features())
    return licences, sum(n["nodes"] * n["cores"] * n["cost"] for n in nodes) * 8760


def facts() -> dict[str, Any]:
    """What the text of design_sources.csv may name in braces."""
    licences, computers = yearly_costs()
    staff = dict.fromkeys(COUNTRIES, 0)
    for number, country, _ in TEAMS.values():
        staff[country] += number
    first = {"architecture": 0, "rtl": 0, "dv": 0, "pd": 0}
    for number, _, skills in TEAMS.values():
        main_skill = next(iter(skills))
        if main_skill in first:
            first[main_skill] += number
    years = range(START.year, START.year + YEARS)
    by_name = {str(s["name"]): s for s in stages()}
    measured = [by_name[name] for name in [*MEASURED]]
    flows = {
        name: ", ".join(f"{t['name'].replace('_', ' ')} {effort_hours(t):g}" for t in tasks if effort_hours(t))
        for name, tasks in FLOWS.items()
    }
    rates = bug_rates().values()
    return {
        "engineers": f"{sum(staff.values())}",
        "home": f"{staff['vietnam']}",
        **{country: f"{number}" for country, number in staff.items()},
        "split": " : ".join(f"{n}" for n in first.values()),
        "tokens": {name: f"{tokens}" for name, (tokens, *_) in ANALOG_FEATURES.items()},
        "cost": {name: f"{cost:,}" for name, (*_, cost) in ANALOG_FEATURES.items()},
        "batches": f"{BATCHES}",
        "batch": f"{1000 // IN_A_ROW}-{5000 // IN_A_ROW}",
        "row": f"{IN_A_ROW}",
        "ratio": f"{licences / computers:.1f}",
        "holidays": {country: f"{len(holidays(country, years))}" for country in COUNTRIES},
        "tet": ", ".join(f"{lunar(year, 1, 1, 7):%-d %B %Y}" for year in years),
        "run": ", ".join(f"{s['name']} {s['run']}".replace("_", " ") for s in measured),
        "memory": ", ".join(f"{s['name']} {s['memory']:g} GB".replace("_", " ") for s in measured),
        "cts": by_name["cts"]["run"],
        "build": by_name["build"]["run"],
        "signoff": ", ".join(f"{by_name[name]['run']}" for name in SIGN_OFF),
        "hours": flows,
        "verification": f"{100 * verification_share():.0f} %",
        "regression": f"{REGRESSION}",
        "cycles": f"{CYCLES:.0e}".replace("e+", "e"),
        "coverage": f"{COVERAGE:.1e}".replace("e+", "e"),
        "kinds": "; ".join(
            f"{name} {kind.what}, {kind.every.split(',')[0].split('(')[1]}" for name, kind in KINDS.items()
        ),
        "due": ", ".join(f"{name} {kind.due} d" for name, kind in KINDS.items()),
        "rates": f"{min(rates):.2g} to {max(rates):.2g}",
        "target": f"{100 * TARGET:.0f} %",
    }


def provenance() -> list[list[object]]:
    """The rows of the file: those of the farm that is taken over, and ours."""
    ours = rows(HERE / "design_sources.csv", facts())
    paths = [row["path"] for row in ours]
    farm = [
        row
        for row in rows(HERE / "eda_sources.csv", eda_farm.facts())
        if row["path"].startswith(TAKEN_OVER)
        and not row["path"].endswith((".users", ".think", ".hold"))
        and row["path"] not in paths
    ]
    return [file_row(row) for row in [*farm, *ours] if row["path"]]


def main(folder: Path) -> None:
    write(folder, "design-floor", scenario(), provenance(), rows(HERE / "design_sources.csv", facts()))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent)
