"""Writes what the suite measured: results.json, table.csv, table.md and, where matplotlib is installed, plot.svg."""

import csv
import io
import json
import math
import os
import pathlib

COLUMNS = ("name", "figure", "unit", "ratio", "target", "spread", "repetitions", "note")
GROWTH = ("tools", "route", "lots", "wip")


def write(path, text):
    """Whole or not at all."""
    temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def short(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else ""
    return str(value)


def note(record):
    if "failed" in record:
        return f"failed: {record['failed']}"
    if "skipped" in record:
        return f"skipped: {record['skipped']}"
    notes = [] if record.get("checks_ok", True) else ["WRONG RESULT"]
    if record.get("group", "").startswith("peers"):
        notes.append("times the CPU time of centresim")
    notes += [f"{key} {short(record[key])}" for key in ("growth", "read_mb_s", "file_mb", "threads") if key in record]
    return ", ".join(notes)


def rows(records):
    return [[short(record.get(column)) for column in COLUMNS[:-1]] + [note(record)] for record in records]


def markdown(records, machine):
    lines = [
        "# Benchmarks",
        "",
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; {machine['began']}; load average "
        f"{machine['load_before']} before, {machine['load_after']} after. A ratio carries over to other machines, a "
        "figure does not; a spread far above 1.1 says that the machine was not quiet.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "| " + " | ".join("---" for _ in COLUMNS) + " |",
    ]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows(records)]
    for record in records:
        for table in curves(record):
            lines += ["", *table]
    return "\n".join(lines) + "\n"


def curves(record):
    """The curves of a record as one table: a line each, a column for each place on the axis."""
    if not record.get("curves"):
        return
    places = sorted({at for points in record["curves"].values() for at, _ in points})
    yield [
        f"## {record['name']}, {record['unit']} by {record['axis']}",
        "",
        "| | " + " | ".join(f"{at:g}" for at in places) + " |",
        "| --- " + "| --- " * len(places) + "|",
        *(
            f"| {name} | " + " | ".join(short(dict(map(tuple, points)).get(at)) for at in places) + " |"
            for name, points in record["curves"].items()
        ),
    ]


def comma_separated(records):
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(rows(records))
    return text.getvalue()


def draw_curves(axes, record):
    for name, points in record["curves"].items():
        ours = "centresim" in name
        axes.plot(*zip(*points, strict=True), marker="o", ms=3, lw=2.5 if ours else 1, label=name)
    axes.set(xscale="log", yscale="log", xlabel=record["axis"], ylabel=record["unit"], title=record["name"])
    axes.legend(fontsize=6)


def draw_bars(axes, records, title, label, logarithmic=True):
    names = [r.get("label") or r.get("peer") or r["name"] for r in records]
    axes.barh(names[::-1], [r["ratio"] for r in records][::-1], color="tab:blue")
    axes.set(xlabel=label, title=title)
    if logarithmic:
        axes.set_xscale("log")


def draw_growth(axes, by_name):
    for what in GROWTH:
        points = [(1, 1.0)]
        for times, name in ((10, f"scale_{what}"), (100, f"scale_{what}_100")):
            if "growth" in by_name.get(name, {}):
                points.append((times, by_name[name]["growth"]))
        if len(points) > 1:
            axes.plot(*zip(*points, strict=True), marker="o", label=what)
    axes.plot([10, 100], [1.5, 4], "k_", ms=14, label="at most")
    axes.set(xscale="log", xlabel="times the size", ylabel="time of a lot-step over that of the small line")
    axes.set_title("growth")
    axes.legend(fontsize=6)


def panels(records):
    """A function for each picture that has something to show."""
    measured = [r for r in records if "figure" in r]
    by_name = {r["name"]: r for r in measured}
    if "event_sets" in by_name:
        yield lambda axes: draw_curves(axes, by_name["event_sets"])
    for model in ("mm1", "line"):
        peers = [r for r in measured if r.get("group") == f"peers_{model}" and r.get("ratio")]
        if peers:
            yield lambda axes, p=peers, m=model: draw_bars(axes, p, f"{m}, from Python", "CPU time of an event, times")
    if any(f"scale_{what}" in by_name for what in GROWTH):
        yield lambda axes: draw_growth(axes, by_name)
    against = [r for r in measured if "yardstick" in r and r.get("unit", "").startswith("ns/") and "growth" not in r]
    against = [r for r in against if r["name"] != "event_sets" and r.get("ratio")]
    if against:
        yield lambda axes: draw_bars(axes, against, "speed over hand-written code", "ratio", logarithmic=False)
    start = [r for r in measured if r.get("group") == "start"]
    if start:
        yield lambda axes: draw_bars(axes, start, "start-up", "times python -c pass")


def picture(records):
    """The plot as SVG, nothing where there is nothing to draw. Raises ImportError without matplotlib."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    drawn = list(panels(records))
    if not drawn:
        return None
    figure = Figure(figsize=(11, 3.6 * math.ceil(len(drawn) / 2)), layout="constrained")
    FigureCanvasSVG(figure)
    for place, draw in enumerate(drawn, start=1):
        draw(figure.add_subplot(math.ceil(len(drawn) / 2), 2, place))
    text = io.StringIO()
    with rc_context({"svg.fonttype": "none"}):  # text stays text
        figure.savefig(text, format="svg")
    return text.getvalue()


def save(folder, records, machine):
    """All files of a report; what could not be drawn is said in the answer."""
    folder = pathlib.Path(folder)
    write(folder / "results.json", json.dumps({"machine": machine, "records": records}, indent=1) + "\n")
    write(folder / "table.csv", comma_separated(records))
    write(folder / "table.md", markdown(records, machine))
    try:
        text = picture(records)
    except ImportError:
        return "no plot: matplotlib is not installed"
    if text is None:
        return "no plot: nothing to draw"
    write(folder / "plot.svg", text)
    return None
