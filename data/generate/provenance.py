"""Where every number of pilot-line comes from. One row a kind of input; paths may hold wildcards.

basis: sourced (stated by the source), derived (arithmetic from it), estimate (our judgement; a slider, not data).
"""

from dataclasses import dataclass

from releases import RELEASES
from tools import COMPLEX_AREAS, GROUPS, MAINTENANCE, REPAIR_FACTOR, SMT2020_REPAIR_MIN, repair_hours

SMT2020 = "SMT2020 testbed (Kopp, Hassoun, Kalir, Mönch, IEEE TSM 33(4))"
MOHALI = "channeliam.com, SCL Mohali (2025-11-29); menafn.com (2024)"
IHP = "ihp-microelectronics.com, clean-room extension STRE"
OWN = "own estimate"


@dataclass(frozen=True)
class Row:
    path: str
    basis: str
    source: str
    year: int | None
    low: str
    high: str
    note: str
    parameter: str  # the row of the README
    value: str


def general() -> list[Row]:
    g = "fab.tool_groups.*"
    s = "fab.routes.*.steps.*"
    pairs = sum(group.tools > 1 for group in GROUPS)
    return [
        Row(f"{g}.tools", "estimate", OWN, 2026, "1", "3",
            "sized by capability: one tool unless its load, or the harm of its loss, asks for a second", "tools in a group",
            f"1, in {pairs} of {len(GROUPS)} groups 2"),
        Row(f"{g}.load", "derived", SMT2020, 2020, "0.5 min", "3 min", "there 1 min for every tool", "load time", "1 min"),
        Row(f"{g}.unload", "derived", SMT2020, 2020, "0.5 min", "3 min", "there 1 min for every tool", "unload time",
            "1 min"),
        Row(f"{g}.minimum_runs.*.lots", "estimate", OWN, 2026, "1", "7", "SMT2020 has 7 at forty times our volume. Only for the first species of the routes: a hold for a species that "
            "comes later stops the lots that would bring it", "minimum run of arsenic at Implant_MC", "2 lots"),
        Row(f"{g}.breakdowns.failure.mttf", "derived", SMT2020, 2020, "84 h", "336 h", "168 h in every area there",
            "mean time to failure", "168 h, exponential"),
        Row(f"{g}.breakdowns.imported_part.mttf", "estimate", OWN, 2026, "90 d", "5 y", "no public figure for Vietnam",
            "time between waits for an imported part", "1 y for complex tools, 2 y for others; exponential"),
        Row(f"{g}.breakdowns.imported_part.mttr", "estimate", OWN, 2026, "1 d", "14 d",
            "a part that must be flown in and cleared; no public figure for Vietnam", "wait for an imported part",
            "3 d for complex tools, 2 d for others; lognormal, cv 0.8"),
        Row(f"{s}.time", "estimate", OWN, 2026, "", "",
            "judgement for 200 mm tools of the 180 nm generation, to be replaced tool by tool from quotations; vary them by "
            "a quarter to either side. The spread of 5 % is that of SMT2020", "process times", "pilot-line.tables"),
        Row(f"{s}.interval", "derived", SMT2020, 2020, "", "",
            "interval over process time there: implant and wet 0.75, thin film 0.85, dielectric 0.90, polishing 0.70; "
            "lithography tracks 0.75 is ours", "cascading interval", "0.70-0.90 of the process time"),
        Row(f"{s}.batch_min", "estimate", OWN, 2026, "1", "50", "partners are rare", "smallest furnace load", "25 wafers"),
        Row(f"{s}.batch_max", "estimate", OWN, 2026, "50", "150", "product wafers of a tube", "largest furnace load",
            "100 wafers"),
        Row(f"{s}.batch_wait", "estimate", OWN, 2026, "1 h", "24 h",
            "shorter where a queue-time window is open", "longest wait for a furnace load", "3-6 h"),
        Row(f"{s}.setup_time", "estimate", OWN, 2026, "5 min", "30 min",
            "SMT2020 has 8 and 15 min at its steppers; slurry change ours", "reticle change; slurry change",
            "6-8 min; 25 min"),
        Row(f"{s}.sampling", "estimate", SMT2020, 2020, "0.3", "1",
            "mean sampling of sampled steps there 56-59 %; split over our steps by us", "metrology sampling", "0.3-1"),
        Row(f"{s}.rework", "estimate", SMT2020, 2020, "0.01", "0.03",
            "1.0-1.2 % there; raised for a line that learns", "rework after registration", "1.5-2 %"),
        Row(f"{s}.queue_time_limit", "estimate", OWN, 2026, "1 h", "12 h",
            "usual windows: clean to furnace, expose to develop, etch to ash, polish to scrub; measured, not enforced",
            "queue-time limits", "2-8 h"),
        Row("fab.setup_times.*", "estimate", OWN, 2026, "15 min", "80 min",
            "SMT2020 gas implanters need 60-80 min; smaller beam changes are quicker", "implant species change",
            "25-35 min"),
        Row("fab.transport.*", "derived", SMT2020, 2020, "2 min", "30 min",
            "7.5 min, half-width 2.5 there; between our bays twice that (hand-carry)", "transport",
            "uniform(7.5 min, 2.5 min); between bays uniform(15 min, 5 min)"),
    ]


def choices() -> list[Row]:
    """Not numbers, so not in the file's provenance; for the README."""
    return [
        Row("", "estimate", OWN, 2026, "", "", "priority first as in SMT2020; critical ratio only at the exposure tools",
            "dispatch rule", "priority, then setup, then FIFO or critical ratio"),
        Row("", "derived", SMT2020, 2020, "", "", "the areas that cascade there", "tools that take a second lot in",
            "tracks, implant, wet, deposition, polishing"),
        Row("", "derived", SMT2020, 2020, "", "", "as in the engineering variants there", "who may share a furnace run",
            "same step name, any product"),
        Row("", "estimate", OWN, 2026, "", "", "only super-hot lots use it", "tools held for super-hot lots",
            "all but furnaces and Implant_MC"),
        Row("", "estimate", OWN, 2026, "", "", "upper metals return to the stepper of their via", "lens dedication",
            "i-line vias and metals"),
    ]


def by_area() -> list[Row]:
    rows = []
    for group in GROUPS:
        base = SMT2020_REPAIR_MIN["metrology" if group.area == "test" else group.area] / 60
        rows.append(Row(f"fab.tool_groups.{group.name}.breakdowns.failure.mttr", "estimate", SMT2020, 2020, f"{base:.3g} h",
                        f"{3 * base:.3g} h", f"area mean of the data set times {REPAIR_FACTOR}: parts and service are further away", "", ""))
        rows.append(Row(f"fab.tool_groups.{group.name}.maintenance.*", "estimate", SMT2020, 2020, "", "",
                        "lengths and intervals inside the ranges of the data set, chosen for our volume", "", ""))
    return rows


def area_readme() -> list[Row]:
    rows = []
    for area in MAINTENANCE:
        base = SMT2020_REPAIR_MIN["metrology" if area == "test" else area] / 60
        rows.append(Row("", "estimate", SMT2020 + f", area mean times {REPAIR_FACTOR}", 2020, f"{base:.3g} h", f"{3 * base:.3g} h", "",
                        f"mean repair, {area}", f"{repair_hours(area):g} h"))
        plan = "; ".join(f"{h:g} h every {e if isinstance(e, str) else f'{e:,} wafers'}" for _, e, h in MAINTENANCE[area])
        rows.append(Row("", "estimate", "intervals and lengths inside the ranges of SMT2020", 2020, "x 0.5", "x 2", "",
                        f"maintenance, {area}", plan + "; half-width 20 %"))
    return rows


def releases() -> list[Row]:
    wafers = sum(r.lots_per_day * r.mean_wafers for r in RELEASES) * 365 / 12
    lots = sum(r.lots_per_day for r in RELEASES)
    share = {k: sum(r.lots_per_day for r in RELEASES if r.kind == k) / lots for k in ("hot", "super_hot", "engineering")}
    return [
        Row("fab.releases.*_regular.every", "derived", MOHALI, 2025, "", "",
            f"together about {round(wafers, -1):,.0f} wafers a month; a 200 mm, 180 nm line with a public plan goes from 700 "
            "to 1,500", "wafer starts", f"{round(wafers, -1):,.0f} a month (range 700-1,500)"),
        Row("fab.releases.*_hot.every", "estimate", OWN, 2026, "", "",
            "pilot lines: hot lots 10 % (5-20 %), super-hot 1 %; no public source",
            "hot and super-hot share of lots", f"{share['hot']:.0%}; {share['super_hot']:.1%}"),
        Row("fab.releases.*_engineering.every", "estimate", OWN, 2026, "", "",
            "pilot lines: about half of the starts (30-80 %); no public source", "engineering share of lots",
            f"{share['engineering']:.0%}"),
        Row("fab.releases.*.wafers", "estimate", OWN, 2026, "1", "25",
            "short lots of 1-13 wafers are usual in research lines; the even law is ours", "wafers a lot",
            "regular 25, hot 12, super-hot 6, engineering 1-12"),
        Row("fab.releases.*.priority", "derived", SMT2020, 2020, "", "", "10, 20, 30 as there", "priorities", "10, 20, 30"),
        Row("fab.releases.*.due_factor", "estimate", OWN, 2026, "1.4", "10",
            "what a planner of this line could promise, kept four or five times in six; SMT2020, a far larger line, promises "
            "2.15-2.24 raw process times to regular and 1.39 to hot lots",
            "due date, in raw process times", "regular 3.0-3.4, hot 2.6-2.8, super-hot 2.4, engineering 3.2-9"),
    ]


def readme_only() -> list[Row]:
    complex_areas = ", ".join(sorted(COMPLEX_AREAS))
    return [
        Row("", "estimate", OWN, 2026, "18", "32", "", "mask layers", "27 (logic), 28 (mixed signal), 24 (power)"),
        Row("", "sourced", IHP, 2021, "", "", "", "hours of operation", "24 h, 7 d, as a 200 mm research line in Europe"),
        Row("", "estimate", OWN, 2026, "", "", "", "complex tools", complex_areas),
    ]


def file_rows() -> list[Row]:
    return general() + by_area() + releases()


def readme_rows() -> list[Row]:
    return releases() + readme_only() + choices() + general() + area_readme()
