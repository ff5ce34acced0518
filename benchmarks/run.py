#!/usr/bin/env python3
"""Runs the benchmarks: builds centresim_bench if need be, pins it to one core, prints a table or one JSON object each.

usage: benchmarks/run.py [NAME...] [--json] [--list] [--repetitions N] [--bench PATH] [--native]
       benchmarks/run.py --all [NAME...] [-o FOLDER] [--quick]    other simulators and start-up too, with a report
"""

import argparse
import functools
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

import parts
import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNPINNED = {"threads", "threads_all", "memory", "hdf5_write"}  # they use more cores than one, or wait for the disk


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
    """Configures and builds the benchmarks; the path of the program. Raises RuntimeError with the compiler's words."""
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
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except OSError as error:
            raise RuntimeError(f"building the benchmarks failed: {error}") from None
        if done.returncode != 0:
            raise RuntimeError(f"{done.stdout}\nbuilding the benchmarks failed")
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


def run_one(bench, name, repetitions, quick=False):
    """One benchmark in a process of its own: its JSON object, and the exit status."""
    command = [*pinned(name), str(bench), "--repetitions", str(repetitions), name]
    more = {"CENTRESIM_BENCH_QUICK": "1"} if quick else {}
    stderr = subprocess.PIPE if quick else None
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env={**environment(), **more})
    try:
        return json.loads(done.stdout), done.returncode
    except ValueError:
        return None, done.returncode or 1


def line_of(result):
    ratio = "" if result.get("ratio") is None else f"{result['ratio']:.3g}"
    verdict = "" if result.get("checks_ok", True) else "  WRONG RESULT"
    spread = "" if result.get("spread") is None else f"{result['spread']:.2f}"
    figures = (
        f"{result['name']:<14}{result['figure']:>10.4g} {result['unit']:<14}{ratio:>8}{result.get('target', ''):>8}"
    )
    return f"{figures}  {spread}{verdict}"


HEADER = f"{'benchmark':<14}{'figure':>10} {'unit':<14}{'ratio':>8}{'target':>8}  spread"


def say(text):
    print(f"run.py: {text}", file=sys.stderr, flush=True)


# ---- the suite -------------------------------------------------------------------------------------------------------
OTHER_PARTS = {
    "peers_mm1": "M/M/1 against the simulators of PyPI that are installed",
    "peers_line": "the re-entrant line against the simulators of PyPI that are installed",
    "peers_farm": "a job trace against AccaSim",
    "start": "start-up: the import, the program",
}


def compiled_part(bench, name, repetitions, quick):
    result, status = run_one(bench, name, repetitions, quick)
    if result is None:
        raise RuntimeError(f"centresim_bench ended with status {status} and no figure")
    yield result


def suite(bench, known, arguments):
    """Name and work of every part, in the order in which they run."""
    rounds, core = arguments.repetitions, pinned("peers")
    for name in known:
        yield name, functools.partial(compiled_part, bench, name, rounds, arguments.quick)
    for model in ("mm1", "line"):
        yield (
            f"peers_{model}",
            functools.partial(parts.compare_peers, model, min(rounds, 3), arguments.quick, core, say),
        )
    yield "peers_farm", functools.partial(parts.farm_peer, core)
    yield "start", functools.partial(parts.start_up, rounds, parts.find_program(bench), say)


def collect(name, work, records):
    """Runs one part; what fails is a record as well."""
    try:
        for record in work():
            records.append(record)
            print(line_of(record) if "figure" in record else f"{record['name']}: failed", flush=True)
    except parts.Skipped as reason:
        records.append({"name": name, "skipped": str(reason)})
        say(f"skipped: {name}: {reason}")
    except Exception as error:  # one part must not lose the others
        records.append({"name": name, "failed": str(error)})
        say(f"{name} failed: {error}")


def load():
    return ", ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def everything(bench, known, arguments):
    folder, records, status = arguments.output, [], 0
    described = {**machine(), "began": time.strftime("%Y-%m-%d %H:%M"), "load_before": load(), "load_after": load()}
    print(HEADER)
    try:
        for name, work in suite(bench, known, arguments):
            if arguments.names and name not in arguments.names:
                continue
            collect(name, work, records)
            described["load_after"] = load()
            report.write(folder / "results.json", json.dumps({"machine": described, "records": records}, indent=1))
    except KeyboardInterrupt:
        say("stopped; what was measured so far is kept")
        status = 130
    missing = report.save(folder, records, described)
    if missing:
        say(missing)
    say(f"wrote {folder / 'table.md'}")
    bad = [r["name"] for r in records if "failed" in r or not r.get("checks_ok", True)]
    if bad:
        say(f"not right: {', '.join(bad)}")
    return status or (1 if bad else 0)


# ---- the command line ------------------------------------------------------------------------------------------------
def repetitions(text):
    count = int(text) if text.isdecimal() else 0
    if not 1 <= count <= 999:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 999, not {text!r}")
    return count


def command_line():
    parser = argparse.ArgumentParser(description="Runs the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones (default: all that C++ measures)")
    parser.add_argument("--all", action="store_true", help="other simulators and start-up too; writes a report")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="folder of the report (build/benchmarks/report)")
    parser.add_argument("--quick", action="store_true", help="with --all: small sizes, to see that everything runs")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("--list", action="store_true", help="names and questions only")
    parser.add_argument("--repetitions", type=repetitions, help="rounds (5; with --quick 1)")
    parser.add_argument("--bench", type=pathlib.Path, help="a centresim_bench that is already built")
    parser.add_argument("--native", action="store_true", help="compile for this processor only")
    arguments = parser.parse_args()
    for option in ("output", "quick"):
        if getattr(arguments, option) and not arguments.all:
            parser.error(f"--{option} needs --all")
    if arguments.all and arguments.json:
        parser.error("--all writes results.json; --json prints a table of its own")
    if arguments.bench is not None and not os.access(arguments.bench, os.X_OK):
        parser.error(f"--bench: {arguments.bench} is no program")
    if arguments.output is None:
        arguments.output = ROOT / "build" / "benchmarks" / "report"
    if arguments.repetitions is None:
        arguments.repetitions = 1 if arguments.quick else 5
    if arguments.all:
        try:  # before hours of work, not after them
            arguments.output.mkdir(parents=True, exist_ok=True)
            report.write(arguments.output / "results.json", "{}\n")
        except OSError as error:
            parser.error(f"-o: cannot write to {arguments.output}: {error.strerror}")
    return arguments


def names_of(bench):
    listed = subprocess.run([bench, "--list"], check=True, capture_output=True, text=True).stdout
    return dict(line.split("\t", 1) for line in listed.splitlines())


def main():
    arguments = command_line()
    bench, known = arguments.bench, {}
    others = OTHER_PARTS if arguments.all or arguments.list else {}
    if not arguments.names or not set(arguments.names) <= set(others):
        try:
            bench = (bench or build(arguments.native)).resolve()
            known = names_of(bench)
        except (RuntimeError, OSError, subprocess.CalledProcessError, ValueError) as error:
            say(str(error))
            if not arguments.all:
                return 1
            say("goes on without what C++ measures")
    if arguments.list:
        for name, question in {**known, **others}.items():
            print(f"{name}\t{question}")
        return 0
    unknown = [name for name in arguments.names if name not in known and name not in others]
    if unknown:
        say(f"there is no benchmark {', '.join(unknown)}; there are {', '.join([*known, *others])}")
        return 2
    if arguments.all:
        return everything(bench, known, arguments)

    status = 0
    if not arguments.json:
        print(HEADER)
    for name in arguments.names or known:
        result, ended = run_one(bench, name, arguments.repetitions)
        status = status or ended
        if result is None:
            continue
        print(json.dumps({**result, "machine": machine()}) if arguments.json else line_of(result), flush=True)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
