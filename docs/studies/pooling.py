"""What does one licence pool for several countries save?

People who are denied give up and try again much later, so a pool is Erlang's loss system. Tokens for 1 % denials: for
countries apart, and for one pool of all. The simulation of each (20,000 people a country who rarely work) is beside it.
"""

import centresim as cs
import common
from centresim import design

LOAD, PEOPLE, BLOCKING = 20, 20_000, 0.01


def run(tokens: int, countries: int, given: common.Options) -> cs.Estimate:
    feature = design.Feature(
        "simulator",
        tokens=tokens,
        users=PEOPLE * countries,
        think=cs.exponential(f"{PEOPLE / LOAD - 1} h"),
        hold=cs.exponential("1 h"),
    )
    farm = design.Floor(
        node_classes=[design.NodeClass("node")], jobs=[design.Job("none", run="1 s")], features=[feature]
    )
    scenario = cs.Scenario(design=farm, horizon=f"{given.days + 10} d", warmup="10 d")
    r = scenario.run(replications=given.replications, seed=1, progress=False)
    return r.kpi("design.outside_denied", feature="simulator")


def main() -> None:
    import matplotlib.pyplot as plt

    given = common.options(__doc__, "pooling", days=200)
    rows, denied = [], {}
    for countries in (1, 2, 3, 5):
        tokens = common.tokens_for(BLOCKING, LOAD * countries)
        denied[countries] = run(tokens, countries, given)
        apart = countries * common.tokens_for(BLOCKING, LOAD)
        closed = common.erlang_b(LOAD * countries, tokens)
        simulated = denied[countries].mean, denied[countries].half_width
        rows.append([countries, apart, tokens, f"{1 - tokens / apart:.0%}", closed, *simulated])
    common.table(["countries", "tokens apart", "one pool", "saved", "denied (Erlang)", "simulated", "±"], rows)
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    some = range(1, 11)
    one = common.tokens_for(BLOCKING, LOAD)
    axes.plot(some, [one] * len(some), "--", color="grey", label="apart")
    axes.plot(some, [common.tokens_for(BLOCKING, LOAD * n) / n for n in some], "o-", color="#2166ac", label="one pool")
    axes.axhline(LOAD, color="#b2182b", lw=1, label="tokens in use on average")
    axes.set(xlabel="countries", ylabel="tokens a country for 1 % denials", ylim=(0, one + 5))
    axes.legend()
    figure.savefig(given.output, dpi=120)
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
