"""centresim from Python: the whole call, the result with all its statistics and intervals included."""

import centresim as cs
from centresim import fab
from workload import BETWEEN_STARTS, LOAD, MACHINES, STATIONS, STEPS, main


def model(stations, machines, steps, between):
    def prepare(horizon, seed):
        line = fab.Fab(
            tool_groups=[fab.ToolGroup(f"station{i:02}", tools=machines, rank=["fifo"]) for i in range(stations)],
            routes=[
                fab.Route(
                    "route",
                    [
                        fab.Step(f"step{k:03}", f"station{k % stations:02}", time=cs.exponential("1 min"))
                        for k in range(steps)
                    ],
                )
            ],
            products=[fab.Product("product", route="route")],
            releases=[fab.Release("product", every=cs.exponential(f"{between!r} min"), wafers=1)],
        )
        scenario = cs.Scenario(name="line", fab=line, horizon=f"{horizon!r} min")

        def simulate(until):
            return scenario.run(replications=1, seed=seed, threads=1, progress=False, horizon=f"{until!r} min")

        simulate(1000.0)  # imports what a run needs

        def run():
            result = simulate(horizon)

            def figures():
                begun, released = result.fab.tool_groups["visits"].sum(), result.fab.flows["released"].sum()
                return int(begun + released), float(result.fab.lots["cycle_time"].mean() / 60_000)

            return figures

        return run

    return prepare


main("centresim", {"mm1": model(1, 1, 1, 1 / LOAD), "line": model(STATIONS, MACHINES, STEPS, BETWEEN_STARTS)})
