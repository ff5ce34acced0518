"""The tool groups of pilot-line: one row a group, rules by area.

Times are in the unit written beside them. Where a figure comes from, provenance.py says.
"""

from dataclasses import dataclass, field

# Repair after a failure, hours: the area means of SMT2020 (2020) times REPAIR_FACTOR, because spare parts and field
# service are further away than in a production fab of a semiconductor cluster.
SMT2020_REPAIR_MIN = {
    "litho": 705.6,
    "implant": 604.8,
    "dielectric": 604.8,
    "thin_film": 453.6,
    "dry_etch": 231.8,
    "wet": 221.8,
    "cmp": 201.6,
    "diffusion": 151.2,
    "metrology": 35.3,
}
REPAIR_FACTOR = 1.25
FAILURE_EVERY = "168 h"

# The rare long outage: a part that has to be imported. (mean time between, length)
PARTS_COMPLEX = ("1 y", "lognormal(3 d, 0.8)")
PARTS_SIMPLE = ("2 y", "lognormal(2 d, 0.8)")
COMPLEX_AREAS = {"litho", "implant", "dielectric", "thin_film", "dry_etch", "cmp"}

# Planned maintenance by area, or by Group.upkeep: (name, every, hours). A number without unit counts wafers.
MAINTENANCE: dict[str, list[tuple[str, str | int, float]]] = {
    "litho": [("weekly", "7 d", 6), ("monthly", "30 d", 8), ("quarterly", "91 d", 20)],
    "diffusion": [("monthly", "30 d", 18), ("quarterly", "91 d", 30)],
    "metrology": [("weekly", "7 d", 2), ("monthly", "30 d", 4), ("quarterly", "91 d", 8)],
    "implant": [("source", 2500, 10), ("monthly", "30 d", 12), ("quarterly", "91 d", 24)],
    "dry_etch": [("wet_clean", 1500, 9), ("monthly", "30 d", 8), ("parts", 12000, 24)],
    "dielectric": [("chamber_clean", 1500, 9), ("monthly", "30 d", 10), ("parts", 12000, 24)],
    "thin_film": [("target", 2500, 12), ("monthly", "30 d", 8), ("parts", 12000, 24)],
    "ashing": [("clean", 10000, 4), ("monthly", "30 d", 4)],
    "cmp": [("pads", 800, 4), ("monthly", "30 d", 10), ("head", 6000, 16)],
    "wet": [("bath", 5000, 5), ("monthly", "30 d", 6)],
    "test": [("weekly", "7 d", 1), ("monthly", "30 d", 4)],
}

LOT_RANK = ["priority", "fifo"]
LITHO_RANK = ["priority", "setup_time", "critical_ratio"]
TRACK_RANK = ["priority", "least_work_next", "fifo"]  # develop before coat: less waits behind the track
SETUP_RANK = ["priority", "setup_time", "fifo"]
BACK_END = "back_end_bay"
FRONT_END = "front_end_bay"


@dataclass(frozen=True)
class Group:
    name: str
    area: str
    what: str
    tools: int = 1
    kind: str = "plain"  # plain | cascading | batch
    rank: list[str] = field(default_factory=lambda: LOT_RANK)
    location: str = FRONT_END
    minimum_runs: dict[str, int] = field(default_factory=dict)
    hold_for_hot: bool = True
    upkeep: str = ""  # whose repairs and maintenance; default: those of the area

    @property
    def plan(self) -> str:
        return self.upkeep or self.area


GROUPS = [
    # lithography
    Group("Track_KrF", "litho", "coater and developer beside the KrF scanner", kind="cascading", rank=TRACK_RANK),
    Group("Scanner_KrF", "litho", "248 nm scanner, refurbished; the only one", rank=LITHO_RANK),
    Group(
        "Track_iLine",
        "litho",
        "coaters and developers beside the i-line steppers",
        tools=2,
        kind="cascading",
        rank=TRACK_RANK,
    ),
    Group("Stepper_iLine", "litho", "365 nm steppers for implant and upper metal layers", tools=2, rank=LITHO_RANK),
    Group("UV_Cure", "litho", "resist hardening before high-dose implants", kind="cascading", upkeep="ashing"),
    Group("CD_SEM", "metrology", "line width after develop and after etch"),
    Group("Overlay", "metrology", "layer-to-layer registration"),
    Group("ADI_Macro", "metrology", "macro inspection after develop"),
    # thermal
    Group("Furnace_Oxide", "diffusion", "pad, liner, sacrificial and re-oxidation tubes", tools=2, kind="batch"),
    Group("Furnace_Gate", "diffusion", "gate oxide tubes, kept apart from all others", tools=2, kind="batch"),
    Group("Furnace_Drive", "diffusion", "well drive-in and densification tubes", tools=2, kind="batch"),
    Group("Furnace_Alloy", "diffusion", "hydrogen anneal at the end of line", kind="batch", location=BACK_END),
    Group("LPCVD_Poly", "diffusion", "polysilicon tube", kind="batch"),
    Group("LPCVD_Nitride", "diffusion", "nitride tubes", tools=2, kind="batch"),
    Group("LPCVD_TEOS", "diffusion", "TEOS tubes for spacers and hard masks", tools=2, kind="batch"),
    Group("RTP_Anneal", "diffusion", "rapid thermal anneal of implants"),
    Group("RTP_Silicide", "diffusion", "rapid thermal silicidation, metal allowed"),
    Group("Epitaxy", "thin_film", "silicon epitaxy over buried layers"),
    # implant
    Group(
        "Implant_MC",
        "implant",
        "medium-current implanter",
        kind="cascading",
        rank=SETUP_RANK,
        minimum_runs={"arsenic": 2},
        hold_for_hot=False,
    ),
    Group("Implant_HC", "implant", "high-current implanter", kind="cascading", rank=SETUP_RANK),
    Group("Implant_HE", "implant", "high-energy implanter for wells", kind="cascading", rank=SETUP_RANK),
    # wet
    Group("Wet_Preclean", "wet", "RCA cleans before furnaces", kind="cascading"),
    Group("Wet_Resist", "wet", "sulphuric strip and clean after ashing, front end", tools=2, kind="cascading"),
    Group("Wet_HF", "wet", "oxide etch bench", kind="cascading"),
    Group("Wet_Phosphoric", "wet", "hot nitride strip", kind="cascading"),
    Group("Wet_Cobalt", "wet", "selective strip of unreacted metal", kind="cascading"),
    Group(
        "Wet_Solvent", "wet", "polymer removal after metal and via etch", tools=2, kind="cascading", location=BACK_END
    ),
    Group("Scrubber", "wet", "brush scrubber before deposition and at lot start", kind="cascading"),
    Group("Backside_Clean", "wet", "backside and bevel clean before the scanner", kind="cascading"),
    # dry etch
    Group("Etch_Silicon", "dry_etch", "trench etch"),
    Group("Etch_Poly", "dry_etch", "gate etch"),
    Group("Etch_Nitride", "dry_etch", "hard mask, spacer and silicide-block etch"),
    Group("Etch_Oxide", "dry_etch", "contact and via etch", location=BACK_END),
    Group("Etch_Metal", "dry_etch", "aluminium etch with in-situ passivation", location=BACK_END),
    Group("Etch_Pad", "dry_etch", "passivation etch", location=BACK_END),
    Group("Etch_Deep", "dry_etch", "deep trench isolation"),
    Group("Asher_FE", "dry_etch", "resist ashing, no metal", tools=2, upkeep="ashing"),
    Group("Asher_BE", "dry_etch", "resist ashing, metal allowed", location=BACK_END, upkeep="ashing"),
    # dielectric deposition
    Group("HDP_CVD", "dielectric", "gap fill of trenches and between metal lines", kind="cascading"),
    Group("SACVD", "dielectric", "doped pre-metal glass", kind="cascading"),
    Group("PECVD_Oxide", "dielectric", "plasma oxide", kind="cascading", location=BACK_END),
    Group("PECVD_Nitride", "dielectric", "plasma nitride and oxynitride", kind="cascading", location=BACK_END),
    # metal deposition
    Group("PVD_Cobalt", "thin_film", "silicide metal", kind="cascading"),
    Group("PVD_Liner", "thin_film", "ionised titanium and nitride liners", kind="cascading", location=BACK_END),
    Group("PVD_Aluminium", "thin_film", "aluminium stack", kind="cascading", location=BACK_END),
    Group("PVD_Resistor", "thin_film", "capacitor plates and thin-film resistors", kind="cascading", location=BACK_END),
    Group("CVD_Tungsten", "thin_film", "tungsten plugs", kind="cascading", location=BACK_END),
    # polishing
    Group("CMP_Oxide", "cmp", "trench and interlayer oxide", kind="cascading", rank=SETUP_RANK),
    Group("CMP_Tungsten", "cmp", "tungsten plugs", kind="cascading", location=BACK_END),
    Group("Post_CMP", "wet", "double-sided scrub after polishing", kind="cascading"),
    # metrology and inspection
    Group("Ellipsometer", "metrology", "film thickness"),
    Group("Four_Point", "metrology", "sheet resistance"),
    Group("XRF", "metrology", "metal film thickness", location=BACK_END),
    Group("Thermal_Wave", "metrology", "implant dose"),
    Group("Profiler", "metrology", "step height and trench depth"),
    Group("Bow_Stress", "metrology", "wafer bow and film stress"),
    Group("Particle", "metrology", "unpatterned particle count"),
    Group("Defect_Scan", "metrology", "patterned defect inspection"),
    Group("Review_SEM", "metrology", "defect review and cross-checks"),
    # start and end of line
    Group("Laser_Marker", "test", "lot start and wafer marking"),
    Group("Sorter", "test", "wafer sorting, splitting and packing"),
    Group("Parametric_Test", "test", "electrical test of the scribe-line structures", tools=2, location=BACK_END),
    Group("Final_Inspection", "test", "outgoing visual inspection", location=BACK_END),
]

BY_NAME = {g.name: g for g in GROUPS}


def minutes(value: float) -> str:
    return f"{round(value, 4):g} min"


def smt2020_repair_hours(plan: str) -> float:
    """The test bay borrows the figure of metrology, ashers and resist hardening that of dry etch."""
    return SMT2020_REPAIR_MIN[{"test": "metrology", "ashing": "dry_etch"}.get(plan, plan)] / 60


def repair_hours(plan: str) -> float:
    """Mean repair of the ordinary failure, hours."""
    return round(REPAIR_FACTOR * smt2020_repair_hours(plan), 1)


def breakdowns(group: Group) -> list[dict[str, str]]:
    every, length = PARTS_COMPLEX if group.plan in COMPLEX_AREAS else PARTS_SIMPLE
    return [
        {"name": "failure", "mttf": FAILURE_EVERY, "mttr": f"{repair_hours(group.plan):g} h"},
        {"name": "imported_part", "mttf": every, "mttr": length},
    ]


def maintenance(group: Group) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, every, hours in MAINTENANCE[group.plan]:
        row: dict[str, object] = {"name": name}
        row["every" if isinstance(every, str) else "every_wafers"] = every
        row["duration"] = f"uniform({hours:g} h, {round(0.2 * hours, 2):g} h)"
        rows.append(row)
    return rows
