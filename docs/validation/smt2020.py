"""Holds runs of SMT2020 HVLM against the published averages of AutoSched AP, and writes the page smt2020.md.

usage: docs/validation/smt2020.py DATA REFERENCE [--replications 20] [--few 6] [--days 730]
                                   [--curve-days 1095] [--curve-replications 4] [-o PAGE]

DATA is the folder of the model in AutoSched text. REFERENCE is a folder with the published averages of the reference
tool: lots_SMT2020_HVLM.txt (name th act on_time) and machines_SMT2020_HVLM.txt (name avail util br pm setup).
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import centresim as cs
import pandas as pd

AT_ONCE = {"fab.tool_groups.*.next_job": "at_once"}
LOTS = {
    "Lot_3": ("part_3", "PRL"),
    "Lot_4": ("part_4", "PRL"),
    "HotLot_3": ("part_3", "PHL"),
    "HotLot_4": ("part_4", "PHL"),
}
SHARES = {
    "avail": ("availability", "fab.availability"),
    "util": ("utilisation of available time", "fab.utilisation_available"),
    "br": ("breakdowns", "fab.down_share"),
    "pm": ("maintenance", "fab.pm_share"),
    "setup": ("setups", "fab.setup_share"),
}
# Median x-factor of regular lots by load in percent [2].
MEDIAN_X_FACTOR = {
    **{50: 1.16, 60: 1.17, 70: 1.21, 80: 1.30, 85: 1.36, 90: 1.48},
    **{92: 1.54, 95: 1.66, 97.5: 1.86, 98: 1.93, 99: 2.06, 100: 2.28},
}


def reference(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep=r"\s+").set_index("name")


def run(scenario: cs.Scenario, days: int, replications: int) -> cs.Result:
    """From the lots in process at the start, which are left out of the statistics of lots, as in the reference."""
    return scenario.run(horizon=f"{days} d", warmup="0 d", replications=replications, seed=1, progress=False)


def wake_everywhere(scenario: cs.Scenario) -> cs.Scenario:
    """Arriving lots look for the tool with the shortest setup at tools that take one job at a time, too."""
    groups = {s.tool_group for r in scenario.fab.routes for s in r.steps if s.setup}
    plain = [
        g.name for g in scenario.fab.tool_groups if g.name in groups and not g.cascading and "setup_time" in g.rank
    ]
    named = [
        name for name in plain if name.startswith(("DE_BE_13", "DE_BE_66", "LithoTrack_FE_95", "LithoTrack_FE_115"))
    ]
    return scenario.with_({f"fab.tool_groups.{name}.tool_choice": "least_setup_time" for name in named})


def kind_of(scenario: cs.Scenario) -> dict[str, str]:
    return {
        g.name: "batch" if g.batch_mix else "cascading" if g.cascading else "plain" for g in scenario.fab.tool_groups
    }


def group_values(r: cs.Result, kpi: str) -> pd.Series:
    rows = r.kpis.query("kpi == @kpi and tool_group != ''")
    return 100 * rows.set_index("tool_group")["mean"]


def differences(r: cs.Result, machines: pd.DataFrame) -> pd.DataFrame:
    """In percentage points, by tool group."""
    ours = pd.DataFrame({column: group_values(r, kpi) for column, (_, kpi) in SHARES.items()})
    known = machines.rename(index=lambda name: name if name in ours.index else f"L{name}")  # a first letter is missing
    return (ours - known).dropna()


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    names = list(head)
    yield "| " + " | ".join(names) + " |"
    yield "| --- |" + " ---: |" * (len(names) - 1)
    for row in rows:
        yield "| " + " | ".join(f"{x:.2f}" if isinstance(x, float) else str(x) for x in row) + " |"


def percent(share: float) -> str:
    return f"{100 * share:+.1f} %"


def lot_rows(r: cs.Result, lots: pd.DataFrame) -> Iterator[list[object]]:
    for name, (product, kind) in LOTS.items():
        time, late = (r.kpi(f"fab.{k}", product=product, kind=kind) for k in ("cycle_time", "on_time"))
        known = lots.loc[name]
        days, kept = f"{time.mean:.2f} ± {time.half_width:.2f}", f"{100 * late.mean:.1f} ± {100 * late.half_width:.1f}"
        yield [name, float(known["act"]), days, percent(time.mean / known["act"] - 1), float(known["on_time"]), kept]


def share_rows(found: pd.DataFrame, kinds: dict[str, str]) -> Iterator[list[object]]:
    for kind in ("plain", "cascading", "batch", "all"):
        these = found[[kind in ("all", kinds[name]) for name in found.index]]
        yield [f"{kind} ({len(these)})", *(f"{these[c].abs().mean():.3f} ({these[c].mean():+.3f})" for c in SHARES)]


def effect_row(
    name: str, r: cs.Result, lots: pd.DataFrame, machines: pd.DataFrame, kinds: dict[str, str]
) -> list[object]:
    found = differences(r, machines)
    times = [r.kpi("fab.cycle_time", product=p, kind=k).mean / lots.loc[lot, "act"] - 1 for lot, (p, k) in LOTS.items()]
    errors = [found[[kinds[n] == kind for n in found.index]]["util"].abs().mean() for kind in ("plain", "cascading")]
    return [name, *(percent(t) for t in times), *(float(e) for e in errors)]


def estimate(r: cs.Result, kpi: str, scale: float = 1, **labels: str) -> str:
    e = r.kpi(kpi, **labels)
    return f"{scale * e.mean:.2f} ± {scale * e.half_width:.2f}"


def curve_rows(scenario: cs.Scenario, days: int, replications: int) -> Iterator[list[object]]:
    for load, median in MEDIAN_X_FACTOR.items():
        point = scenario.with_({"fab.load_factor": load / 100})
        runs = {"horizon": f"{days} d", "warmup": f"{days // 2} d", "replications": replications, "seed": 1}
        r = point.run(**runs, progress=False)
        twin = cs.capacity(point).products.xs("PRL", level="kind")
        closed = float((twin["x_factor"] * twin["starts_per_day"]).sum() / twin["starts_per_day"].sum())
        late = [f"fab.queue_time_violations{more}" for more in ("", "_1h", "_4h")]
        x = (estimate(r, "fab.x_factor", kind=kind) for kind in ("PRL", "PHL"))
        yield [f"{load:g}", median, *x, closed, *(estimate(r, kpi, 100) for kpi in late)]


def page(given: argparse.Namespace) -> Iterator[str]:
    scenario = cs.fab.read_smt2020(given.data)
    kinds = kind_of(scenario)
    lots, machines = (reference(given.reference / f"{n}_SMT2020_HVLM.txt") for n in ("lots", "machines"))
    r = run(scenario, given.days, given.replications)
    found = differences(r, machines)
    yield "# SMT2020 HVLM against AutoSched AP\n"
    yield (
        f"Means over {given.replications} replications of {given.days} days from the initial lots in process, which\n"
        "are left out of the lot statistics; ± is the 95 % half width. The reference is the published table of\n"
        "averages of AutoSched AP for this model [1]; the number of its replications is not stated.\n"
        "Written by `docs/validation/smt2020.py`.\n"
    )
    yield "## Lots\n"
    yield from table(
        ["lots", "reference, d", "centresim, d", "difference", "on time, reference, %", "on time, centresim, %"],
        lot_rows(r, lots),
    )
    yield "\n## Tool groups\n\nMean absolute difference (and mean difference) in percentage points.\n"
    yield from table(["groups", *(name for name, _ in SHARES.values())], share_rows(found, kinds))
    yield "\nThe largest differences of utilisation:\n"
    worst = found.loc[found["util"].abs().sort_values(ascending=False).index[:8]]
    yield from table(
        ["group", "kind", "utilisation", "setups"],
        ([n, kinds[n], f"{d['util']:+.2f}", f"{d['setup']:+.2f}"] for n, d in worst.iterrows()),
    )
    yield "\n## What the choices are worth\n"
    yield f"Cycle times against the reference; utilisation: mean absolute differences. {given.few} replications.\n"
    models = {
        "as read": scenario,
        '`next_job = "at_once"`': scenario.with_(AT_ONCE),
        "wake rule at plain tools, too": wake_everywhere(scenario),
        "both": wake_everywhere(scenario.with_(AT_ONCE)),
    }
    rows = (effect_row(n, run(m, given.days, given.few), lots, machines, kinds) for n, m in models.items())
    yield from table(["model", *LOTS, "plain groups", "cascading groups"], rows)
    yield NOTES
    yield "\n## Operating curve and queue times\n"
    yield (
        f"Releases at a share of those of the model; the second half of {given.curve_days} days,"
        f" {given.curve_replications} replications.\n"
        "x-factor: cycle time over raw process time, transport included. The closed form is that of\n"
        "[`cs.capacity`](../theory/capacity.md). Violations: share of the completed queue-time windows that took\n"
        "longer than allowed, and by more than one and four hours; no rule looks at the windows.\n"
    )
    head = ["load, %", "regular lots, median in [2]", "regular lots", "hot lots", "regular lots, closed form"]
    late = ["violations, %", "by 1 h, %", "by 4 h, %"]
    yield from table([*head, *late], curve_rows(scenario, given.curve_days, given.curve_replications))
    yield SOURCES


NOTES = """
- **When a cascading tool takes its second lot.** If it takes one as soon as it has started the first, lots wait inside
  for the first position, and hot lots that come meanwhile wait behind them; the reference's hot lots do not spend that
  time. A lot that is taken just in time is loaded, and set up, beside the processing of the one before, as the data
  ask for (`SEQ_ADDS_SETUP_DELAYS N`), and nothing is promised early.
- **The wake rule** (`wake_LeastSetupTime`: an arriving lot takes the idle tool with the shortest setup). With it, dry
  etchers and scanners spend less time on setups than the reference: there it has no effect on tools that take one job
  at a time."""

SOURCES = """
1. D. Kopp, M. Hassoun, A. Kalir, L. Mönch, "SMT2020 - a semiconductor manufacturing testbed", *IEEE Trans. Semicond.
   Manuf.* 33(4), 522-531, 2020.
2. `code-gihan/academic-semiconductor-fab`: the same model in another simulator, one run of 2,920 days."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--few", type=int, default=6, help="replications for the effects of choices")
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--curve-days", type=int, default=1095)
    parser.add_argument("--curve-replications", type=int, default=4)
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("smt2020.md"))
    given = parser.parse_args()
    given.output.write_text("\n".join(page(given)) + "\n", encoding="utf-8")
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
