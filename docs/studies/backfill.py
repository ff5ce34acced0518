"""Backfill that forgets licences: what happens to jobs that need several tokens at once.

Six tokens. Most jobs take one, some take five. EASY backfill plans the start of the first job in the queue; if it plans
with cores only, as many schedulers do, a job that lacks tokens alone has a planned start of now, and every token that
comes back goes to a job behind it.
"""

import centresim as cs
import common
from centresim import design

POLICIES = {
    "no backfill": {"design.policy.backfill": "none"},
    "EASY, aware": {"design.policy.licence_aware": True},
    "EASY, naive": {"design.policy.licence_aware": False},
    "conservative, aware": {"design.policy.backfill": "conservative"},
}
KINDS = {"single": "one token", "bundle": "five tokens", "free": "no token"}


def farm(days: int) -> cs.Scenario:
    request = cs.uniform(2, 1)
    floor = design.Floor(
        node_classes=[design.NodeClass("node", cores=16)],
        features=[design.Feature("sta", tokens=6)],
        streams=[
            design.JobStream(
                "single", every=cs.exponential("15 min"), run=cs.exponential("1 h"), request=request, tokens=["sta"]
            ),
            design.JobStream(
                "bundle", every=cs.exponential("8 h"), run=cs.exponential("1 h"), request=request, tokens=["sta:5"]
            ),
            design.JobStream("free", every=cs.exponential("12 min"), run=cs.exponential("1 h"), request=request),
        ],
        policy=design.Policy(backfill="easy", kill_at_request=False),
    )
    return cs.Scenario(design=floor, horizon=f"{days + 20} d", warmup="20 d")


def main() -> None:
    import matplotlib.pyplot as plt

    given = common.options(__doc__, "backfill", days=200)
    base, rows = farm(given.days), []
    figure, axes = plt.subplots(1, len(POLICIES), figsize=(13, 3.8), layout="constrained", sharey=True)
    for (name, change), panel in zip(POLICIES.items(), axes, strict=True):
        r = base.with_(change).run(replications=given.replications, seed=1, progress=False)
        row: list[object] = [name]
        for kind in KINDS:
            row += [r.kpi("design.wait", kind=kind).mean, r.kpi("design.wait_p99", kind=kind).mean]
        rows.append([*row, r.kpi("design.licence_utilisation", feature="sta").mean])
        r.plot.waits(ax=panel)
        panel.set_title(name, fontsize="medium")
        panel.label_outer()
    head = [f"{what} {figure}" for what in KINDS.values() for figure in ("mean [h]", "p99 [h]")]
    common.table(["policy", *head, "tokens used"], rows)
    figure.savefig(given.output, dpi=120)
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
