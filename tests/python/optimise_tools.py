"""A small search that the tests of cs.optimise share."""

from typing import Any

import centresim as cs

DIFFUSION, IMPLANT, LITHO = (f"fab.tool_groups.{name}.tools" for name in ("diffusion", "implant", "litho"))
TOOLS = {DIFFUSION: (1, 4), IMPLANT: (2, 4), LITHO: (1, 3)}
PRICES = {"diffusion": 2, "implant": 1, "litho": 5}
SHORT = {"horizon": "40 d", "warmup": "10 d"}
FEW: dict[str, Any] = {**SHORT, "replications": 3, "progress": False}
ONE_AXIS = {LITHO: (1, 3)}


def cost(result: cs.Result) -> float:
    assert result.scenario.fab is not None
    return float(sum(PRICES[group.name] * group.tools for group in result.scenario.fab.tool_groups))


def search(values: Any = ONE_AXIS, base: Any = "mini-fab", **changes: Any) -> cs.Optimisation:
    goal = {} if {"minimise", "maximise"} & changes.keys() else {"minimise": "fab.cycle_time"}
    return cs.optimise(base, values, **{**FEW, "trials": 6, **goal, **changes})
