"""Writes data/hcmc-core.toml, its list of sources, and the table of sources in data/README.md.

    python data/generate/hcmc_core.py            write into data/
    python data/generate/hcmc_core.py FOLDER     write into another folder (README.md there only if it exists)

The two rooms are those of pilot-line and design-floor. Chips that design-floor has made at 65 nm are made at 180 nm
here, in the line of the centre; those at 28 nm go outside as there. What is new stands in hcmc_sources.csv.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import design_floor  # noqa: E402
import eda_farm  # noqa: E402
import pilot_line  # noqa: E402
from design_floor import HORIZON, KINDS, SHUTTLES, START, WARM_UP, Kind, bug_rates, project, shuttle  # noqa: E402
from farm_sources import rows, write  # noqa: E402
from pilot_line import table  # noqa: E402
from provenance import file_rows  # noqa: E402

# The chip at 65 nm, the process of the line that it is made in, its area in mm2 there.
OWN = {"mcu-65": ("logic", 20), "sensor-hub-65": ("rf", 16), "rf-65": ("rf", 14)}
PRODUCTS = {"logic": "logic180", "rf": "rf180"}
FIRST = {"logic": 60, "rf": 75}  # cut-off, d
TERMS = {
    "every": "45 d",
    "booking": "14 d",
    "seats": 6,
    "fab_time": "uniform(63 d, 12 d)",
    "price": 1000,
    "minimum_area": 25,
    "missed_fee": 0.3,
}


@dataclass(frozen=True)
class Lot:
    wafers: int = 6
    priority: int = 10
    due: int = 40  # d after the release
    masks: str = "uniform(25 d, 5 d)"


LOT = Lot()


def node(process: str) -> str:
    return f"180 nm {process}"


def projects() -> list[tuple[str, dict[str, object]]]:
    out = []
    rates = bug_rates()
    for name, kind in KINDS.items():
        if name in OWN:
            process, area = OWN[name]
            own = Kind(kind.what, node(process), area, kind.due, kind.start, kind.every, kind.blocks)
            out.append((kind.what, project(name.replace("65", "180"), own, rates[name])))
        else:
            out.append((kind.what, project(name, kind, rates[name])))
    return out


def shuttles() -> list[dict[str, object]]:
    own = [{"name": f"line_{p}", "node": node(p), "first": f"{FIRST[p]} d", **TERMS} for p in PRODUCTS]
    return own + [shuttle(name) for name, terms in SHUTTLES.items() if terms[1] == "28 nm"]


def connections() -> list[str]:
    out = []
    for process, product in PRODUCTS.items():
        values: dict[str, object] = {
            "name": f"{process} lots",
            "when": "design.tape_out",
            "then": "fab.release_lot",
            "shuttle": f"line_{process}",
            "product": product,
            "kind": "engineering",
            "wafers": LOT.wafers,
            "priority": LOT.priority,
            "due": f"{LOT.due} d",
            "delay": LOT.masks,
        }
        out.append(table("connections", values).rstrip("\n"))
    return out


def scenario() -> str:
    engineers = sum(number for number, *_ in design_floor.TEAMS.values())
    head = [
        "# Written by data/generate/hcmc_core.py; the sources of all figures: provenance below and data/README.md.",
        'format = "centresim/1"',
        'name = "hcmc-core"',
        f'title = "Research centre in Ho Chi Minh City: {engineers} chip designers and a pilot line on one clock"',
        'description = """',
        f"Five years of design-floor ({engineers} engineers in four countries) and pilot-line (200 mm, 180 nm).",
        f"{len(OWN)} of {len(KINDS)} kinds of chips are made in the line of the centre: what tapes out shares a lot of",
        f"{LOT.wafers} wafers, and the dies are back when that lot is finished; a respin goes round again.",
        "Chips at 28 nm go to shuttles outside.",
        '"""',
        f'start = "{START.isoformat()}"',
        f'horizon = "{HORIZON} d"',
        f'warmup = "{WARM_UP} d"',
        'provenance = { table = "hcmc-core.tables/provenance.csv" }',
    ]
    return "\n".join([*head, *connections(), *design_floor.floor(projects(), shuttles()), *pilot_line.line()]) + "\n"


def facts() -> dict[str, Any]:
    """What the text of hcmc_sources.csv may name in braces."""
    kinds = [(name, process, area, KINDS[name].cells) for name, (process, area) in OWN.items()]
    return {
        "areas": ", ".join(f"{name.replace('65', '180')} {area} mm2" for name, _, area, _ in kinds),
        "density": f"{min(a / c for *_, a, c in kinds) * 1e6:.0f}-{max(a / c for *_, a, c in kinds) * 1e6:.0f}",
        "wafers": LOT.wafers,
        "masks": LOT.masks,
        "due": f"{LOT.due} d",
        **TERMS,
    }


def main(folder: Path) -> None:
    ours = rows(HERE / "hcmc_sources.csv", facts())
    floor = design_floor.provenance()
    provenance = [
        *pilot_line.provenance_rows(file_rows()),
        *floor,
        *[eda_farm.file_row(row) for row in ours if row["path"]],
    ]
    write(folder, "hcmc-core", scenario(), provenance, ours)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent)
