#!/usr/bin/env python3
"""How does the farm compare with AccaSim (PyPI, MIT licence) on the same trace? First come, first served, one process.

usage: pip install accasim; benchmarks/peers.py [TRACE.swf] [--processors 240]
The trace is the HPC2N sample by default (CENTRESIM_SHARED, else ../shared). Prints one JSON object: jobs per second of
CPU time of both, start-up left out, and the mean waits, which must agree.
"""

import argparse
import collections
import collections.abc
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("CENTRESIM_SHARED", ROOT.parent / "shared"))
SAMPLE = SHARED / "data" / "eda" / "hpc2n_sample.swf"


def accasim(trace, processors):
    """CPU seconds, jobs and mean wait: run in a process of its own, since AccaSim prints and keeps global state."""
    for name in ("Mapping", "MutableMapping", "Iterable", "Callable", "Sequence", "Hashable"):
        if not hasattr(collections, name):  # it was written for Python before 3.10
            setattr(collections, name, getattr(collections.abc, name))
    from accasim.base.allocator_class import FirstFit
    from accasim.base.scheduler_class import FirstInFirstOut
    from accasim.base.simulator_class import Simulator

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        config = pathlib.Path(folder) / "system.config"
        config.write_text(json.dumps({"groups": {"g0": {"core": processors}}, "resources": {"g0": 1}}))
        results = str(pathlib.Path(folder) / "results")  # else it writes beside this script
        simulator = Simulator(str(trace), str(config), FirstInFirstOut(FirstFit()), RESULTS_FOLDER_NAME=results)
        began = time.process_time()
        simulator.start_simulation(system_status=False)
        return time.process_time() - began


def centresim(trace, processors):
    import centresim as cs

    scenario = cs.design.read_swf(trace, processors=processors, policy="fcfs")
    began = time.process_time()
    result = scenario.run(replications=1, seed=1, threads=1, progress=False)
    return time.process_time() - began, result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", nargs="?", type=pathlib.Path, default=SAMPLE)
    parser.add_argument("--processors", type=int, default=240)
    parser.add_argument("--accasim", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.trace.is_file():
        sys.exit(f"peers.py: there is no {options.trace}")
    trace = options.trace.resolve()
    if options.accasim:
        print("cpu_s", accasim(trace, options.processors))
        return
    own_s, result = centresim(trace, options.processors)
    jobs = int(result.design["jobs_ended"].sum())
    command = [sys.executable, __file__, str(trace), "--processors", str(options.processors), "--accasim"]
    peer = subprocess.run(command, capture_output=True, text=True)
    seconds = re.search(r"^cpu_s (\S+)", peer.stdout, re.MULTILINE)
    if peer.returncode != 0 or seconds is None:
        sys.exit(f"peers.py: AccaSim does not run (pip install accasim):\n{peer.stderr[-2000:]}")
    wait = re.search(r"Avg\. waiting times: (\S+)", peer.stdout + peer.stderr)
    figures = {
        "jobs": jobs,
        "centresim_jobs_per_s": round(jobs / own_s),
        "accasim_jobs_per_s": round(jobs / float(seconds.group(1))),
        "ratio": round(float(seconds.group(1)) / own_s, 1),
        "centresim_mean_wait_s": round(3600 * result.kpi("design.wait").mean, 2),
        "accasim_mean_wait_s": float(wait.group(1)) if wait else None,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
