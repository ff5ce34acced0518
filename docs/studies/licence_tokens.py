"""How many tokens does a pool need? Wait and cost against tokens, simulated and by Erlang's formula.

Jobs of one hour on average come at random, twenty an hour, to a farm with cores enough. A token costs 3,000 a year, an
hour for which a job waits 10. Then the same pool where jobs come in batches, which Erlang's formula knows nothing of.
"""

import centresim as cs
import common
from centresim import design

LOAD, TOKEN, WAITING = 20, 3000, 10


def pool(tokens: int, batch: int, days: int) -> cs.Scenario:
    stream = design.JobStream(
        "test",
        every=cs.exponential(f"{60 / LOAD * batch} min"),
        jobs=batch,
        run=cs.exponential("1 h"),
        tokens=["simulator"],
    )
    farm = design.Floor(
        node_classes=[design.NodeClass("node", cores=10_000)],
        features=[design.Feature("simulator", tokens=tokens, cost=TOKEN)],
        streams=[stream],
        policy=design.Policy(kill_at_request=False),
        waiting_cost=WAITING,
    )
    return cs.Scenario(design=farm, horizon=f"{days + 10} d", warmup="10 d")


def main() -> None:
    import matplotlib.pyplot as plt

    given = common.options(__doc__, "licence_tokens", days=200)
    sizes = list(range(21, 43, 2))
    rows, waits, costs = [], {}, {}
    for batch in (1, 10):
        for n in sizes:
            r = pool(n, batch, given.days).run(replications=given.replications, seed=1, progress=False)
            wait = r.kpi("design.wait")
            waits[batch, n] = wait
            costs[batch, n] = (TOKEN * n + 365 * r.kpi("design.licence_wait_cost").mean) / 1000
            rows.append([batch, n, wait.mean, wait.half_width, common.mean_wait(LOAD, n), costs[batch, n]])
    common.table(["jobs a batch", "tokens", "wait [h]", "±", "Erlang [h]", "cost a year [1,000]"], rows)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for batch, colour, text in ((1, "#2166ac", "one by one"), (10, "#b2182b", "in batches of ten")):
        own = [waits[batch, n] for n in sizes]
        left.errorbar(sizes, [w.mean for w in own], yerr=[w.half_width for w in own], fmt="o", color=colour, label=text)
        right.plot(sizes, [costs[batch, n] for n in sizes], "o", color=colour, label=text)
    left.plot(sizes, [common.mean_wait(LOAD, n) for n in sizes], color="#2166ac", label="Erlang")
    erlang = [(TOKEN * n + 8760 * WAITING * LOAD * common.mean_wait(LOAD, n)) / 1000 for n in sizes]
    right.plot(sizes, erlang, color="#2166ac", label="Erlang")
    right.plot(sizes, [TOKEN * n / 1000 for n in sizes], color="grey", ls="--", label="tokens alone")
    left.set(xlabel="tokens", ylabel="mean wait [h]", yscale="log", ylim=(1e-5, None))
    right.set(xlabel="tokens", ylabel="tokens and waiting, cost a year [1,000]", ylim=(0, 400))
    left.legend(fontsize="small")
    right.legend(fontsize="small")
    figure.savefig(given.output, dpi=120)
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
