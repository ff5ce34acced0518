"""What the suite runs beside centresim_bench: other simulators, and how long it takes to start."""

import importlib.util
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("CENTRESIM_SHARED", HERE.parent.parent / "shared"))

PEERS = ("centresim", "cimba", "simpy", "simulus", "ciw", "salabim")
SLOW = {"mm1": {"salabim"}, "line": {"salabim", "ciw"}}  # they get a shorter horizon
# By horizon, of 400 replications by centresim from empty: mean and standard deviation of the mean time in the system. A
# run of any right simulator lies within four of these deviations, and no lot is faster than its own work on average.
EXPECTED = {
    ("mm1", 2000): (9.3, 3.7),
    ("mm1", 5000): (9.8, 2.8),
    ("mm1", 50000): (9.95, 0.95),
    ("line", 700): (276, 17),
    ("line", 1600): (340, 29),
    ("line", 4830): (426, 41),
}
HORIZONS = {"mm1": (50000, 5000, 2000), "line": (4830, 1600, 700)}  # ordinary, for slow ones, quick
LEAST = {"mm1": 1, "line": 200}


class Skipped(Exception):
    """A part that cannot run here, and why."""


def horizon(model, peer, quick):
    ordinary, slow, short = HORIZONS[model]
    return short if quick else slow if peer in SLOW[model] else ordinary


def right(model, until, mean):
    expected, deviation = EXPECTED[model, until]
    return max(LEAST[model], expected - 4 * deviation) <= mean <= expected + 4 * deviation


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"


def once(peer, model, until, seed, prefix):
    """One run in a process of its own. Raises RuntimeError with what the peer said."""
    command = [*prefix, sys.executable, str(HERE / "peers" / f"with_{peer}.py"), model, str(until), str(seed)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        raise RuntimeError("took longer than 600 s") from None
    try:
        answer = json.loads(last_line(done.stdout))
    except ValueError:
        raise RuntimeError(last_line(done.stderr)) from None
    return answer


def compare_peers(model, rounds, quick, prefix, say):
    """All installed peers in turns; a record each, ratio: how many times the CPU time of centresim an event takes."""
    figures, broken, versions = {}, {}, {}
    wrong = set()
    present = [peer for peer in PEERS if importlib.util.find_spec(peer)]
    for peer in PEERS:
        if peer not in present:
            say(f"skipped: {peer} is not installed (pip install {peer})")
    for seed in range(1, rounds + 1):
        for peer in present:
            if peer in broken:
                continue
            until = horizon(model, peer, quick)
            try:
                answer = once(peer, model, until, seed, prefix)
            except RuntimeError as error:
                broken[peer] = str(error)
                continue
            figures.setdefault(peer, []).append(1e9 * answer["seconds"] / answer["events"])
            versions[peer] = answer["version"]
            if not right(model, until, answer["mean"]):
                wrong.add(peer)
                say(f"{peer}: mean time in the system {answer['mean']:.4g} is not that of {model}")
    own = statistics.median(figures["centresim"]) if "centresim" in figures else None
    for peer in present:
        record = {"name": f"{model}: {peer} {versions.get(peer, '')}".strip(), "group": f"peers_{model}", "peer": peer}
        if peer not in figures:
            yield {**record, "failed": broken[peer]}
            continue
        figure = statistics.median(figures[peer])
        ratio = None if own is None else figure / own
        spread = figure / min(figures[peer])
        yield {
            **record,
            "figure": figure,
            "unit": "ns/event",
            "ratio": ratio,
            "spread": spread,
            "repetitions": len(figures[peer]),
            "checks_ok": peer not in wrong,
            "question": f"CPU time of an event of {model} over that of centresim from Python",
        }


def farm_peer(prefix):
    """AccaSim on a trace, where both are at hand."""
    if not importlib.util.find_spec("accasim"):
        raise Skipped("accasim is not installed (pip install accasim)")
    if not (SHARED / "data" / "eda" / "hpc2n_sample.swf").is_file():
        raise Skipped("the trace is not at hand; set CENTRESIM_SHARED")
    command = [*prefix, sys.executable, str(HERE / "peers" / "farm_accasim.py")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(last_line(done.stderr))
    answer = json.loads(last_line(done.stdout))
    waits = answer["centresim_mean_wait_s"], answer["accasim_mean_wait_s"]
    agree = waits[1] is not None and abs(waits[0] - waits[1]) <= 0.01 * max(waits)
    yield {
        "name": "farm: accasim",
        "figure": 1e9 / answer["accasim_jobs_per_s"],
        "unit": "ns/job",
        "ratio": answer["ratio"],
        "checks_ok": agree,
        "question": "CPU time of a job of a trace over that of centresim",
        **answer,
    }


def start_up(rounds, program, say):
    """Wall time of fresh processes, in turns: ratio to an interpreter that does nothing."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import numpy": [sys.executable, "-c", "import numpy"],
        "import pandas, xarray": [sys.executable, "-c", "import pandas, xarray"],
        "import centresim": [sys.executable, "-c", "import centresim"],
        "centresim --version, from Python": [sys.executable, "-m", "centresim", "--version"],
    }
    if program is None:
        say("skipped: no centresim program beside centresim_bench or on PATH")
    else:
        commands["centresim --version, the program"] = [str(program), "--version"]
    times, broken = {}, {}
    for _ in range(rounds):
        for name, command in commands.items():
            if name in broken:
                continue
            began = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                broken[name] = last_line(done.stderr)
            else:
                times.setdefault(name, []).append(1e3 * (time.perf_counter() - began))
    base = statistics.median(times["python -c pass"])
    for name in commands:
        record = {"name": f"start: {name}", "group": "start", "label": name}
        if name in broken:
            yield {**record, "failed": broken[name]}
            continue
        figure = statistics.median(times[name])
        yield {
            **record,
            "figure": figure,
            "unit": "ms",
            "ratio": figure / base,
            "spread": figure / min(times[name]),
            "repetitions": rounds,
            "checks_ok": True,
            "question": "Wall time of a fresh process over that of an interpreter that does nothing",
        }


def find_program(bench):
    """The command line as C++ built it, if it stands beside centresim_bench; else the one on PATH."""
    beside = None if bench is None else pathlib.Path(bench).with_name("centresim")
    if beside is not None and beside.is_file():
        return beside
    found = shutil.which("centresim")
    return None if found is None else pathlib.Path(found)
