"""Folders of plans: planning again, what is no plan, models that cannot go on, the collected file."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from cli_tools import DONE, EXE, FILES, INPUT, TINY, centresim, refused
from sweep_tools import FAILURE, SWEEP, contents, planned, records, start, write


def test_planning_again_and_more(copy: Path) -> None:
    before = contents(copy)
    sweep = copy.parent / "sweep.toml"
    write(copy.parent)
    again = centresim("plan", sweep, "-o", copy)
    assert again.returncode == DONE, again.stderr
    assert "holds this plan already" in again.stderr
    sweep.write_text(SWEEP.replace("[0.6, 0.8]", "[0.6, 0.7, 0.8]"), encoding="utf-8")
    more = centresim("plan", sweep, "-o", str(copy) + "/")
    assert more.returncode == DONE, more.stderr
    assert "by 2 points: 6 points now" in more.stderr
    assert contents(copy) == before
    assert "4 of 6 points finished" in centresim("status", copy).stdout
    for text, part in (
        (SWEEP.replace("= 7", "= 8"), "with seed 7 instead of 8"),
        (SWEEP.replace("= 3", "= 4"), "with 3 replications instead of 4"),
        (SWEEP.replace("[0.6, 0.8]", "[0.6, 0.7]"), "with 2 points that this one does not have"),
    ):
        sweep.write_text(text, encoding="utf-8")
        refused(centresim("plan", sweep, "-o", copy), INPUT, "holds another plan", part)
    assert "4 of 6 points finished" in centresim("status", copy).stdout
    assert sorted(p.name for p in copy.parent.iterdir()) == ["plan", "sweep.toml", "tiny.toml"]


def test_one_plan_at_a_time_extends_a_folder(tmp_path: Path) -> None:
    """Each of two would leave out what the other one has added."""
    plan = planned(tmp_path)
    index = (plan / "plan.json").read_bytes()
    sweep = write(tmp_path, SWEEP.replace("[0.6, 0.8]", "[0.6, 0.7, 0.8]"))
    with (plan / "plan.json").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused(centresim("plan", sweep, "-o", plan), FILES, "another process")
        assert (plan / "plan.json").read_bytes() == index
    assert centresim("plan", sweep, "-o", plan).returncode == DONE
    sweeps = []
    for i in range(4):
        sweeps.append(tmp_path / f"s{i}.toml")
        sweeps[i].write_text(SWEEP.replace("[0.6, 0.8]", f"[0.6, 0.7, 0.8, 0.5{i}]"), encoding="utf-8")
    started = [start("plan", sweep, "-o", plan) for sweep in sweeps]
    codes = [(process.communicate(timeout=60), process.returncode)[1] for process in started]
    assert codes.count(DONE) == 1
    assert set(codes) <= {DONE, INPUT, FILES}
    values = {point["values"][0] for point in json.loads((plan / "plan.json").read_text(encoding="utf-8"))["points"]}
    assert values == {0.6, 0.7, 0.8, float(f"0.5{codes.index(DONE)}")}


def test_planning_the_same_again_changes_nothing(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    before = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in plan.rglob("*")}
    assert centresim("plan", tmp_path / "sweep.toml", "-o", plan).returncode == DONE
    assert {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in plan.rglob("*")} == before
    (base,) = (plan / "base").iterdir()
    whole = base.read_bytes()
    base.write_bytes(whole.replace(b"2", b"3"))
    (plan / "job.sh").write_text("# my partition\n", encoding="utf-8")
    assert centresim("plan", tmp_path / "sweep.toml", "-o", plan).returncode == DONE
    assert base.read_bytes() == whole
    assert (plan / "job.sh").read_text(encoding="utf-8") == "# my partition\n"  # the user's


def test_what_a_killed_process_left_is_no_hindrance(tmp_path: Path) -> None:
    """Another host may have killed one of the same number; here the number is known before the program starts."""
    sweep = write(tmp_path)
    script = f'mkdir "{tmp_path}/plan.tmp-$$" && exec "$@"'
    run = subprocess.run(["sh", "-c", script, "sh", *EXE, "plan", sweep, "-o", tmp_path / "plan"], check=False,
                         capture_output=True, text=True)  # fmt: skip
    assert run.returncode == DONE, run.stderr
    left = [p for p in tmp_path.iterdir() if ".tmp-" in p.name]
    assert len(left) == 1
    assert not list(left[0].iterdir())


def test_folders_that_are_no_plan(tmp_path: Path) -> None:
    sweep = write(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("ten years", encoding="utf-8")
    refused(centresim("plan", sweep, "-o", tmp_path / "other"), FILES, "other things")
    refused(centresim("plan", sweep, "-o", sweep), FILES, "is a file")
    refused(centresim("plan", sweep, "-o", tmp_path / "no" / "where"), FILES, f"{tmp_path}/no/where: the folder")
    refused(centresim("plan", sweep), INPUT, "--output")
    refused(centresim("status", tmp_path / "other"), FILES, "holds no plan")
    refused(centresim("status", tmp_path / "nowhere"), FILES, "No such file")
    assert [p.name for p in (tmp_path / "other").iterdir()] == ["thesis.txt"]
    (tmp_path / "empty").mkdir()
    assert centresim("plan", sweep, "-o", tmp_path / "empty").returncode == DONE


HOSTILE_INDEX = {
    "cut": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "list": lambda text: "[]",
    "format": lambda text: text.replace("centresim-plan/1", "centresim-plan/2"),
    "escape": lambda text: text.replace('"hash": "', '"hash": "../../', 1),
    "values": lambda text: text.replace("0.6,", "", 1),
    "seed": lambda text: text.replace('"seed": 7', '"seed": -7'),
    "base": lambda text: text.replace('"base": "', '"base": "/'),
    "replications": lambda text: text.replace('"replications": 3', '"replications": 1e99'),
}


@pytest.mark.parametrize("case", HOSTILE_INDEX)
def test_hostile_indices_are_refused(case: str, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    index = plan / "plan.json"
    changed = HOSTILE_INDEX[case](index.read_text(encoding="utf-8"))
    assert changed != index.read_text(encoding="utf-8")
    index.write_text(changed, encoding="utf-8")
    for command in (["run", plan], ["status", plan], ["collect", plan, "-o", tmp_path / "all.h5"]):
        refused(centresim(*command), INPUT, "plan.json")
    assert not (tmp_path / "all.h5").exists()


def test_a_changed_scenario_is_not_run(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    (base,) = (plan / "base").iterdir()
    base.write_text(base.read_text(encoding="utf-8").replace('"tools":2', '"tools":5'), encoding="utf-8")
    refused(centresim("run", plan, "--threads", 1), INPUT, base.name, "plan again")
    assert centresim("plan", tmp_path / "sweep.toml", "-o", plan).returncode == DONE
    assert centresim("run", plan).returncode == DONE


def test_options_of_one_scenario_are_not_for_a_plan(finished: Path) -> None:
    for options in (["--seed", 1], ["--replications", 8], ["--set", "x=1"], ["--horizon", "3 d"],
                    ["--summary", "-"], ["--trace", "lots"]):  # fmt: skip
        refused(centresim("run", finished, *options), INPUT, str(options[0]), "is a plan")


def test_a_point_whose_model_cannot_go_on(tmp_path: Path) -> None:
    plan = planned(tmp_path, SWEEP.replace('"fab.tool_groups.litho.tools" = [2, "+1"]', '"fab.max_wip" = [1, 100000]'))
    run = centresim("run", plan)
    assert run.returncode == 4, run.stderr
    assert "point 0 (fab.load_factor = 0.6, fab.max_wip = 1)" in run.stderr
    assert "2 points cannot be finished" in run.stderr
    status = centresim("status", plan).stdout
    assert "2 of 4 points finished, 2 cannot be finished\n" in status
    assert status.count("cannot be finished: ") == 2
    before = contents(plan)
    again = centresim("run", plan)
    assert again.returncode == 4
    assert "point 0 (fab.load_factor = 0.6, fab.max_wip = 1)" in again.stderr
    assert contents(plan) == before  # told from what the first run found
    assert centresim("run", plan, "--retry").returncode == 4
    assert len(records(plan, FAILURE)) == 4
    done = centresim("collect", plan, "-o", tmp_path / "some.h5", "--partial")
    assert done.returncode == DONE
    with xr.open_dataset(tmp_path / "some.h5") as data:
        assert data["fab.max_wip"].to_numpy().tolist() == [100000, 100000]
        assert data["point"].to_numpy().tolist() == [1, 3]  # their numbers in the plan
        assert data["point"].attrs["long_name"] == "number of the point in the sweep"
    run = centresim("run", plan, "-o", tmp_path / "all.h5")
    assert run.returncode == 4
    assert "all.h5 is not written" in run.stderr
    assert "--partial" in run.stderr
    assert not (tmp_path / "all.h5").exists()


def test_the_collected_file_opens_in_xarray(finished: Path) -> None:
    with xr.open_dataset(finished.parent / "all.h5") as data:
        assert dict(data.sizes)["scenario"] == 4
        assert dict(data.sizes)["replication"] == 3
        assert data["values"].dims == ("scenario", "kpi", "replication")
        assert {"hash", "fab.load_factor", "fab.tool_groups.litho.tools"} <= set(data.coords)
        assert data["fab.load_factor"].to_numpy().tolist() == [0.6, 0.6, 0.8, 0.8]
        assert data["fab.tool_groups.litho.tools"].to_numpy().tolist() == ["2", "+1", "2", "+1"]
        wip = data["values"].sel(kpi="fab.wip")
        for i in range(4):
            file = finished.parent / "one.h5"
            assert centresim("collect", finished, "--point", i, "-o", file).returncode == DONE
            with h5py.File(file) as one:
                row = [k.decode() for k in one["kpi"][()]].index("fab.wip")
                assert one["values"][row].tolist() == wip[i].to_numpy().tolist()
                assert one["mean"][row] == data["mean"].sel(kpi="fab.wip")[i]
                assert one.attrs["digest"].decode() == data["digest"][i]
        assert data.attrs["filetype"] == "centresim-sweep-results"
    refused(centresim("summary", finished.parent / "all.h5"), FILES, "key figures of a plan")


def test_names_that_a_list_of_coordinates_cannot_hold(tmp_path: Path) -> None:
    scenario = TINY.replace('"litho"', '"wet bench/1"')
    plan = planned(tmp_path, SWEEP.replace("groups.litho.", r"groups.\"wet bench/1\"."), scenario)
    assert centresim("run", plan, "-o", tmp_path / "all.h5").returncode == DONE
    with xr.open_dataset(tmp_path / "all.h5") as data:
        path = 'fab.tool_groups."wet bench/1".tools'
        assert [name for name in data.coords if data[name].attrs.get("long_name") == path] == [
            'fab.tool_groups."wet_bench_1".tools'
        ]


def test_a_sweep_of_a_built_in_scenario_and_of_drawn_points(tmp_path: Path) -> None:
    text = """scenario = "mm1"
replications = 1
[design]
kind = "latin_hypercube"
points = 3
[design.ranges]
"fab.load_factor" = [0.5, 0.9]
"horizon" = ["20 d", "30 d"]
"""
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    plan = centresim("plan", tmp_path / "s.toml", "-o", tmp_path / "p", "--set", "warmup=0 d")
    assert plan.returncode == DONE, plan.stderr
    assert centresim("run", tmp_path / "p", "-o", tmp_path / "all.h5", "-q").returncode == DONE
    with xr.open_dataset(tmp_path / "all.h5") as data:
        assert ((data["fab.load_factor"] > 0.5) & (data["fab.load_factor"] < 0.9)).all()
        assert np.isnan(data["low"]).all()


def test_a_trace_is_pinned_by_its_contents(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("name,submit,run\n1,0,60\n2,10,60\n", encoding="utf-8")
    assert centresim("convert", "jobs", tmp_path / "jobs.csv", "--processors", 2, "-o", tmp_path / "farm.toml",
                     cwd=tmp_path).returncode == DONE  # fmt: skip
    sweep = tmp_path / "s.toml"
    sweep.write_text('scenario = "farm.toml"\nreplications = 1\n[grid]\n"design.policy.order" = ["fcfs", "ljf"]\n',
                     encoding="utf-8")  # fmt: skip
    plan = centresim("plan", sweep, "-o", tmp_path / "p")
    assert plan.returncode == DONE, plan.stderr
    assert centresim("run", tmp_path / "p").returncode == DONE
    assert "2 of 2 points finished" in centresim("status", tmp_path / "p").stdout
    (tmp_path / "jobs.csv").write_text("name,submit,run\n1,0,60\n2,10,90\n", encoding="utf-8")
    shutil.rmtree(tmp_path / "p" / "results")
    run = centresim("run", tmp_path / "p")
    assert run.returncode == INPUT, run.stderr
    assert os.fspath(tmp_path / "jobs.csv") in run.stderr
