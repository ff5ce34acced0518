"""Stage laws and flows of design-floor: what is done for a block and for a chip, by whom, on what.

Efforts are engineer-hours for 100,000 cells. Stages stand as fitted from recorded runs of open tools
(OpenROAD-flow-scripts); sign-off and the chip's own runs are estimates.
"""

from typing import Any

from eda_farm import Lognormal, gigabytes, minutes

Task = dict[str, Any]

# -- stages ------------------------------------------------------------------------------------------------------------

# Median run time (s) at 100,000 cells, exponent, sigma; memory (MB) likewise; law of threads.
SERIAL = {"serial": 1}
GLOBAL_PLACE = {"serial": 6.68, "parallel": 4.32, "overhead": 0.068}
GLOBAL_ROUTE = {"serial": 15.72, "parallel": 89.45, "overhead": 0.583}
DETAILED_ROUTE = {"serial": 0.263, "parallel": 8.84, "overhead": 0.0115, "reference_threads": 13}
MEASURED: dict[str, tuple[float, float, float, float, float, float, dict[str, float]]] = {
    "synth": (587, 1.02, 0.69, 2567, 1.14, 0.63, SERIAL),
    "floorplan": (8.8, 0.79, 0.92, 505, 0.55, 0.49, SERIAL),
    "global_place": (572, 0.83, 0.60, 1873, 0.72, 0.55, GLOBAL_PLACE),
    "resize": (106, 0.85, 0.42, 1055, 0.63, 0.53, SERIAL),
    "detailed_place": (96, 0.88, 0.43, 996, 0.55, 0.63, SERIAL),
    "global_route": (95, 0.79, 0.63, 1698, 0.61, 0.58, GLOBAL_ROUTE),
    "detailed_route": (592, 0.67, 0.76, 10725, 0.47, 0.68, DETAILED_ROUTE),
    "finish": (130, 0.64, 0.82, 3039, 0.56, 0.71, SERIAL),
}
CTS_SHARE = 0.14  # of what follows synthesis
PLACE_ROUTE = ["floorplan", "global_place", "resize", "detailed_place", "global_route", "detailed_route", "finish"]


def clock_tree() -> float:
    return CTS_SHARE / (1 - CTS_SHARE) * sum(MEASURED[name][0] for name in PLACE_ROUTE)


def law(n: float, serial: float = 0, parallel: float = 0, overhead: float = 0, **_: float) -> float:
    return serial + parallel / n + overhead * n


BUILD_THREADS = 8


def build() -> float:
    """Placement to routing of a block in one go, on so many threads, s at 100,000 cells."""

    def seconds(name: str, reference: float) -> float:
        threads = MEASURED[name][6]
        return MEASURED[name][0] * law(BUILD_THREADS, **threads) / law(reference, **threads)

    return (
        seconds("global_place", 1)
        + seconds("global_route", 1)
        + seconds("detailed_route", 13)
        + (sum(MEASURED[name][0] for name in ("resize", "detailed_place", "finish")) + clock_tree())
    )


# Estimates: run time (min) at 100,000 cells, exponent, sigma, memory (GB), exponent, sigma, threads they are for.
SIGN_OFF: dict[str, tuple[float, float, float, float, float, float, int]] = {
    "extraction": (12, 0.8, 0.4, 6, 0.6, 0.4, 8),
    "sta": (10, 0.8, 0.5, 8, 0.6, 0.4, 8),
    "drc_lvs": (80, 0.6, 0.5, 30, 0.5, 0.4, 16),
    "top_level": (60, 0.7, 0.5, 20, 0.5, 0.4, 16),
}
SIGN_OFF_THREADS = {"serial": 0.15, "parallel": 0.85}


def stages() -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for name, (run, growth, spread, memory, grows, spreads, threads) in MEASURED.items():
        out.append(stage(name, f"{run:g} s", growth, spread, memory / 1e3, grows, spreads, threads))
    out.append(stage("cts", f"{clock_tree():.0f} s", 0.85, 0.5, 1.7, 0.6, 0.58, SERIAL))
    out.append(stage("build", f"{build():.0f} s", 0.75, 0.73, 10.7, 0.47, 0.68, SERIAL))
    for name, (run, growth, spread, memory, grows, spreads, n) in SIGN_OFF.items():
        threads = {**SIGN_OFF_THREADS, "reference_threads": n}
        out.append(stage(name, f"{run:g} min", growth, spread, memory, grows, spreads, threads))
    return out


def stage(
    name: str, run: str, growth: float, spread: float, memory: float, grows: float, spreads: float, threads: Any
) -> dict[str, object]:
    laws = {"run": run, "run_exponent": growth, "run_spread": spread}
    room = {"memory": round(memory, 2), "memory_exponent": grows, "memory_spread": spreads}
    return {"name": name, **laws, **room, **threads}


# -- tasks -------------------------------------------------------------------------------------------------------------

EFFORT_CV = 0.3
BLOCK, CHIP = 0.7, 0.5  # growth of efforts with cells
MARGIN = 1.6  # memory requested over the peak
CYCLES = 2e7  # of a regression job


def hours(mean: float) -> str:
    return f"lognormal({mean:g} h, {EFFORT_CV:g})"


def human(name: str, skill: str, effort: float, after: list[str], grows: float = 0, **more: Any) -> Task:
    task: Task = {"name": name, "type": "human", "after": after, "skill": skill, "effort": hours(effort)}
    return {**task, **({"effort_exponent": grows} if grows else {}), **more}


def mixed(name: str, skill: str, launch: float, effort: float, after: list[str], **more: Any) -> Task:
    return {**human(name, skill, effort, after), "type": "mixed", "launch": hours(launch), **more}


def jobs(name: str, after: list[str], **more: Any) -> Task:
    return {"name": name, "type": "compute", "after": after, **more}


def stage_run(stage: str, threads: int, tokens: list[str], **more: Any) -> Task:
    return {"stage": stage, "threads": threads, "tokens": tokens, "memory_request": MARGIN, **more}


REGRESSION = minutes(170, 0.8)  # run time of a regression job: a list of tests
REGRESSION_MEMORY = gigabytes(3, 0.6)


def regression(name: str, after: list[str], until: str, every: str, number: str) -> Task:
    laws = {"jobs": number, "run": REGRESSION, "memory": REGRESSION_MEMORY, "memory_request": MARGIN}
    again = {"every": every, "until": until, "cycles": CYCLES}
    return jobs(name, after, **laws, tokens=["simulator"], priority=-10, **again)


def gate(name: str, after: list[str], passes: float, returns: dict[str, float], rework: float, **more: Any) -> Task:
    back = [{"to": to, "weight": weight} for to, weight in returns.items()]
    tries = {"pass": passes, "improvement": 0.7, "returns": back, "rework": rework}
    return {"name": name, "type": "gate", "after": after, **tries, **more}


PASS = 0.63  # at the first try: 37 % of recorded runs end with timing not met


def digital_block() -> list[Task]:
    grown = {"effort_exponent": BLOCK}
    viewer, router = {"session": ["viewer"]}, ["place_route:1+1/8"]
    return [
        human("micro_architecture", "rtl", 60, [], BLOCK),
        human("rtl", "rtl", 190, ["micro_architecture"], BLOCK, people=2),
        human("testbench", "dv", 120, ["micro_architecture"], BLOCK, people=2),
        human("tests", "dv", 210, ["rtl", "testbench"], BLOCK, people=3, **viewer),
        regression("regression", ["rtl", "testbench"], "sign_off", "1 d", "integers(40, 90)"),
        mixed("lint", "rtl", 2, 20, ["rtl"], **grown, run=minutes(15, 0.8), memory=gigabytes(4, 0.5)),
        mixed("formal", "dv", 6, 26, ["lint"], **grown, jobs="integers(4, 12)", run=minutes(60, 1.0), threads=4,
              memory=gigabytes(12, 0.6), memory_request=MARGIN, tokens=["formal"]),
        jobs("proofs", ["lint"], jobs="integers(2, 6)", run=minutes(60, 1.0), threads=4, memory=gigabytes(12, 0.6),
             memory_request=MARGIN, tokens=["formal"], every="1 d", until="sign_off", priority=-5),
        mixed("synthesis", "pd", 6, 14, ["lint"], **grown,
              **stage_run("synth", 4, ["synthesis"], jobs="integers(2, 4)")),
        human("dft", "dft", 30, ["synthesis"], BLOCK),
        mixed("floorplan", "pd", 20, 35, ["synthesis"], **grown, **stage_run("floorplan", 1, ["place_route"]),
              **viewer),
        jobs("trial_synthesis", ["synthesis"], **stage_run("synth", 4, ["synthesis"], jobs="integers(2, 6)"),
             every="1 d", until="sign_off", priority=-5),
        jobs("trial_builds", ["floorplan"], **stage_run("build", BUILD_THREADS, router, jobs="integers(8, 16)"),
             every="1 d", until="sign_off", priority=-5),
        jobs("trial_extraction", ["floorplan"], **stage_run("extraction", 8, ["extraction"], jobs="integers(20, 60)"),
             every="1 d", until="sign_off", priority=-5),
        jobs("trial_timing", ["floorplan"], **stage_run("sta", 8, ["sta"], jobs="integers(60, 160)"), every="1 d",
             until="sign_off", priority=-5),
        mixed("global_place", "pd", 2, 10, ["floorplan", "dft"], **grown,
              **stage_run("global_place", 8, router, choose="min_finish")),
        jobs("resize", ["global_place"], **stage_run("resize", 1, ["place_route"])),
        jobs("detailed_place", ["resize"], **stage_run("detailed_place", 1, ["place_route"])),
        mixed("cts", "pd", 1, 8, ["detailed_place"], **grown, **stage_run("cts", 1, ["place_route"]), **viewer),
        jobs("global_route", ["cts"], **stage_run("global_route", 16, router, choose="min_finish")),
        mixed("detailed_route", "pd", 1, 16, ["global_route"], **grown,
              **stage_run("detailed_route", 16, router, choose="efficiency"), **viewer),
        jobs("finish", ["detailed_route"], **stage_run("finish", 1, ["place_route"])),
        jobs("extraction", ["finish"], **stage_run("extraction", 8, ["extraction"], jobs="integers(3, 9)")),
        jobs("sta", ["extraction"], **stage_run("sta", 8, ["sta"], jobs="integers(10, 40)")),
        human("timing_closure", "pd", 40, ["sta"], BLOCK, **viewer),
        mixed("drc_lvs", "pd", 2, 18, ["finish"], **grown, **stage_run("drc_lvs", 16, ["drc_lvs:2+1/8"]), **viewer),
        gate("sign_off", ["tests", "formal", "timing_closure", "drc_lvs"], PASS,
             {"global_route": 0.5, "resize": 0.2, "synthesis": 0.2, "rtl": 0.1}, 0.35),
    ]  # fmt: skip


ANALOG_SIMULATION = minutes(30, 1.0)


def analog_block() -> list[Task]:
    seat, run = {"session": ["analog"]}, {"memory": gigabytes(4, 0.6), "memory_request": MARGIN, "tokens": ["spice"]}
    return [
        human("circuit_architecture", "analog", 50, []),
        human("schematic", "analog", 160, ["circuit_architecture"], people=2, **seat),
        mixed("simulation", "analog", 6, 40, ["schematic"], jobs="integers(40, 120)", run=ANALOG_SIMULATION,
              **run, **seat),
        jobs("trial_simulations", ["schematic"], jobs="integers(60, 140)", run=ANALOG_SIMULATION, **run, every="1 d",
             until="sign_off", priority=-5),
        human("layout", "analog", 140, ["simulation"], people=2, **seat),
        mixed("drc_lvs", "analog", 1, 16, ["layout"], run=minutes(40, 0.5), threads=8, memory=gigabytes(16, 0.5),
              memory_request=MARGIN, tokens=["drc_lvs:2+1/8"], **seat),
        mixed("post_layout", "analog", 4, 30, ["drc_lvs"], jobs="integers(40, 120)", run=minutes(60, 1.0),
              **run, **seat),
        human("behavioural_model", "analog", 40, ["schematic"]),
        gate("sign_off", ["post_layout", "behavioural_model"], PASS, {"layout": 0.7, "schematic": 0.3}, 0.35),
    ]  # fmt: skip


COVERAGE = 1.5e11  # regression cycles that the plan asks for before sign-off


def chip(package_cost: float) -> list[Task]:
    grown, viewer = {"effort_exponent": CHIP}, {"session": ["viewer"]}
    back = {"assembly": 0.6, "digital_block/detailed_route": 0.2, "digital_block/synthesis": 0.12, "chip_rtl": 0.08}
    return [
        human("specification", "architecture", 60, [], CHIP, people=2),
        human("plan", "pm", 60, ["specification"]),
        human("environment", "cad", 100, ["specification"]),
        human("architecture", "architecture", 130, ["specification"], CHIP, people=2),
        {"name": "blocks", "type": "blocks", "after": ["architecture", "environment", "plan"]},
        human("chip_rtl", "rtl", 70, ["architecture"], CHIP, people=2),
        human("chip_testbench", "dv", 110, ["architecture"], CHIP, people=3),
        human("chip_tests", "dv", 210, ["chip_rtl", "chip_testbench"], CHIP, people=4, **viewer),
        regression("nightly", ["chip_rtl", "chip_testbench"], "tape_out_review", "1 d", "integers(100, 200)"),
        regression("weekly", ["chip_rtl", "chip_testbench"], "tape_out_review", "7 d", "integers(250, 400)"),
        human("chip_dft", "dft", 40, ["blocks"], CHIP),
        mixed("assembly", "pd", 50, 50, ["blocks", "chip_rtl"], **grown, people=2,
              **stage_run("top_level", 16, ["place_route:1+1/8"]), **viewer),
        mixed("gate_level", "dv", 16, 50, ["assembly", "chip_dft"], **grown, jobs="integers(40, 80)",
              run=minutes(300, 0.8), memory=gigabytes(8, 0.5), memory_request=MARGIN, tokens=["simulator"],
              cycles=CYCLES / 10),
        jobs("chip_extraction", ["assembly"], **stage_run("extraction", 8, ["extraction"], jobs="integers(3, 9)")),
        jobs("chip_sta", ["chip_extraction"], **stage_run("sta", 8, ["sta"], jobs="integers(20, 60)")),
        jobs("closure_timing", ["assembly"], **stage_run("sta", 8, ["sta"], jobs="integers(60, 160)"), every="1 d",
             until="full_chip_sign_off", priority=-5),
        jobs("closure_drc_lvs", ["assembly"], **stage_run("drc_lvs", 16, ["drc_lvs:2+1/8"], jobs="integers(2, 4)"),
             every="1 d", until="full_chip_sign_off", priority=-5),
        human("chip_timing", "pd", 40, ["chip_sta"], CHIP, people=2, **viewer),
        mixed("chip_drc_lvs", "pd", 4, 40, ["assembly"], **grown, **stage_run("drc_lvs", 16, ["drc_lvs:2+1/8"]),
              **viewer),
        {"name": "coverage", "type": "gate", "after": ["chip_tests"], "after_cycles": COVERAGE},
        gate("full_chip_sign_off", ["gate_level", "chip_timing", "chip_drc_lvs", "coverage"], PASS, back, 0.3),
        human("final_eco", "pd", 40, ["full_chip_sign_off"], CHIP, people=2),
        human("tape_out_review", "pm", 24, ["final_eco"]),
        {"name": "shuttle", "type": "shuttle", "after": ["tape_out_review"], "book_after": "blocks"},
        {"name": "package", "type": "external", "after": ["shuttle"], "time": "triangular(14 d, 21 d, 35 d)",
         "cost": package_cost},
        {"name": "customs", "type": "external", "after": ["package"], "time": "triangular(4 d, 7 d, 20 d)",
         "cost": 1500},
        human("test_board", "lab", 100, ["blocks"], people=2),
        mixed("bring_up", "lab", 60, 80, ["customs", "test_board"], **grown, people=3, run=minutes(120, 0.8),
              memory=gigabytes(4, 0.5)),
        {"name": "silicon", "type": "silicon", "after": ["bring_up"],
         "returns": [{"to": "final_eco", "weight": 0.7}, {"to": "assembly", "weight": 0.3}], "rework": 0.6,
         "max_tries": 4},
        human("release", "pm", 40, ["silicon"]),
    ]  # fmt: skip


FLOWS: dict[str, list[Task]] = {"digital_block": digital_block(), "analog_block": analog_block(), "chip": chip(20_000)}


def flows() -> list[dict[str, object]]:
    def text(value: Any) -> Any:
        return value.text() if isinstance(value, Lognormal) else value

    return [{"name": n, "tasks": [{k: text(v) for k, v in t.items()} for t in tasks]} for n, tasks in FLOWS.items()]
