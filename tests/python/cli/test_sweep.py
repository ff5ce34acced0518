"""Plans of many points: hostile descriptions, resuming, sharing, full disks, the collected file."""

import json
import os
import resource
import signal
import time
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from cli_tools import CTRL_C, DONE, FILES, INPUT, TINY, TO_BE_RESUMED, centresim, refused
from sweep_tools import (
    HEAD,
    SWEEP,
    Record,
    contents,
    long_plan,
    planned,
    records,
    start,
    wait_for_results,
    write,
)

HOSTILE = {
    "empty": ("", "scenario"),
    "binary": ("\x7fELF\x02\x01", "sweep.toml"),
    "syntax": (SWEEP.replace("seed = 7", "seed = = 7"), "sweep.toml:3"),
    "no scenario": (SWEEP.replace('scenario = "tiny.toml"', ""), "scenario: is missing"),
    "scenario of nowhere": (SWEEP.replace("tiny.toml", "mini-fob"), "sweep.toml:1: scenario: mini-fob"),
    "wrong type": (SWEEP.replace("= 3", '= "three"'), "sweep.toml:2: replications"),
    "negative": (SWEEP.replace("= 3", "= -3"), "sweep.toml:2: replications: -3"),
    "fraction": (SWEEP.replace("= 3", "= 2.5"), "sweep.toml:2: replications"),
    "huge": (SWEEP.replace("= 7", "= 99999999999999999999"), "sweep.toml"),
    "unknown key": (SWEEP.replace("seed", "sead"), "sweep.toml:3: sead"),
    "format": ('format = "centresim/1"\n' + SWEEP, "sweep.toml:1: format"),
    "no design": (SWEEP.partition("[grid]")[0], "needs one of"),
    "two designs": (SWEEP + '[[point]]\n"horizon" = 3\n', "only one of"),
    "not a list": (SWEEP.replace("[0.6, 0.8]", "0.6"), "sweep.toml:6: grid"),
    "empty list": (SWEEP.replace("[0.6, 0.8]", "[]"), "sweep.toml:6: grid"),
    "no quotes": (SWEEP.replace('"fab.load_factor"', "fab.load_factor"), "sweep.toml:6: grid.fab: "),
    "no path": (SWEEP.replace('"fab.load_factor"', '"fab..load"'), "sweep.toml:6: grid"),
    "no field": (SWEEP.replace("load_factor", "load_fcator"), "sweep.toml:6: fab.load_fcator"),
    "bad value": (SWEEP.replace("0.8", '"a lot"'), "tools = 2): fab.load_factor: \"a lot\""),
    "nan": (SWEEP.replace("0.8", "nan"), "sweep.toml:6: point 2"),
    "out of range": (SWEEP.replace("0.8", "-0.8"), "fab.load_factor"),
    "no capacity": (SWEEP.replace("0.8", "9.9"), "point 2 (fab.load_factor = 9.9, fab.tool_groups.litho.tools = 2)"),
    "deep": ("x = " + "[" * 100_000, "sweep.toml"),
    "point": (SWEEP.partition("[grid]")[0] + "[[point]]\na = 1\n[[point]]\nb = 1\n", "no field 'b'"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_sweeps_are_refused_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    text, part = HOSTILE[case]
    write(tmp_path, text)
    run = centresim("plan", "sweep.toml", "-o", "plan", cwd=tmp_path, timeout=60)
    refused(run, INPUT, part)
    assert len(run.stderr) < 20_000
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sweep.toml", "tiny.toml"]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = SWEEP.replace("= 3", "= 0").replace("0.8", "0.6").replace('"fab.tool', '".tool')
    run = centresim("plan", write(tmp_path, text), "-o", tmp_path / "plan")
    refused(run, INPUT, "sweep.toml:2: replications", "sweep.toml:6: grid", "sweep.toml:7: grid", "3 errors")


def test_every_point_is_what_it_is_alone(finished: Path) -> None:
    index = json.loads((finished / "plan.json").read_text(encoding="utf-8"))
    assert index["paths"] == ["fab.load_factor", "fab.tool_groups.litho.tools"]
    assert [p["values"] for p in index["points"]] == [[0.6, 2], [0.6, "+1"], [0.8, 2], [0.8, "+1"]]
    points = zip(index["points"], ([0.6, 2], [0.6, 3], [0.8, 2], [0.8, 3]), strict=True)
    for number, (point, settings) in enumerate(points):
        alone = finished.parent / "alone.h5"
        options = ["--set", f"fab.load_factor={settings[0]}", "--set", f"fab.tool_groups.litho.tools={settings[1]}"]
        assert centresim("run", finished.parent / "tiny.toml", *options, "--replications", 3, "--seed", 7, "-q",
                         "-o", alone).returncode == DONE  # fmt: skip
        of_plan = finished.parent / "of_plan.h5"
        assert centresim("collect", finished, "--point", number, "-o", of_plan).returncode == DONE
        assert centresim("digest", alone).stdout == centresim("digest", of_plan).stdout
        same = centresim("diff", alone, of_plan)
        assert (same.returncode, same.stdout) == (DONE, "they agree outside of /run\n")
        with h5py.File(alone) as one, h5py.File(of_plan) as other:
            assert one.attrs["scenario_hash"] == other.attrs["scenario_hash"] == point["hash"].encode()
            assert one["values"][()].tobytes() == other["values"][()].tobytes()


def test_a_point_that_is_not_there_is_not_written(finished: Path, tmp_path: Path) -> None:
    run = centresim("collect", finished, "--point", 4, "-o", tmp_path / "p.h5")
    refused(run, INPUT, "--point", "from 0 to 3")
    refused(centresim("collect", planned(tmp_path), "--point", 1, "-o", tmp_path / "p.h5"), INPUT, "is not finished")
    assert not (tmp_path / "p.h5").exists()


def test_a_second_run_does_nothing(copy: Path) -> None:
    before = contents(copy)
    run = centresim("run", copy)
    assert run.returncode == DONE, run.stderr
    assert "0 points finished now, 4 before" in run.stderr
    assert contents(copy) == before


def test_one_and_two_threads_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert centresim("run", plan, "--threads", 1, "-o", tmp_path / "one.h5").returncode == DONE
    with h5py.File(tmp_path / "one.h5") as one, h5py.File(finished.parent / "all.h5") as two:
        for name in one:
            assert np.array_equal(one[name][()], two[name][()], equal_nan=one[name].dtype.kind == "f"), name
        assert one["values"][()].tobytes() == two["values"][()].tobytes()


def remade(record: Record, about: str) -> bytes:
    """The record with another text about it, and a checksum that fits."""
    head = list(HEAD.unpack_from(record.file.read_bytes(), record.start))
    head[2] = len(about)
    rest = record.hash.encode() + about.encode()
    head[6] = zlib.crc32(rest, zlib.crc32(HEAD.pack(*head)[:-4]))
    return HEAD.pack(*head) + rest + record.body


def damage(plan: Path, kind: str) -> None:
    first = records(plan)[0]
    file, whole = first.file, first.file.read_bytes()
    if kind == "cut":
        last = records(plan)[-1]
        file.write_bytes(whole[: last.end - 7])
    elif kind == "head":
        file.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
    elif kind == "body":
        at = first.end - 9
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    elif kind == "text in between":
        file.write_bytes(b"hello" * 50_000 + whole[first.end :])
    else:
        about = {
            "other seed": first.about.replace("seed 7", "seed 8"),
            "fewer replications": first.about.replace("replications 3", "replications 2"),
            "model": first.about.replace("model fab", "model fib"),
        }[kind]
        file.write_bytes(remade(first, about) + whole[first.end :])


DAMAGE = {"cut": "was cut off", "head": "belong to no record", "body": "do not fit its checksum",
          "text in between": "250000 bytes in it belong to no record", "other seed": "was made with seed 8",
          "fewer replications": "replications 2", "model": "made by model 'fib-"}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_result_that_does_not_count_is_made_anew(kind: str, copy: Path) -> None:
    damage(copy, kind)
    before = contents(copy)
    status = centresim("status", copy)
    assert status.returncode == DONE
    assert "3 of 4 points finished" in status.stdout
    assert DAMAGE[kind] in status.stdout
    refused(centresim("collect", copy, "-o", copy.parent / "all.h5"), INPUT, "1 of 4 points not finished")
    run = centresim("run", copy)
    assert run.returncode == DONE, run.stderr
    if kind in {"body", "other seed", "fewer replications", "model"}:
        assert DAMAGE[kind] in run.stderr
    assert "1 point finished now, 3 before" in run.stderr
    assert {n: t for n, t in contents(copy).items() if n in before} == before  # nothing that was there is touched
    assert centresim("collect", copy, "-o", copy.parent / "all.h5").returncode == DONE


def test_files_that_hold_no_records(copy: Path) -> None:
    results = copy / "results"
    (results / "empty.rec").write_bytes(b"")
    (results / "hello.rec").write_text("hello" * 100, encoding="utf-8")
    (results / "zeros.rec").write_bytes(bytes(3_000_000))
    (results / "folder.rec").mkdir()
    os.mkfifo(results / "pipe.rec")
    (results / "notes.txt").write_text("mine", encoding="utf-8")
    status = centresim("status", copy, timeout=20)
    assert "4 of 4 points finished" in status.stdout
    for name in ("hello", "zeros", "folder", "pipe"):
        assert f"{name}.rec: " in status.stdout
    assert "notes" not in status.stdout
    run = centresim("run", copy, "-o", copy.parent / "all.h5", timeout=20)
    assert run.returncode == DONE, run.stderr


@pytest.mark.parametrize(
    ("number", "threads"),
    [(number, n) for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1) for n in (1, 2)],
)
def test_a_run_that_was_ended_goes_on(number: signal.Signals, threads: int, tmp_path: Path) -> None:
    plan = long_plan(tmp_path)
    process = start("run", plan, "--threads", threads)
    wait_for_results(plan, process, 5)
    process.send_signal(number)
    err = process.communicate(timeout=60)[1]
    before = records(plan)
    assert 5 <= len(before) < 40
    assert len({record.hash for record in before}) == len(before)
    codes = {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: CTRL_C}
    assert process.returncode == codes.get(number, TO_BE_RESUMED), err
    if number != signal.SIGKILL:
        assert "run again to go on" in err
        name = {signal.SIGINT: "Ctrl-C"}.get(number, number.name)
        assert (
            f"stopped by a signal: {before[0].file.name}: {name}: {len(before)} of 40"
            in centresim("status", plan).stdout
        )
    run = centresim("run", plan, "-o", tmp_path / "all.h5")
    assert run.returncode == DONE, run.stderr
    assert f"{40 - len(before)} points finished now, {len(before)} before" in run.stderr
    assert {record.hash for record in records(plan)} >= {record.hash for record in before}
    assert len(records(plan)) == 40
    assert "stopped" not in centresim("status", plan).stdout
    assert xr.open_dataset(tmp_path / "all.h5").sizes["scenario"] == 40


def test_tasks_share_the_points(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    names = []
    for task in (0, 1, 2):
        assert centresim("run", plan, "--task", task, "--of", 3).returncode == DONE
        names.append(len(records(plan)))
        assert len(list((plan / "results").glob(f"task-{task}-of-3.*.rec"))) == 1
    assert names == [2, 3, 4]
    assert "4 of 4 points finished" in centresim("status", plan).stdout
    refused(centresim("run", plan, "--task", 3, "--of", 3), INPUT, "--task", "from 0 to 2")
    refused(centresim("run", tmp_path / "tiny.toml", "--task", 1), INPUT, "--task", "of a plan")


def test_one_task_of_many_collects_nothing(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    run = centresim("run", plan, "--task", 0, "--of", 2, "-o", tmp_path / "all.h5")
    refused(run, INPUT, "--output", "collect")
    assert not contents(plan)  # told before the work, not after it


def test_a_scenario_of_the_working_directory_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    sweep = write(tmp_path / "there", SWEEP.replace("tiny.toml", "tiny"))
    (tmp_path / "there" / "tiny.toml").unlink()
    (tmp_path / "tiny").write_text(TINY, encoding="utf-8")
    run = centresim("plan", sweep, "-o", tmp_path / "plan", cwd=tmp_path)
    refused(run, INPUT, "there/sweep.toml:1: scenario: tiny", "beside that of the sweep")


def test_planning_is_stopped_behind_a_fault(tmp_path: Path) -> None:
    design = '[design]\nkind = "sobol"\npoints = 100_000\n[design.ranges]\n"fab.load_factor" = [0.3, 99]\n'
    write(tmp_path, SWEEP.partition("[grid]")[0] + design)
    process = start("plan", tmp_path / "sweep.toml", "-o", tmp_path / "plan")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("plan.tmp-*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    assert process.communicate(timeout=60)[1].count("error") < 3
    assert process.returncode == CTRL_C
    assert time.monotonic() - began < 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sweep.toml", "tiny.toml"]


def test_two_processes_in_one_folder(tmp_path: Path) -> None:
    plan = planned(tmp_path, SWEEP.replace("[0.6, 0.8]", "[0.5, 0.55, 0.6, 0.65, 0.7]"))
    both = [start("run", plan, "--threads", 1) for _ in range(2)]
    for process in both:
        err = process.communicate(timeout=60)[1]
        assert process.returncode == DONE, err
    assert "10 of 10 points finished" in centresim("status", plan).stdout
    assert len({record.hash for record in records(plan)}) == 10
    assert len(contents(plan)) <= 2  # one may have come too late for any


def test_a_full_disk_keeps_what_is_finished(tmp_path: Path) -> None:
    plan = planned(tmp_path)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    refused(centresim("run", plan, preexec_fn=small_files), FILES, ".rec", "File too large")
    assert not contents(plan)
    assert centresim("run", plan, "--task", 0, "--of", 4).returncode == DONE
    before = contents(plan)
    size = len(next(iter(before.values())))

    def room_for_one() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + size // 2, size + size // 2))

    refused(centresim("run", plan, "--threads", 1, preexec_fn=room_for_one), FILES, "File too large")
    assert {n: t for n, t in contents(plan).items() if n in before} == before
    assert len(records(plan)) == 2  # nothing of the one that the disk did not take
    assert "2 of 4 points finished" in centresim("status", plan).stdout
    assert "cut off" not in centresim("status", plan).stdout
    write(tmp_path)

    def tiny_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    new = centresim("plan", tmp_path / "sweep.toml", "-o", tmp_path / "new", preexec_fn=tiny_files)
    refused(new, FILES, "File too large")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan", "sweep.toml", "tiny.toml"]
