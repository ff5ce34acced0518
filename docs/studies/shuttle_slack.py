"""When should one book a seat on a shuttle, and with how much slack?

A seat that is booked early, for when the chip is expected to be ready and some slack, can be missed: a share of its
price is lost, and the next seat is booked. One that is booked when the chip is ready cannot be missed, but has to be
booked some weeks ahead. Both on the design floor of 40 engineers; and in closed form for one task of lognormal time and
one shuttle, with a simulation of that beside it.
"""

import math

import centresim as cs
import common
from centresim import design

SLACKS = (0, 7, 14, 28, 56)
WORK, CV, PERIOD, AHEAD = 90, 0.4, 60, 21  # days, and the variation of the time of work


def one_task(slack: int | None, given: common.Options) -> cs.Result:
    """Projects that begin at random; slack None: seats are booked when they are ready."""
    chip = design.Flow(
        "chip",
        tasks=[
            design.Task("plan", type="external"),
            design.Task("work", type="external", after=["plan"], time=cs.lognormal(f"{WORK} d", CV)),
            design.Task("seat", type="shuttle", after=["work"], book_after="" if slack is None else "plan"),
        ],
    )
    project = design.Project("chip", flow="chip", every=cs.exponential("2 d"), booking_slack=f"{slack or 0} d")
    shuttle = design.Shuttle("mpw", first=f"{PERIOD} d", every=f"{PERIOD} d", booking=f"{AHEAD} d")
    floor = design.Floor(node_classes=[design.NodeClass("node")], flows=[chip], projects=[project], shuttles=[shuttle])
    scenario = cs.Scenario(design=floor, horizon=f"{5 * given.days + 400} d", warmup="400 d")
    return scenario.run(replications=20 * given.replications, seed=1, progress=False)


def closed_form(slack: float) -> tuple[float, float]:
    """Share of seats caught and mean days to the tape-out.

    The first cut-off booked is later than the expected end of work and the slack by a time even on 0 to the period;
    every further one is later by the whole periods that cover them, as long as work goes on.
    """
    sigma = math.sqrt(math.log1p(CV**2))
    further = math.ceil((WORK + slack) / PERIOD) * PERIOD
    steps, missed = 200, 0.0
    for n in range(steps):
        at = WORK + slack + (n + 0.5) / steps * PERIOD
        while (more := math.erfc((math.log(at / WORK) / sigma + sigma / 2) / math.sqrt(2)) / 2) > 1e-9:
            missed += more / steps
            at += further
    return 1 / (1 + missed), WORK + slack + PERIOD / 2 + further * missed


def main() -> None:
    import matplotlib.pyplot as plt

    given = common.options(__doc__, "shuttle_slack", days=1460, replications=6)
    caught: dict[int | None, cs.Estimate] = {}
    times: dict[int | None, cs.Estimate] = {}
    rows: list[list[object]] = []
    for slack in (*SLACKS, None):
        one = one_task(slack, given)
        caught[slack], times[slack] = one.kpi("design.shuttle_caught"), one.kpi("design.idea_to_tape_out")
        share, time = (1.0, WORK + AHEAD + PERIOD / 2) if slack is None else closed_form(slack)
        name = "when ready" if slack is None else f"{slack} d"
        rows.append([name, share, caught[slack].mean, caught[slack].half_width, time])
        rows[-1] += [times[slack].mean, times[slack].half_width]
    print("One task and one shuttle")
    head = ["slack", "caught (closed)", "simulated", "±", "days to tape-out (closed)", "simulated", "±"]
    common.table(head, rows)

    base = common.merged("design-floor", given.days)
    slack_of, books = "design.projects.*.booking_slack", "design.flows.chip.tasks.shuttle.book_after"
    points = [{slack_of: f"{slack} d", books: "blocks"} for slack in SLACKS] + [{slack_of: "0 d", books: ""}]
    sweep = cs.Sweep(base).points(points)
    r = sweep.run(replications=given.replications, seed=1, progress=False)
    figures = ("design.shuttle_caught", "design.idea_to_tape_out", "design.idea_to_silicon")
    columns = [(r.kpi(name)["mean"], r.kpi(name)["half_width"]) for name in figures]
    seats = r.kpi("design.cost", part="shuttles")["mean"] / r.kpi("design.tape_outs")["mean"] / 1000
    later = r.difference(figures[1], to=0)
    print("Design floor")
    rows = []
    for n, slack in enumerate((*SLACKS, None)):
        row: list[object] = ["when ready" if slack is None else f"{slack} d"]
        row += [cell[n] for column in columns for cell in column]
        rows.append([*row, later["mean"][n], later["half_width"][n], seats[n]])
    head = ["slack", "caught", "±", "days to tape-out", "±", "to silicon", "±", "tape-out later by", "±"]
    common.table([*head, "seats a tape-out [1,000]"], rows)

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    some, blue, red = range(SLACKS[-1] + 1), "#2166ac", "#b2182b"
    curve = [closed_form(slack) for slack in some]
    left.plot(some, [share for share, _ in curve], color=blue, label="one task, closed form")
    right.plot(some, [time - curve[0][1] for _, time in curve], color=blue, label="one task, closed form")
    own = [caught[slack] for slack in SLACKS]
    left.errorbar(SLACKS, [x.mean for x in own], yerr=[x.half_width for x in own], fmt="o", ms=4, color=blue)
    right.plot(SLACKS, [times[slack].mean - times[0].mean for slack in SLACKS], "o", ms=4, color=blue)
    last = len(SLACKS)
    for axes, (mean, half) in ((left, columns[0]), (right, (later["mean"], later["half_width"]))):
        axes.errorbar(SLACKS, mean[:last], yerr=half[:last], fmt="s--", ms=4, color=red, label="design floor")
    for colour, when in ((blue, times[None].mean - times[0].mean), (red, later["mean"][last])):
        right.axhline(when, color=colour, ls=":", label="booked when ready")
    left.set(xlabel="slack planned [d]", ylabel="share of booked seats that are used", ylim=(0.75, 1.01))
    right.set(xlabel="slack planned [d]", ylabel="first tape-out later than without slack [d]", ylim=(-6, None))
    left.legend(fontsize="small", loc="lower right")
    right.legend(fontsize="small", loc="upper left")
    figure.savefig(given.output, dpi=120)
    print(f"wrote {given.output}")


if __name__ == "__main__":
    main()
