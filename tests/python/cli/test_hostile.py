"""Broken scenarios and results: the right message and exit status, never a crash."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import h5py
import pytest
from cli_tools import EXE, FILES, INPUT, TINY, centresim, refused, with_line

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


NO_TEXT = {"zero": ("title", '"a\\u0000b"'), "kind": ("fab.releases[0].kind", '"\\u0000"'), "bytes": ("title", b"\xff")}


@pytest.mark.parametrize("case", NO_TEXT)
def test_text_that_no_file_can_hold_is_refused_before_the_run(case: str, tiny: Path, tmp_path: Path) -> None:
    path, value = NO_TEXT[case]
    setting = os.fsencode(f"{path}=") + (value if isinstance(value, bytes) else value.encode())
    for command in (["validate", tiny], ["run", tiny, "-o", tmp_path / "r.h5"], ["show", tiny]):
        run = subprocess.run([*EXE, *map(str, command), "--set", setting], capture_output=True, text=True, timeout=60)
        refused(run, INPUT, path.rpartition(".")[2])
    assert not list(tmp_path.iterdir())


def test_a_file_name_that_is_no_text_gives_no_name(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xe4.toml"
    Path(os.fsdecode(path)).write_text(with_line('name = "tiny"\n', ""), encoding="utf-8")
    run = subprocess.run([*EXE, "run", path], capture_output=True, text=True, timeout=60)
    refused(run, INPUT, "\\xe4.toml: name", "UTF-8")


def test_a_number_for_a_text_needs_quotes(tiny: Path) -> None:
    refused(centresim("validate", tiny, "--set", "title=2026"), INPUT, "title: 2026: must be a text", '"2026"')


def test_no_name_steers_the_terminal(result: Path, tmp_path: Path) -> None:
    path = tmp_path / "esc.toml"
    path.write_text(TINY + '"\\u001b[31m" = 1\n', encoding="utf-8")
    refused(centresim("validate", path), INPUT, "\\x1b[31m")
    escape = edited(result, tmp_path, lambda file: file.attrs.update({"title": "a\x1b[2Jb\u009b"}))
    for command in (["info"], ["summary"], ["summary", "--format", "csv"]):
        run = centresim(command[0], escape, *command[1:])
        assert run.returncode == 0, run.stderr
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", run.stdout)
    run = centresim("validate", "a\x1b[2J.toml", cwd=tmp_path)
    assert run.returncode == FILES
    assert "\x1b" not in run.stderr


BROKEN_TABLES = {
    "mean of integers": ("mean", lambda old: old.astype("int64")),
    "mean alone": ("mean", lambda old: 1.0),
    "mean of texts": ("mean", lambda old: [b"x"] * len(old)),
    "direction": ("better", lambda old: ["sideways"] * len(old)),
}


@pytest.mark.parametrize("case", BROKEN_TABLES)
def test_a_damaged_table_of_key_figures_is_named(case: str, result: Path, tmp_path: Path) -> None:
    name, change = BROKEN_TABLES[case]

    def replace(file: h5py.File) -> None:
        old = file[name]
        attributes = {key: value for key, value in old.attrs.items() if key.startswith("_")}
        values, scales = old[()], file["kpi"]
        del file[name]
        file[name] = change(values)
        file[name].attrs.update(attributes)
        if file[name].shape:
            file[name].dims[0].attach_scale(scales)

    for command in ("summary", "info", "digest"):
        refused(centresim(command, edited(result, tmp_path, replace)), FILES, "edited.h5", name)


@pytest.mark.parametrize("name", ["seed", "replications", "scenario_json"])
def test_a_missing_attribute_is_named(name: str, result: Path, tmp_path: Path) -> None:
    refused(centresim("summary", edited(result, tmp_path, lambda file: file.attrs.pop(name))), FILES, name, "missing")


def test_a_name_taken_twice_is_one_fault_at_the_later_row(tmp_path: Path) -> None:
    (tmp_path / "twice.toml").write_text(with_line('name = "etch"\n', 'name = "litho"\n').replace(
        'tool_group = "etch"', 'tool_group = "litho"'), encoding="utf-8")  # fmt: skip
    run = centresim("validate", "twice.toml", cwd=tmp_path)
    refused(run, INPUT, "twice.toml:13: fab.tool_groups.litho", "line 7", "1 error in the input")


def test_a_line_without_capacity_is_told_with_its_line(tmp_path: Path) -> None:
    text = with_line("exponential(50 min)", "exponential(1 min)")
    (tmp_path / "busy.toml").write_text(text, encoding="utf-8")
    for command in ("validate", "run"):
        refused(centresim(command, "busy.toml", cwd=tmp_path), INPUT, "busy.toml:7: fab.tool_groups.litho", "keep up")


def test_options_are_named_without_lines(tiny: Path) -> None:
    for options, place in (
        (["--horizon", "-1"], "--horizon: horizon: "),
        (["--warmup", "1 x"], "--warmup: warmup: "),
        (["--set", "warmup=-1"], "--set: warmup: "),
    ):
        refused(centresim("run", tiny, *options), INPUT, place)


def test_an_endless_setting_is_not_told_back_whole(tiny: Path) -> None:
    for setting in ("x" * 100_000, "x" * 100_000 + "=1", "fab." + "[" * 100_000 + "=1"):
        run = centresim("validate", tiny, "--set", setting)
        refused(run, INPUT)
        assert len(run.stderr) < 2000


def test_a_table_of_what_the_scenario_does_not_have(tmp_path: Path) -> None:
    refused(centresim("run", "mm1", "--jobs", tmp_path / "j.csv"), INPUT, "--jobs", "no compute farm")
    refused(centresim("run", "mm1", "--trace", "jobs", "-o", tmp_path / "r.h5"), INPUT, "no compute farm")
    refused(centresim("run", "eda-farm", "--trace", f"lots={tmp_path / 'l.csv'}"), INPUT, "--trace", "no fab")
    assert not list(tmp_path.iterdir())
