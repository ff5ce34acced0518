"""Runs strategies for queue times and for engineering lots on SMT2020 HVLM, and writes the page strategies.md.

usage: docs/validation/strategies.py DATA [--replications 3] [--days 730] [--threads N] [-o PAGE]

DATA is the folder of the model in AutoSched text.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import centresim as cs
import numpy as np

SCANNERS = ("LithoTrack_FE_95", "LithoTrack_FE_115")
# Setups that an engineering lot always needs, minutes: mean and half width [1]. "The last three litho groups" are taken
# for the exposure groups with dedicated tools.
CORRECTIONS = {
    "LithoTrack_FE_115": (24, 8),
    "LithoTrack_FE_95": (45, 15),
    **dict.fromkeys(("Litho_FE_92", "Litho_FE_111", "Litho_BE_110"), (90, 37.5)),
}
PLANAR = (37.5, 22.5)
# Most lots with open windows at the scanners, and with those still to come [2].
STOPPING = {
    "stopping, high limits": {"LithoTrack_FE_95": (90, 130), "LithoTrack_FE_115": (90, 220)},
    "stopping, medium limits": {"LithoTrack_FE_95": (60, 95), "LithoTrack_FE_115": (70, 150)},
    "stopping, small limits": {"LithoTrack_FE_95": (50, 85), "LithoTrack_FE_115": (55, 125)},
    "stopping at 4 lots": dict.fromkeys(SCANNERS, (4, 4)),
}
# Mean cycle times of production, engineering and hot engineering lots, days [1], read from a figure, +- 0.5.
PUBLISHED = {
    "base": (38.5, 45.8, 28.5),
    "engineering first": (40.0, 29.2, 28.4),
    "windows 151.2 h / 16.8 h": (38.6, 64.0, 36.3),
    "windows 75.6 h / 8.4 h": (38.7, 60.6, 36.0),
    "windows 21.6 h / 2.4 h": (38.3, 52.0, 33.7),
    "campaigns of 100": (39.3, 67.4, 42.6),
    "campaigns of 50": (38.8, 55.4, 36.0),
    "campaigns of 25": (38.6, 49.1, 32.2),
    "campaigns of 10": (38.4, 45.4, 30.0),
}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    names = list(head)
    yield "| " + " | ".join(names) + " |"
    yield "| --- |" + " ---: |" * (len(names) - 1)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"


def estimate(r: cs.Result, kpi: str, scale: float = 1, digits: int = 2, **labels: str) -> str:
    e = r.kpi(kpi, **labels)
    return f"{scale * e.mean:.{digits}f} ± {scale * e.half_width:.{digits}f}"


# ---- queue times ----


def ranked_by(scenario: cs.Scenario, rank: str) -> cs.Scenario:
    """The criterion just before the last of its rank list: order of arrival, or critical ratio."""
    ranks = {g.name: [*g.rank[:-1], rank, g.rank[-1]] for g in scenario.fab.tool_groups}
    return scenario.with_({f"fab.tool_groups.{name}.rank": given for name, given in ranks.items()})


def stopping(scenario: cs.Scenario, limits: dict[str, tuple[int, int]]) -> cs.Scenario:
    changes: dict[str, int] = {}
    for name, (front, lots) in limits.items():
        changes |= {f"fab.tool_groups.{name}.queue_time_front": front, f"fab.tool_groups.{name}.queue_time_lots": lots}
    return scenario.with_(changes)


def queue_time_strategies(scenario: cs.Scenario, base: cs.Result) -> Iterator[tuple[str, cs.Scenario]]:
    yield "QTCR", ranked_by(scenario, "queue_time_ratio")
    ratio = scenario.with_(
        {f"fab.tool_groups.{g.name}.rank": [*g.rank[:-1], "critical_ratio"] for g in scenario.fab.tool_groups}
    )
    yield "critical ratio, not order of arrival", ratio
    yield "critical ratio, QTCR", ranked_by(ratio, "queue_time_ratio")
    yield "QTS", ranked_by(cs.fab.with_flow_factors(base), "queue_time_due")
    for name, limits in STOPPING.items():
        yield name, stopping(scenario, limits)


def litho_windows(scenario: cs.Scenario) -> set[str]:
    """Windows with a scanner among their steps, the first and the last included."""
    found = set()
    for route in scenario.fab.routes:
        at = {step.name: i for i, step in enumerate(route.steps)}
        for i, step in enumerate(route.steps):
            steps = route.steps[i : at[step.queue_time_to] + 1] if step.queue_time_to else ()
            if any(s.tool_group in SCANNERS for s in steps):
                found.add(f"{route.name}/{step.name}->{step.queue_time_to}")
    return found


def late_share(r: cs.Result, windows: set[str]) -> float:
    """Share of the windows of these that were broken, percent."""
    tree = r.fab.queue_times.to_xarray()
    chosen = [name in windows for name in tree["constraint"].values]
    closed, broken = (np.asarray(tree[name])[:, chosen].sum() for name in ("closed", "broken"))
    return float(100 * broken / closed)


def queue_time_rows(scenario: cs.Scenario, runs: dict[str, object]) -> Iterator[list[object]]:
    base = scenario.run(**runs)
    litho = litho_windows(scenario)
    for name, r in [("as it is", base), *((n, s.run(**runs)) for n, s in queue_time_strategies(scenario, base))]:
        kpi = "fab.queue_time_violations"
        times = [estimate(r, "fab.cycle_time", kind=kind) for kind in ("PRL", "PHL")]
        rest = set(r.fab.queue_times.to_xarray()["constraint"].values) - litho
        yield [
            name,
            estimate(r, kpi, 100),
            *(f"{late_share(r, w):.2f}" for w in (litho, rest)),
            *(estimate(r, f"{kpi}_{h}h", 100) for h in (1, 4)),
            *times,
            estimate(r, "fab.throughput"),
        ]


# ---- engineering lots ----


def engineering_steps(route: cs.fab.Route) -> list[cs.fab.Step]:
    """The production route with a correction setup before every lot at scanners, exposure and planarisation."""
    steps = []
    for step in route.steps:
        mean, half_width = CORRECTIONS.get(step.tool_group, PLANAR if step.tool_group.startswith("Planar") else (0, 0))
        if mean:
            time = cs.uniform(f"{mean} min", f"{half_width} min")
            step = step.replace(setup="correction", setup_when="always", setup_time=time)
        steps.append(step)
    return steps


def engineering_releases() -> list[cs.fab.Release]:
    """40 lots a week of 1 to 10 wafers, a fifth of them hot, half on Monday and half on Wednesday at 8:00 [1]."""
    return [
        cs.fab.Release(
            product="part_E3",
            name=f"{kind}_{day}",
            kind=kind,
            priority=priority,
            every="7 d",
            start=start,
            lots=lots,
            wafers=cs.integers(1, 10),
            due=due,
        )
        for kind, priority, lots, due in (("ERL", 10, 16, "47.84 d"), ("EHL", 20, 4, "30.37 d"))
        for day, start in (("Monday", "8 h"), ("Wednesday", "56 h"))
    ]


def with_engineering_lots(scenario: cs.Scenario) -> cs.Scenario:
    """A model like DS3 of the testbed: HVLM, engineering lots of part_3, and tools for them.

    Production and engineering lots of a family share batches; scanners and planarisation do not look at setups when
    they choose. Every group has the number of tools that brings its load nearest to what it was (at most that or 97 %).
    """
    fab = scenario.fab
    route = next(r for r in fab.routes if r.name == next(p.route for p in fab.products if p.name == "part_3"))
    products = [p.replace(family="part_3") if p.name == "part_3" else p for p in fab.products]
    groups = [with_shared_tools(g) for g in fab.tool_groups]
    engineering = cs.fab.Route(name="route_E3", steps=engineering_steps(route))
    grown = scenario.with_(
        {
            "fab.tool_groups": groups,
            "fab.routes": [*fab.routes, engineering],
            "fab.products": [*products, cs.fab.Product(name="part_E3", route="route_E3", family="part_3")],
            "fab.releases": [*fab.releases, *engineering_releases()],
        }
    )
    before, after = (cs.capacity(s).groups["load"] for s in (scenario, grown))
    tools = {g.name: tools_for(g.tools, before[g.name], after[g.name]) for g in fab.tool_groups}
    return grown.with_({f"fab.tool_groups.{name}.tools": number for name, number in tools.items()})


def tools_for(tools: int, before: float, after: float) -> int:
    """Nearest to the load of before, at most that or 97 %; ``after``: the load of the tools there were."""
    number = max(tools, round(tools * after / before))
    return number + 1 if after * tools / number > max(before, 0.97) else number


def with_shared_tools(group: cs.fab.ToolGroup) -> cs.fab.ToolGroup:
    if group.batch_mix:
        return group.replace(batch_mix="family_step")
    if group.name in SCANNERS or group.name.startswith("Planar"):
        return group.replace(rank=[r for r in group.rank if r != "setup_time"])
    return group


def by_turns(scenario: cs.Scenario, **rule: object) -> cs.Scenario:
    turns = cs.fab.EngineeringRule(kinds=["ERL", "EHL"], **rule)
    return scenario.with_({f"fab.tool_groups.{name}.engineering": turns for name in SCANNERS})


def engineering_strategies(base: cs.Scenario) -> Iterator[tuple[str, cs.Scenario]]:
    yield "base", base
    first = {r.name: {"ERL": 15, "EHL": 25}[r.kind] for r in base.fab.releases if r.kind in ("ERL", "EHL")}
    yield "engineering first", base.with_({f"fab.releases.{name}.priority": p for name, p in first.items()})
    for production, other in ((151.2, 16.8), (75.6, 8.4), (21.6, 2.4)):
        windows = {"production_window": f"{production} h", "engineering_window": f"{other} h"}
        yield f"windows {production} h / {other} h", by_turns(base, **windows)
    for lots in (100, 50, 25, 10):
        yield f"campaigns of {lots}", by_turns(base, campaign=lots)


def engineering_rows(base: cs.Scenario, runs: dict[str, object]) -> Iterator[list[object]]:
    for name, scenario in engineering_strategies(base):
        r = scenario.run(**runs)
        times = [estimate(r, "fab.cycle_time", kind=kind) for kind in ("PRL", "ERL", "EHL", "PHL")]
        yield [name, *(f"{ours} ({known})" for ours, known in zip(times, PUBLISHED[name], strict=False)), times[3]]


def model_rows(base: cs.Scenario, runs: dict[str, object]) -> Iterator[list[object]]:
    """Published figures of DS3 [1, 2] that say whether the model is like it."""
    r = base.run(**runs)
    tools = sum(g.tools for g in base.fab.tool_groups if not g.name.startswith("Delay"))
    yield ["tools", 1135, tools]
    yield ["mean work in process, lots", 2420, estimate(r, "fab.wip", digits=0)]
    for name, known in (("LithoTrack_FE_95", 14.7), ("LithoTrack_FE_115", 7.9), ("Implant_128", 17.4)):
        share = estimate(r, "fab.setup_share", 100, tool_group=full_name(base, name))
        yield [f"time for setups, {name}, %", known, share]
    planar = full_name(base, "Planar_BE_75")
    yield ["utilisation, Planar_BE_75, %", 70.4, estimate(r, "fab.utilisation", 100, tool_group=planar)]


def full_name(scenario: cs.Scenario, start: str) -> str:
    return next(g.name for g in scenario.fab.tool_groups if g.name.startswith(start))


def page(given: argparse.Namespace) -> Iterator[str]:
    scenario = cs.fab.read_smt2020(given.data)
    runs = {
        "horizon": f"{given.days} d",
        "warmup": f"{given.days // 2} d",
        "replications": given.replications,
        "seed": 1,
        "threads": given.threads,
        "progress": False,
    }
    yield "# Strategies on SMT2020 HVLM\n"
    yield (
        f"The second half of {given.days} days, {given.replications} replications with common random numbers; ± is the"
        " 95 % half\nwidth. Written by `docs/validation/strategies.py`.\n"
    )
    yield "## Queue times\n"
    yield QUEUE_TIMES
    head = ["strategy", "violations, %", "windows with scanners, %", "others, %", "by 1 h, %", "by 4 h, %"]
    yield from table([*head, "regular lots, d", "hot lots, d", "lots out a day"], queue_time_rows(scenario, runs))
    base = with_engineering_lots(scenario)
    yield "\n## Engineering lots\n"
    yield ENGINEERING
    yield from table(["", "AutoSched AP, DS3", "here"], model_rows(base, runs))
    yield "\nMean cycle times in days; in brackets the published ones of DS3 [1].\n"
    head = ["strategy", "production", "engineering", "hot engineering", "hot production"]
    yield from table(head, engineering_rows(base, runs))
    yield SOURCES


QUEUE_TIMES = """Share of the completed queue-time windows that took longer than allowed. QTCR (`queue_time_ratio`)
and QTS (`queue_time_due`, with the flow factors that the first row measured) come just before the order of arrival in
the rank lists; stopping holds lots in front of windows that lead to the scanners, with the limits of [2]. What [2]
reports for another data set, whose rank lists end with critical ratio: both ranks lower violations, most at the
scanners, and hardly change cycle times; the published limits seldom trigger; low limits cost much cycle time.
"""

ENGINEERING = """A model like DS3 of the testbed, whose full text is not public: HVLM with 40 engineering lots a week of
1 to 10 wafers on the route of part_3, with correction setups before each of them at scanners, exposure and
planarisation, in batches with production lots, and as many tools more as keep the load of every group by the closed
form of `cs.capacity`. The tools so found are less than one per cent from those of DS3; which groups got them is not
known, so levels differ more than signs.
"""

SOURCES = """
1. D. Kopp, M. Hassoun, A. Kalir, L. Mönch, "SMT2020 - a semiconductor manufacturing testbed", *IEEE Trans. Semicond.
   Manuf.* 33(4), 522-531, 2020. Cycle times read from a figure, ± 0.5 d.
2. D. Kopp, M. Hassoun, A. Kalir, L. Mönch, "Integrating critical queue time constraints into SMT2020 simulation
   models", *Proc. Winter Simulation Conf.*, 2020. Its violation rates are for another data set (DS2)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--replications", type=int, default=3)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--threads", type=int)
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("strategies.md"))
    given = parser.parse_args()
    given.output.write_text("\n".join(page(given)) + "\n", encoding="utf-8")
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
