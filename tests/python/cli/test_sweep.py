"""Plans of many points: hostile descriptions, resuming, sharing, full disks, the collected file."""

import json
import os
import resource
import signal
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from cli_tools import CTRL_C, DONE, FILES, INPUT, TINY, centresim, refused
from sweep_tools import SWEEP, contents, long_plan, planned, start, wait_for_results, write

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
    "point": (SWEEP.partition("[grid]")[0] + "[[point]]\na = 1\n[[point]]\nb = 1\n", "point[1].a"),
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
    for point, settings in zip(index["points"], ([0.6, 2], [0.6, 3], [0.8, 2], [0.8, 3]), strict=True):
        alone = finished.parent / "alone.h5"
        options = ["--set", f"fab.load_factor={settings[0]}", "--set", f"fab.tool_groups.litho.tools={settings[1]}"]
        assert centresim("run", finished.parent / "tiny.toml", *options, "--replications", 3, "--seed", 7, "-q",
                         "-o", alone).returncode == DONE  # fmt: skip
        of_plan = finished / "results" / (point["hash"] + ".h5")
        assert centresim("digest", alone).stdout == centresim("digest", of_plan).stdout
        with h5py.File(alone) as one, h5py.File(of_plan) as other:
            assert one.attrs["scenario_hash"] == other.attrs["scenario_hash"] == point["hash"].encode()
            assert one["values"][()].tobytes() == other["values"][()].tobytes()


def test_planned_scenarios_can_be_used_alone(finished: Path) -> None:
    for file in (finished / "points").iterdir():
        assert centresim("validate", file).returncode == DONE


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


def damage(plan: Path, kind: str) -> Path:
    file = sorted((plan / "results").iterdir())[0]
    other = sorted((plan / "results").iterdir())[1]
    whole = file.read_bytes()
    if kind == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif kind == "empty":
        file.write_bytes(b"")
    elif kind == "foreign":
        file.write_bytes(other.read_bytes())
    elif kind == "no result":
        file.write_text("hello", encoding="utf-8")
    elif kind == "other seed":
        scenario = plan / "points" / (file.stem + ".json")
        assert centresim("run", scenario, "--replications", 3, "--seed", 8, "-q", "-o", file).returncode == DONE
    elif kind == "fewer replications":
        scenario = plan / "points" / (file.stem + ".json")
        assert centresim("run", scenario, "--replications", 2, "--seed", 7, "-q", "-o", file).returncode == DONE
    else:
        with h5py.File(file, "r+") as h5:
            if kind == "numbers":
                h5["fab/events"][0] += 1
            else:
                h5.attrs["model_version"] = "fab-0"
    return file


DAMAGE = {"cut": "cut short", "empty": "is empty", "foreign": "another scenario", "no result": "not an HDF5 file",
          "other seed": "not run with seed 7", "fewer replications": "2 replications instead of 3",
          "numbers": "changed after its run", "model": "made by model 'fab-0'"}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_file_that_is_no_result_of_the_point_is_done_anew(kind: str, copy: Path) -> None:
    before = contents(copy)
    file = damage(copy, kind)
    status = centresim("status", copy)
    assert status.returncode == DONE
    assert "3 of 4 points finished" in status.stdout
    assert DAMAGE[kind] in status.stdout
    refused(centresim("collect", copy, "-o", copy.parent / "all.h5"), INPUT, "1 of 4 points not finished")
    run = centresim("run", copy)
    assert run.returncode == DONE, run.stderr
    assert file.name in run.stderr
    assert DAMAGE[kind] in run.stderr
    assert "1 point finished now, 3 before" in run.stderr
    assert {n: t for n, t in contents(copy).items() if n != file.name} == {
        n: t for n, t in before.items() if n != file.name
    }


@pytest.mark.parametrize(
    ("number", "threads"), [(signal.SIGKILL, 1), (signal.SIGKILL, 2), (signal.SIGINT, 1), (signal.SIGINT, 2)]
)
def test_a_run_that_was_ended_goes_on(number: signal.Signals, threads: int, tmp_path: Path) -> None:
    plan = long_plan(tmp_path)
    process = start("run", plan, "--threads", threads)
    wait_for_results(plan, process, 5)
    process.send_signal(number)
    err = process.communicate(timeout=60)[1]
    if number == signal.SIGINT:
        assert process.returncode == CTRL_C, err
        assert "run again to go on" in err
        assert not list((plan / "results").glob("*.tmp-*"))
    before = {name: t for name, t in contents(plan).items() if name.endswith(".h5")}
    assert 5 <= len(before) < 40
    run = centresim("run", plan, "-o", tmp_path / "all.h5")
    assert run.returncode == DONE, run.stderr
    assert f"{40 - len(before)} points finished now, {len(before)} before" in run.stderr
    assert {name: t for name, t in contents(plan).items() if name in before} == before
    assert xr.open_dataset(tmp_path / "all.h5").sizes["scenario"] == 40


def test_tasks_share_the_points(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    names = []
    for task in (1, 2, 3):
        assert centresim("run", plan, "--task", task, "--of", 3).returncode == DONE
        names.append(len(contents(plan)))
    assert names == [2, 3, 4]
    assert "4 of 4 points finished" in centresim("status", plan).stdout
    refused(centresim("run", plan, "--task", 4, "--of", 3), INPUT, "--task", "from 1 to 3")
    refused(centresim("run", tmp_path / "tiny.toml", "--task", 1), INPUT, "--task", "of a plan")


def test_one_task_of_many_collects_nothing(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    run = centresim("run", plan, "--task", 1, "--of", 2, "-o", tmp_path / "all.h5")
    refused(run, INPUT, "--output", "collect")
    assert not contents(plan)  # told before the work, not after it


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_regular_file_in_place_of_a_result(kind: str, copy: Path) -> None:
    file = sorted((copy / "results").iterdir())[0]
    file.unlink()
    os.mkfifo(file) if kind == "pipe" else file.mkdir()
    refused(centresim("run", copy, timeout=20), FILES, file.name, "no regular file")
    status = centresim("status", copy, timeout=20)
    assert "3 of 4 points finished" in status.stdout
    assert "no regular file" in status.stdout
    refused(centresim("collect", copy, "-o", copy.parent / "a.h5", timeout=20), INPUT, "1 of 4 points not finished")


def test_a_scenario_of_the_working_directory_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    sweep = write(tmp_path / "there", SWEEP.replace("tiny.toml", "tiny"))
    (tmp_path / "there" / "tiny.toml").unlink()
    (tmp_path / "tiny").write_text(TINY, encoding="utf-8")
    run = centresim("plan", sweep, "-o", tmp_path / "plan", cwd=tmp_path)
    refused(run, INPUT, "there/sweep.toml:1: scenario: tiny", "beside that of the sweep")


def test_a_term_signal_ends_with_its_number(tmp_path: Path) -> None:
    plan = long_plan(tmp_path)
    process = start("run", plan, "--threads", 1)
    wait_for_results(plan, process, 1)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 143


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
    assert len(contents(plan)) == 10


def test_a_full_disk_keeps_what_is_finished(tmp_path: Path) -> None:
    plan = planned(tmp_path)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    refused(centresim("run", plan, preexec_fn=small_files), FILES, ".h5", "File too large")
    assert not contents(plan)
    assert centresim("run", plan, "--task", 1, "--of", 4).returncode == DONE
    before = contents(plan)
    refused(centresim("run", plan, preexec_fn=small_files), FILES, "File too large")
    assert contents(plan) == before
    write(tmp_path)

    def tiny_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    new = centresim("plan", tmp_path / "sweep.toml", "-o", tmp_path / "new", preexec_fn=tiny_files)
    refused(new, FILES, "File too large")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan", "sweep.toml", "tiny.toml"]
