"""Where the time of a lot went, why it is where it is at a moment, and the Gantt chart."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import centresim as cs
import numpy as np
import pytest
from centresim import fab


def line(**changes: object) -> fab.Fab:
    """Two tools in two bays: a lot takes 20 min, travels 7 min, takes 5 min. Three lots at once."""
    values = {
        "tool_groups": [fab.ToolGroup("litho", location="bay"), fab.ToolGroup("etch", location="tower")],
        "routes": [
            fab.Route(
                "r",
                [
                    fab.Step("expose", "litho", time="20 min", queue_time_to="etch", queue_time_limit="10 min"),
                    fab.Step("etch", "etch", time="30 min"),
                ],
            )
        ],
        "products": [fab.Product("A", route="r")],
        "lots": [fab.Lot(name, product="A", wafers=25) for name in ("L", "M", "N")],
        "transport": [fab.Transport("bay", "tower", time="7 min")],
    }
    return fab.Fab(**values | changes)


def run(trace: tuple[str, ...] = ("lots", "tools"), horizon: str = "1 d", **changes: object) -> cs.Result:
    scenario = cs.Scenario(name="line", fab=line(**changes), horizon=horizon)
    return scenario.run(replications=1, seed=1, trace=trace, progress=False)


@pytest.fixture(scope="module")
def small() -> cs.Result:
    return run()


def test_the_parts_add_up_to_the_time_in_process(small: cs.Result) -> None:
    # M: waits 20, 20-40 on litho, arrives at 47, etch is free from 57 on (L: 27-57), 57-87.
    times = small.explain("M")
    assert times.total == cs.Duration("87 min")
    assert (times.released, times.last, times.finished) == (cs.Duration("0 min"), cs.Duration("87 min"), True)
    rows = [(part, group, round(hours * 60), visits) for part, group, hours, _, visits in times.table.to_numpy()]
    assert rows == [
        ("process", "etch", 30, 1),
        ("process", "litho", 20, 1),
        ("queue", "litho", 20, 1),
        ("queue", "etch", 10, 1),
        ("transport", "", 7, 1),
    ]
    assert times.table["share"].sum() == pytest.approx(1)
    steps = times.steps
    assert steps["tool"].tolist() == ["litho#1", "etch#1"]
    assert steps["transport"].tolist() == pytest.approx([0, 7 / 60])
    assert steps["queue"].tolist() == pytest.approx([20 / 60, 10 / 60])


def test_queue_time_windows_that_were_broken(small: cs.Result) -> None:
    # From the end of expose to the start of etch, 7 min on the way: L 7, M 17, N 27 against 10 minutes.
    assert not small.explain("L").windows["broken"].any()
    (window,) = small.explain("M").windows.itertuples(index=False)
    assert window.from_step == "r/expose"
    assert window.waited == pytest.approx(17 / 60)
    assert window.broken
    assert "1 of 1 broken" in str(small.explain("N"))
    assert "r/expose -> r/etch: 27 min, 17 min over the limit of 10 min" in str(small.explain("N"))
    assert "0 of 1 broken" in str(small.explain("L"))


def test_windows_agree_with_the_engine(result: cs.Result) -> None:
    """Over all lots of a run with rework, sampling and chained windows, as many are broken as the engine counted."""
    steps = [
        fab.Step("a", "litho", time=cs.exponential("10 min"), queue_time_to="b", queue_time_limit="15 min"),
        fab.Step("m", "etch", time="1 min", sampling=0.5, rework_to="a", rework=0.2),
        fab.Step("b", "etch", time=cs.exponential("8 min"), queue_time_to="c", queue_time_limit="20 min"),
        fab.Step("c", "litho", time="3 min"),
    ]
    releases = [fab.Release("A", every=cs.exponential("25 min"))]
    seen = run(routes=[fab.Route("r", steps)], lots=[], releases=releases, horizon="4 d")
    names = list(dict.fromkeys(seen.fab.trace.lots["lot_name"].to_numpy()))
    assert len(names) > 100
    windows = [row for name in names for row in seen.explain(name).windows.itertuples(index=False)]
    table = seen.fab.queue_times.to_xarray()
    # The engine counts a window at the end of the step that closed it: those of the last lots may be missing.
    assert 0 <= len(windows) - int(table["closed"].sum()) <= 0
    assert sum(row.broken for row in windows) == int(table["broken"].sum()) > 10


def test_all_lots_together_make_the_cycle_times(result: cs.Result) -> None:
    lots = result.fab.lots.to_xarray()
    of_first = lots["replication_index"] == 0
    finished = set(zip(lots["finished"].values[of_first], lots["cycle_time"].values[of_first], strict=True))
    trace = result.fab.trace.lots.to_xarray()
    in_first = trace["lot"].values[trace["replication_index"].values == 0]
    names = trace["lot_name"].values[np.unique(in_first)]
    found = 0
    for name in names[400:460]:
        times = result.explain(name)
        assert times.finished
        assert (times.last.ticks, times.total.ticks) in finished
        assert times.table["hours"].sum() == pytest.approx(times.total.hours)
        found += 1
    assert found == 60


def test_the_replication_is_the_one_that_was_asked_for(result: cs.Result) -> None:
    totals = {result.explain("A.5", replication).total for replication in range(4)}
    assert len(totals) == 4
    assert result.explain("A.5") == result.explain("A.5", 0) != result.explain("A.5", 1)
    assert result.explain("A.5", np.int64(3)).total == result.explain("A.5", 3).total
    for wrong in (4, -1):
        with pytest.raises(cs.InputError, match="must be from 0 to 3"):
            result.explain("A.5", wrong)
        with pytest.raises(cs.InputError, match="must be from 0 to 3"):
            result.gantt("never.json", wrong)
    with pytest.raises(TypeError, match="whole number"):
        result.explain("A.5", 1.5)  # type: ignore[call-overload]


def test_what_is_missing_is_said(small: cs.Result) -> None:
    with pytest.raises(LookupError, match=r"no lot 'LM' in replication 0.* \(there are: L, M, N\)"):
        small.explain("LM")
    with pytest.raises(TypeError, match="name of a lot"):
        small.explain(3)  # type: ignore[call-overload]
    without = run(trace=())
    with pytest.raises(ValueError, match=r'trace=\["lots"\]'):
        without.explain("L")
    with pytest.raises(ValueError, match="no trace of lots, tools, jobs or tasks"):
        without.gantt("never.json")
    farm = cs.load("eda-farm").with_({"horizon": "2 h", "warmup": "0 d"}).run(replications=1, seed=1, progress=False)
    with pytest.raises(ValueError, match="no fab"):
        farm.explain("L")
    assert not Path("never.json").exists()


def test_a_name_that_two_lots_have_is_refused() -> None:
    seen = run(lots=[fab.Lot("A.1", product="A", release="5 h")], releases=[fab.Release("A", every="3 h")])
    with pytest.raises(LookupError, match=r"2 lots of replication 0 go by the name 'A\.1'"):
        seen.explain("A.1")
    with pytest.raises(LookupError, match="2 lots"):
        seen.explain("A.1", at="4 h")
    assert seen.explain("A.2").finished


def test_near_names_are_suggested(result: cs.Result) -> None:
    with pytest.raises(LookupError, match=r"did you mean 'A\.\d+'"):
        result.explain("a.12")
    with pytest.raises(LookupError, match=r"did you mean 'A\.\d+'"):
        result.explain("a.12", at=3)


def test_a_lot_in_process_is_explained_up_to_its_last_step() -> None:
    cut = run(horizon="45 min")
    times = cut.explain("M")
    assert times.finished is False
    assert times.total == cs.Duration("40 min")
    assert "still in process when the run ended" in str(times)
    assert "still" not in str(run().explain("M"))
    untouched = run(horizon="30 min").explain("N")
    assert "no step was done" in str(untouched)
    assert len(untouched.table) == len(untouched.steps) == len(untouched.windows) == 0
    assert untouched.total.ticks == 0


def test_sampling_and_rework_at_the_end_of_a_route() -> None:
    """The trace alone does not say whether a lot is done: the run does."""
    steps = [
        fab.Step("expose", "litho", time="20 min"),
        fab.Step("etch", "etch", time="30 min", rework_to="expose", rework=0.5),
    ]
    routes = [fab.Route("r", steps)]
    once = {}
    for name in ("L", "M", "N"):
        whole = run(routes=routes).explain(name)
        assert whole.finished
        once[name] = len(whole.steps) == 2
        # As long as its first pass takes, and no longer: done, or on its way back.
        first_pass = whole.steps["end"].iloc[1]
        cut = run(routes=routes, horizon=f"{round(first_pass * 1440) + 1} min").explain(name)
        assert len(cut.steps) == 2
        assert cut.finished is once[name]
    assert len(set(once.values())) == 2


def test_printed_it_is_a_table(small: cs.Result) -> None:
    text = str(small.explain("M"))
    assert text.splitlines()[0] == "lot M in replication 0: released 0 d, finished 0.06042 d, 87 min for 2 steps"
    assert text.splitlines()[1].split() == ["part", "tool", "group", "hours", "share", "visits"]
    assert text.splitlines()[2].split() == ["process", "etch", "0.50", "34.5%", "1"]
    assert repr(small.explain("M")) == text
    html = small.explain("M")._repr_html_()
    assert "<table" in html
    assert "broken" in html


def test_why_a_lot_waits(small: cs.Result) -> None:
    seen = small.explain("N", at="10 min")
    assert (seen.place, seen.step, seen.tool_group) == ("waiting", "r/expose", "litho")
    assert seen.since == cs.Duration("0 min")
    assert seen.table["reason"].tolist() == ["busy", "behind"]
    assert seen.table["why"].tolist() == [
        "busy with L until 0.01389 d",
        "1 lot before it in rank order, M first",
    ]
    assert seen.table["until"].iloc[0] == pytest.approx(20 / 1440)
    text = str(seen)
    assert "waits for litho (r/expose) since 0 d (10 min), 1 other lot in the queue" in text
    assert "  litho#1  busy with L" in text
    assert "<table" in seen._repr_html_()


@pytest.mark.parametrize(
    ("at", "place", "tool", "until"),
    [
        ("25 min", "processing", "litho#1", 40),
        ("44 min", "travelling", "", 47),
        ("50 min", "waiting", "", None),
        ("87 min", "finished", "", None),
        (timedelta(minutes=60), "processing", "etch#1", 87),
        (cs.Duration("60 min"), "processing", "etch#1", 87),
        (60 / 1440, "processing", "etch#1", 87),
        (1, "finished", "", None),
        (np.float64(0.9), "finished", "", None),
        (np.int64(1), "finished", "", None),
    ],
)
def test_where_a_lot_is(small: cs.Result, at: object, place: str, tool: str, until: int | None) -> None:
    seen = small.explain("M", at=at)  # type: ignore[call-overload]
    assert (seen.place, seen.tool) == (place, tool)
    assert seen.until == (None if until is None else cs.Duration(f"{until} min"))
    assert str(seen).startswith("lot M in replication 0 at ")


def test_moments_need_no_trace_and_outlive_a_file(tmp_path: Path) -> None:
    run(trace=()).save(tmp_path / "r.h5")
    seen = cs.open(tmp_path / "r.h5").explain("N", at="10 min")
    assert "busy with L" in str(seen)
    with pytest.raises(LookupError, match="no lot goes by that name"):
        cs.open(tmp_path / "r.h5").explain("nobody", at="10 min")
    for at in ("-1 min", "2 d"):
        with pytest.raises(cs.InputError, match="not within the run"):
            cs.open(tmp_path / "r.h5").explain("N", at=at)
    for at in ("soon", float("nan"), True):
        with pytest.raises((cs.InputError, TypeError)):
            cs.open(tmp_path / "r.h5").explain("N", at=at)


def test_every_moment_agrees_with_the_trace(result: cs.Result) -> None:
    """The second run is the first: in replication 2 lots are where its trace says, with breakdowns and queues."""
    steps = result.explain("A.300", 2).steps
    for row in steps.itertuples(index=False):
        if row.queue > 0.01:
            seen = result.explain("A.300", 2, at=(row.arrive + row.start) / 2)
            assert (seen.place, seen.tool_group) == ("waiting", row.tool_group)
            assert set(seen.table["tool"]) == {
                f"{row.tool_group}#{n}" for n in (1, 2)[: 2 if "l" in row.tool_group else 1]
            }
        seen = result.explain("A.300", 2, at=(row.start + row.end) / 2)
        assert (seen.place, seen.tool) == ("processing", row.tool)


def test_a_result_of_another_model_is_not_run_again(small: cs.Result) -> None:
    state = small._tree.__getstate__()
    dimensions, variables, attributes = state[""]
    state[""] = (dimensions, variables, [(k, "fab-0" if k == "model_version" else v) for k, v in attributes])
    tree = type(small._tree).__new__(type(small._tree))
    tree.__setstate__(state)
    other = cs.Result(tree)
    assert other.explain("M").total == small.explain("M").total
    with pytest.raises(cs.InputError, match="another model"):
        other.explain("M", at="10 min")


def test_lots_that_are_to_come() -> None:
    seen = run(lots=[fab.Lot("late", product="A", release="2 h"), fab.Lot("first", product="A")])
    text = str(seen.explain("late", at="1 h"))
    assert text == "lot late in replication 0 at 0.04167 d: not released yet, comes at 0.08333 d"
    stream = run(lots=[], releases=[fab.Release("A", every="3 h")])
    assert stream.explain("A.2", at="1 h").until == cs.Duration("3 h")


def test_other_reasons_in_words() -> None:
    group = fab.ToolGroup(
        "litho",
        location="bay",
        breakdowns=[fab.Breakdown(mttf="1000 d", mttr=cs.constant("30 min"), first=cs.constant("10 min"))],
    )
    etch = fab.ToolGroup("etch", location="tower")
    seen = run(tool_groups=[group, etch]).explain("M", at="15 min")
    assert seen.table["why"].tolist() == ["down until 0.02778 d", "busy with L until 0.03472 d"]
    batch = [
        fab.Step("expose", "litho", time="20 min"),
        fab.Step("etch", "etch", time="30 min", per="batch", batch_min=50, batch_max=50),
    ]
    groups = [fab.ToolGroup("litho"), fab.ToolGroup("etch", batch_mix="route_step")]
    seen = run(tool_groups=groups, routes=[fab.Route("r", batch)], transport=[]).explain("L", at="30 min")
    assert seen.table["why"].tolist() == ["batch too small: 25 of 50 wafers"]
    setups = [fab.Step("expose", "litho", time="20 min", setup="X"), fab.Step("etch", "etch", time="30 min")]
    other = [fab.Step("expose", "litho", time="20 min", setup="Y")]
    lots = [fab.Lot("L", product="A"), fab.Lot("M", product="A", release="1 h")]
    seen = run(
        tool_groups=[fab.ToolGroup("litho", minimum_runs=[fab.MinimumRun(setup="X", lots=2)]), fab.ToolGroup("etch")],
        routes=[fab.Route("r", setups), fab.Route("s", other)],
        products=[fab.Product("A", route="r"), fab.Product("B", route="s")],
        lots=[*lots, fab.Lot("B", product="B", release="1 min")],
        transport=[],
    ).explain("B", at="30 min")
    assert seen.table["why"].tolist() == [
        "keeps to setup 'X', 1 lot left of its minimum run; the lot needs 'Y'",
    ]


# ---- the Gantt chart


def slices(chart: dict) -> list[dict]:
    return [e for e in chart["traceEvents"] if e["ph"] == "X"]


def test_a_gantt_chart_has_every_job_and_state(result: cs.Result, tmp_path: Path) -> None:
    result.gantt(tmp_path / "g.json", replication=1)
    chart = json.loads((tmp_path / "g.json").read_text(encoding="utf-8"))
    jobs = [e for e in slices(chart) if e["cat"] == "job"]
    trace = result.fab.trace.lots.to_xarray()
    rows = trace["replication_index"].values == 1
    assert len(jobs) == rows.sum()
    assert sum(e["dur"] for e in jobs) == 1000 * int((trace["end"] - trace["start"]).values[rows].sum())
    stays = result.fab.trace.tools.to_xarray()
    busy = (stays["replication_index"] == 1) & (stays["tool_state"][stays["state"]].values != "idle")
    states = [e for e in slices(chart) if e["cat"] == "state"]
    assert len(states) == int(busy.sum())
    assert {e["name"] for e in states} == {"down", "process"}
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in chart["traceEvents"] if e["name"] == "thread_name"}
    assert set(names.values()) == {"litho#1", "litho#2", "etch#1"}
    groups = {e["pid"]: e["args"]["name"] for e in chart["traceEvents"] if e["name"] == "process_name"}
    assert all(names[key].startswith(groups[key[0]] + "#") for key in names)


def test_slices_of_a_row_nest(result: cs.Result, tmp_path: Path) -> None:
    """Viewers draw a row only where slices lie side by side or inside each other, the outer ones first in the file."""
    cascade = fab.ToolGroup(
        "litho", tools=2, cascading=True, load="1 min", breakdowns=[fab.Breakdown(mttf="5 h", mttr="20 min")]
    )
    step = fab.Step("expose", "litho", time=cs.uniform("20 min", "5 min"), interval="8 min")
    overlapping = run(
        tool_groups=[cascade],
        routes=[fab.Route("r", [step])],
        lots=[],
        releases=[fab.Release("A", every=cs.exponential("8 min"))],
        transport=[],
    )
    for name, seen in (("plain", result), ("cascading", overlapping)):
        seen.gantt(tmp_path / name)
        rows: dict[tuple[int, int], list[dict]] = {}
        for event in slices(json.loads((tmp_path / name).read_text(encoding="utf-8"))):
            rows.setdefault((event["pid"], event["tid"]), []).append(event)
        assert len(rows) == {"plain": 3, "cascading": 4}[name]
        for events in rows.values():
            ends: list[int] = []
            for event in sorted(events, key=lambda e: e["ts"]):  # stable: as viewers do
                while ends and ends[-1] <= event["ts"]:
                    ends.pop()
                end = event["ts"] + event["dur"]
                assert not ends or end <= ends[-1], event
                ends.append(end)


def test_a_gantt_chart_is_whole_or_absent(result: cs.Result, tmp_path: Path) -> None:
    with pytest.raises(cs.IoError):
        result.gantt(tmp_path / "no" / "g.json")
    (tmp_path / "g.json").write_text("old", encoding="utf-8")
    result.gantt(str(tmp_path / "g.json"))
    assert [p.name for p in tmp_path.iterdir()] == ["g.json"]
    assert (tmp_path / "g.json").read_text(encoding="utf-8").startswith('{"displayTimeUnit"')


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is a signal of POSIX systems")
def test_ctrl_c_ends_a_second_run() -> None:
    code = (
        "import centresim as cs, os, signal, threading\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a parent in the background ignores it
        "r = cs.load('mm1').run(horizon='2000 d', warmup='1 d', replications=1, seed=1, progress=False)\n"
        "threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    for _ in range(1000): r.explain('lot.1', at='2000 d')\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "stopped\n", done.stderr
