"""The command line as its users meet it: answers, exit statuses, files that are whole or absent, hostile input."""

import csv
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import h5py
import pytest
import xarray as xr

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "formats" / "results.md"
EXE = [os.environ["CENTRESIM_EXE"]] if os.environ.get("CENTRESIM_EXE") else [sys.executable, "-m", "centresim"]
DONE, INPUT, FILES, CTRL_C = 0, 2, 3, 130

TINY = """format = "centresim/1"
name = "tiny"
horizon = "20 d"
warmup = "2 d"
report_every = "3 d"

[[fab.tool_groups]]
name = "litho"
tools = 2
breakdowns = [{ mttf = "100 h", mttr = "4 h" }]

[[fab.tool_groups]]
name = "etch"

[[fab.routes]]
name = "r"
steps = [
  { name = "expose", tool_group = "litho", time = "45 min", queue_time_to = "etch", queue_time_limit = "30 min" },
  { name = "etch", tool_group = "etch", time = "exponential(30 min)" },
]

[[fab.products]]
name = "Ω, \\"A\\""
route = "r"

[[fab.releases]]
product = "Ω, \\"A\\""
every = "exponential(50 min)"
due = "5 d"
"""


def centresim(*args: object, **options: object) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run([*EXE, *map(str, args)], **options)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def result(tiny: Path) -> Path:
    """One run with everything that a file can hold."""
    path = tiny.parent / "tiny.h5"
    run = centresim("run", tiny, "--replications", 3, "--seed", 7, "-o", path, "--trace", "lots", "--trace", "tools")
    assert run.returncode == DONE, run.stderr
    return path


def refused(run: subprocess.CompletedProcess[str], status: int, *parts: str) -> None:
    """Refused with this status and these words, and nothing on standard output that could be taken for an answer."""
    assert run.returncode == status, run.stderr
    for part in parts:
        assert part in run.stderr
    assert run.stdout == ""
    assert "internal error" not in run.stderr


# ---- answers


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


# ---- the file and its page


def page_tables() -> dict[str, dict[str, tuple[str, str, str]]]:
    """name -> (dimensions, type, unit) by group, as docs/formats/results.md says."""
    tables: dict[str, dict[str, tuple[str, str, str]]] = {}
    group = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = re.match(r"## (?:Root|`([\w/]+)`)", line)
            group = (heading.group(1) or "") if heading else None
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if group is not None and line.startswith("| ") and len(cells) == 5 and cells[0] not in ("name", "---"):
            tables.setdefault(group, {})[cells[0]] = (cells[1], cells[2], cells[3])
    return tables


def stored(dataset: h5py.Dataset, name: str) -> tuple[str, str, str]:
    def text(key: str) -> str:
        value = dataset.attrs.get(key, "")
        return value.decode() if isinstance(value, bytes) else str(value)

    own = text("CLASS") == "DIMENSION_SCALE"
    dimensions = [name] if own else [d[0].name.rsplit("/", 1)[1] for d in dataset.dims]
    kind = "string" if h5py.check_string_dtype(dataset.dtype) else str(dataset.dtype)
    return ", ".join(dimensions), kind, text("units")


def test_the_page_describes_the_file(result: Path) -> None:
    tables = page_tables()
    labels = {"product", "kind", "tool_group", "constraint"}
    with h5py.File(result) as file:
        groups = {"": file} | {name: file[name] for name in tables if name}
        found: list[str] = [""]
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Group) else None)
        assert set(found) - set(tables) == {"run", "fab/trace"}  # attributes only; nothing at all
        for path, table in tables.items():
            members = {
                name: stored(item, name)
                for name, item in groups[path].items()
                if isinstance(item, h5py.Dataset) and not is_bare(item)
            }
            if path == "":
                assert all(members.pop(name) == ("kpi", "string", "") for name in labels)
            assert members == table, path


def is_bare(dataset: h5py.Dataset) -> bool:
    return dataset.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension but not a netCDF variable")


def test_the_page_names_the_attributes(result: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    root, run = text.split("## Root")[1].split("Dimensions:")[0], text.split("## `run`")[1].split("## `fab`")[0]
    with h5py.File(result) as file:
        for part, attributes in ((root, file.attrs), (run, file["run"].attrs)):
            named = set(re.findall(r"^\| (\w+) \| (?:string|int64|float64)", part, re.M))
            assert set(attributes) - {"_NCProperties"} == named


@pytest.mark.parametrize("engine", [None, "h5netcdf", "netcdf4"])
def test_xarray_opens_it_without_options_or_warnings(result: Path, engine: str | None) -> None:
    options = {} if engine is None else {"engine": engine}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(result, **options) as table:
            assert dict(table.sizes)["replication"] == 3
            assert table["mean"].sel(kpi="fab.cycle_time").item() > 0
        with xr.open_dataset(result, group="fab/tool_groups", **options) as groups:
            assert groups["state_time"].dims == ("replication", "tool_group", "tool_state")
            assert set(groups["tool_group"].values) == {"litho", "etch"}
        with xr.open_datatree(result, **options) as tree:
            tree.load()
            assert "/fab/trace/lots" in tree.groups


def test_files_of_every_release_still_open() -> None:
    files = sorted((ROOT / "tests" / "formats").glob("*.h5"))
    assert files
    for file in files:
        summary = json.loads(centresim("summary", file, "--format", "json").stdout)
        assert summary["kpis"], file
        assert centresim("digest", file).returncode == DONE, file


# ---- usage


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
        (["convert", "smt2020"], "folder"),
    ],
)
def test_wrong_usage_is_status_2(args: list[str], part: str, tmp_path: Path) -> None:
    refused(centresim(*args, cwd=tmp_path), INPUT, part)
    assert not list(tmp_path.iterdir())


def test_a_line_that_cannot_keep_up_is_refused_before_it_runs(tiny: Path, tmp_path: Path) -> None:
    for command in ("validate", "run"):
        run = centresim(command, tiny, "--set", "fab.load_factor=2", cwd=tmp_path)
        refused(run, INPUT, "etch")


# ---- hostile scenario files


def with_line(old: str, new: str) -> str:
    assert old in TINY
    return TINY.replace(old, new)


HOSTILE = {
    "empty": ("", ""),
    "binary": ("\x7fELF\x02\x01\x01\x00\x00\x00\x03\x00", "hostile.toml"),
    "syntax": (with_line("tools = 2", "tools = = 2"), "hostile.toml:9"),
    "twice": (with_line("tools = 2", "tools = 2\ntools = 3"), "hostile.toml"),
    "unknown key": (with_line("tools = 2", "tolls = 2"), "tools"),
    "wrong type": (with_line("tools = 2", "tools = []"), "hostile.toml:9: fab.tool_groups.litho.tools"),
    "negative": (with_line("tools = 2", "tools = -2"), "hostile.toml:9: fab.tool_groups.litho.tools: -2"),
    "huge": (with_line("tools = 2", "tools = 99999999999999999999"), "hostile.toml"),
    "fraction": (with_line("tools = 2", "tools = 2.5"), "hostile.toml:9"),
    "nan": (with_line("horizon = \"20 d\"", "horizon = nan"), "hostile.toml:3: horizon"),
    "inf": (with_line("horizon = \"20 d\"", "horizon = inf"), "hostile.toml:3: horizon"),
    "no unit": (with_line("20 d", "20 fortnights"), "hostile.toml:3: horizon"),
    "wrong format": (with_line("centresim/1", "centresim/9"), "hostile.toml:1"),
    "warm-up too long": (with_line("warmup = \"2 d\"", "warmup = \"20 d\""), "warmup"),
    "dangling group": (with_line('tool_group = "etch"', 'tool_group = "etsch"'), "etsch"),
    "dangling route": (with_line('route = "r"', 'route = "q"'), "fab.products"),
    "no route": (with_line('route = "r"', ""), "route"),
    "dangling table": (with_line("[[fab.products]]", 'orders = { table = "nowhere.csv" }\n[[fab.products]]'), "orders"),
    "law": (with_line("exponential(50 min)", "exponential(50 min"), "every"),
    "law of nothing": (with_line("exponential(50 min)", "exponential()"), "every"),
    "unknown law": (with_line("exponential(50 min)", "poisson(50 min)"), "poisson"),
    "queue time backwards": (with_line('queue_time_to = "etch"', 'queue_time_to = "expose"'), "queue_time"),
    "zero byte": (with_line("tiny", "ti\x00ny"), "hostile.toml"),
    "zero character": (with_line('name = "tiny"', 'name = "ti\\u0000ny"'), "hostile.toml:2"),
    "deep": ("x = " + "[" * 100_000, "hostile.toml"),
    "deep tables": ("[" + "a." * 5000 + "a]\n", "hostile.toml"),
    "long line": ("#" + "x" * 10_000_000 + "\n" + with_line("tools = 2", "tools = -2"), "tools"),
    "long value": (with_line("tiny", "x" * 10_000_000) + "\ntools = 1", "tools"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_scenarios_are_refused_with_their_place(case: str, tmp_path: Path) -> None:
    text, part = HOSTILE[case]
    (tmp_path / "hostile.toml").write_bytes(text.encode())
    for command in ("validate", "run"):
        run = centresim(command, "hostile.toml", cwd=tmp_path, timeout=60)
        refused(run, INPUT, part)
        assert len(run.stderr) < 20_000


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(TINY.replace("Ω", "ä").encode("latin-1"))
    refused(centresim("validate", "latin.toml", cwd=tmp_path), INPUT, "latin.toml")


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    text = TINY.replace("tools = 2", "tools = 0").replace("45 min", "-45 min").replace("100 h", "often")
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    run = centresim("validate", "bad.toml", cwd=tmp_path)
    refused(run, INPUT, "litho.tools", "expose.time", "mttf", "3 errors in the input")
    assert len(re.findall(r"^bad\.toml:\d+: ", run.stderr, re.M)) == 3


@pytest.mark.parametrize("name", ["nowhere.toml", "nowhere.json", "nowhere.h5", "no/where.toml"])
def test_missing_scenarios_are_status_3(name: str, tmp_path: Path) -> None:
    refused(centresim("run", name, cwd=tmp_path), FILES, name, "No such file")


def test_a_folder_or_a_device_is_no_scenario(tmp_path: Path) -> None:
    assert centresim("validate", tmp_path).returncode in (INPUT, FILES)
    refused(centresim("validate", "/dev/zero"), INPUT, ".toml or .json")


# ---- hostile result files


def test_hostile_results_are_refused(result: Path, tmp_path: Path) -> None:
    whole = result.read_bytes()
    text = tmp_path / "text.h5"
    text.write_text(TINY, encoding="utf-8")
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole[: len(whole) // 2])
    flipped = tmp_path / "flipped.h5"
    flipped.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    empty = tmp_path / "empty.h5"
    empty.write_bytes(b"")
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["mean"] = [1.0]
    expected = {text: "not an HDF5 file", cut: "cut short", flipped: "damaged", empty: "is empty", other: "filetype",
                tmp_path: "is a folder", tmp_path / "absent.h5": "No such file"}  # fmt: skip
    for path, part in expected.items():
        for command in ("summary", "digest", "info", "run"):
            if not (command == "run" and path == tmp_path):
                refused(centresim(command, path), FILES, part)


def edited(result: Path, tmp_path: Path, change: object) -> Path:
    path = tmp_path / "edited.h5"
    shutil.copy(result, path)
    with h5py.File(path, "r+") as file:
        change(file)  # type: ignore[operator]
    return path


def test_another_version_is_refused_with_those_that_can_be_read(result: Path, tmp_path: Path) -> None:
    path = edited(result, tmp_path, lambda file: file.attrs.modify("format_version", [2, 0]))
    refused(centresim("summary", path), FILES, "format version 2.0", "reads versions 1.x")


@pytest.mark.parametrize("name", ["kpi", "mean", "values", "n", "unit_of"])
def test_a_missing_variable_is_named(name: str, result: Path, tmp_path: Path) -> None:
    def remove(file: h5py.File) -> None:
        del file[name]

    refused(centresim("summary", edited(result, tmp_path, remove)), FILES)


def test_changed_numbers_are_noticed_by_the_digest(result: Path, tmp_path: Path) -> None:
    def change(file: h5py.File) -> None:
        file["fab/events"][0] += 1

    run = centresim("digest", edited(result, tmp_path, change))
    assert run.returncode == FILES
    assert "changed after the run" in run.stderr


def test_every_cut_and_many_flips_end_in_a_message(result: Path, tmp_path: Path) -> None:
    whole = result.read_bytes()
    path = tmp_path / "broken.h5"
    for i in range(1, 12):
        at = i * len(whole) // 12
        for broken in (whole[:at], whole[:at] + b"\xff" * 16 + whole[at + 16 :]):
            if broken != whole:
                path.write_bytes(broken)
                refused(centresim("summary", path, timeout=30), FILES)


# ---- files: whole or not at all


def test_outputs_are_checked_before_the_run(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    long_run = ["run", tiny, "--horizon", "30000 d", "--replications", "1000"]
    for options, status, part in (
        (["-o", "no/r.h5"], FILES, "does not exist"),
        (["-o", "."], FILES, "is a folder"),
        (["-o", "file/r.h5"], FILES, "Not a directory"),
        (["-o", "/dev/null"], FILES, "not a regular file"),
        (["--summary", "no/r.json"], FILES, "does not exist"),
        (["-o", "a", "--summary", "a"], INPUT, "two different outputs"),
        (["-o", tiny], INPUT, "is the scenario itself"),
        (["-o", "a.h5", "--trace", "lots=no/lots.csv"], FILES, "does not exist"),
    ):
        start = time.monotonic()
        refused(centresim(*long_run, *options, cwd=tmp_path), status, part)
        assert time.monotonic() - start < 20
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert tiny.read_text(encoding="utf-8") == TINY


def test_a_full_disk_leaves_nothing(tiny: Path, tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    (tmp_path / "r.h5").write_text("old", encoding="utf-8")
    run = centresim("run", tiny, "-o", tmp_path / "r.h5", preexec_fn=small_files)
    refused(run, FILES, "r.h5", "File too large")
    assert [p.name for p in tmp_path.iterdir()] == ["r.h5"]
    assert (tmp_path / "r.h5").read_text(encoding="utf-8") == "old"


def test_a_full_standard_output_is_noticed(result: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        run = subprocess.run([*EXE, "summary", str(result)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert run.returncode == FILES
    assert "No space left" in run.stderr


def test_a_read_only_folder(tiny: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere; the C++ tests try as another user")
    tmp_path.chmod(0o555)
    refused(centresim("run", tiny, "-o", tmp_path / "r.h5"), FILES, "Permission denied")


def wait_until_busy(process: subprocess.Popen[str], seconds: float) -> None:
    """Until the process has computed for so long: on a busy machine the clock says little about how far it is."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        if (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") >= seconds:
            return
        time.sleep(0.05)
    process.kill()
    pytest.fail("the run does not get going")


def start_long_run(tiny: Path, *options: object) -> subprocess.Popen[str]:
    args = ["run", str(tiny), "--horizon", "3000 d", "--replications", "100000", *map(str, options)]
    return subprocess.Popen([*EXE, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, CTRL_C), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_an_interrupted_run_keeps_what_is_done(number: signal.Signals, status: int, tiny: Path, tmp_path: Path) -> None:
    process = start_long_run(tiny, "-o", tmp_path / "r.h5", "--summary", tmp_path / "r.json")
    wait_until_busy(process, 3)
    process.send_signal(number)
    start = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - start < 15
    assert process.returncode == status, err
    assert "interrupted: the results rest on the first" in err
    summary = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert 1 <= summary["replications"] < 100_000
    with h5py.File(tmp_path / "r.h5") as file:
        assert file["run"].attrs["interrupted"] == 1
        assert file["run"].attrs["replications_asked"] == 100_000
        assert file["fab/events"].shape == (summary["replications"],)


def test_an_interrupted_run_without_a_replication_writes_nothing(tiny: Path, tmp_path: Path) -> None:
    process = start_long_run(tiny, "--set", 'horizon="36000 d"', "--set", "fab.tool_groups.*.tools=1000",
                             "--set", "fab.releases.*.every=exponential(10 s)", "-o", tmp_path / "r.h5")  # fmt: skip
    wait_until_busy(process, 3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == CTRL_C, err
    assert "nothing is written" in err
    assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_no_half_file(tiny: Path, tmp_path: Path) -> None:
    process = start_long_run(tiny, "-o", tmp_path / "r.h5")
    wait_until_busy(process, 2)
    process.kill()
    process.communicate(timeout=30)
    assert not (tmp_path / "r.h5").exists()


# ---- SMT2020


def shared(name: str) -> Path:
    base = Path(os.environ.get("CENTRESIM_SHARED", ROOT.parent / "shared"))
    if not (base / name).exists():
        pytest.skip(f"needs {base / name} (set CENTRESIM_SHARED)")
    return base / name


def test_smt2020_from_its_files_to_a_result(tmp_path: Path) -> None:
    folder = shared("data/smt2020/HVLM")
    hashes = [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.is_file()]
    converted = centresim("convert", "smt2020", folder, "-o", tmp_path / "hvlm.toml")
    assert converted.returncode == DONE, converted.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hvlm.tables", "hvlm.toml"]
    assert centresim("validate", tmp_path / "hvlm.toml").returncode == DONE
    run = centresim("run", tmp_path / "hvlm.toml", "--horizon", "40 d", "--warmup", "10 d", "--replications", 2,
                    "--seed", 1, "-q", "--summary", tmp_path / "hvlm.json")  # fmt: skip
    assert run.returncode == DONE, run.stderr
    kpis = json.loads((tmp_path / "hvlm.json").read_text(encoding="utf-8"))["kpis"]
    assert {"PRL", "PHL", "SHL"} & {k.get("kind") for k in kpis}
    assert hashes == [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.is_file()]


def test_smt2020_faults(tmp_path: Path) -> None:
    assert centresim("convert", "smt2020", tmp_path / "nowhere").returncode == FILES
    refused(
        centresim("convert", "smt2020", tmp_path, "-o", tmp_path / "x.toml"), INPUT, "order.txt: the file is missing"
    )
    assert not list(tmp_path.iterdir())
