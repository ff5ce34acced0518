"""Gantt charts on the command line."""

import json
from pathlib import Path

import h5py
from cli_tools import DONE, FILES, INPUT, centresim, refused


def test_a_chart_of_a_result(result: Path, tmp_path: Path) -> None:
    run = centresim("gantt", result, "-o", tmp_path / "g.json", "--replication", 2)
    assert (run.returncode, run.stdout) == (DONE, ""), run.stderr
    assert "perfetto" in run.stderr
    chart = json.loads((tmp_path / "g.json").read_text(encoding="utf-8"))
    assert chart["otherData"]["replication"] == 2
    assert chart["otherData"]["digest"] == centresim("digest", result).stdout.strip()
    jobs = [e for e in chart["traceEvents"] if e.get("cat") == "job"]
    assert {e["name"].rpartition(".")[0] for e in jobs} == {'Ω, "A"'}
    assert {e["name"] for e in chart["traceEvents"] if e.get("cat") == "state"} == {"down", "process"}
    other = centresim("gantt", result, "-o", tmp_path / "first.json")
    assert other.returncode == DONE
    assert (tmp_path / "first.json").read_bytes() != (tmp_path / "g.json").read_bytes()


def test_a_chart_of_a_farm(farm_result: Path, tmp_path: Path) -> None:
    assert centresim("gantt", farm_result, "-o", tmp_path / "g.json", "--replication", 1).returncode == DONE
    events = json.loads((tmp_path / "g.json").read_text(encoding="utf-8"))["traceEvents"]
    sites = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    assert list(sites.values()) == ["a", "b", "chip 0"]
    tasks = [e for e in events if e.get("cat") == "task" and e["ph"] == "b"]
    assert tasks
    assert {sites[e["pid"]] for e in tasks} == {"chip 0"}
    with h5py.File(farm_result) as file:
        jobs = {name: column[:] for name, column in file["design/trace/jobs"].items()}
    ran = (jobs["replication_index"] == 1) & (jobs["start"] >= 0) & (jobs["end"] >= 0)
    starts = {e["id"]: e for e in events if e["ph"] == "b" and e["cat"] == "job"}
    ends = {e["id"]: e for e in events if e["ph"] == "e" and e["cat"] == "job"}
    assert starts.keys() == ends.keys()
    assert sorted(e["ts"] for e in starts.values()) == sorted(1000 * jobs["start"][ran])
    assert sum(ends[i]["ts"] - starts[i]["ts"] for i in ends) == 1000 * (jobs["end"] - jobs["start"])[ran].sum()
    assert {e["name"] for e in starts.values()} == {"listed", "stream test"}
    assert [e["args"]["job"] for e in starts.values() if e["name"] == "listed"] == ["first"]
    states = [jobs["job_state"][state].decode() for state in jobs["state"][ran]]
    assert sorted(e["args"]["state"] for e in starts.values()) == sorted(states)
    assert {"completed", "walltime"} <= set(states)


def test_what_cannot_be_drawn_is_refused(result: Path, tiny: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.h5"
    assert centresim("run", tiny, "--replications", 1, "-q", "-o", plain).returncode == DONE
    content = plain.read_bytes()
    chart = tmp_path / "g.json"
    refused(centresim("gantt", plain, "-o", chart), INPUT, "no trace of lots, tools, jobs or tasks")
    refused(centresim("gantt", result, "-o", chart, "--replication", 3), INPUT, "replication", "from 0 to 2")
    refused(centresim("gantt", result), INPUT, "--output", "is missing")
    refused(centresim("gantt", result, "-o", ""), INPUT, "names no file")
    refused(centresim("gantt", plain, "-o", plain), INPUT, "is the result itself")
    refused(centresim("gantt", result, "-o", tmp_path / "no" / "g.json"), FILES, "does not exist")
    refused(centresim("gantt", tmp_path / "nothing.h5", "-o", chart), FILES, "nothing.h5")
    assert [p.name for p in tmp_path.iterdir()] == ["plain.h5"]
    assert plain.read_bytes() == content
