#!/usr/bin/env python3
"""Runs the benchmarks: builds centresim_bench if need be, pins it to one core, prints a table or one JSON object each.

usage: benchmarks/run.py [NAME...] [--json] [--list] [--repetitions N] [--bench PATH] [--native]
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNPINNED = {"threads", "memory"}  # they use two cores


def cpu_name():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def machine():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpu": cpu_name(), "cores": cores, "memory_gb": round(pages / 2**30, 1), "system": platform.platform()}


def build(native):
    """Configures and builds the benchmarks; the path of the program."""
    folder = ROOT / "build" / ("benchmarks-native" if native else "benchmarks")
    configure = [
        "cmake",
        "-S",
        ROOT,
        "-B",
        folder,
        "-DCMAKE_BUILD_TYPE=Release",
        "-DCENTRESIM_BENCHMARKS=ON",
        "-DCENTRESIM_TESTS=OFF",
        "-DCENTRESIM_APP=OFF",
        f"-DCENTRESIM_NATIVE={'ON' if native else 'OFF'}",
    ]
    for command in (configure, ["cmake", "--build", folder, "--target", "centresim_bench", "--parallel", "2"]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\nrun.py: building the benchmarks failed")
    return folder / "bin" / "centresim_bench"


def pinned(name):
    """A prefix that pins a command to the last core this process may use: the first one often serves interrupts."""
    if name in UNPINNED or not hasattr(os, "sched_getaffinity"):
        return []
    core = str(max(os.sched_getaffinity(0)))
    try:
        subprocess.run(["taskset", "-c", core, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return ["taskset", "-c", core]


def environment():
    given = os.environ.get("CENTRESIM_SHARED", ROOT.parent / "shared")
    return {**os.environ, "CENTRESIM_SHARED": str(given)}


def main():
    parser = argparse.ArgumentParser(description="Runs the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones (default: all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("--list", action="store_true", help="names and questions only")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--bench", type=pathlib.Path, help="a centresim_bench that is already built")
    parser.add_argument("--native", action="store_true", help="compile for this processor only")
    arguments = parser.parse_args()

    bench = (arguments.bench or build(arguments.native)).resolve()
    listed = subprocess.run([bench, "--list"], check=True, capture_output=True, text=True).stdout
    if arguments.list:
        print(listed, end="")
        return 0
    known = [line.split("\t")[0] for line in listed.splitlines()]
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        print(f"run.py: there is no benchmark {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2

    status = 0
    if not arguments.json:
        print(f"{'benchmark':<14}{'figure':>10} {'unit':<14}{'ratio':>8}{'target':>8}  spread")
    for name in arguments.names or known:
        command = [*pinned(name), str(bench), "--repetitions", str(arguments.repetitions), name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment())  # a process each
        status = status or done.returncode
        if not done.stdout.strip():
            continue
        result = json.loads(done.stdout)
        result["machine"] = machine()
        if arguments.json:
            print(json.dumps(result), flush=True)
        else:
            ratio = "" if result.get("ratio") is None else f"{result['ratio']:.3g}"
            verdict = "" if result["checks_ok"] else "  WRONG RESULT"
            figures = f"{name:<14}{result['figure']:>10.4g} {result['unit']:<14}{ratio:>8}{result.get('target', ''):>8}"
            print(f"{figures}  {result['spread']:.2f}{verdict}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
