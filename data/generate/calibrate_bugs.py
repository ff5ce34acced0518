"""Writes bug_rates.csv: how fast bugs of design-floor are found, so that its first chips work as often as published.

    python data/generate/calibrate_bugs.py [REPLICATIONS]     then: python data/generate/design_floor.py

Needs centresim installed. The bugs left at a tape-out are Poisson with mean R = a exp(-b (1 - i) c): a bugs to begin
with, b their rate, i the share that mending brings in, c regression cycles run; a chip works with exp(-s R), s the
fatality. First each kind of project alone: runs in which no bug is fatal, so that every tape-out is a first one, give R
and so c. Then all together, respins and all: the share of first chips that work gives what is missing of s R.
"""

import math
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import centresim as cs  # noqa: E402
from design_floor import BUGS, KINDS, TARGET, bug_rates  # noqa: E402

SEED, ROUNDS, CLOSE = 1, 4, 0.015
PUBLISHED = 0.14, 0.30  # Siemens and Wilson, 2024 and two decades before
WANTED = -math.log(TARGET)  # s R


def write(rates: dict[str, float]) -> cs.Scenario:
    lines = ["project,rate", *(f"{name},{rate:.3g}" for name, rate in rates.items())]
    (HERE / "bug_rates.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, "-B", str(HERE / "design_floor.py")], check=True)
    return cs.load(HERE.parent / "design-floor.toml")


def run(scenario: cs.Scenario, replications: int) -> cs.Result:
    return scenario.run(replications=replications, seed=SEED, progress=False)


def by_kind(scenario: cs.Scenario, rates: dict[str, float], replications: int) -> dict[str, float]:
    """Rates with which each kind of project would have the wanted s R after the cycles that it runs."""
    result = run(scenario.with_({"design.projects.*.bugs.fatality": 0}), replications)
    found: dict[str, float] = {}
    for name, kind in KINDS.items():
        bugs = BUGS["density"] * kind.fresh / 1e5
        left = result.kpi("design.bugs_at_tape_out", project=name).mean
        exponent = math.log(bugs / left)  # b (1 - i) c
        cycles = exponent / rates[name] / (1 - BUGS["introduced"])
        found[name] = rates[name] * math.log(bugs * BUGS["fatality"] / WANTED) / exponent
        print(f"{name:14} {bugs:5.0f} bugs, {left:6.2f} left after {cycles:.3g} cycles: rate {found[name]:.3g}")
    return found


def main(replications: int) -> None:
    rates = bug_rates()
    for _ in range(2):
        rates = by_kind(write(rates), rates, replications)
    for _ in range(ROUNDS):
        success = run(write(rates), replications).kpi("design.first_silicon_success")
        print(f"first silicon works: {success.mean:.1%} +- {success.half_width:.1%}, wanted {TARGET:.0%}")
        if abs(success.mean - TARGET) < CLOSE:
            break
        missing = math.log(-math.log(success.mean) / WANTED)
        for name, kind in KINDS.items():
            exponent = math.log(BUGS["density"] * kind.fresh / 1e5 * BUGS["fatality"] / WANTED)
            rates[name] *= 1 + missing / exponent
    low, high = PUBLISHED
    if not low < success.mean < high:
        sys.exit("outside of what is published")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 32)
