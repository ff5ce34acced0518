"""Can cores stand in for simulator licences, or licences for cores?

The farm of the design floor at home, from all its cores to a sixth, and its simulator tokens from 160 to 40; partners
keep their nodes. What comes out: tape-outs and working chips a year, days to the first tape-out and to silicon.
Isoquants are lines of the same output; where they are level or upright more of the other does nothing. The grey lines
cost the same: a token as listed, a core as a core of a small node.
"""

import centresim as cs
import common

# Cores at home: small nodes of 16, large ones of 32, nodes with much memory, and how many cores these have.
FARMS = {480: (10, 6, 2, 64), 240: (5, 3, 1, 64), 144: (3, 2, 1, 32), 80: (1, 1, 1, 32)}
TOKENS = (160, 80, 40)
FIGURES = {
    "tape-outs a year": "design.tape_outs",
    "working chips a year": "design.working_chips",
    "days to tape-out": "design.idea_to_tape_out",
    "days to silicon": "design.idea_to_silicon",
    "bugs left": "design.bugs_at_tape_out",
}
DRAWN = ("working chips a year", "days to tape-out", "days to silicon")


def point(cores: int, tokens: int) -> dict[str, int]:
    small, large, big, each = FARMS[cores]
    nodes = "design.node_classes"
    return {
        f"{nodes}.small.nodes": small,
        f"{nodes}.large.nodes": large,
        f"{nodes}.big_memory.nodes": big,
        f"{nodes}.big_memory.cores": each,
        "design.drains.patches.nodes": min(2, large),
        "design.features.simulator.tokens": tokens,
    }


def main() -> None:
    import matplotlib.pyplot as plt

    given = common.options(__doc__, "isoquants", days=1460, replications=4)
    base = common.merged("design-floor", given.days)
    floor = base.design
    assert floor is not None
    a_token = next(f.cost for f in floor.features if f.name == "simulator")
    a_core = 8760 * next(c.cost for c in floor.node_classes if c.name == "small")
    grid = [(cores, tokens) for cores in FARMS for tokens in TOKENS]
    sweep = cs.Sweep(base).points([point(*where) for where in grid])
    r = sweep.run(replications=given.replications, seed=1, progress=False)
    tables = {title: r.kpi(name) for title, name in FIGURES.items()}
    rows = []
    for n, (cores, tokens) in enumerate(grid):
        cells = [cell for t in tables.values() for cell in (float(t["mean"][n]), float(t["half_width"][n]))]
        rows.append([cores, tokens, *cells, (a_token * tokens + a_core * cores) / 1000])
    titles = [cell for title in FIGURES for cell in (title, "±")]
    common.table(["cores", "tokens", *titles, "cost a year [1,000]"], rows)

    figure, panels = plt.subplots(1, len(DRAWN), figsize=(13, 4), layout="constrained", sharey=True)
    most_cores = max(FARMS)
    for axes, title in zip(panels, DRAWN, strict=True):
        values = tables[title]["mean"].to_numpy().reshape(len(FARMS), len(TOKENS))
        lines = axes.contour(TOKENS, list(FARMS), values, levels=7, cmap="viridis")
        axes.clabel(lines, fontsize="small")
        axes.plot([t for _, t in grid], [c for c, _ in grid], ".", color="black", ms=4)
        for cost in range(200_000, 800_000, 100_000):
            ends = (0, most_cores)
            axes.plot([(cost - a_core * c) / a_token for c in ends], ends, color="grey", lw=0.7, ls=":")
        axes.set(title=title, xlabel="simulator tokens", xlim=(min(TOKENS) - 5, max(TOKENS) + 5), ylim=(0, 500))
    panels[0].set_ylabel("cores at home")
    figure.savefig(given.output, dpi=120)
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
