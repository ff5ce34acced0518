"""Two models that every simulator must be able to run, and how a script of one simulator reports what it took.

`mm1`: one server at 90 % load, exponential. `line`: 20 stations of 5 machines in turn, 200 exponential steps of mean 1,
first come first served, starts at random at 90 % load. Both begin empty and end at a horizon.

A script `with_NAME.py MODEL HORIZON SEED` prints one JSON object: CPU seconds of the run without start-up, the events
of the model (mm1: arrivals and departures; line: releases and steps), and the mean time in the system of those
who left.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

LOAD = 0.9
STATIONS, MACHINES, STEPS = 20, 5, 200
BETWEEN_STARTS = STEPS / (LOAD * STATIONS * MACHINES)

Figures = tuple[int, float]  # events, mean time in the system
Run = Callable[[], Figures | Callable[[], Figures]]  # a function: the figures must be counted, which is not timed
Model = Callable[[float, int], Run]  # of a horizon and a seed


def module_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # used where it was built
        return "unknown"


def main(package: str, models: dict[str, Model]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=sorted(models))
    parser.add_argument("horizon", type=float)
    parser.add_argument("seed", type=int)
    given = parser.parse_args()
    run = models[given.model](given.horizon, given.seed)
    gc.collect()
    began = time.process_time()
    answer = run()
    seconds = time.process_time() - began
    events, mean = answer() if callable(answer) else answer
    print(json.dumps({"version": module_version(package), "seconds": seconds, "events": events, "mean": mean}))
