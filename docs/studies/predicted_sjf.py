"""Shortest predicted job first: good on the average, bad for those who are mispredicted.

Five steps of a flow with run times from seconds to days, twenty users. The scheduler foretells a run time from earlier
jobs of the same user and step (exponential average). Under sustained overload a job that follows a very long one of its
user waits as if it were long itself, and the wait that 99 % of the jobs stay below gets worse than first come, first
served.
"""

import math

import centresim as cs
import common
from centresim import design

ORDERS = {"fcfs": "first come", "sjf_request": "request", "sjf_predicted": "prediction", "sjf_exact": "true run time"}
MEDIANS = ("20 s", "1 min", "4 min", "16 min", "60 min")
LOADS = (0.8, 0.95, 1.1, 1.25)


def farm(days: int) -> cs.Scenario:
    sigma = 1.6
    cv = math.sqrt(math.expm1(sigma**2))
    cores, streams = 64, []
    for number, median in enumerate(MEDIANS):
        mean = cs.Duration(median).seconds * math.exp(sigma**2 / 2)
        # Every step brings a fifth of the work.
        every = mean * len(MEDIANS) / cores
        streams.append(
            design.JobStream(
                f"step {number + 1}",
                every=cs.exponential(f"{every} s"),
                run=cs.lognormal(f"{mean} s", cv),
                run_max="5 d",
                request=cs.lognormal(3.07, 0.79),
                users=20,
            )
        )
    floor = design.Floor(
        node_classes=[design.NodeClass("pool", cores=cores)],
        streams=streams,
        policy=design.Policy(kill_at_request=False),
    )
    return cs.Scenario(design=floor, horizon=f"{days} d", end="drain")


def main() -> None:
    import matplotlib.pyplot as plt

    given = common.options(__doc__, "predicted_sjf", days=14)
    base, rows = farm(given.days), []
    p99: dict[str, list[float]] = {order: [] for order in ORDERS}
    for load in LOADS:
        for order, name in ORDERS.items():
            changed = base.with_({"design.policy.order": order, "design.load_factor": load})
            r = changed.run(replications=given.replications, seed=1, progress=False)
            waits = [r.kpi(f"design.wait{which}").mean for which in ("", "_p50", "_p95", "_p99")]
            p99[order].append(waits[-1])
            rows.append([load, name, *waits])
    common.table(["load", "order by", "mean wait [h]", "median", "p95", "p99"], rows)
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for order, name in ORDERS.items():
        axes.plot(LOADS, p99[order], "o-", label=name)
    axes.axvline(1, color="grey", lw=1)
    axes.set(xlabel="load", ylabel="wait that 99 % stay below [h]", yscale="log")
    axes.legend()
    figure.savefig(given.output, dpi=120)
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
