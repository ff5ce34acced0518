"""What do hot MPW lots cost the line, and what do they gain the projects?

The tape-outs of the centre are lots of its own pilot line. As engineering lots (priority 10) they are compared with hot
(20) and super-hot ones (30), and with lots of more wafers. All with the same random numbers, so that what changes is
told replication by replication. The lots of the designers are counted as hot lots here, whatever their priority, so
that the regular and engineering lots in the table are the line's own; the hot lots in it are those of a product that
the designers do not use.
"""

import centresim as cs
import common

CASES = {
    "engineering, 6 wafers": (10, 6),
    "hot, 6 wafers": (20, 6),
    "super-hot, 6 wafers": (30, 6),
    "engineering, 12 wafers": (10, 12),
    "engineering, 25 wafers": (10, 25),
}
FIGURES: dict[str, tuple[str, dict[str, str], float]] = {
    "silicon, logic [d]": ("centre.silicon_time", {"connection": "logic lots"}, 1),
    "silicon, rf [d]": ("centre.silicon_time", {"connection": "rf lots"}, 1),
    "idea to silicon [d]": ("design.idea_to_silicon", {}, 1),
    "working chips a year": ("design.working_chips", {}, 1),
    "regular lots [d]": ("fab.cycle_time", {"kind": "regular"}, 1),
    "engineering lots [d]": ("fab.cycle_time", {"kind": "engineering"}, 1),
    "hot lots [d]": ("fab.cycle_time", {"product": "power180", "kind": "hot"}, 1),
    "regular in time [%]": ("fab.on_time", {"kind": "regular"}, 100),
    "engineering in time [%]": ("fab.on_time", {"kind": "engineering"}, 100),
}
GAIN, COST = ("silicon, logic [d]", "silicon, rf [d]"), ("regular lots [d]", "engineering lots [d]", "hot lots [d]")


def main() -> None:
    import matplotlib.pyplot as plt

    given = common.options(__doc__, "hot_mpw", days=1460, replications=6)
    base = common.merged("hcmc-core", given.days).with_({"connections.*.kind": "hot"})
    points = [{"connections.*.priority": rank, "connections.*.wafers": wafers} for rank, wafers in CASES.values()]
    r = cs.Sweep(base).points(points).run(replications=given.replications, seed=1, progress=False)
    change, half, rows = {}, {}, []
    for title, (name, labels, scale) in FIGURES.items():
        first = r.kpi(name, **labels)["mean"][0]
        difference = r.difference(name, to=0, **labels)
        change[title], half[title] = scale * difference["mean"], scale * difference["half_width"]
        cells = [f"{d:+.2f} ± {h:.2f}" for d, h in zip(change[title], half[title], strict=True)]
        rows.append([title, scale * float(first), *cells[1:]])
    first, *others = CASES
    common.table(["", first, *others], rows)

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", sharey=True)
    places = range(1, len(CASES))
    for axes, titles in ((left, GAIN), (right, COST)):
        for n, title in enumerate(titles):
            shift = 0.15 * (n - (len(titles) - 1) / 2)
            at = [place + shift for place in places]
            axes.errorbar(change[title][1:], at, xerr=half[title][1:], fmt="o", ms=4, label=title.removesuffix(" [d]"))
        axes.axvline(0, color="grey", lw=1)
        axes.legend(fontsize="small")
    left.set(yticks=list(places), yticklabels=others, xlabel="from tape-out to dies: change [d]")
    left.invert_yaxis()
    right.set(xlabel="cycle time of the line's own lots: change [d]")
    figure.savefig(given.output, dpi=120)
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
