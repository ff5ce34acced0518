"""The command line as its users meet it: answers and wrong usage."""

import csv
import json
import re
from pathlib import Path

import h5py
import pytest
from cli_tools import DONE, INPUT, ROOT, TINY, centresim, refused


def test_a_run_says_what_matters(tiny: Path, tmp_path: Path) -> None:
    run = centresim("run", tiny, "--replications", 3, "-o", tmp_path / "r.h5", "--summary", tmp_path / "r.json")
    assert run.returncode == DONE, run.stderr
    assert re.search(r"^fab\.cycle_time +[\d.]+ +[\d.]+ \.\. [\d.]+ +d$", run.stdout, re.M)
    assert re.search(r"^What limits the line: \w+", run.stdout, re.M)
    assert "Busiest tool groups" in run.stdout
    assert "\x1b" not in run.stderr  # no bar where nobody watches
    assert {p.name for p in tmp_path.iterdir()} == {"r.h5", "r.json"}


def test_one_replication_has_no_interval(tiny: Path) -> None:
    run = centresim("run", tiny, "--replications", 1)
    assert "one replication has no interval" in run.stdout
    assert re.search(r"^fab\.cycle_time +[\d.]+ +- +d$", run.stdout, re.M)


def test_horizon_warmup_and_changes_reach_the_run(tiny: Path, tmp_path: Path) -> None:
    run = centresim(
        "run", tiny, "--horizon", "30 d", "--warmup", 3, "--set", "fab.tool_groups.litho.tools=+1",
        "--set", "fab.tool_groups.*.load=\"2 min\"", "--replications", 2, "-q", "-o", tmp_path / "r.h5",
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (DONE, "", "")
    with h5py.File(tmp_path / "r.h5") as file:
        scenario = json.loads(file.attrs["scenario_json"])
        assert list(file["fab/window_start"][:]) == [3 * 86_400_000] * 2
        assert list(file["fab/window_end"][:]) == [30 * 86_400_000] * 2
        assert file["fab/tool_groups/tools"][file["fab/tool_groups/tool_group"].asstr()[:] == "litho"][0] == 3
    assert scenario["fab"]["tool_groups"][0]["tools"] == 3


def test_the_summary_has_the_shape_it_promises(result: Path) -> None:
    summary = json.loads(centresim("summary", result, "--format", "json").stdout)
    assert list(summary) == ["format", "scenario", "digest", "replications", "counts", "timing", "kpis"]
    assert summary["format"] == "centresim-summary/1"
    assert summary["scenario"] == "tiny"
    assert summary["replications"] == 3
    assert summary["digest"] == centresim("digest", result).stdout.strip()
    counts = summary["counts"]
    started = counts["lots_initial"] + counts["lots_released"]
    assert started == counts["lots_finished"] + counts["lots_in_process"] + counts["lots_scrapped"]
    assert counts["lot_steps"] > 0
    assert counts["events"] > 0
    assert set(summary["timing"]) == {"wall_s", "cpu_s", "threads", "peak_rss_mb"}
    row = next(k for k in summary["kpis"] if k["name"] == "fab.cycle_time" and "product" not in k)
    assert list(row) == ["name", "unit", "mean", "low", "high", "sd", "n", "better", "estimate_share"]
    assert row["low"] < row["mean"] < row["high"]
    assert row["n"] == 3
    assert {k.get("product") for k in summary["kpis"]} == {None, 'Ω, "A"'}
    assert {k.get("tool_group") for k in summary["kpis"]} == {None, "litho", "etch"}


def test_summary_file_and_summary_of_the_file_agree(tiny: Path, tmp_path: Path) -> None:
    centresim("run", tiny, "-o", tmp_path / "r.h5", "--summary", tmp_path / "r.json", "-q")
    text = centresim("summary", tmp_path / "r.h5", "--format", "json").stdout
    assert json.loads(text) == json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))


def test_csv_and_json_say_the_same(result: Path) -> None:
    rows = list(csv.DictReader(centresim("summary", result, "--format", "csv").stdout.splitlines()))
    kpis = json.loads(centresim("summary", result, "--format", "json").stdout)["kpis"]
    assert len(rows) == len(kpis)
    for row, kpi in zip(rows, kpis, strict=True):
        assert row["name"] == kpi["name"]
        assert (float(row["mean"]) if row["mean"] else None) == kpi["mean"]
        assert row["product"] == kpi.get("product", "")


def test_the_digest_does_not_depend_on_threads_but_on_the_seed(tiny: Path, tmp_path: Path) -> None:
    def digest(name: str, *options: object) -> str:
        assert centresim("run", tiny, "--replications", 4, "-q", "-o", tmp_path / name, *options).returncode == DONE
        return centresim("digest", tmp_path / name).stdout

    one = digest("a.h5", "--seed", 3, "--threads", 1)
    assert one == digest("b.h5", "--seed", 3, "--threads", 3)
    assert one != digest("c.h5", "--seed", 4)
    assert re.fullmatch(r"[0-9a-f]{64}\n", one)


def test_a_result_can_be_run_again(result: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.h5"
    run = centresim("run", result, "--replications", 3, "--seed", 7, "-q", "-o", again, "--trace", "lots,tools")
    assert run.returncode == DONE, run.stderr
    assert centresim("digest", again).stdout == centresim("digest", result).stdout


def test_the_lot_trace_is_exact(result: Path) -> None:
    rows = list(csv.DictReader(result.with_suffix(".lots.csv").read_text(encoding="utf-8").splitlines()))
    with h5py.File(result) as file:
        trace = file["fab/trace/lots"]
        assert len(rows) == trace["lot"].shape[0] > 0
        assert [row["start"] for row in rows] == [f"{t // 1000}.{t % 1000:03}" for t in trace["start"][:].tolist()]
    for row in rows:
        assert list(row)[:6] == ["lot", "step", "tool", "arrive", "start", "end"]
        assert float(row["arrive"]) <= float(row["start"]) <= float(row["end"])
        assert row["step"] in ("r/expose", "r/etch")


def test_built_in_scenarios() -> None:
    names = [line.split()[0] for line in centresim("list").stdout.splitlines()]
    assert {"mm1", "mini-fab", "pilot-line", "reentrant-line"} <= set(names)
    for name in names:
        checked = centresim("validate", name)
        assert checked.returncode == DONE, checked.stderr
        assert "is valid" in checked.stdout


def test_schema_accepts_what_the_program_writes(tiny: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(centresim("schema").stdout)
    import tomllib

    scenario = tomllib.loads(TINY)
    jsonschema.validate(scenario, schema)
    scenario["fab"]["tool_groups"][0]["tools"] = "many"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(scenario, schema)
    shown = centresim("show", tiny)
    jsonschema.validate(tomllib.loads(shown.stdout), schema)


def test_help_and_version() -> None:
    assert centresim("--version").stdout.strip() == (ROOT / "VERSION").read_text(encoding="utf-8").split()[0]
    assert "validate" in centresim("--help").stdout
    assert "--replications" in centresim("run", "--help").stdout
    assert "HDF5" in centresim("build-config").stdout


@pytest.mark.parametrize(
    ("args", "part"),
    [
        ([], "subcommand"),
        (["dance"], "dance"),
        (["run"], "scenario"),
        (["run", "mm1", "--replications", "0"], "--replications"),
        (["run", "mm1", "--replications", "many"], "--replications"),
        (["run", "mm1", "--replications", "1e3"], "--replications"),
        (["run", "mm1", "--seed", "-1"], "--seed"),
        (["run", "mm1", "--seed", "9223372036854775808"], "--seed"),
        (["run", "mm1", "--threads", "-2"], "--threads"),
        (["run", "mm1", "--fast"], "--fast"),
        (["run", "mm1", "--horizon", "soon"], "horizon"),
        (["run", "mm1", "--horizon", "-5 d"], "horizon"),
        (["run", "mm1", "--horizon", "3 months"], "horizon"),
        (["run", "mm1", "--warmup", "100000 d"], "warmup"),
        (["run", "mm1", "--set", "horizon"], "PATH=VALUE"),
        (["run", "mm1", "--set", "=3"], "PATH=VALUE"),
        (["run", "mm1", "--set", "fab.tool_group.tool.tools=3"], "tool_group"),
        (["run", "mm1", "--set", "fab.tool_groups.tool.tools=0"], "tools"),
        (["run", "mm1", "--set", "fab.tool_groups.tool.tools=many"], "tools"),
        (["run", "mm1", "--set", "fab.load_factor=NaN"], "load_factor"),
        (["run", "mm1", "--trace", "wafers"], "--trace"),
        (["run", "mm1", "--trace", "lots"], "-o"),
        (["run", "mm2"], "did you mean 'mm1'"),
        (["summary", "x.h5", "--format", "xml"], "--format"),
        (["convert", "visio", "."], "visio"),
        (["convert", "smt2020"], "source"),
    ],
)
def test_wrong_usage_is_status_2(args: list[str], part: str, tmp_path: Path) -> None:
    refused(centresim(*args, cwd=tmp_path), INPUT, part)
    assert not list(tmp_path.iterdir())


def test_a_line_that_cannot_keep_up_is_refused_before_it_runs(tiny: Path, tmp_path: Path) -> None:
    for command in ("validate", "run"):
        run = centresim(command, tiny, "--set", "fab.load_factor=2", cwd=tmp_path)
        refused(run, INPUT, "etch")


def test_the_offered_load_counts_streams_while_they_last(tiny_farm: Path) -> None:
    def loads(*settings: str) -> str:
        run = centresim("validate", tiny_farm, *(part for s in settings for part in ("--set", s)))
        assert run.returncode == DONE, run.stderr
        return run.stdout.splitlines()[-1].strip()

    assert loads() == "highest offered load: sim 50.0 %, cores 12.5 %"  # one hour of one token of two each hour
    assert loads('design.streams.test.until="5 d"') == "highest offered load: sim 12.5 %, cores 3.1 %"
    assert loads('design.streams.test.start="15 d"') == "highest offered load: sim 12.5 %, cores 3.1 %"
    assert loads('design.streams.test.until="90 d"') == loads()


def test_a_run_says_what_became_of_jobs_that_do_not_complete(tiny_farm: Path) -> None:
    def told(*settings: str) -> str:
        options = ["--replications", 2, *(part for s in settings for part in ("--set", s))]
        run = centresim("run", tiny_farm, *options)
        assert run.returncode == DONE, run.stderr
        return run.stdout

    no_limit = "design.policy.kill_at_request=false"
    assert "of the jobs" not in told(no_limit)
    killed = told("design.streams.test.request=0.5")
    assert " % of the jobs are killed at their requested run time.\n" in killed
    assert "The queue grows" not in killed  # fewer complete than come, and none waits
    rejected = told(no_limit, 'design.streams.test.memory="uniform(50, 50)"')
    assert " % of the jobs can run nowhere (rejected).\n" in rejected
    assert "The queue grows" not in rejected
    assert "The queue grows" in told(no_limit, 'design.streams.test.every="exponential(10 min)"')
